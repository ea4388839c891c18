"""Several parts of a file in one answer: `multipart/byteranges` (RFC 9110, section 14.6)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from .ranges import Range
from .response import StreamBody

CHUNK = 65_536


class PartsBody(StreamBody):
    """Parts of the file `path`, each behind a head of its own: `total` bytes in all."""

    __slots__ = ("boundary", "path", "total")

    def __init__(self, path: str, ranges: Sequence[Range], size: int, media_type: str) -> None:
        self.path = path
        self.boundary = secrets.token_hex(16)
        parts = [(self._head(each, size, media_type), *each) for each in ranges]
        end = f"--{self.boundary}--\r\n".encode()
        self.total = sum(len(head) + stop - start + 2 for head, start, stop in parts) + len(end)
        super().__init__(_read(path, parts, end))

    def _head(self, part: Range, size: int, media_type: str) -> bytes:
        start, stop = part
        return (
            f"--{self.boundary}\r\ncontent-type: {media_type}\r\ncontent-range: bytes {start}-{stop - 1}/{size}\r\n\r\n"
        ).encode("latin-1")


def _read(path: str, parts: Sequence[tuple[bytes, int, int]], end: bytes) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        for head, start, stop in parts:
            yield head
            file.seek(start)
            left = stop - start
            while left:
                chunk = file.read(min(CHUNK, left))
                if not chunk:
                    raise OSError(f"{path} became shorter while it was sent.")
                left -= len(chunk)
                yield chunk
            yield b"\r\n"
    yield end
