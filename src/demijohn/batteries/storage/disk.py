"""Files in a folder of this machine."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

from ...foundation.http.uploaded_file import UploadedFile
from ...foundation.safe_join import safe_join
from .kinds import BY_SUFFIX, SUFFIXES, kind_of
from .names import safe_name, suffix_of
from .protocol import Content, UnsafeName

_CHUNK: Final = 1 << 16
_STEM: Final = 60  # characters of the visitor's name that are kept, to tell files apart by eye


class DiskStorage:
    """A `FileStorage` in a folder. Files are `mode` and folders `folder_mode`, whatever the process's umask is.

    A file is written under its name only when all of it is there. Its ending is that of what it is, by its first bytes;
    one that tells nothing keeps a plain ending of the visitor's, which decides nothing when it is served.
    """

    def __init__(self, folder: Path, url: str = "/media", *, mode: int = 0o640, folder_mode: int = 0o750) -> None:
        self.folder, self.prefix, self.mode, self.folder_mode = folder, url.rstrip("/"), mode, folder_mode

    def path(self, name: str) -> Path:
        """Where a file is; raises `UnsafeName`, for a link that leads out of the folder too."""
        joined = safe_join(str(self.folder), name)
        if joined is None or len(name.encode(errors="replace")) > 1024:
            raise UnsafeName(f"{name!r} is no name of a stored file.")
        root = os.path.realpath(self.folder)
        if not os.path.realpath(joined).startswith(root + os.sep):
            raise UnsafeName(f"{name!r} leads out of the folder of files.")
        return Path(joined)

    def save(self, content: Content, name: str = "", *, folder: str = "") -> str:
        """Keep a file, and return its name."""
        if not name and isinstance(content, UploadedFile):
            name = content.filename
        kept = safe_name(name)
        own = suffix_of(kept)
        stem = kept[: len(kept) - len(own)]
        # A file that only calls itself a picture loses that ending.
        suffix = SUFFIXES.get(kind_of(content), ("" if own in BY_SUFFIX else own,))[0]
        stored = f"{stem[:_STEM].strip('-.') or 'file'}-{secrets.token_hex(8)}{suffix}"
        stored = f"{folder.strip('/')}/{stored}" if folder else stored
        self._write(self.path(stored), content)
        return stored

    def open(self, name: str) -> IO[bytes]:
        """The file, open for reading."""
        return self.path(name).open("rb")

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is nothing."""
        self.path(name).unlink(missing_ok=True)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.path(name).is_file()

    def size(self, name: str) -> int:
        """How many bytes it has."""
        return self.path(name).stat().st_size

    def url(self, name: str) -> str:
        """Where visitors find it."""
        return f"{self.prefix}/{quote(name)}"

    def _write(self, target: Path, content: Content) -> None:
        self._make_folder(target.parent)
        # O_EXCL: nobody's file is overwritten, and no link is followed that somebody laid there.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), self.mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), self.mode)
                for chunk in _chunks(content):
                    file.write(chunk)
        except BaseException:
            with contextlib.suppress(OSError):
                target.unlink()
            raise

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            with contextlib.suppress(FileExistsError):
                each.mkdir()
                each.chmod(self.folder_mode)


def _chunks(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    file = content.file if isinstance(content, UploadedFile) else content
    position = file.tell()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            yield chunk
    finally:
        file.seek(position)
