"""Bodies that are sent piece by piece, in the two ways that servers take them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol

from ..foundation.http.body_stream import ClientDisconnected
from ..foundation.http.errors import ServiceUnavailable
from ..foundation.http.request import Request
from ..foundation.http.response import FileBody, StreamBody
from .contract import Machine
from .loop_thread import loop_thread

CHUNK = 65_536


def at_once(body: FileBody) -> bytes | FileBody:
    """The bytes of a small file, which are sent sooner than streamed; itself, if it is larger or cannot be read.

    It blocks: for threads only.
    """
    if body.length <= CHUNK:
        with contextlib.suppress(OSError), open(body.path, "rb") as file:  # noqa: PTH123 - a Path costs more than that
            file.seek(body.offset)
            read = file.read(body.length)
            if len(read) == body.length:
                return read
    return body


def file_chunks(body: FileBody) -> Iterator[bytes]:
    """The bytes of a file's part; OSError if it shrank meanwhile, so that nobody waits for the rest."""
    left = body.length
    with Path(body.path).open("rb") as file:
        file.seek(body.offset)
        while left > 0:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                raise OSError(f"{body.path} became shorter while it was sent.")
            left -= len(chunk)
            yield chunk


def encoded(chunk: Any) -> bytes:
    """One piece as bytes; TypeError for what is none."""
    if isinstance(chunk, str):
        return chunk.encode()
    if isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk)
    kind = type(chunk).__name__
    raise TypeError(
        f"A stream yielded {kind}: it yields str or bytes. A generator of events is annotated -> AsyncIterator[Event]"
        " (or Iterator[Event]), or is returned as EventStream(generator())."
    )


class SyncStream:
    """A streamed body as an iterator of bytes, for WSGI: its `close` closes whatever it is made of, once."""

    def __init__(self, body: StreamBody | FileBody, context: contextvars.Context, request: Request) -> None:
        self._body = body
        self._request = request
        self._context = context
        chunks: Any = file_chunks(body) if isinstance(body, FileBody) else body.chunks
        self._source = chunks
        self._is_async = hasattr(chunks, "__aiter__")
        self._chunks = aiter(chunks) if self._is_async else iter(chunks)
        self._error: BaseException | None = None
        self._closed = False
        self._ended = False

    def __iter__(self) -> SyncStream:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._context.run(self._advance)
        except (StopIteration, _End):
            self._ended = True
            raise StopIteration from None
        except BaseException as error:
            self._error = error
            raise
        return encoded(chunk)

    def _advance(self) -> Any:
        return loop_thread().run(_next(self._chunks)) if self._is_async else next(self._chunks)

    def close(self) -> None:
        """Called by the server when all is sent or the client has gone."""
        if not self._closed:
            self._closed = True
            if not self._ended and self._error is None:
                self._error = GeneratorExit()  # Nobody took it to its end: its services are not to think so.
            try:
                self._context.run(self._close)
            finally:
                self._request.finish()

    def _close(self) -> None:
        if self._is_async:
            loop_thread().run(_close_async(self._chunks, self._body, self._error))
            return
        try:
            _close_sync(self._chunks, self._source)
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


def _close_sync(iterator: Any, source: Any) -> None:
    """Close an iterator, and what it goes through where that is something else, such as a database's cursor."""
    try:
        if hasattr(iterator, "close"):
            iterator.close()
    finally:
        if source is not iterator and hasattr(source, "close"):
            source.close()


async def _close_async(iterator: Any, body: StreamBody | FileBody, error: BaseException | None) -> None:
    try:
        source: Any = getattr(body, "chunks", None)
        for each in (iterator, source):
            if hasattr(each, "aclose"):  # the second is mostly the first again, and closed already
                await each.aclose()
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
    try:
        if stream.cancelled() or isinstance(stream.exception(), ClientDisconnected):
            return False
        stream.result()
        return ended
    finally:
        del stream, watch, sending  # As in send_stream: the error would hold itself, by this frame.


async def send_stream(body: StreamBody | FileBody, send: SendChunk, machine: Machine) -> None:
    """Send a streamed body piece by piece; blocking iterators are advanced in a worker thread."""
    chunks: Any = file_chunks(body) if isinstance(body, FileBody) else body.chunks
    error: BaseException | None = None
    is_async = hasattr(chunks, "__aiter__")
    iterator = aiter(chunks) if is_async else iter(chunks)
    task = asyncio.current_task()
    machine.streams.add(task)
    try:
        while True:
            chunk: Any = await anext(iterator, None) if is_async else await machine.in_thread(next, iterator, None)
            if chunk is None:
                return
            if chunk:
                piece = encoded(chunk)
                try:
                    await send(piece)
                except Exception as lost:  # Each server has an error of its own for a client that left, or is too slow.
                    raise ClientDisconnected from lost
    except BaseException as raised:
        error = raised
        raise
    finally:
        machine.streams.discard(task)
        try:
            if not is_async:
                await _close_in_thread(iterator, chunks, machine)
        finally:
            await _close_async(iterator, body, error)
            # An error holds the frames that it came through, this one among them, and somebody may hold the error: a
            # server that waits to see its transport let go would wait for the collector.
            del error, send, task


async def close_unsent(body: StreamBody, machine: Machine) -> None:
    """Close a stream of which nothing was sent, and what was made for it: who asked has gone."""
    try:
        if not hasattr(body.chunks, "__aiter__"):
            await _close_in_thread(body.chunks, body.chunks, machine)
    finally:
        await _close_async(body.chunks, body, GeneratorExit())


async def _close_in_thread(iterator: Any, source: Any, machine: Machine) -> None:
    """Close blocking chunks where they were made; on the loop if there is no thread left to do it."""
    if hasattr(iterator, "close") or hasattr(source, "close"):
        try:
            await machine.in_thread(_close_sync, iterator, source)
        except ServiceUnavailable:
            _close_sync(iterator, source)
