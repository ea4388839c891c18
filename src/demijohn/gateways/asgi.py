"""ASGI 3: from a scope and `receive` to a request, from an answer to `send`."""

from __future__ import annotations

from asyncio import CancelledError, current_task
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar, TypeAlias

from ..foundation.current import request_context
from ..foundation.errors import SetupError
from ..foundation.http.body_rule import STREAM, BodyRule, refuse_framing
from ..foundation.http.body_stream import ClientDisconnected
from ..foundation.http.errors import HeadersTooLarge
from ..foundation.http.headers import HeaderPairs, encode_headers
from ..foundation.http.request import Request
from ..foundation.http.response import Answer
from . import websocket_asgi
from .bodies import LoopSource, form_reader, open_stream, read_form_async, slow_body
from .contract import Machine
from .deadlines import Deadlines, too_slow
from .life import Life
from .streams import send_stream, send_while_connected
from .visits import visit

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIDoor: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class ASGIRequest(Request, eq=False):
    """A request over ASGI; `native` is the scope."""

    interface: ClassVar[str] = "asgi"

    def read_headers(self) -> HeaderPairs:
        """The scope's headers; names with an underscore could pose as others behind some proxies, and are dropped."""
        return [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in self.native["headers"]
            if b"_" not in name
        ]

    def has_header(self, *names: str) -> bool:
        """Whether one of them is in the scope, which has names in lower case."""
        wanted = {name.encode("latin-1") for name in names}
        for name, _ in self.native["headers"]:  # noqa: SIM110 - a generator costs a call for each
            if name in wanted:
                return True
        return False

    def read_header(self, name: str) -> str | None:
        """What the scope has of it."""
        wanted = name.encode("latin-1")
        for other, value in self.native["headers"]:
            if other == wanted:
                return str(value, "latin-1")
        return None

    def read_cookie(self) -> str:
        """What the scope has of it, joined."""
        return "; ".join([str(value, "latin-1") for name, value in self.native["headers"] if name == b"cookie"])

    def read_scheme(self) -> str:
        """`http` or `https`."""
        return str(self.native.get("scheme", "http"))

    def read_client(self) -> str | None:
        """The peer's address."""
        client = self.native.get("client")
        return None if client is None else str(client[0]) or None

    def read_root_path(self) -> str:
        """The server's `root_path`."""
        return str(self.native.get("root_path", "")).rstrip("/")

    def read_version(self) -> str:
        """The version of HTTP."""
        return str(self.native.get("http_version", ""))


def asgi_door(machine: Machine, life: Life) -> ASGIDoor:  # noqa: C901, PLR0915
    """The ASGI callable of a sealed app."""
    plan_for, most_headers = machine.plan_for, machine.limits.headers
    deadlines = life.deadlines
    running = deadlines.running

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: C901, PLR0912 - the whole exchange, from top to bottom
        kind = scope["type"]
        if kind != "http":
            await _other(scope, receive, send, life)
            return
        if not life.started:
            await life.start()
        request = _read_head(scope)
        request_context.set(request)
        body: Any  # Told apart by its class, which type checkers do not follow.
        try:
            if len(scope["headers"]) <= most_headers:
                plan = plan_for(request)
            else:  # Other servers refuse these themselves.
                plan = machine.refusal(request, HeadersTooLarge(f"The request has more than {most_headers} headers."))
            if plan.body is not None:
                try:
                    await _read_body(request, plan.body, receive, machine, deadlines)
                except ClientDisconnected as error:  # or a malformed body: for granian that is the same
                    request.refusal = error
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
                headers = [*fixed.raw, (b"content-length", b"%d" % len(body))]
                if own:
                    headers += encode_headers(own)
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": body})
            else:
                headers = fixed.raw if own is None else [*fixed.raw, *encode_headers(own)]
                await _write(status, headers, body, send, receive, machine=machine, deadlines=deadlines)
        finally:
            if request.after is not None:
                request.finish()

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
    return ASGIRequest(scope, scope.get("method", "GET"), path, query, host)


async def _late(machine: Machine, request: Request) -> Answer:
    refused = machine.refusal(request, too_slow())
    answer: Answer = await refused.answer(request) if refused.is_async else refused.answer(request)
    return answer


async def _read_body(
    request: Request, rule: BodyRule, receive: Receive, machine: Machine, deadlines: Deadlines
) -> None:
    lengths, content_type, encoding = [], None, None
    for name, value in request.native["headers"]:
        if name == b"content-length":
            lengths.append(value.decode("latin-1").strip())
        elif name == b"content-type":
            content_type = value.decode("latin-1")
        elif name == b"transfer-encoding":
            encoding = value.decode("latin-1") if encoding is None else "several"
    length = ",".join(lengths) if lengths else None
    request.body_type = content_type
    idle = machine.timeouts.body
    if encoding is not None or not rule.takes(content_type, length):
        if encoding is not None:
            request.refusal = refuse_framing(encoding, length)
        if request.refusal is None:
            request.refusal = rule.refuse(content_type, length)
        if request.refusal is not None:
            return
        if rule.kind == STREAM:
            open_stream(request, rule, LoopSource(_pieces(receive), idle), length)
            return
        if content_type is not None and content_type[:10].lower() == "multipart/":
            reader = form_reader(request, rule)
            if reader is not None:
                await read_form_async(request, reader, LoopSource(_pieces(receive), idle), rule, machine)
                return
    if request.refusal is None:
        await _read_bytes(request, rule, receive, length, deadlines=deadlines, idle=idle)


async def _read_bytes(
    request: Request, rule: BodyRule, receive: Receive, length: str | None, *, deadlines: Deadlines, idle: float | None
) -> None:
    limit = rule.limit_for(request.body_type)
    task = deadlines.begin(idle)
    try:
        message = await receive()
        body = message.get("body", b"")
        if message.get("more_body"):
            chunks = bytearray(body)
            while message.get("more_body") and len(chunks) <= limit:
                deadlines.begin(idle)
                message = await receive()
                chunks += message.get("body", b"")
            body = bytes(chunks)
    except CancelledError:
        if not deadlines.was_late(task):
            raise
        request.refusal = slow_body()
        return
    finally:
        deadlines.running.pop(task, None)
    if message["type"] == "http.disconnect":
        raise ClientDisconnected
    if len(body) > limit:
        request.refusal = rule.too_large(request.body_type)
    elif length is None and body:
        request.refusal = rule.refuse(request.body_type, str(len(body)))
    request.body = body


def _pieces(receive: Receive) -> Callable[[], Awaitable[bytes]]:
    """The pieces of a body, one by one; an empty one is its end."""
    more = True

    async def piece() -> bytes:
        nonlocal more
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            more = message.get("more_body", False)
            body: bytes = message.get("body", b"")
            if body:
                return body
        return b""

    return piece


async def _write(
    status: int, headers: list[tuple[bytes, bytes]], body: Any, send: Send, receive: Receive, *, machine: Machine,
    deadlines: Deadlines,
) -> None:  # fmt: skip
    if body is None or isinstance(body, bytes):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body or b""})
        return
    length = getattr(body, "length", None)
    if length is not None:
        headers = [*headers, (b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})

    idle = machine.timeouts.write

    async def send_chunk(chunk: bytes, /) -> None:
        await deadlines.within(idle, send({"type": "http.response.body", "body": chunk, "more_body": True}))

    if await send_while_connected(send_stream(body, send_chunk, machine), _disconnect(receive)):
        await send({"type": "http.response.body", "body": b""})


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _other(scope: Scope, receive: Receive, send: Send, life: Life) -> None:
    kind = scope["type"]
    if kind == "lifespan":
        await _lifespan(receive, send, life)
    elif kind == "websocket":
        if not life.started:
            await life.start()
        request = _read_head(scope)
        request_context.set(request)
        await websocket_asgi.serve(request, receive, send, life.machine)
    else:
        raise ValueError(f"ASGI scopes of type {kind!r} are not served.")


async def _lifespan(receive: Receive, send: Send, life: Life) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await life.begin_serving()
            except SetupError as error:  # It says all that is to be said: no traceback makes it clearer.
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            except BaseException as error:
                await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
                raise
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await life.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
