"""Streams that are compressed while they are sent: each piece can be read as soon as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from ...foundation.http.response import StreamBody
from .coding import Coding, Compressor

LARGE = 32_768
"""Bytes from which on compressing takes a millisecond or more, too long for an event loop."""


def squeeze(body: StreamBody, coding: Coding) -> StreamBody:
    """The same stream, compressed; what closes the one closes the other."""
    chunks = body.chunks
    if isinstance(chunks, AsyncIterable):
        return StreamBody(_SqueezedAsync(chunks, coding.start()), body.close)
    return StreamBody(_Squeezed(chunks, coding.start()), body.close)


def _piece(compressor: Compressor, chunk: bytes | str) -> bytes:
    data = chunk.encode() if isinstance(chunk, str) else chunk
    return compressor.feed(data) + compressor.flush()


def _once(iterator: Any, source: Any) -> tuple[Any, ...]:
    """What is to be closed: the iterator, if it was begun, and what it goes through, if that is something else."""
    return (source,) if iterator is None or iterator is source else (iterator, source)


class _Squeezed(Iterator[bytes]):
    def __init__(self, chunks: Iterable[bytes | str], compressor: Compressor) -> None:
        self._chunks = chunks
        self._iterator: Iterator[bytes | str] | None = None
        self._compressor: Compressor | None = compressor

    def __next__(self) -> bytes:
        compressor = self._compressor
        if compressor is None:
            raise StopIteration
        if self._iterator is None:
            self._iterator = iter(self._chunks)
        for chunk in self._iterator:
            if chunk:
                return _piece(compressor, chunk)
        self._compressor = None
        return compressor.finish()

    def close(self) -> None:
        """Close what is compressed, too."""
        for inner in _once(self._iterator, self._chunks):
            if hasattr(inner, "close"):
                inner.close()


class _SqueezedAsync(AsyncIterator[bytes]):
    def __init__(self, chunks: AsyncIterable[bytes | str], compressor: Compressor) -> None:
        self._chunks = chunks
        self._iterator: AsyncIterator[bytes | str] | None = None
        self._compressor: Compressor | None = compressor

    async def __anext__(self) -> bytes:
        compressor = self._compressor
        if compressor is None:
            raise StopAsyncIteration
        if self._iterator is None:
            self._iterator = aiter(self._chunks)
        async for chunk in self._iterator:
            if len(chunk) > LARGE:
                return await asyncio.to_thread(_piece, compressor, chunk)
            if chunk:
                return _piece(compressor, chunk)
        self._compressor = None
        return compressor.finish()

    async def aclose(self) -> None:
        """Close what is compressed, too."""
        for inner in _once(self._iterator, self._chunks):
            if hasattr(inner, "aclose"):
                await inner.aclose()
