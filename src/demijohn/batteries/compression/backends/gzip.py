"""gzip (RFC 1952), by the standard library."""

from __future__ import annotations

import zlib

from ..coding import Coding

_WITH_GZIP_HEADER = 31


class _Gzip:
    def __init__(self, level: int) -> None:
        self._stream = zlib.compressobj(level, zlib.DEFLATED, _WITH_GZIP_HEADER)
        self.feed = self._stream.compress

    def flush(self) -> bytes:
        return self._stream.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._stream.flush(zlib.Z_FINISH)


def gzip(level: int) -> Coding:
    """The coding at a level from 1 to 9; the header has no time in it, so that the same bytes give the same."""
    return Coding("gzip", lambda: _Gzip(level))
