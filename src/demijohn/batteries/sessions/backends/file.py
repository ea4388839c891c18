"""Sessions in files, one each: for one machine, and as many processes as it likes."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..store import key_of, new_token, unreachable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("demijohn.sessions")

_SWEEP_EVERY = 600
_LATEST_SAVE = 60  # how long after its end a session may still be saved, by a request that began before
_TIME = 8
_IS_KEY = re.compile(r"[0-9a-f]{64}").fullmatch


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
        if path is None:
            return None
        content = (int(self._clock()) + max_age).to_bytes(_TIME, "big") + payload
        try:
            if token is None:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._write(path, content)
            elif not _is_there(path):
                return None
            else:
                with self._alone():  # Else it could be ended just after it was seen to be there, and come back.
                    if not _is_there(path):
                        return None
                    self._write(path, content)
            self._sweep()
        except OSError as error:
            raise self._failed(error) from error
        return made

    def end(self, token: str) -> None:
        """Delete the file."""
        path = self._path(token)
        try:
            if path is not None and _is_there(path):
                with self._alone():
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(error) from error

    def _write(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=".", dir=self.folder)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)  # noqa: PTH105 - `name` is text
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - as above
            raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes or ends a session, in any process; on Windows nothing keeps them from it."""
        with (self.folder / ".lock").open("ab") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

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
            if not _IS_KEY(path.name):
                continue
            # Another process may be sweeping too; and nobody's session fails for what somebody else put here.
            with contextlib.suppress(OSError), path.open("rb") as file:
                if int.from_bytes(file.read(_TIME), "big") + _LATEST_SAVE <= now:
                    path.unlink()

    def _failed(self, error: OSError) -> Exception:
        log.error("Sessions cannot be kept in %s: %s", self.folder, error)
        return unreachable()


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True
