"""Streams that are not sent after all: the answer has no body (HEAD, 304), yet what would have made it is closed."""

from __future__ import annotations

from typing import Any

from .response import StreamBody


def unsent(body: StreamBody) -> StreamBody:
    """A stream of nothing in place of another, which is closed with it."""
    chunks = _UnsentAsync(body.chunks) if hasattr(body.chunks, "__aiter__") else _Unsent(body.chunks)
    return StreamBody(chunks, body.close)


class _Unsent:
    """A stream of nothing; what was not sent is closed with it."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __iter__(self) -> _Unsent:
        return self

    def __next__(self) -> bytes:
        raise StopIteration

    def close(self) -> None:
        """Close the chunks, if they can be."""
        if hasattr(self._chunks, "close"):
            self._chunks.close()


class _UnsentAsync:
    """As `_Unsent`, for async chunks."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __aiter__(self) -> _UnsentAsync:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the chunks, if they can be."""
        if hasattr(self._chunks, "aclose"):
            await self._chunks.aclose()
