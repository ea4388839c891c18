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
from ..foundation.http.body_rule import BodyRule, two_framings
from ..foundation.http.errors import ServiceUnavailable
from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, FileBody
from .contract import Machine, Plan
from .life import Life
from .streams import send_stream, send_while_connected

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
        # An attribute, not a method: the server looks it up once and calls it for each request.
        self.__rsgi__ = self._make()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._life.start())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
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
            host = hosts[0] if len(hosts) == 1 else _odd_host(scope, hosts)
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
            if request.body_type is not None:
                request.close()
            if body.__class__ is bytes:
                protocol.response_bytes(status, fixed.text if own is None else [*fixed.text, *own], body)
            else:
                await _write(status, fixed.text if own is None else [*fixed.text, *own], body, protocol, machine)

        return rsgi

    async def _hop(self, plan: Plan, request: Request, protocol: Any) -> None:
        hop = self.machine.hop()
        run, answer_for, respond = contextvars.copy_context().run, plan.answer, protocol.response_bytes

        def job() -> None:
            left: Answer | None = None
            try:
                answer: Answer = run(answer_for, request)
                status, fixed, own, body = answer
                if body.__class__ is bytes:
                    respond(status, fixed.text if own is None else [*fixed.text, *own], body)
                else:
                    left = answer  # What is not bytes is sent from the loop.
            finally:
                if request.body_type is not None:
                    request.close()
                hop.done(left)

        if self.machine.pool.submit(job):
            answer = await hop.wait()
        else:
            refused = self.machine.refusal(request, ServiceUnavailable("The server is busy.", retry_after=1))
            answer = await refused.answer(request) if refused.is_async else refused.answer(request)
        if answer is not None:
            status, fixed, own, body = answer
            await _write(status, [*fixed.text, *(own or ())], body, protocol, self.machine)


def _odd_host(scope: Any, hosts: list[str]) -> str:
    """The host where there are none or several; one that is no text is left out by the server, and none at all here."""
    return ",".join(hosts) or scope.authority or ("?" if "host" in scope.headers else "")


async def _read_body(request: Request, rule: BodyRule, protocol: Any) -> None:
    headers = request.native.headers
    lengths = headers.get_all("content-length")
    length = ",".join(lengths) if lengths else None
    request.body_type = content_type = headers.get("content-type")
    if length is not None and headers.get("transfer-encoding") is not None:
        request.refusal = two_framings()
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
        sending = send_stream(body, transport.send_bytes, machine)
        await send_while_connected(sending, protocol.client_disconnect())
