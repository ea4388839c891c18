"""Files of forms that are shown again: kept for an hour, so that nobody has to choose them twice."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from pathlib import Path
from typing import Final

from ...foundation.http.forms import UploadedFile

FOLDER: Final = ".pending"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_SECONDS: Final = 3600.0


class PendingFiles:
    """Keeps uploads between two requests of a form; the token is the only way to one."""

    def __init__(self, folder: Path, *, seconds: float = _SECONDS) -> None:
        self.folder, self.seconds = folder / FOLDER, seconds

    def keep(self, file: UploadedFile) -> str:
        """Keep a file, and return its token: 32 characters, for a hidden field."""
        self._clear()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        token = secrets.token_urlsafe(24)
        facts = {"filename": file.filename, "content_type": file.content_type}
        (self.folder / f"{token}.json").write_text(json.dumps(facts), encoding="utf-8")
        file.save(self.folder / token)
        for path in (self.folder / token, self.folder / f"{token}.json"):
            path.chmod(0o640)  # as all files of visitors, whatever the umask is
        return token

    def take(self, token: str) -> UploadedFile | None:
        """The file of a token, open; `None` if there is none, or none any more. It stays until its hour is over."""
        if _TOKEN.fullmatch(token) is None:
            return None
        path = self.folder / token
        try:
            if time.time() - path.stat().st_mtime > self.seconds:
                return None
            facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            return UploadedFile(facts["filename"], facts["content_type"], path.open("rb"), path.stat().st_size)
        except (OSError, ValueError, KeyError):
            return None

    def drop(self, token: str) -> None:
        """Let go of a file: its form has been taken."""
        if _TOKEN.fullmatch(token) is not None:
            for path in (self.folder / token, self.folder / f"{token}.json"):
                path.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Remove what is over."""
        before = time.time() - self.seconds
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_mtime < before:
                    Path(entry.path).unlink(missing_ok=True)
