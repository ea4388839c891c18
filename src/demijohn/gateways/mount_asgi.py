"""An ASGI app below a prefix of ours (ASGI 3), on every kind of server: it runs as a task beside the exchange.

    the app's task:   receive <── the body, then a disconnect when the answer is over
                      send ──> the start, then a queue of two pieces ──> the server

Under a WSGI server both are on the loop thread. The app may go on after its last piece, as Starlette's background tasks
do; an answer whose client has left is told to the app, which has some seconds to end.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Event, Queue, Task
from collections.abc import AsyncIterator, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias

from ..foundation.http.body_stream import BodyStream
from ..foundation.http.errors import HTTPError
from ..foundation.http.headers import HeaderPairs, encode_headers
from ..foundation.http.request import Request
from ..foundation.http.response import PassedOn, StreamBody
from .mount_asgi_socket import serve_socket

log = logging.getLogger("demijohn")

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Message: TypeAlias = MutableMapping[str, Any]

PATIENCE = 5.0  # seconds that an app has to end once its client has left


class ServedASGI:
    """Handlers that serve an ASGI app, and its lifespan."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self.app = app
        self._name = name
        self._tasks: set[Task[None]] = set()
        self._state: dict[str, Any] = {}

    async def asynchronous(self, request: Request, body: BodyStream) -> PassedOn:
        """Under any server."""
        exchange = _Exchange(request, body)
        task = asyncio.create_task(self.app(self._scope(request), exchange.receive, exchange.send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(exchange.ended)
        try:
            await exchange.started.wait()
        except BaseException:
            task.cancel()
            raise
        return exchange.answer(task)

    sync = asynchronous

    async def socket(self, request: Request, connection: Any) -> None:
        """One WebSocket, handed on from its handshake to its end."""
        scope = {**self._scope(request), "type": "websocket", "scheme": "wss" if request.scheme == "https" else "ws"}
        del scope["method"]
        await serve_socket(self.app, {**scope, "subprotocols": list(connection.subprotocols)}, connection)

    async def lifespan(self) -> AsyncIterator[None]:
        """Start the app and stop it, if it knows of that."""
        asked: Queue[Message] = Queue()
        told: Queue[Message] = Queue()
        scope = {"type": "lifespan", "asgi": _VERSIONS, "state": self._state}
        task = asyncio.ensure_future(self.app(scope, asked.get, told.put))
        await asked.put({"type": "lifespan.startup"})
        knows = await self._told(task, told, "startup")
        try:
            yield
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=PATIENCE)
            if knows:
                await asked.put({"type": "lifespan.shutdown"})
                await self._told(task, told, "shutdown")
            task.cancel()
            with suppress(BaseException):
                await task

    async def _told(self, task: Any, told: Queue[Message], what: str) -> bool:
        """Whether the app says that it has started or stopped; one that raises instead has no lifespan."""
        message = asyncio.ensure_future(told.get())
        await asyncio.wait({task, message}, return_when=asyncio.FIRST_COMPLETED)
        if not message.done():
            message.cancel()
            return False
        if message.result()["type"] == f"lifespan.{what}.failed":
            raise RuntimeError(f"{self._name} did not {what[:-2]}: {message.result().get('message', '')}")
        return True

    def _scope(self, request: Request) -> dict[str, Any]:
        root = request.root_path
        host, _, port = request.host.rpartition(":")
        return {
            "type": "http",
            "asgi": _VERSIONS,
            "http_version": request.read_version() or "1.1",
            "method": request.method,
            "scheme": request.scheme,
            "path": root + request.path,
            "raw_path": (root + request.path).encode(),
            "query_string": request.query_string.encode("latin-1"),
            "root_path": root,
            "headers": encode_headers(request.headers.pairs()),
            "client": None if request.client is None else (request.client, 0),
            "server": (host, int(port)) if port.isdigit() else (request.host, 443 if request.scheme == "https" else 80),
            "state": dict(self._state),
        }


_VERSIONS = {"version": "3.0", "spec_version": "2.4"}


class _Exchange:
    """What the app receives and sends for one request."""

    def __init__(self, request: Request, body: BodyStream) -> None:
        self.started = Event()
        self._request = request
        self._body = body
        self._read = False
        self._over = Event()
        self._start: Message | None = None
        self._pieces: Queue[bytes | None] = Queue(2)
        self._first = b""
        self._whole = False
        self._error: BaseException | None = None

    async def receive(self) -> Message:
        """The next piece of the body; then, once the answer is over, that nobody listens."""
        if self._read:
            await self._over.wait()
            return {"type": "http.disconnect"}
        try:
            piece = await anext(self._body)
        except StopAsyncIteration:
            self._read = True
            return {"type": "http.request", "body": b"", "more_body": False}
        except HTTPError as error:  # Too large, too slow, or gone: the answer to that is ours.
            self._read = True
            if self._start is None:
                self._error = error
                self.started.set()
            self._over.set()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(self, message: Message) -> None:
        """Take what the app sends; it waits until the server has taken what went before."""
        if message["type"] == "http.response.start":
            if self._error is None:
                self._start = message
        elif message["type"] == "http.response.body":
            await self._take(bytes(message.get("body", b"")), more=message.get("more_body", False))

    async def _take(self, piece: bytes, *, more: bool) -> None:
        if self._over.is_set():
            return
        if self._start is None:
            raise RuntimeError("The ASGI app sent a body before http.response.start.")
        if not self.started.is_set():
            self._first, self._whole = piece, not more
            self.started.set()
            if not more:
                self._over.set()
            return
        if piece:
            await self._put(piece)
        if not more:
            await self._put(None)
            self._over.set()

    async def _put(self, piece: bytes | None) -> None:
        """Wait for room in the queue, or for the end of the exchange."""
        putting, over = asyncio.ensure_future(self._pieces.put(piece)), asyncio.ensure_future(self._over.wait())
        await asyncio.wait({putting, over}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()
        over.cancel()

    def ended(self, task: Task[None]) -> None:
        """The app has returned, or failed."""
        error = None if task.cancelled() else task.exception()
        if self.started.is_set() and error is not None and not self._over.is_set():
            log.error("A mounted app failed while it answered %s.", self._request, exc_info=error)
        if self._error is None:
            self._error = error
        self.started.set()
        with suppress(asyncio.QueueFull):
            self._pieces.put_nowait(None)

    def answer(self, task: Task[None]) -> PassedOn:
        """What the app has answered, as soon as that is known."""
        if self._start is None:
            if self._error is not None:
                raise self._error
            raise RuntimeError("The ASGI app ended without an answer.")
        status, headers = self._start["status"], _headers(self._start.get("headers", ()))
        if self._request.method == "HEAD" or status in (204, 304):
            self._over.set()
            return PassedOn(status, headers, None)
        if self._whole:
            return PassedOn(status, [pair for pair in headers if pair[0] != "content-length"], self._first)
        return PassedOn(status, headers, StreamBody(self._chunks(task), lambda _: self._leave(task)))

    async def _chunks(self, task: Task[None]) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        while True:
            if task.done() and self._pieces.empty():
                piece = None
            else:
                piece = await self._pieces.get()
            if piece is None:
                break
            yield piece
        if self._error is not None:
            raise self._error

    async def _leave(self, task: Task[None]) -> None:
        """Nobody takes any more of the answer: the app is told, and cancelled if it goes on."""
        if not self._over.is_set():
            self._over.set()
            await asyncio.wait({task}, timeout=PATIENCE)
            task.cancel()


def _headers(raw: Any) -> HeaderPairs:
    pairs = [(bytes(name).decode("latin-1").lower(), bytes(value).decode("latin-1")) for name, value in raw]
    return [pair for pair in pairs if pair[0] not in ("transfer-encoding", "connection")]
