"""The connections of a pool that nobody uses: what its lines of threads and of tasks have in common."""

from __future__ import annotations

from collections import deque
from typing import TypeVar

from sqlalchemy.util.queue import Empty, Full, QueueCommon

T = TypeVar("T")


class Idle(QueueCommon[T]):
    """What is idle, in SQLAlchemy's words for a queue; who waits for it is the matter of a line."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        self.maxsize, self.use_lifo = maxsize, use_lifo
        self._idle: deque[T] = deque()

    def empty(self) -> bool:
        """Whether nothing is idle."""
        return not self._idle

    def full(self) -> bool:
        """Whether no more is kept."""
        return 0 < self.maxsize <= len(self._idle)

    def qsize(self) -> int:
        """How many are idle."""
        return len(self._idle)

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """As `put_nowait`: no pool waits to give something back."""
        self.put_nowait(item)

    def _keep(self, item: T) -> None:
        if self.full():
            raise Full
        self._idle.append(item)

    def _take(self) -> T:
        if not self._idle:
            raise Empty
        return self._idle.pop() if self.use_lifo else self._idle.popleft()
