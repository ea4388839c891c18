"""ASGI 3: from a scope and `receive` to a request, from an answer to `send`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from ..foundation.current import request_context
from ..foundation.http.body_rule import BodyRule, two_framings
from ..foundation.http.errors import HeadersTooLarge, ServiceUnavailable
from ..foundation.http.headers import HeaderPairs, encode_headers
from ..foundation.http.request import Request
from .contract import Machine, Plan
from .life import Life
from .streams import send_stream, send_while_connected

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIDoor: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Disconnected(Exception):
    """The client has gone before its body was whole: there is nobody to answer."""


class ASGIRequest(Request, eq=False):
    """A request over ASGI; `native` is the scope."""

    def read_headers(self) -> HeaderPairs:
        """The scope's headers; names with an underscore could pose as others behind some proxies, and are dropped."""
        return [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in self.native["headers"]
            if b"_" not in name
        ]

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return str(self.native.get("scheme", "http"))

    @property
    def client(self) -> str | None:
        """The peer's address."""
        client = self.native.get("client")
        return None if client is None else str(client[0])

    @property
    def root_path(self) -> str:
        """The server's `root_path`."""
        return str(self.native.get("root_path", "")).rstrip("/")


def asgi_door(machine: Machine, life: Life) -> ASGIDoor:
    """The ASGI callable of a sealed app."""
    plan_for, most_headers = machine.plan_for, machine.limits.headers

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: PLR0912 - the whole exchange, from top to bottom
        kind = scope["type"]
        if kind != "http":
            await _other(kind, receive, send, life)
            return
        if not life.started:
            await life.start()
        request = _read_head(scope)
        request_context.set(request)
        if len(scope["headers"]) <= most_headers:
            plan = plan_for(request)
        else:  # Other servers refuse these themselves.
            plan = machine.refusal(request, HeadersTooLarge(f"The request has more than {most_headers} headers."))
        if plan.body is not None:
            try:
                await _read_body(request, plan.body, receive)
            except Disconnected:
                return
        if plan.is_async:
            status, fixed, own, body = await plan.answer(request)
        elif plan.blocking:
            status, fixed, own, body = await _hop(machine, plan, request)
        else:
            status, fixed, own, body = plan.answer(request)
        if request.body_type is not None:
            request.close()
        if body.__class__ is bytes:
            headers = [*fixed.raw, (b"content-length", b"%d" % len(body))]
            if own:
                headers += encode_headers(own)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            headers = fixed.raw if own is None else [*fixed.raw, *encode_headers(own)]
            await _write(status, headers, body, send, receive, machine=machine)

    return asgi


def _read_head(scope: Scope) -> ASGIRequest:
    path = scope["path"] or "/"
    root = scope.get("root_path", "")
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :] or "/"  # ASGI 3: the path includes its prefix.
    host = ""
    for name, value in scope["headers"]:
        if name == b"host":
            # A second Host makes the field a list, which no host name is: the kernel refuses it.
            host = f"{host},{value.decode('latin-1')}" if host else value.decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return ASGIRequest(scope, scope["method"], path, query, host)


async def _hop(machine: Machine, plan: Plan, request: Request) -> Any:
    try:
        return await machine.in_thread(plan.answer, request)
    except ServiceUnavailable as error:
        # The queue is full: the refusal is made here on the loop, as there is no thread to make it.
        refused = machine.refusal(request, error)
        answer = refused.answer(request)
        return await answer if refused.is_async else answer


async def _read_body(request: Request, rule: BodyRule, receive: Receive) -> None:
    lengths, content_type, encoding = [], None, False
    for name, value in request.native["headers"]:
        if name == b"content-length":
            lengths.append(value.decode("latin-1").strip())
        elif name == b"content-type":
            content_type = value.decode("latin-1")
        elif name == b"transfer-encoding":
            encoding = True
    length = ",".join(lengths) if lengths else None
    request.body_type = content_type
    if length is not None and encoding:
        request.refusal = two_framings()
        return
    request.refusal = rule.refuse(content_type, length)
    if request.refusal is not None:
        return
    limit = rule.limit_for(content_type)
    message = await receive()
    body = message.get("body", b"")
    if message.get("more_body"):
        chunks = bytearray(body)
        while message.get("more_body") and len(chunks) <= limit:
            message = await receive()
            chunks += message.get("body", b"")
        body = bytes(chunks)
    if message["type"] == "http.disconnect":
        raise Disconnected
    if len(body) > limit:
        request.refusal = rule.too_large(content_type)
    elif length is None and body:
        request.refusal = rule.refuse(content_type, str(len(body)))
    request.body = body


async def _write(
    status: int, headers: list[tuple[bytes, bytes]], body: Any, send: Send, receive: Receive, *, machine: Machine
) -> None:
    if body is None or isinstance(body, bytes):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body or b""})
        return
    length = getattr(body, "length", None)
    if length is not None:
        headers = [*headers, (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})

    async def send_chunk(chunk: bytes, /) -> None:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})

    if await send_while_connected(send_stream(body, send_chunk, machine), _disconnect(receive)):
        await send({"type": "http.response.body", "body": b""})


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _other(kind: str, receive: Receive, send: Send, life: Life) -> None:
    if kind == "lifespan":
        await _lifespan(receive, send, life)
    elif kind == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000, "reason": "No WebSocket is served at this address."})
    else:
        raise ValueError(f"ASGI scopes of type {kind!r} are not served.")


async def _lifespan(receive: Receive, send: Send, life: Life) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await life.start()
            except BaseException as error:
                await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
                raise
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await life.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
