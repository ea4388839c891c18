"""Answers made smaller on their way: zstd, Brotli or gzip, whichever the client takes."""

from .battery import Compression

__all__ = ["Compression"]
