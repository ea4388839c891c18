"""A WebSocket that is handed on to an ASGI app: its events, out of a connection of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..foundation.http.websocket import WebSocketDisconnect

ABNORMAL = 1006


async def serve_socket(app: Callable[[Any, Any, Any], Awaitable[None]], scope: dict[str, Any], connection: Any) -> None:
    """Have an app talk with a peer until one of them ends it."""
    events = _Events(connection)
    try:
        await app(scope, events.receive, events.send)
    finally:
        await events.end()


class _Events:
    """`receive` and `send` of one WebSocket."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._asked = False
        self._accepted = asyncio.Event()
        self._closed = False

    async def receive(self) -> dict[str, Any]:
        """`websocket.connect`, then what the peer sends, then why there is no more."""
        if not self._asked:
            self._asked = True
            return {"type": "websocket.connect"}
        await self._accepted.wait()
        try:
            message = await self._connection.receive()
        except WebSocketDisconnect as error:
            self._closed = True
            return {"type": "websocket.disconnect", "code": error.code, "reason": error.reason}
        kind = "text" if isinstance(message, str) else "bytes"
        return {"type": "websocket.receive", kind: message}

    async def send(self, event: dict[str, Any]) -> None:
        """What the app says; an OSError where nobody listens any more, as ASGI has it."""
        kind = event["type"]
        try:
            if kind == "websocket.accept":
                headers = [
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in event.get("headers", ())
                ]
                await self._connection.accept(event.get("subprotocol"), headers)
                self._accepted.set()
            elif kind == "websocket.send":
                text = event.get("text")
                await self._connection.send(event.get("bytes") or b"" if text is None else text)
            elif kind == "websocket.close":
                await self._close(event)
        except WebSocketDisconnect as error:
            self._closed = True
            raise OSError("The WebSocket is closed.") from error

    async def end(self) -> None:
        """The app has returned, or failed: what it left open is closed."""
        if not self._closed:
            await self._close({"code": 1000 if self._accepted.is_set() else 1011})

    async def _close(self, event: dict[str, Any]) -> None:
        self._closed = True
        if self._accepted.is_set():
            await self._connection.close(event.get("code", 1000), event.get("reason") or "")
        else:
            await self._connection.deny(403, [("content-type", "text/plain")], b"")
