"""Request bodies that are not simply bytes: streams that a handler reads itself, and multipart forms.

Those forms are parsed while they come, so that a large file is never in memory whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from ..foundation.http.body_rule import BodyRule
from ..foundation.http.body_stream import BodyStream, ClientDisconnected
from ..foundation.http.errors import HTTPError, RequestTimeout
from ..foundation.http.forms import MultipartReader
from ..foundation.http.query import MultiDict
from ..foundation.http.request import Request
from .contract import Machine

CHUNK = 65_536

Receive = Callable[[], Awaitable[bytes]]


def open_stream(request: Request, rule: BodyRule, source: Any, length: str | None) -> None:
    """Give a request its body as a stream, for a handler that reads it itself."""
    request.stream = BodyStream(source, rule.limit, request.body_type, None if length is None else int(length))


def form_reader(request: Request, rule: BodyRule) -> MultipartReader | None:
    """A parser for a body that is a multipart form; None for any other, and for one that is refused here already."""
    content_type = request.body_type or ""
    if not rule.reads_forms or content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    try:
        return MultipartReader(content_type, request.limits)
    except HTTPError as error:
        request.refusal = error
        return None


def read_form(request: Request, reader: MultipartReader, chunks: Iterator[bytes], rule: BodyRule) -> None:
    """Parse a form from its pieces; what is wrong with it becomes the request's refusal."""
    try:
        received = 0
        for chunk in chunks:
            received += len(chunk)
            _check_size(received, rule, request)
            reader.feed(chunk)
        _keep(request, reader, received)
    except HTTPError as error:
        reader.abandon()
        request.refusal = error
    except BaseException:
        reader.abandon()
        raise


async def read_form_async(
    request: Request, reader: MultipartReader, source: LoopSource, rule: BodyRule, machine: Machine
) -> None:
    """As `read_form`, on a loop: what goes to the disk is written by a worker thread."""
    try:
        received = 0
        while chunk := await source.next_async():
            received += len(chunk)
            _check_size(received, rule, request)
            if reader.on_disk:
                await machine.in_thread(reader.feed, chunk)
            else:
                reader.feed(chunk)
        _keep(request, reader, received)
    except HTTPError as error:
        reader.abandon()
        request.refusal = error
    except BaseException:
        reader.abandon()
        raise


def _check_size(received: int, rule: BodyRule, request: Request) -> None:
    if received > rule.form_limit:
        raise rule.too_large(request.body_type)


def _keep(request: Request, reader: MultipartReader, received: int) -> None:
    if not received:
        reader.abandon()  # No body at all: what is missing is said by the validation.
        return
    fields, files = reader.finish()
    request.keep_form(MultiDict(fields), MultiDict(files))


class LoopSource:
    """A body that arrives on an event loop: a handler's thread asks the loop for the next piece, and waits."""

    def __init__(self, receive: Receive, idle: float | None) -> None:
        self._receive = receive
        self._idle = idle
        self._loop = asyncio.get_running_loop()

    async def next_async(self) -> bytes:
        """The next piece, on the loop; empty at the end."""
        try:
            async with asyncio.timeout(self._idle):
                return await self._receive()
        except TimeoutError:
            raise slow_body() from None

    def next(self) -> bytes:
        """The next piece, in a worker thread."""
        if _runs_here(self._loop):
            raise RuntimeError("On the event loop, a body is read by: async for chunk in body")
        return asyncio.run_coroutine_threadsafe(self.next_async(), self._loop).result()


class FileSource:
    """A body that is read from a file, as WSGI has it; on a loop, a worker thread reads it."""

    def __init__(self, read: Callable[[int], bytes], length: int | None, machine: Machine) -> None:
        self._read = read
        self._left = length
        self._machine = machine

    def next(self) -> bytes:
        """The next piece; empty at the end."""
        try:
            if self._left is None:
                return self._read(CHUNK)
            chunk = self._read(min(CHUNK, self._left)) if self._left else b""
        except Exception as error:  # cut off or malformed, for which each server has a class of its own
            raise ClientDisconnected from error
        if self._left and not chunk:
            raise ClientDisconnected
        self._left -= len(chunk)
        return chunk

    async def next_async(self) -> bytes:
        """As `next`, without keeping the loop waiting."""
        return await self._machine.in_thread(self.next)


def slow_body() -> RequestTimeout:
    """The answer to a client that has stopped sending."""
    return RequestTimeout("The body did not come in time.", headers={"connection": "close"})


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
