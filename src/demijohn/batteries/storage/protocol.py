"""What a place for files can do: the protocol that a folder fulfils, and object stores may."""

from __future__ import annotations

from typing import IO, Protocol, TypeAlias, runtime_checkable

from ...foundation.http.uploaded_file import UploadedFile

Content: TypeAlias = UploadedFile | IO[bytes] | bytes


class UnsafeName(ValueError):
    """A name that no stored file can have: absolute, empty, with `..`, backslashes or control characters."""


@runtime_checkable
class FileStorage(Protocol):
    """A place for files, each under the name that `save` gave it: text with slashes, to be kept in a database.

    Sync, as code that does I/O is; in `async def` it is asked through `asyncio.to_thread`. Every name that is given to
    it is checked: `UnsafeName` for what could lead elsewhere, `FileNotFoundError` for what is not there.
    """

    def save(self, content: Content, name: str = "", *, folder: str = "") -> str:
        """Keep a file, and return its name: `folder`, what is harmless of `name`, and something that nobody guesses."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """The file, open for reading."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is nothing."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def size(self, name: str) -> int:
        """How many bytes it has."""
        ...

    def url(self, name: str) -> str:
        """Where visitors find it."""
        ...
