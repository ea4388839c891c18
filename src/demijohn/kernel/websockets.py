"""`WebSocket`: what a handler of one holds.

It accepts by itself at the first message that is received or sent. What the peer sends is read ahead, up to a bound, so
that its leaving is noticed while the handler does something else; what is sent waits until the server has taken it, and
a peer that reads too slowly is closed instead of being waited for without end.

    handshake: origin, arounds, services ── accept ── receive, send ── close
                          └─ an error, an early answer, close(): an HTTP answer instead
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

from ..foundation.http.errors import Forbidden, HTTPError, UnsupportedMediaType
from ..foundation.http.headers import Headers, check_header
from ..foundation.http.request import Request
from ..foundation.http.websocket import NORMAL, POLICY_VIOLATION, TOO_LARGE, WebSocketDisconnect, check_close
from .bodies import compile_json
from .handshake import Handshake
from .outbox import Connection, Outbox, SocketRule, again

log = logging.getLogger("demijohn")

T = TypeVar("T")

_CLOSE_SECONDS = 5.0  # for a close frame to go out, before a connection is left to the server
_MOST_DEAF = 100  # how often a handler may go on receiving from a peer that has gone


class WebSocket(Handshake):
    """One WebSocket connection: `async def chat(ws: WebSocket)` under `@app.websocket("/chat")`.

    `request` is its handshake; headers, query, cookies and so on are the handshake's. All that is received and sent
    raises `WebSocketDisconnect` once the connection is over; `async for message in ws` just ends.
    """

    def __init__(
        self, request: Request, connection: Connection, rule: SocketRule, encode: Callable[[Any], bytes]
    ) -> None:
        self.request = request
        self._connection = connection
        self._rule = rule
        self._encode = encode
        self.wants = asyncio.Event()  # set when the handler has accepted or refused
        self.refusal: HTTPError | None = None
        self.subprotocol: str | None = None
        self.accept_headers = Headers()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox: deque[str | bytes] = deque()
        self._inbox_bytes = 0
        self._waiter: asyncio.Future[None] | None = None  # the handler, waiting for a message
        self._room: asyncio.Future[None] | None = None  # the reader, waiting for the handler
        self._outbox = Outbox(connection, rule, self._end, self._close_as_slow)
        self._reader: asyncio.Task[Any] | None = None
        self._over: WebSocketDisconnect | None = None
        self._closed_here = False
        self.told = 0  # how often the handler heard that it is over
        self.last_used = 0.0

    # The handshake ------------------------------------------------------------------------------------------

    @property
    def subprotocols(self) -> Sequence[str]:
        """The subprotocols that the client offers, the one it likes best first."""
        return self._connection.subprotocols

    @property
    def closed(self) -> bool:
        """Whether the connection is over, as far as is known."""
        return self._over is not None

    async def accept(self, subprotocol: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Accept the handshake, with one of `subprotocols` and headers of your own; once.

        The first message that is received or sent accepts by itself.
        """
        if subprotocol is not None and subprotocol not in self.subprotocols:
            raise ValueError(f"The client has not offered the subprotocol {subprotocol!r}: see ws.subprotocols.")
        if self.wants.is_set():
            if self._opened.done() and self._over is None:
                raise RuntimeError("The WebSocket was accepted already: accept() comes once, before all else.")
            await self._accepted()
            return
        self.subprotocol = subprotocol
        for name, value in (headers or {}).items():
            self.accept_headers[name] = check_header(name, value)[1]
        self.wants.set()
        await self._accepted()

    async def _accepted(self) -> None:
        await asyncio.shield(self._opened)

    def opened(self, error: WebSocketDisconnect | None = None) -> None:
        """Called when the handshake is through, or was refused after all."""
        if error is not None:
            self._end(error)
        if not self._opened.done():
            if error is None:
                self._opened.set_result(None)
            else:
                self._opened.set_exception(error)
                self._opened.exception()  # Nobody need be waiting for it.

    @property
    def grace_seconds(self) -> float:
        """How long a handler may be unaware that its peer has gone."""
        return self._rule.grace_seconds

    @property
    def is_accepted(self) -> bool:
        """Whether the handshake is through."""
        return self._opened.done()

    # Receiving ----------------------------------------------------------------------------------------------

    async def receive(self) -> str | bytes:
        """The next message: `str` for a text message, `bytes` for a binary one."""
        if not self._opened.done():
            await self._accept_by_itself()
        while not self._inbox:
            if self._over is not None:
                raise await self._tell()
            if self._waiter is not None:
                raise RuntimeError("Two tasks receive from one WebSocket: let one of them receive, and hand on.")
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self.last_used = asyncio.get_running_loop().time()
        message = self._inbox.popleft()
        self._inbox_bytes -= len(message)
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        return message

    async def receive_text(self) -> str:
        """The next message, which has to be a text message: another closes with 1003, unless you catch the error."""
        message = await self.receive()
        if isinstance(message, str):
            return message
        raise UnsupportedMediaType("A text message was expected.")

    async def receive_bytes(self) -> bytes:
        """The next message, which has to be binary: another closes with 1003, unless you catch the error."""
        message = await self.receive()
        if isinstance(message, bytes):
            return message
        raise UnsupportedMediaType("A binary message was expected.")

    @overload
    async def receive_json(self) -> Any: ...
    @overload
    async def receive_json(self, kind: type[T]) -> T: ...
    async def receive_json(self, kind: Any = Any) -> Any:
        """The next message as JSON, of a type if you name one.

        One that is not closes with 1007, unless you catch the error: `BadRequest` if it is no JSON, else
        `UnprocessableContent`, whose `errors` list all that is wrong.
        """
        message = await self.receive()
        try:
            return _reader_of(kind)(message)
        except HTTPError as error:
            # The words are those of request bodies.
            error.detail = error.detail.replace("The body", "The message", 1)
            error.errors = [
                {**problem, "where": problem["where"].replace("body", "message", 1)} for problem in error.errors
            ]
            raise

    @overload
    def iter_json(self) -> AsyncIterator[Any]: ...
    @overload
    def iter_json(self, kind: type[T]) -> AsyncIterator[T]: ...
    async def iter_json(self, kind: Any = Any) -> AsyncIterator[Any]:
        """The messages as JSON, of a type if you name one, until the connection is over."""
        try:
            while True:
                yield await self.receive_json(kind)
        except WebSocketDisconnect:
            return

    def __aiter__(self) -> WebSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except WebSocketDisconnect:
            raise StopAsyncIteration from None

    # Sending ------------------------------------------------------------------------------------------------

    async def send(self, message: Any) -> None:
        """Send a message: `str` as text, `bytes` as binary, anything else as JSON in a text message.

        It returns when the server has taken it, so that a handler is no faster than its peer reads.
        """
        await self._send(self._encoded(message))

    async def send_text(self, text: str) -> None:
        """Send a text message."""
        if not isinstance(text, str):
            raise TypeError(f"send_text() takes a str, not {type(text).__name__}: send_json(value) sends others.")
        await self._send(text)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self._send(bytes(data))

    async def send_json(self, value: Any) -> None:
        """Send any value as JSON in a text message, encoded as handlers' answers are."""
        await self._send(self._encode(value).decode())

    def send_nowait(self, message: Any) -> None:
        """Send without waiting, for telling many at once; what is sent to one that has gone is dropped.

        A peer for whom too much waits (64 messages or 1 MiB, if nothing else is said) is closed.
        """
        if self._over is None and self._opened.done():
            self._outbox.put(self._encoded(message))

    async def _send(self, data: str | bytes) -> None:
        if not self._opened.done():
            await self._accept_by_itself()
        if self._over is not None:
            raise await self._tell()
        self.last_used = asyncio.get_running_loop().time()
        try:
            await self._outbox.send(data)
        except WebSocketDisconnect:
            self.told += 1
            raise

    def _close_as_slow(self) -> None:
        if self._over is None:
            log.info("A WebSocket at %s was closed: its client reads too slowly.", self.request.path)
        self._end(WebSocketDisconnect(POLICY_VIOLATION, "The client reads too slowly."))

    def _encoded(self, message: Any) -> str | bytes:
        if isinstance(message, str):
            return message
        if isinstance(message, bytes | bytearray | memoryview):
            return bytes(message)
        return self._encode(message).decode()

    # The end ------------------------------------------------------------------------------------------------

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close the connection; before it is accepted, refuse the handshake (403). Closing twice does nothing."""
        check_close(code, reason)
        self.told += 1  # It needs nobody to tell it that this is the end.
        if not self.wants.is_set():
            self.refusal = Forbidden(reason or "The WebSocket was refused.")
            self._end(WebSocketDisconnect(code, reason))
            self.wants.set()
            return
        if not self._opened.done():
            await self._accepted()
        if self._over is None:
            await self._outbox.flush()
            self._end(WebSocketDisconnect(code, reason))
            await self.send_close(code, reason)

    def end(self, code: int, reason: str = "") -> None:
        """Let the handler hear that it is over, as if the peer had gone; the close frame follows when it has ended."""
        self._end(WebSocketDisconnect(code, reason))

    @property
    def outcome(self) -> WebSocketDisconnect | None:
        """How the connection ended, if it has."""
        return self._over

    async def send_close(self, code: int, reason: str) -> None:
        """Send a close frame, once, if the server takes one within seconds."""
        if self._closed_here:
            return
        self._closed_here = True
        if self._reader is not None:
            self._reader.cancel()  # granian's ASGI sends no close frame while anybody receives.
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._connection.close(code, reason)
        except (TimeoutError, WebSocketDisconnect):
            return

    def _end(self, error: WebSocketDisconnect) -> None:
        if self._over is None:
            self._over = self._outbox.over = error
            self.last_used = asyncio.get_running_loop().time()
        for future in (self._waiter, self._room):
            if future is not None and not future.done():
                future.set_result(None)

    async def _tell(self) -> WebSocketDisconnect:
        """The error of one who receives or sends when it is over; one who goes on for ever is cancelled."""
        assert self._over is not None
        self.told += 1
        if self.told > _MOST_DEAF:
            raise asyncio.CancelledError
        await asyncio.sleep(0)  # A loop that catches all errors and goes on must not hold up everybody else.
        return again(self._over)

    async def _accept_by_itself(self) -> None:
        if self._over is not None:
            raise await self._tell()
        if not self.wants.is_set():
            await self.accept()
        else:
            await self._accepted()

    # What reads ahead ---------------------------------------------------------------------------------------

    async def read_ahead(self) -> WebSocketDisconnect:
        """Take what the peer sends until it has gone, or does what it must not; returns the end."""
        connection, rule = self._connection, self._rule
        self._reader = asyncio.current_task()
        while self._over is None:
            try:
                message = await connection.receive()
            except WebSocketDisconnect as error:
                self._closed_here = self._over is None  # There is nobody to send a close frame to.
                self._end(error)
                break
            if _is_larger(message, rule.message):
                self._end(WebSocketDisconnect(TOO_LARGE, f"The message is over {rule.message} bytes."))
                break
            self._inbox.append(message)
            self._inbox_bytes += len(message)
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)
            while self._over is None and (len(self._inbox) >= rule.queue or self._inbox_bytes > rule.queue_bytes):
                self._room = asyncio.get_running_loop().create_future()
                await self._room
        assert self._over is not None
        return self._over

    def __repr__(self) -> str:
        return f"<WebSocket {self.request.path}>"


def socket_of(request: Request) -> WebSocket:
    """The WebSocket of an exchange: what handlers get by its type."""
    ws: WebSocket = request._scope[WebSocket]
    return ws


def _is_larger(message: str | bytes, limit: int) -> bool:
    if len(message) > limit:
        return True
    if isinstance(message, bytes) or message.isascii() or len(message) * 4 <= limit:
        return False
    return len(message.encode("utf-8", "surrogatepass")) > limit


_readers: dict[Any, Callable[[Any], Any]] = {}


def _reader_of(kind: Any) -> Callable[[Any], Any]:
    try:
        return _readers[kind]
    except KeyError:
        reader = _readers[kind] = compile_json(kind)
        return reader
