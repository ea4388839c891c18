"""RSGI 1 (granian's interface): from a scope to a request, from an answer to the protocol's response.

A sync plan that may block goes to a worker thread, which gives its answer to the server itself; the loop only learns
that it is done.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import Any

from ..foundation.current import request_context
from ..foundation.http.body_rule import BodyRule
from ..foundation.http.errors import BadRequest, ServiceUnavailable
from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, FileBody
from .contract import Machine, Plan
from .life import Life
from .streams import send_stream

log = logging.getLogger("demijohn")


class RSGIRequest(Request, eq=False):
    """A request over RSGI; `native` is the scope."""

    def read_headers(self) -> HeaderPairs:
        """The scope's headers; names with an underscore could pose as others behind some proxies, and are dropped."""
        return [(name, value) for name, value in self.native.headers.items() if "_" not in name]

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return str(self.native.scheme)

    @property
    def client(self) -> str | None:
        """The peer's address."""
        client: str = self.native.client
        return client.rpartition(":")[0].strip("[]") or None


class RSGIDoor:
    """The RSGI application of a sealed app."""

    def __init__(self, machine: Machine, life: Life) -> None:
        self.machine = machine
        self._life = life
        self._wakes = _Wakes()
        # An attribute, not a method: the server looks it up once and calls it for each request.
        self.__rsgi__ = self._make()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:  # noqa: PLW3201 - the protocol's name
        loop.run_until_complete(self._life.start())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:  # noqa: PLW3201
        loop.run_until_complete(self._life.stop())

    def _make(self) -> Any:
        machine, life = self.machine, self._life
        plan_for, enter = machine.plan_for, request_context.set

        async def rsgi(scope: Any, protocol: Any) -> None:
            if scope.proto != "http":
                protocol.close(404)
                return
            if not life.started:
                await life.start()
            hosts = scope.headers.get_all("host")
            host = hosts[0] if len(hosts) == 1 else ",".join(hosts) or scope.authority or ""
            query = scope.query_string
            if not query.isascii():  # As the other interfaces have it: one character for each byte.
                query = query.encode().decode("latin-1")
            request = RSGIRequest(scope, scope.method, scope.path, query, host)
            enter(request)
            plan = plan_for(request)
            if plan.body is not None:
                await _read_body(request, plan.body, protocol)
            if plan.is_async:
                status, fixed, own, body = await plan.answer(request)
            elif plan.blocking:
                await self._hop(plan, request, protocol)
                return
            else:
                status, fixed, own, body = plan.answer(request)
            if body.__class__ is bytes:
                protocol.response_bytes(status, fixed.text if own is None else [*fixed.text, *own], body)
            else:
                await _write(status, fixed.text if own is None else [*fixed.text, *own], body, protocol, machine)

        return rsgi

    async def _hop(self, plan: Plan, request: Request, protocol: Any) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer | None] = loop.create_future()
        context = contextvars.copy_context()
        wake = self._wakes.of(loop)

        def job() -> None:
            answer: Answer | None = context.run(plan.answer, request)
            assert answer is not None
            status, fixed, own, body = answer
            if body.__class__ is bytes:
                protocol.response_bytes(status, fixed.text if own is None else [*fixed.text, *own], body)
                answer = None
            wake(future, answer)

        if self.machine.pool.submit(job):
            # A thread's work is never cut short: whoever cancels this task waits for the thread first.
            answer = await _uncancelled(future)
        else:
            refused = self.machine.refusal(request, ServiceUnavailable("The server is busy.", retry_after=1))
            answer = await refused.answer(request) if refused.is_async else refused.answer(request)
        if answer is not None:
            status, fixed, own, body = answer
            await _write(status, [*fixed.text, *(own or ())], body, protocol, self.machine)


async def _uncancelled(future: asyncio.Future[Any]) -> Any:
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            await asyncio.wait([future])
        raise


class _Wakes:
    """Tells a loop from threads that futures are done: many at once cost one wake-up of the loop."""

    def __init__(self) -> None:
        self._by_loop: dict[asyncio.AbstractEventLoop, Any] = {}

    def of(self, loop: asyncio.AbstractEventLoop) -> Any:
        wake = self._by_loop.get(loop)
        if wake is None:
            wake = self._by_loop[loop] = _make_wake(loop)
        return wake


def _make_wake(loop: asyncio.AbstractEventLoop) -> Any:
    waiting: list[tuple[asyncio.Future[Any], Any]] = []

    def drain() -> None:
        nonlocal waiting
        done, waiting = waiting, []
        for future, result in done:
            if not future.done():
                future.set_result(result)

    def wake(future: asyncio.Future[Any], result: Any) -> None:
        waiting.append((future, result))
        if len(waiting) == 1:
            try:
                loop.call_soon_threadsafe(drain)
            except RuntimeError:  # The loop was closed meanwhile: nobody waits.
                waiting.clear()

    return wake


async def _read_body(request: Request, rule: BodyRule, protocol: Any) -> None:
    headers = request.native.headers
    lengths = headers.get_all("content-length")
    length = ",".join(lengths) if lengths else None
    request.body_type = content_type = headers.get("content-type")
    if length is not None and headers.get("transfer-encoding") is not None:
        request.refusal = BadRequest("Content-Length and Transfer-Encoding do not go together.")
        return
    request.refusal = rule.refuse(content_type, length)
    if request.refusal is not None:
        return
    if length is not None:
        if length != "0":
            request.body = await protocol()
        return
    limit = rule.limit_for(content_type)
    body = bytearray()
    async for chunk in protocol:
        body += chunk
        if len(body) > limit:
            request.refusal = rule.too_large(content_type)
            return
    request.body = bytes(body)
    if body:
        request.refusal = rule.refuse(content_type, str(len(body)))


async def _write(status: int, headers: HeaderPairs, body: Any, protocol: Any, machine: Machine) -> None:
    if isinstance(body, bytes):
        protocol.response_bytes(status, headers, body)
    elif body is None:
        protocol.response_empty(status, headers)
    elif isinstance(body, FileBody):
        headers = [*headers, ("content-length", str(body.length))]
        protocol.response_file_range(status, headers, body.path, body.offset, body.offset + body.length)
    else:
        transport = protocol.response_stream(status, headers)
        await send_stream(body, transport.send_bytes, machine)
