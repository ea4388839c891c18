"""The pool of `DB`, whose threads wait in line.

Theory. SQLAlchemy's own wakes a thread that waits and lets it fight for what was given back, with those that come by
and have not waited: the more threads there are, the more of them wake up in vain. Here a connection is handed to who
has waited longest, and nobody else wakes up.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from sqlalchemy import QueuePool
from sqlalchemy.util.queue import Empty

from .idle import Handing, Idle

T = TypeVar("T")


class _Waiter(Generic[T]):
    """A thread in line: its lock is let go when it was handed something."""

    __slots__ = ("handed", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()
        self.handed: T | None = None


class ThreadLine(Idle[T]):
    """What is idle, and which threads wait for it: there is never both."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        super().__init__(maxsize, use_lifo)
        # The collector may give a connection back amid any line of this thread, also of these.
        self._lock = threading.RLock()
        self._waiting: deque[_Waiter[T]] = deque()

    def put_nowait(self, item: T) -> None:
        """Hand it to the first in line, else keep it."""
        with self._lock:
            if not self._waiting:
                self._keep(item)
                return
            waiter = self._waiting.popleft()
            waiter.handed = item
        waiter.lock.release()

    def get_nowait(self) -> T:
        """Take what is idle."""
        with self._lock:
            return self._take()

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Take what is idle, or wait for it."""
        if not block:
            return self.get_nowait()
        waiter: _Waiter[T] = _Waiter()
        with self._lock:
            if self._idle:
                return self._take()
            self._waiting.append(waiter)
        try:
            waiter.lock.acquire(timeout=-1 if timeout is None else timeout)
        except BaseException:
            if not self._leave(waiter):
                self.put_nowait(waiter.handed)  # type: ignore[arg-type]
            raise
        if waiter.handed is None and self._leave(waiter):
            raise Empty
        return waiter.handed  # type: ignore[return-value]

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    def _leave(self, waiter: _Waiter[T]) -> bool:
        """Leave the line; False if it was handed something just now."""
        with self._lock:
            if waiter.handed is not None:
                return False
            self._waiting.remove(waiter)
            return True


class SyncPool(Handing, QueuePool):
    """SQLAlchemy's own pool, but for the line."""

    _queue_class = ThreadLine  # type: ignore[assignment]
