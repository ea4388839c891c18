"""Zstandard (RFC 8878), by the standard library from Python 3.14 on, else `backports.zstd` or `zstandard`."""

from __future__ import annotations

import importlib
from typing import Any

from ..coding import Coding


class _Standard:
    """`compression.zstd`, and its backport."""

    def __init__(self, library: Any, level: int) -> None:
        self._stream = library.ZstdCompressor(level=level)
        self.feed = self._stream.compress

    def flush(self) -> bytes:
        flushed: bytes = self._stream.flush(self._stream.FLUSH_BLOCK)
        return flushed

    def finish(self) -> bytes:
        rest: bytes = self._stream.flush()
        return rest


class _Zstandard:
    """The package of that name."""

    def __init__(self, library: Any, level: int) -> None:
        self._stream = library.ZstdCompressor(level=level).compressobj()
        self._block = library.COMPRESSOBJ_FLUSH_BLOCK
        self.feed = self._stream.compress

    def flush(self) -> bytes:
        flushed: bytes = self._stream.flush(self._block)
        return flushed

    def finish(self) -> bytes:
        rest: bytes = self._stream.flush()
        return rest


def zstd(level: int) -> Coding:
    """The coding at a level from 1 to 19; ImportError if no library is there.

    Up to that level its window stays within the 8 MiB that clients allow (RFC 9659).
    """
    library = _standard_library()
    if library is not None:
        return Coding("zstd", lambda: _Standard(library, level))
    import zstandard

    return Coding("zstd", lambda: _Zstandard(zstandard, level))


def _standard_library() -> Any:
    """The module of the standard library, or its backport, if either is there."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None
