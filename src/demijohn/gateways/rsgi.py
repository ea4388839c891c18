"""RSGI 1 (granian's interface): from a scope to a request, from an answer to the protocol's response.

A sync plan that may block goes to a worker thread, which hands its answer back to the loop.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import CancelledError, current_task
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from ..foundation.current import request_context
from ..foundation.http.body_rule import STREAM, BodyRule, refuse_framing
from ..foundation.http.body_stream import ClientDisconnected
from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, FileBody
from . import websocket_rsgi
from .bodies import LoopSource, form_reader, open_stream, read_form_async, slow_body
from .contract import Machine
from .deadlines import Deadlines, too_slow
from .life import Life
from .pacing import Pace
from .streams import send_stream, send_while_connected
from .visits import visit

log = logging.getLogger("demijohn")


class RSGIRequest(Request, eq=False):
    """A request over RSGI; `native` is the scope."""

    interface: ClassVar[str] = "rsgi"

    def read_headers(self) -> HeaderPairs:
        """The scope's headers; names with an underscore could pose as others behind some proxies, and are dropped."""
        return [(name, value) for name, value in self.native.headers.items() if "_" not in name]

    def has_header(self, *names: str) -> bool:
        """Whether the server has one of them."""
        headers = self.native.headers
        for name in names:  # noqa: SIM110 - a generator costs a call for each
            if name in headers:
                return True
        return False

    def read_header(self, name: str) -> str | None:
        """What the server has of it."""
        value: str | None = self.native.headers.get(name)
        return value

    def read_cookie(self) -> str:
        """What the server has of it, joined."""
        headers = self.native.headers
        if len(headers) > self.limits.headers:  # they are counted where all are read
            return super().read_cookie()
        return "; ".join(headers.get_all("cookie"))

    def read_scheme(self) -> str:
        """`http` or `https`."""
        return str(self.native.scheme)

    def read_client(self) -> str | None:
        """The peer's address."""
        client: str = self.native.client
        return client.rpartition(":")[0].strip("[]") or None

    def read_version(self) -> str:
        """The version of HTTP."""
        return str(self.native.http_version)


class RSGIDoor:
    """The RSGI application of a sealed app."""

    def __init__(self, machine: Machine, life: Life) -> None:
        self.machine = machine
        self._life = life
        # An attribute, not a method: the server looks it up once and calls it for each request.
        self.__rsgi__ = self._make()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._life.begin_serving())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._life.stop())

    def _make(self) -> Any:  # noqa: C901
        machine, life = self.machine, self._life
        plan_for, enter = machine.plan_for, request_context.set
        deadlines = life.deadlines
        running = deadlines.running

        async def rsgi(scope: Any, protocol: Any) -> None:  # noqa: PLR0912 - the whole exchange, from top to bottom
            if not life.started:
                await life.start()
            try:
                (host,) = scope.headers.get_all("host")
            except ValueError:
                host = _odd_host(scope)
            query = scope.query_string
            if not query.isascii():  # As the other interfaces have it: one character for each byte.
                query = query.encode().decode("latin-1")
            request = RSGIRequest(scope, scope.method, scope.path, query, host)
            enter(request)
            if scope.proto != "http":
                await websocket_rsgi.serve(request, protocol, machine)
                return
            try:
                plan = plan_for(request)
                if plan.body is not None:
                    await _read_body(request, plan.body, protocol, machine, deadlines)
                if plan.is_async:
                    if plan.timeout is None:
                        status, fixed, own, body = await plan.answer(request)
                    else:
                        task = current_task(deadlines.loop)
                        running[task] = deadlines.now + plan.timeout
                        try:
                            status, fixed, own, body = await plan.answer(request)
                        except CancelledError:
                            if not deadlines.was_late(task):
                                raise
                            status, fixed, own, body = await _late(machine, request)
                        running.pop(task, None)
                elif plan.blocking:
                    answer = await visit(machine, plan, request)
                    if answer is None:
                        return
                    status, fixed, own, body = answer
                else:
                    status, fixed, own, body = plan.answer(request)
                if body.__class__ is bytes:
                    protocol.response_bytes(status, fixed.text if own is None else [*fixed.text, *own], body)
                else:
                    headers = fixed.text if own is None else [*fixed.text, *own]
                    await _write(status, headers, body, protocol, scope.client, machine=machine, deadlines=deadlines)
            finally:
                if request.after is not None:
                    request.finish()

        return rsgi


def _odd_host(scope: Any) -> str:
    """The host where there are none or several; one that is no text is left out by the server, and none at all here."""
    hosts = scope.headers.get_all("host")
    return ",".join(hosts) or scope.authority or ("?" if "host" in scope.headers else "")


async def _late(machine: Machine, request: Request) -> Answer:
    refused = machine.refusal(request, too_slow())
    answer: Answer = await refused.answer(request) if refused.is_async else refused.answer(request)
    return answer


async def _read_body(  # noqa: PLR0912 - one step after the other
    request: Request, rule: BodyRule, protocol: Any, machine: Machine, deadlines: Deadlines
) -> None:
    headers = request.native.headers
    lengths = headers.get_all("content-length")
    length = ",".join(lengths) if lengths else None
    request.body_type = content_type = headers.get("content-type")
    idle = machine.timeouts.body
    if not rule.takes(content_type, length) or "transfer-encoding" in headers:
        encodings = headers.get_all("transfer-encoding")
        if encodings:
            request.refusal = refuse_framing(",".join(encodings), length)
        if request.refusal is None:
            request.refusal = rule.refuse(content_type, length)
        if request.refusal is not None or (length == "0" and rule.kind != STREAM):
            return
        if rule.kind == STREAM:
            open_stream(request, rule, LoopSource(_pieces(request.native, protocol, length), idle), length)
            return
        if content_type is not None and content_type[:10].lower() == "multipart/":
            reader = form_reader(request, rule)
            if reader is not None:
                await read_form_async(
                    request, reader, LoopSource(_pieces(request.native, protocol, length), idle), rule, machine
                )
                return
    if request.refusal is None and length != "0":
        task = deadlines.begin(idle)
        try:
            if length is not None and len(length) < 6:  # digits: what is larger may take longer, and comes by pieces
                request.body = await protocol()
            else:
                pieces = _pieces(request.native, protocol, length)
                await _read_chunks(request, rule, pieces, lambda: deadlines.begin(idle))
        except CancelledError:
            if not deadlines.was_late(task):
                raise
            request.refusal = slow_body()
        except (ClientDisconnected, RuntimeError):  # granian's RSGIProtocolClosed is one: cut off, or malformed
            request.refusal = ClientDisconnected()
        finally:
            deadlines.running.pop(task, None)


async def _read_chunks(
    request: Request, rule: BodyRule, piece: Callable[[], Awaitable[bytes]], prolong: Callable[[], object]
) -> None:
    """A body of unknown length, read up to its limit and not beyond."""
    limit = rule.limit_for(request.body_type)
    body = bytearray()
    while chunk := await piece():
        prolong()
        body += chunk
        if len(body) > limit:
            request.refusal = rule.too_large(request.body_type)
            return
    request.body = bytes(body)
    if body:
        request.refusal = rule.refuse(request.body_type, str(len(body)))


def _pieces(scope: Any, protocol: Any, length: str | None) -> Callable[[], Awaitable[bytes]]:
    """The pieces of a body, one by one; an empty one is its end. ClientDisconnected where it was cut off."""
    pieces = aiter(protocol)
    left = None if length is None else int(length)
    # Chunks that are malformed or cut off are no error to granian: they end in one empty piece more than others do,
    # as trailers do.
    most = 1 if scope.http_version[:1] == "1" and "trailer" not in scope.headers else None
    empty = 0

    async def piece() -> bytes:
        nonlocal left, empty
        try:
            while True:  # Not `async for`: the server's iterator may be begun only once.
                chunk: bytes = await anext(pieces)
                if chunk:
                    if left is not None:
                        left -= len(chunk)
                    return chunk
                empty += 1
        except StopAsyncIteration:
            if left or (left is None and most is not None and empty > most):
                raise ClientDisconnected from None
            return b""

    return piece


async def _write(
    status: int, headers: HeaderPairs, body: Any, protocol: Any, client: str, *, machine: Machine, deadlines: Deadlines
) -> None:
    if isinstance(body, bytes):
        protocol.response_bytes(status, headers, body)
    elif body is None:
        protocol.response_empty(status, headers)
    elif isinstance(body, FileBody):
        headers = [*headers, ("content-length", str(body.length))]
        protocol.response_file_range(status, headers, body.path, body.offset, body.offset + body.length)
    else:
        transport = protocol.response_stream(status, headers)
        idle, send, pace = machine.timeouts.write, transport.send_bytes, Pace(client, machine)

        async def send_chunk(chunk: bytes, /) -> None:
            await send(chunk)
            if pace.is_due(len(chunk)):
                await deadlines.within(idle, pace.wait())

        sending = send_stream(body, send_chunk, machine)
        try:
            await send_while_connected(sending, protocol.client_disconnect())
        finally:
            pace.close()
            # An error that somebody still holds keeps `send_chunk`, and the server ends the answer only when its
            # transport is let go.
            del send, transport
