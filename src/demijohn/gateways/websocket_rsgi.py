"""WebSockets over RSGI 1 (granian's interface), as the kernel's connection.

It has neither subprotocols nor headers in the acceptance, sends no close codes and tells none: over ASGI the same
server does all of that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from typing import Any

from ..foundation.http.headers import HeaderPairs
from ..foundation.http.request import Request
from ..foundation.http.websocket import ABNORMAL, NO_STATUS, WebSocketDisconnect
from .contract import Machine

log = logging.getLogger("demijohn")

_CLOSE = 0  # granian.rsgi.WebsocketMessageType.close: 1 is bytes, 2 is text


@cache
def _tell_of_headers(names: str) -> None:
    """Say once that what an around has set, which may be meant for all answers alike, is not sent here."""
    log.warning("RSGI accepts a WebSocket without headers; not sent: %s. Over ASGI they are: --interface asgi.", names)


class RSGIConnection:
    """One connection; any error of the transport means that nobody is there any more."""

    def __init__(self, request: Request, protocol: Any) -> None:
        offered = ",".join(request.native.headers.get_all("sec-websocket-protocol"))
        self.subprotocols: Sequence[str] = tuple(name.strip() for name in offered.split(",") if name.strip())
        self._protocol = protocol
        self._transport: Any = None

    async def accept(self, subprotocol: str | None, headers: HeaderPairs) -> None:
        """Accept the handshake."""
        if subprotocol is not None:
            raise RuntimeError("RSGI cannot name a subprotocol: serve the app over ASGI (--interface asgi).")
        if headers:
            _tell_of_headers(", ".join(sorted({name for name, _ in headers})))
        try:
            self._transport = await self._protocol.accept()
        except Exception as error:
            raise WebSocketDisconnect(ABNORMAL) from error

    async def deny(self, status: int, headers: HeaderPairs, body: bytes) -> None:
        """Answer the handshake by a status, which is all that RSGI has room for."""
        self._protocol.close(status)

    async def receive(self) -> str | bytes:
        """The next message."""
        try:
            message = await self._transport.receive()
        except Exception as error:
            raise WebSocketDisconnect(ABNORMAL) from error
        if message.kind == _CLOSE:
            raise WebSocketDisconnect(NO_STATUS)
        data: str | bytes = message.data
        return data

    async def send(self, message: str | bytes) -> None:
        """Send one message."""
        try:
            if isinstance(message, str):
                await self._transport.send_str(message)
            else:
                await self._transport.send_bytes(message)
        except Exception as error:
            raise WebSocketDisconnect(ABNORMAL) from error

    async def close(self, code: int, reason: str) -> None:
        """Close; the code stays here."""
        self._protocol.close()


async def serve(request: Request, protocol: Any, machine: Machine) -> None:
    """Serve one `ws` scope, which is the request's `native`."""
    await machine.serve_websocket(request, RSGIConnection(request, protocol))
