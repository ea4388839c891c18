"""Bodies that are sent piece by piece, in the two ways that servers take them."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol

from ..foundation.http.response import FileBody, StreamBody
from .contract import Machine
from .loop_thread import loop_thread

CHUNK = 65_536


def file_chunks(body: FileBody) -> Iterator[bytes]:
    """The bytes of a file's part; a file that shrank meanwhile ends early."""
    left = body.length
    with Path(body.path).open("rb") as file:
        file.seek(body.offset)
        while left > 0:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk


class SyncStream:
    """A streamed body as an iterator of bytes, for WSGI: its `close` closes whatever it is made of, once."""

    def __init__(self, body: StreamBody | FileBody, context: contextvars.Context) -> None:
        self._body = body
        self._context = context
        chunks: Any = file_chunks(body) if isinstance(body, FileBody) else body.chunks
        self._is_async = hasattr(chunks, "__aiter__")
        self._chunks = aiter(chunks) if self._is_async else iter(chunks)
        self._error: BaseException | None = None
        self._closed = False

    def __iter__(self) -> SyncStream:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._context.run(self._advance)
        except (StopIteration, _End):
            raise StopIteration from None
        except BaseException as error:
            self._error = error
            raise
        return chunk.encode() if isinstance(chunk, str) else chunk

    def _advance(self) -> Any:
        return loop_thread().run(_next(self._chunks)) if self._is_async else next(self._chunks)

    def close(self) -> None:
        """Called by the server when all is sent or the client has gone."""
        if not self._closed:
            self._closed = True
            self._context.run(self._close)

    def _close(self) -> None:
        if self._is_async:
            loop_thread().run(_close_async(self._chunks, self._body, self._error))
            return
        try:
            if hasattr(self._chunks, "close"):
                self._chunks.close()
        finally:
            if isinstance(self._body, StreamBody) and self._body.close is not None:
                closing = self._body.close(self._error)
                if inspect.isawaitable(closing):
                    loop_thread().run(_wait_for(closing))


class _End(Exception):
    """The end of an async stream, told across threads (a StopIteration may not leave a coroutine)."""


async def _next(chunks: AsyncIterator[Any]) -> Any:
    try:
        return await anext(chunks)
    except StopAsyncIteration:
        raise _End from None


async def _close_async(chunks: Any, body: StreamBody | FileBody, error: BaseException | None) -> None:
    try:
        if hasattr(chunks, "aclose"):
            await chunks.aclose()
    finally:
        if isinstance(body, StreamBody) and body.close is not None:
            closing = body.close(error)
            if inspect.isawaitable(closing):
                await closing


async def _wait_for(closing: Any) -> None:
    await closing


class SendChunk(Protocol):
    """How a gateway sends one piece."""

    async def __call__(self, chunk: bytes, /) -> None: ...


async def send_while_connected(sending: Coroutine[Any, Any, None], gone: Awaitable[Any]) -> bool:
    """Send a stream until its end, or until `gone` says that nobody listens: then it is cancelled, and False told.

    A stream that has nothing to say for an hour would not notice otherwise, nor would servers whose `send` is silent.
    """
    stream, watch = asyncio.ensure_future(sending), asyncio.ensure_future(gone)
    try:
        await asyncio.wait({stream, watch}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        ended = stream.done()
        if not ended:
            stream.cancel()
            await asyncio.wait({stream})
    if ended or not stream.cancelled():
        stream.result()
    return ended


async def send_stream(body: StreamBody | FileBody, send: SendChunk, machine: Machine) -> None:
    """Send a streamed body piece by piece; blocking iterators are advanced in a worker thread."""
    chunks: Any = file_chunks(body) if isinstance(body, FileBody) else body.chunks
    error: BaseException | None = None
    is_async = hasattr(chunks, "__aiter__")
    iterator = aiter(chunks) if is_async else iter(chunks)
    try:
        while True:
            chunk: Any = await anext(iterator, None) if is_async else await machine.in_thread(next, iterator, None)
            if chunk is None:
                return
            if chunk:
                await send(chunk.encode() if isinstance(chunk, str) else chunk)
    except BaseException as raised:
        error = raised
        raise
    finally:
        if not is_async and hasattr(iterator, "close"):
            iterator.close()
        await _close_async(iterator, body, error)
