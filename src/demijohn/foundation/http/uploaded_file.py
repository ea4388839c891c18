"""A file that a form brought: what the client says of it, and the bytes."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 65_536


class UploadedFile:
    """A file of a multipart form.

    `filename` is the last part of the name that the client sent and `content_type` what the client claims:
    both may be anything, so neither names the file on the server nor decides what is done with it. `size` is
    in bytes, and `file` the open file, at its start; above `Limits.spool` bytes it is a temporary one on the
    disk, without name and gone when closed. The framework closes it when the request has been answered.
    """

    __slots__ = ("content_type", "file", "filename", "size")

    def __init__(self, filename: str, content_type: str, file: IO[bytes], size: int) -> None:
        self.filename = filename
        self.content_type = content_type
        self.file = file
        self.size = size

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or all that are left."""
        return self.file.read(size)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Copy the whole file to `path`, and give that path back.

        Choose the name yourself: never take `filename` for it. Raises FileExistsError where there is one
        already and `overwrite` is not said; a copy that fails leaves nothing behind, an old file as it was.
        """
        from pathlib import Path  # this and the next are slow to import
        from secrets import token_hex

        target = Path(path)
        if target.is_dir():
            raise IsADirectoryError(f"{target} is a folder: give the file in it a name of your own choice.")
        written = target.with_name(f".{target.name}.{token_hex(8)}") if overwrite else target
        try:
            copy = written.open("xb")
        except FileExistsError:
            raise FileExistsError(f"{target} exists: choose another name, or say save(path, overwrite=True).") from None
        position = self.file.tell()
        try:
            with copy:
                self.file.seek(0)
                while chunk := self.file.read(_CHUNK):
                    copy.write(chunk)
            if overwrite:
                written.replace(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        finally:
            self.file.seek(position)
        return target

    def close(self) -> None:
        """Let go of the file and its place on the disk; closing twice is nothing."""
        self.file.close()

    def __enter__(self) -> UploadedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<UploadedFile {self.filename!r} {self.content_type} {self.size} bytes>"
