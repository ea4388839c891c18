"""Brotli (RFC 7932), by `brotli` or, where that has no wheels (PyPy), `brotlicffi`."""

from __future__ import annotations

from typing import Any

from ..coding import Coding


class _Brotli:
    def __init__(self, library: Any, quality: int) -> None:
        stream = library.Compressor(quality=quality)
        self.feed, self.flush, self.finish = stream.process, stream.flush, stream.finish


def brotli(quality: int) -> Coding:
    """The coding at a quality from 0 to 11; ImportError if neither library is there."""
    library = _library()
    return Coding("br", lambda: _Brotli(library, quality))


def _library() -> Any:
    try:
        import brotli as library
    except ImportError:
        import brotlicffi  # pyright: ignore[reportMissingImports]

        return brotlicffi
    return library
