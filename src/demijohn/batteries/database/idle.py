"""The connections of a pool that nobody uses: what its lines of threads and of tasks have in common."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Any, Literal, TypeVar

from sqlalchemy import QueuePool
from sqlalchemy.pool.base import _ConnectionRecord
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

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits."""
        raise NotImplementedError


class Handing(QueuePool):
    """What pools have in common that hand things on in line."""

    def _dec_overflow(self) -> Literal[True]:
        """There is room for one more: whoever has waited longest is handed the place of who failed to connect, which
        SQLAlchemy's own pool lets wait until its time is up."""
        line: Idle[Any] = self._pool  # type: ignore[assignment]
        if line.is_awaited:
            with contextlib.suppress(Full):
                line.put_nowait(_ConnectionRecord(self, connect=False))
                return True
        return super()._dec_overflow()
