"""The life of a WebSocket: a handshake that is an exchange like any other, then a handler until either side ends.

    the gateway's task:  passages, arounds ( error handlers ( handshake )) ── accept ── wait ── close
    the handler's task:                       services, handler ... accept() ......... services closed
    the reader's task:                                                      what the peer sends

The handshake's answer is made when the handler accepts (101, which arounds may add headers to) or fails. So arounds and
what they are made of are done with before the first message: nothing of an exchange is held for hours.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..foundation.errors import SetupError
from ..foundation.http.errors import HTTPError, MethodNotAllowed, NotFound, ServiceUnavailable
from ..foundation.http.request import Request
from ..foundation.http.response import Response
from ..foundation.http.websocket import (
    GOING_AWAY,
    INTERNAL_ERROR,
    NORMAL,
    POLICY_VIOLATION,
    WebSocketDisconnect,
    close_for,
    key_error,
    origin_error,
)
from .calls import Call
from .failures import crashes, printable
from .guards import OriginRule
from .habits import remind
from .outbox import Connection, SocketRule
from .parts import Parts
from .plan import Plan, compile_plan
from .routes import WEBSOCKET, Route
from .schema import name_of
from .services import Cleanup, close_async, kind_of
from .websockets import WebSocket

log = logging.getLogger("demijohn")

_STOP_SECONDS = 10.0  # for handlers to end when the server stops
_LAST_WORDS_SECONDS = 0.3  # of these, for the close frame to wait for them


class Accepted(Response):
    """The answer to a handshake that was accepted: arounds may add headers to it."""

    __slots__ = ()

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(b"", headers=headers)
        self.status = 101


class Socket:
    """What runs one connection: its `WebSocket`, and the task of its handler."""

    def __init__(self, ws: WebSocket) -> None:
        self.ws = ws
        self.handler: asyncio.Task[Any] | None = None

    async def shake_hands(self, call: Call, request: Request) -> Any:
        """Start the handler and wait until it accepts, refuses or fails: what is returned or raised is the answer."""
        ws = self.ws
        self.handler = handler = asyncio.create_task(_run(call, request))
        wants = asyncio.ensure_future(ws.wants.wait())
        try:
            await asyncio.wait({handler, wants}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            handler.cancel()
            raise
        finally:
            wants.cancel()
        if ws.wants.is_set() and ws.refusal is None:
            return Accepted(dict(ws.accept_headers.items()))
        value = await handler
        if ws.refusal is not None:
            raise ws.refusal
        if value is None:
            raise HTTPError(403, "The WebSocket was not accepted.")
        return value

    async def talk(self) -> None:
        """From the accepted handshake to the end of the connection and of its handler."""
        ws, handler = self.ws, self.handler
        assert handler is not None
        reader = asyncio.create_task(ws.read_ahead())
        try:
            await asyncio.wait({handler, reader}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done() and ws.outcome is not None:  # A message too large; for a peer that has gone it is nothing.
                await ws.send_close(ws.outcome.code, ws.outcome.reason)
            if not handler.done():
                await self._let_end(handler)
        except asyncio.CancelledError:  # The server gives up on the connection.
            ws.end(GOING_AWAY)
            handler.cancel()
            await asyncio.wait({handler}, timeout=_STOP_SECONDS)
        finally:
            reader.cancel()
            code, reason = self._verdict(handler)
            if ws.outcome is not None:
                code, reason = ws.outcome.code, ws.outcome.reason
            else:
                ws.end(code, reason)
            await ws.send_close(code, reason)

    async def _let_end(self, handler: asyncio.Task[Any]) -> None:
        """Wait for a handler whose peer has gone; one that neither receives nor sends for a while is cancelled."""
        ws, loop = self.ws, asyncio.get_running_loop()
        while not handler.done():
            # Who was told of the end may take its time for what it does last.
            left = None if ws.told else ws.last_used + ws.grace_seconds - loop.time()
            if left is not None and left <= 0:
                handler.cancel()
                await asyncio.wait({handler}, timeout=_STOP_SECONDS)
                return
            await asyncio.wait({handler}, timeout=left)

    def _verdict(self, handler: asyncio.Task[Any]) -> tuple[int, str]:
        """How to close for what became of the handler; what it did not foresee is logged."""
        if not handler.done() or handler.cancelled():
            return GOING_AWAY, ""
        error = handler.exception()
        if error is None or is_end(error):
            return NORMAL, ""
        if isinstance(error, HTTPError):
            return close_for(error)
        tell(self.ws.request, error)
        return INTERNAL_ERROR, ""


class Sockets:
    """All connections of one kernel: serves each, and ends them when the app stops."""

    def __init__(self) -> None:
        self._open: set[Socket] = set()

    async def serve(self, kernel: Any, request: Request, connection: Connection) -> None:
        """One connection, from its handshake (`request.method` is GET) to its end."""
        request.method = WEBSOCKET
        plan = kernel.plan_for(request)
        if isinstance(request.refusal, MethodNotAllowed):
            plan = kernel.refusal(request, NotFound("No WebSocket is served at this address."))
        request.method = "GET"
        kernel = plan.kernel or kernel  # An app that is mounted has its own.
        if plan.foreign_socket is not None:
            await plan.foreign_socket(request, connection)
            return
        rule = getattr(plan, "socket", None)
        if rule is None:
            if request.refusal is None:  # A mounted app that has no WebSockets.
                plan = kernel.refusal(request, NotFound("No WebSocket is served at this address."))
            await _deny(connection, await _answer(kernel, plan, request))
            return
        ws = WebSocket(request, connection, rule, kernel.parts.replies.encode)
        socket = Socket(ws)
        request._scope = {Socket: socket, WebSocket: ws}
        if request.refusal is None:
            request.refusal = _refuse(request, plan.route, kernel)
        self._open.add(socket)
        try:
            try:
                answer = await _answer(kernel, plan, request)
            except TimeoutError:
                refused = kernel.refusal(request, ServiceUnavailable("The WebSocket was not accepted in time."))
                answer = await _answer(kernel, refused, request)
            if answer[0] == 101:
                await connection.accept(ws.subprotocol, list(answer[2] or ()))
                ws.opened()
                await socket.talk()
            else:
                await _end_unopened(socket)
                await _deny(connection, answer)
        except WebSocketDisconnect as error:  # The client has gone before its handshake was through.
            await _end_unopened(socket, error)
        except BaseException:
            await _end_unopened(socket)
            raise
        finally:
            self._open.discard(socket)
            request.finish()

    async def close_all(self) -> None:
        """Tell all handlers that it is over, and wait for them; those that do not hear or do not end are cancelled."""
        for socket in list(self._open):
            socket.ws.end(GOING_AWAY)
        await self._settle(_LAST_WORDS_SECONDS)
        # The server will not wait for ever: the peers are told now, whatever the handlers are still busy with.
        left = list(self._open)
        await asyncio.gather(*(socket.ws.send_close(GOING_AWAY, "") for socket in left if socket.ws.is_accepted))
        self._cancel(socket for socket in left if not socket.ws.told)
        await self._settle(_STOP_SECONDS / 2)
        self._cancel(self._open)
        await self._settle(_STOP_SECONDS / 2)

    def _cancel(self, sockets: Iterable[Socket]) -> None:
        for socket in sockets:
            if socket.handler is not None:
                socket.handler.cancel()

    async def _settle(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._open and loop.time() < deadline:
            await asyncio.sleep(0.02)


def compile_socket(route: Route, parts: Parts) -> Plan:
    """The plan of a WebSocket route: that of its handshake, which HTTP requests are told to upgrade to."""
    _require_async(route)
    call = Call(route.handler, parts.surroundings(route.names, route.level, is_async=True), parts.singletons)
    _check(call, route)

    async def handshake(request: Request) -> Any:
        socket = (request._scope or {}).get(Socket)
        if socket is None:  # A plain request, whatever its method.
            raise upgrade_required(request)
        return await socket.shake_hands(call, request)

    handshake.__qualname__ = getattr(route.handler, "__qualname__", "handler")
    plan = compile_plan(replace(route, handler=handshake, methods=("GET",)), parts)
    plan.route = route
    plan.socket = _rule(route, parts)
    return plan


def upgrade_required(request: Request) -> HTTPError:
    """The answer to a request that comes without a WebSocket to an address where one is served."""
    detail = "A WebSocket is served at this address."
    if request.interface == "wsgi" and request.headers.get("upgrade", "").lower() == "websocket":
        detail = "A WebSocket is at this address, which a WSGI server cannot serve: it takes ASGI or RSGI."
    return HTTPError(426, detail, headers={"upgrade": "websocket"})


def is_end(error: BaseException) -> bool:
    """Whether an error tells of nothing but the end of a connection, be it in the group of a TaskGroup."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(WebSocketDisconnect)[1] is None
    return isinstance(error, WebSocketDisconnect)


def tell(request: Request, error: BaseException) -> None:
    """Log what a handler did not foresee, and show it to a test."""
    remind(error)
    log.error("WEBSOCKET %s failed (id %s)", printable(request.path), secrets.token_hex(8), exc_info=error)
    watching = crashes.get()
    if watching is not None:
        watching.append(error)


async def _run(call: Call, request: Request) -> Any:
    """Services, handler, services closed: the end of the connection is a normal end for them."""
    cleanups: list[Cleanup] = []
    try:
        value = await call.invoke(await call.prepare_async(request, cleanups))
    except BaseException as error:
        await close_async(cleanups, None if is_end(error) else error)
        raise
    await close_async(cleanups, None)
    return value


async def _answer(kernel: Any, plan: Plan, request: Request) -> Any:
    if plan.is_async:
        async with asyncio.timeout(plan.timeout):
            return await plan.answer(request)
    return await kernel.in_thread(plan.answer, request) if plan.blocking else plan.answer(request)


def _refuse(request: Request, route: Route, kernel: Any) -> HTTPError | None:
    def trusts(origin: str) -> bool:
        brings = request.has_header("cookie", "authorization")
        return any(rule.trusts(route, origin, brings) for rule in kernel.offers(OriginRule))

    try:
        return key_error(request) or origin_error(request, route.origins, trusts)
    except HTTPError as error:  # The headers themselves are over a limit.
        return error


async def _deny(connection: Connection, answer: Any) -> None:
    status, fixed, own, body = answer
    content = body if isinstance(body, bytes) else b""
    await connection.deny(status, [*fixed.text, *(own or ())], content)


async def _end_unopened(socket: Socket, error: WebSocketDisconnect | None = None) -> None:
    """End the handler of a handshake that did not get through."""
    socket.ws.opened(error or WebSocketDisconnect(POLICY_VIOLATION, "The handshake was refused."))
    if socket.handler is not None and not socket.handler.done():
        await asyncio.wait({socket.handler}, timeout=0.05)
        socket.handler.cancel()
        await asyncio.wait({socket.handler}, timeout=_STOP_SECONDS)
    if socket.handler is not None and socket.handler.done() and not socket.handler.cancelled():
        socket.handler.exception()  # It was the answer, or is of no interest any more.


def _rule(route: Route, parts: Parts) -> SocketRule:
    limits, timeouts = parts.limits, parts.timeouts
    message = limits.websocket_message if route.message_limit is None else route.message_limit
    queue_bytes = max(limits.websocket_queue_bytes, message)
    return SocketRule(message, limits.websocket_queue, queue_bytes, timeouts.write, timeouts.websocket_grace)


def _require_async(route: Route) -> None:
    if kind_of(route.handler) != "coroutine":
        name = getattr(route.handler, "__name__", "handler")
        raise SetupError(
            "DMJ0324", f"{route}: a WebSocket's handler is a coroutine function, and {name}() is none.",
            fix=f"async def {name}(ws: WebSocket, ...): ...\nWhat blocks goes to a thread:"
            " await asyncio.to_thread(work).", where=route.where,
        )  # fmt: skip


def _check(call: Call, route: Route) -> None:
    if call.has_body or call.has_form:
        source = next(p for p in call.parameters if p.source in ("body", "stream", "form", "file"))
        name = getattr(route.handler, "__name__", "handler")
        raise SetupError(
            "DMJ0325", f"{name}({source.name}): the handshake of a WebSocket has no body to read it from.",
            fix=f"message = await ws.receive_json({name_of(source.type)})", where=route.where,
        )  # fmt: skip
    if not call.takes_socket:
        name = getattr(route.handler, "__name__", "handler")
        raise SetupError(
            "DMJ0323", f"{route}: {name}() does not ask for the WebSocket.",
            fix=f"async def {name}(ws: WebSocket, ...): ...", where=route.where,
        )  # fmt: skip
    taken = {name for p in call.parameters if p.source in ("path", "bound") for name in (p.name, p.wire)}
    unused = [name for name in route.pattern.names if name not in taken]
    if unused and not call.takes_request and not route.arounds:
        name = getattr(route.handler, "__name__", "handler")
        raise SetupError(
            "DMJ0320", f"{route}: nothing takes {{{unused[0]}}} of the path.",
            fix=f"async def {name}(ws: WebSocket, {unused[0]}: str, ...)", where=route.where,
        )  # fmt: skip
