"""What a content coding is to the rest: a name, and compressors that are fed piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Compressor(Protocol):
    """One stream in the making."""

    def feed(self, data: bytes, /) -> bytes:
        """Take more; what is ready so far, which may be nothing."""
        ...

    def flush(self) -> bytes:
        """What is needed to read all that was fed so far."""
        ...

    def finish(self) -> bytes:
        """The end of the stream."""
        ...


@dataclass(frozen=True, slots=True)
class Coding:
    """A content coding by its registered name; `start` begins a stream."""

    name: str
    start: Callable[[], Compressor]

    def compress(self, data: bytes) -> bytes:
        """A whole body at once."""
        compressor = self.start()
        return compressor.feed(data) + compressor.finish()
