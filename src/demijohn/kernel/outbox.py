"""What waits to be sent to one peer: in order, within bounds, and no longer than it may wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..foundation.http.websocket import WebSocketDisconnect


class Connection(Protocol):
    """One WebSocket connection of a server's, as its gateway shows it."""

    subprotocols: Sequence[str]

    async def accept(self, subprotocol: str | None, headers: list[tuple[str, str]]) -> None: ...
    async def deny(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    async def receive(self) -> str | bytes: ...  # raises WebSocketDisconnect
    async def send(self, message: str | bytes) -> None: ...  # raises WebSocketDisconnect
    async def close(self, code: int, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SocketRule:
    """The bounds of one route's sockets: of a message in bytes, of what waits to be sent, of how long it may wait."""

    message: int
    queue: int
    queue_bytes: int
    send_seconds: float | None
    grace_seconds: float


class Outbox:
    """The messages of one WebSocket on their way out; `lost` and `slow` tell it of what ends it, `over` says that."""

    def __init__(
        self,
        connection: Connection,
        rule: SocketRule,
        lost: Callable[[WebSocketDisconnect], None],
        slow: Callable[[], None],
    ) -> None:
        self.over: WebSocketDisconnect | None = None
        self._connection = connection
        self._rule = rule
        self._lost = lost
        self._slow = slow
        self._queue: deque[str | bytes] = deque()
        self._drain: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()
        self._waiting = 0
        self._waiting_bytes = 0
        self._timeout: asyncio.Timeout | None = None

    def put(self, data: str | bytes) -> None:
        """Queue a message, and give the peer up if too much waits for it."""
        if self._is_full(data):
            self._give_up()
            return
        self._queue.append(data)
        self._count(data, 1)
        if self._drain is None:
            self._drain = asyncio.ensure_future(self._send_queued())

    async def send(self, data: str | bytes) -> None:
        """Send a message when it is its turn, and wait until the server has taken it."""
        if self._is_full(data):
            self._give_up()
            assert self.over is not None
            raise again(self.over)
        self._count(data, 1)
        try:
            await self._send_in_turn(data)
        finally:
            self._count(data, -1)

    async def flush(self) -> None:
        """Wait until all that was sent before is out."""
        while self._waiting and self.over is None:
            async with self._sending:
                pass
            await asyncio.sleep(0)

    async def _send_queued(self) -> None:
        try:
            while self._queue:
                data = self._queue.popleft()
                try:
                    await self._send_in_turn(data)
                finally:
                    self._count(data, -1)
        except WebSocketDisconnect:
            self._queue.clear()
        finally:
            self._drain = None

    async def _send_in_turn(self, data: str | bytes) -> None:
        async with self._sending:
            if self.over is not None:
                raise again(self.over)
            try:
                async with asyncio.timeout(self._rule.send_seconds) as self._timeout:
                    await self._connection.send(data)
            except TimeoutError:
                self._give_up()
            except WebSocketDisconnect as error:
                self._lost(error)
            finally:
                self._timeout = None
        if self.over is not None:
            raise again(self.over)

    def _give_up(self) -> None:
        self._slow()
        if self._timeout is not None:
            self._timeout.reschedule(asyncio.get_running_loop().time())  # Whoever sends waits no longer.

    def _is_full(self, data: str | bytes) -> bool:
        # One message at a time may always be sent, however long.
        if self._waiting == 0:
            return False
        return self._waiting >= self._rule.queue or self._waiting_bytes + len(data) > self._rule.queue_bytes

    def _count(self, data: str | bytes, sign: int) -> None:
        self._waiting += sign
        self._waiting_bytes += sign * len(data)


def again(error: WebSocketDisconnect) -> WebSocketDisconnect:
    """The same end, as another error."""
    # A new one each time: an error that is raised in several tasks would collect all their tracebacks.
    return WebSocketDisconnect(error.code, error.reason)
