"""Files of forms that are shown again: kept for a while and within bounds, so that nobody has to choose them twice."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...foundation.http.uploaded_file import UploadedFile

log = logging.getLogger("demijohn")

FOLDER: Final = ".pending"

SHARE: Final = 10
"""One visitor has at most this part of all: a tenth."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    token: str
    used: float
    size: int


class PendingFiles:
    """Keeps uploads between two requests of a form; the token is the only way to one.

    A file goes an hour after it was last asked for. There are at most `files` of `octets` bytes in all, and of one
    visitor at most a tenth of that: the oldest make room for the next.
    """

    def __init__(
        self, folder: Path, *, seconds: float = _SECONDS, files: int = 1_000, octets: int = 1_000_000_000
    ) -> None:
        self.folder, self.seconds, self.files, self.octets = folder / FOLDER, seconds, files, octets

    def keep(self, file: UploadedFile, visitor: str = "", /) -> str:
        """Keep a file, and return its token of 32 characters; "" if it is too large, or the disk is full."""
        if file.size > self.octets // SHARE:
            return ""
        owner = _owner(visitor)
        self._make_room(owner, file.size)
        token = owner + secrets.token_urlsafe(18)
        try:
            self._write(token, file)
        except OSError as error:  # A full disk costs a visitor one choice, and not the page.
            log.warning("A file of a form could not be kept in %s: %s", self.folder, error)
            self.drop(token)
            return ""
        return token

    def _write(self, token: str, file: UploadedFile) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        facts = {"filename": file.filename, "content_type": file.content_type}
        (self.folder / f"{token}.json").write_text(json.dumps(facts), encoding="utf-8")
        file.save(self.folder / token)
        for path in (self.folder / token, self.folder / f"{token}.json"):
            path.chmod(0o640)  # as all files of visitors, whatever the umask is

    def take(self, token: str, /) -> UploadedFile | None:
        """The file of a token, open; `None` if there is none, or none any more. Its hour begins anew."""
        if _TOKEN.fullmatch(token) is None:
            return None
        path = self.folder / token
        try:
            if time.time() - path.stat().st_mtime > self.seconds:
                return None
            facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            file = path.open("rb")
            os.utime(path)
            return UploadedFile(facts["filename"], facts["content_type"], file, path.stat().st_size)
        except (OSError, ValueError, KeyError):
            return None

    def drop(self, token: str, /) -> None:
        """Let go of a file: its form has been taken."""
        if _TOKEN.fullmatch(token) is not None:
            for path in (self.folder / token, self.folder / f"{token}.json"):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _make_room(self, owner: str, size: int) -> None:
        waiting = self._waiting()
        own = [one for one in waiting if one.token.startswith(owner)]
        gone = self._drop_oldest(own, self.files // SHARE, self.octets // SHARE, size)
        self._drop_oldest([one for one in waiting if one not in gone], self.files, self.octets, size)

    def _drop_oldest(self, waiting: list[_Waiting], files: int, octets: int, size: int) -> list[_Waiting]:
        """Drop as many as one more of this size takes."""
        count, total, gone = len(waiting) + 1, sum(one.size for one in waiting) + size, []
        for one in waiting:
            if count <= max(1, files) and total <= octets:
                break
            self.drop(one.token)
            gone.append(one)
            count, total = count - 1, total - one.size
        return gone

    def _waiting(self) -> list[_Waiting]:
        """What waits, the oldest first; what is over is removed."""
        before = time.time() - self.seconds
        found: dict[str, _Waiting] = {}
        facts: dict[str, _Waiting] = {}
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # another process has just removed it
                    state = entry.stat(follow_symlinks=False)
                    token, _, is_facts = entry.name.partition(".")
                    (facts if is_facts else found)[token] = _Waiting(token, state.st_mtime, state.st_size)
        for token, one in {**facts, **found}.items():
            if one.used < before:
                self.drop(token)
                found.pop(token, None)
        return sorted(found.values(), key=lambda one: one.used)


def _owner(visitor: str) -> str:
    """Eight characters that tell the files of one visitor from those of others."""
    return base64.urlsafe_b64encode(hashlib.blake2b(visitor.encode(errors="replace"), digest_size=6).digest()).decode()
