"""Sessions in files, one each: for one machine, and as many processes as it likes."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ..store import key_of, new_token, unreachable

log = logging.getLogger("demijohn.sessions")

_SWEEP_EVERY = 600
_TIME = 8


class FileStore:
    """A folder that only this user may read; a file is when it ends (eight bytes, big-endian), and the session."""

    blocking = True

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self._swept = clock()

    def load(self, token: str) -> bytes | None:
        """What is in the file of a token."""
        path = self._path(token)
        try:
            raw = b"" if path is None else path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed(error) from error
        return raw[_TIME:] if int.from_bytes(raw[:_TIME], "big") > self._clock() else None

    def save(self, token: str | None, payload: bytes, max_age: int) -> str | None:
        """Write the file whole or not at all."""
        made = token or new_token()
        path = self._path(made)
        if path is None or (token is not None and not path.exists()):
            return None
        ends = int(self._clock()) + max_age
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=self.folder)  # mode 0600
            with os.fdopen(handle, "wb") as file:
                file.write(ends.to_bytes(_TIME, "big") + payload)
            os.replace(name, path)  # noqa: PTH105 - `name` is text
            self._sweep()
        except OSError as error:
            raise self._failed(error) from error
        return made

    def end(self, token: str) -> None:
        """Delete the file."""
        path = self._path(token)
        try:
            if path is not None:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(error) from error

    def _path(self, token: str) -> Path | None:
        key = key_of(token)
        return None if key is None else self.folder / key

    def _sweep(self) -> None:
        """Delete what is over, now and then."""
        now = self._clock()
        if now - self._swept < _SWEEP_EVERY:
            return
        self._swept = now
        for path in self.folder.iterdir():
            try:
                with path.open("rb") as file:
                    if path.name[0] != "." and int.from_bytes(file.read(_TIME), "big") <= now:
                        path.unlink()
            except FileNotFoundError:
                continue

    def _failed(self, error: OSError) -> Exception:
        log.error("Sessions cannot be kept in %s: %s", self.folder, error)
        return unreachable()
