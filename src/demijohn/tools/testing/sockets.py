"""A WebSocket as a test has it: the app's handler runs as a task, and gets what the test sends."""

from __future__ import annotations

import asyncio
import base64
import contextvars
import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from ...foundation.http.headers import Headers
from ...foundation.http.websocket import NO_STATUS, NORMAL, WebSocketDisconnect
from ...gateways.loop_thread import loop_thread
from ...kernel.failures import crashes
from .answer import ClientResponse
from .asgi import scope_of
from .exchange import ClientRequest
from .habits import SOCKET, habits

PATIENCE = 5.0  # seconds that a test waits for the app before it fails


class WebSocketRefused(Exception):
    """The handshake was not accepted: `response` is the answer that it got instead."""

    def __init__(self, response: ClientResponse) -> None:
        super().__init__(response.status, response.text[:200])
        self.response = response
        self.status = response.status


class AsyncClientSocket:
    """The client's end of a WebSocket: `async with client.websocket("/chat") as ws: await ws.send("Hello")`."""

    def __init__(
        self,
        door: Callable[..., Any],
        request: ClientRequest,
        subprotocols: Sequence[str] = (),
        *,
        raise_errors: bool = True,
        accepted: Callable[[Headers], None] = lambda headers: None,
    ) -> None:
        self.request = request
        self.subprotocol: str | None = None
        self.headers = Headers()
        self._door = door
        self._offered = list(subprotocols)
        self._raise_errors = raise_errors
        self._tell_accepted = accepted
        self._over: WebSocketDisconnect | None = None
        self._crashes: list[BaseException] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        context = contextvars.copy_context()
        context.run(crashes.set, self._crashes if self._raise_errors else None)
        loop = asyncio.get_running_loop()
        door = self._door(self._scope(), self._to_app.get, self._from_app.put)
        self._task = loop.create_task(door, context=context)
        await self._to_app.put({"type": "websocket.connect"})
        event = await self._next(PATIENCE)
        if event["type"] != "websocket.accept":
            response = await self._refused(event)
            await self._finish()
            raise WebSocketRefused(response)
        self.subprotocol = event.get("subprotocol")
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.get("headers") or ()]
        self.headers = Headers.received(pairs)
        self._tell_accepted(self.headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if error is None:
            self._raise_crash()

    def _scope(self) -> dict[str, Any]:
        key = base64.b64encode(os.urandom(16))
        headers = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")]
        headers += [(b"sec-websocket-version", b"13"), (b"sec-websocket-key", key)]
        if self._offered:
            headers.append((b"sec-websocket-protocol", ", ".join(self._offered).encode("latin-1")))
        scope = scope_of(self.request)
        del scope["method"]
        scope |= {
            "type": "websocket",
            "scheme": "wss" if self.request.scheme == "https" else "ws",
            "headers": [*scope["headers"], *headers],
            "subprotocols": self._offered,
            "extensions": {"websocket.http.response": {}},
        }
        return scope

    async def _next(self, seconds: float) -> dict[str, Any]:
        """What the app says next; if it fails, its error is raised here."""
        assert self._task is not None
        told = asyncio.ensure_future(self._from_app.get())
        try:
            await asyncio.wait({told, self._task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not told.done():
                await asyncio.sleep(0)  # What was said last comes before the end.
            if told.done():
                return told.result()
            if not self._task.done():
                raise TimeoutError(f"The WebSocket at {self.request.path} sent nothing within {seconds:g} seconds.")
        finally:
            told.cancel()
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error
        return {"type": "websocket.close", "code": 1006}

    async def _refused(self, event: dict[str, Any]) -> ClientResponse:
        if event["type"] == "websocket.close":
            return ClientResponse(self.request, 403, [], b"")
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event["headers"]]
        body = (await self._next(PATIENCE)).get("body", b"")
        self._raise_crash()
        return ClientResponse(self.request, event["status"], pairs, body)

    async def send(self, message: Any) -> None:
        """Send a message: `str` as text, `bytes` as binary, anything else as JSON."""
        if self._over is not None:
            raise self._over
        if isinstance(message, bytes):
            await self._to_app.put({"type": "websocket.receive", "bytes": message})
        else:
            text = message if isinstance(message, str) else msgspec.json.encode(message).decode()
            await self._to_app.put({"type": "websocket.receive", "text": text})

    async def send_json(self, value: Any) -> None:
        """Send any value as JSON, a `str` too."""
        await self.send(msgspec.json.encode(value).decode())

    async def receive(self, timeout: float = PATIENCE) -> str | bytes:
        """The next message; `WebSocketDisconnect` when the app has closed, `TimeoutError` when none comes."""
        if self._over is not None:
            raise self._over
        event = await self._next(timeout)
        if event["type"] == "websocket.close":
            self._over = WebSocketDisconnect(event.get("code") or NO_STATUS, event.get("reason") or "")
            await self._finish()
            self._raise_crash()
            raise self._over
        text: str | None = event.get("text")
        return text if text is not None else bytes(event["bytes"])

    async def receive_json(self, timeout: float = PATIENCE) -> Any:
        """The next message, decoded from JSON."""
        return msgspec.json.decode(await self.receive(timeout))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except WebSocketDisconnect:
            raise StopAsyncIteration from None

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Leave, and wait until the handler has ended; it is told the code."""
        if self._over is None:
            self._over = WebSocketDisconnect(code, reason)
            await self._to_app.put({"type": "websocket.disconnect", "code": code, "reason": reason})
            await self._finish()

    async def _finish(self) -> None:
        assert self._task is not None
        await self._to_app.put({"type": "websocket.disconnect", "code": NO_STATUS, "reason": ""})
        _, late = await asyncio.wait({self._task}, timeout=PATIENCE)
        if late:
            self._task.cancel()
            raise TimeoutError(f"The handler of {self.request.path} goes on {PATIENCE:g} seconds after the end.")
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    def _raise_crash(self) -> None:
        if self._crashes:
            raise self._crashes.pop(0)


class ClientSocket:
    """`AsyncClientSocket` for tests that are plain functions: the same methods, without await."""

    if not TYPE_CHECKING:
        __getattr__ = habits(SOCKET)

    def __init__(self, socket: AsyncClientSocket) -> None:
        self._socket = socket

    def __enter__(self) -> Self:
        loop_thread().run(self._socket.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop_thread().run(self._socket.__aexit__(kind, error, trace))

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the app has chosen."""
        return self._socket.subprotocol

    @property
    def headers(self) -> Headers:
        """The headers of the answer to the handshake."""
        return self._socket.headers

    def send(self, message: Any) -> None:
        """Send a message: `str` as text, `bytes` as binary, anything else as JSON."""
        loop_thread().run(self._socket.send(message))

    def send_json(self, value: Any) -> None:
        """Send any value as JSON, a `str` too."""
        loop_thread().run(self._socket.send_json(value))

    def receive(self, timeout: float = PATIENCE) -> str | bytes:
        """The next message; `WebSocketDisconnect` when the app has closed, `TimeoutError` when none comes."""
        return loop_thread().run(self._socket.receive(timeout))

    def receive_json(self, timeout: float = PATIENCE) -> Any:
        """The next message, decoded from JSON."""
        return loop_thread().run(self._socket.receive_json(timeout))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str | bytes:
        try:
            return self.receive()
        except WebSocketDisconnect:
            raise StopIteration from None

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Leave, and wait until the handler has ended; it is told the code."""
        loop_thread().run(self._socket.close(code, reason))
