"""WebSockets over ASGI 3: the events of a `websocket` scope, as the kernel's connection."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..foundation.http.headers import HeaderPairs, encode_headers
from ..foundation.http.request import Request
from ..foundation.http.websocket import ABNORMAL, NO_STATUS, WebSocketDisconnect
from .contract import Machine

# What tells how an HTTP body is framed has no place in an answer to a handshake, which servers frame themselves.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


class ASGIConnection:
    """One connection; any error of the server's `send` means that nobody is there any more."""

    def __init__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self.subprotocols: Sequence[str] = tuple(scope.get("subprotocols") or ())
        self._receive = receive
        self._send = send
        self._can_deny = "websocket.http.response" in (scope.get("extensions") or {})

    async def accept(self, subprotocol: str | None, headers: HeaderPairs) -> None:
        """Accept the handshake; the first event, `websocket.connect`, was received before."""
        await self._tell({"type": "websocket.accept", "subprotocol": subprotocol, "headers": encode_headers(headers)})

    async def deny(self, status: int, headers: HeaderPairs, body: bytes) -> None:
        """Answer the handshake by HTTP; servers that have no such extension make it a 403."""
        if not self._can_deny:
            await self._tell({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        pairs = encode_headers([pair for pair in headers if pair[0] not in _FRAMING])
        pairs.append((b"content-length", b"%d" % len(body)))
        await self._tell({"type": "websocket.http.response.start", "status": status, "headers": pairs})
        await self._tell({"type": "websocket.http.response.body", "body": body})

    async def receive(self) -> str | bytes:
        """The next message."""
        event = await self._receive()
        if event["type"] != "websocket.receive":
            code = event.get("code")
            raise WebSocketDisconnect(NO_STATUS if code is None else code, event.get("reason") or "")
        text: str | None = event.get("text")
        data: bytes | None = event.get("bytes")
        return text if text is not None else data or b""

    async def send(self, message: str | bytes) -> None:
        """Send one message."""
        if isinstance(message, str):
            await self._tell({"type": "websocket.send", "text": message})
        else:
            await self._tell({"type": "websocket.send", "bytes": message})

    async def close(self, code: int, reason: str) -> None:
        """Close with a code; one that was closed already stays so."""
        with contextlib.suppress(WebSocketDisconnect):
            await self._tell({"type": "websocket.close", "code": code, "reason": reason})

    async def _tell(self, event: dict[str, Any]) -> None:
        try:
            await self._send(event)
        except Exception as error:  # Each server has an error of its own for a connection that is over.
            raise WebSocketDisconnect(ABNORMAL) from error


async def serve(
    request: Request, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]], machine: Machine
) -> None:
    """Serve one `websocket` scope, which is the request's `native`."""
    event = await receive()
    if event["type"] == "websocket.connect":
        await machine.serve_websocket(request, ASGIConnection(request.native, receive, send))
