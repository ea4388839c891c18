"""The pool of `AsyncDB`, whose tasks wait in line.

Theory. In SQLAlchemy's own, who comes by just when a connection is given back takes it from under the nose of the task
that was woken for it, and that task waits anew: where many want few connections, some wait until their time is up
while others are served again and again. Here a connection is handed to who has waited longest.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util.concurrency import await_
from sqlalchemy.util.queue import Empty

from .idle import Handing, Idle
from .places import Place

T = TypeVar("T")


class Line(Idle[T]):
    """What is idle, and which tasks wait for it: there is never both."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        super().__init__(maxsize, use_lifo)
        self._waiting: deque[asyncio.Future[T]] = deque()

    def put_nowait(self, item: T) -> None:
        """Hand it to the first in line, else keep it."""
        if not self._hand_over(item):
            self._keep(item)

    def get_nowait(self) -> T:
        """Take what is idle."""
        return self._take()

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Take what is idle, or wait for it in a greenlet."""
        if self._idle or not block:
            return self.get_nowait()
        return await_(self._wait(timeout))

    async def turn(self, timeout: float | None) -> T:
        """Wait for what is given back; it is the next to be taken, so take it before anything else is awaited."""
        item = await self._wait(timeout)
        if self.use_lifo:
            self._idle.append(item)
        else:
            self._idle.appendleft(item)
        return item

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits."""
        return any(not waiter.done() for waiter in self._waiting)

    @property
    def next(self) -> T | None:
        """What would be taken now."""
        return None if not self._idle else self._idle[-1 if self.use_lifo else 0]

    def _hand_over(self, item: T) -> bool:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(item)
                return True
        return False

    async def _wait(self, timeout: float | None) -> T:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        self._waiting.append(waiter)
        timer = None if timeout is None else loop.call_later(timeout, _give_up, waiter)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # Cancelled just when it was handed over: for the next, or kept, whoever has filled the place meanwhile.
                if not self._hand_over(waiter.result()):
                    self._idle.append(waiter.result())
            else:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(waiter)
            raise
        finally:
            if timer is not None:
                timer.cancel()


def _give_up(waiter: asyncio.Future[T]) -> None:
    if not waiter.done():
        waiter.set_exception(Empty())


class LoopPool(Handing, AsyncAdaptedQueuePool):
    """SQLAlchemy's own pool, but for the line: the connections of one loop."""

    _queue_class = Line  # type: ignore[assignment]

    def share_listeners(self, others: Any) -> None:
        """Tell the listeners of another pool, also those that come later; what SQLAlchemy lets only one task do at a
        time is guarded for this loop alone, as its locks belong to one."""
        for name in others._event_names:
            own, shared = (getattr(each, name).for_modify(each) for each in (self.dispatch, others))
            own.listeners = shared.listeners
            own._set_asyncio()

    @property
    def is_exhausted(self) -> bool:
        """Whether there is neither a connection nor room for one more."""
        return self._pool.empty() and 0 <= self._max_overflow <= self._overflow

    async def turn(self) -> None:
        """Wait until there is a connection, or room for one more: for who takes it before anything else is awaited."""
        if self.is_exhausted:
            line: Line[Any] = self._pool  # type: ignore[assignment]
            try:
                record = await line.turn(self._timeout)
            except Empty:
                raise PoolTimeout(
                    f"All {self.checkedout()} connections of the pool were in use for {self._timeout} seconds.",
                    code="3o7r",
                ) from None
            record.fresh = True  # Somebody had it just now: whether it lives need not be looked at.

    def has_ready(self, is_quiet: Callable[[Any], bool] | None) -> bool:
        """Whether taking a connection awaits nothing: it is open and lives, need not be replaced, and nobody listens.

        `is_quiet` tells of a driver's connection whether it lives; it is not looked at again when it is taken now.
        """
        line: Line[Any] = self._pool  # type: ignore[assignment]
        record = line.next
        if (
            record is None
            or record.dbapi_connection is None
            or record.starttime < max(self._invalidate_time, record._soft_invalidate_time)
            or self._recycle >= 0
            or self.dispatch.checkout
        ):
            return False
        if self._pre_ping and not record.fresh:
            record.fresh = is_quiet is not None and is_quiet(record.driver_connection)
            return bool(record.fresh)
        return True

    @property
    def keeps(self) -> bool:
        """Whether giving a connection back awaits nothing: it will be kept, and nobody listens."""
        line: Line[Any] = self._pool  # type: ignore[assignment]
        return (not line.full() or line.is_awaited) and not self.dispatch.checkin and not self.dispatch.reset


class AsyncPool(AsyncAdaptedQueuePool):
    """The pool of an engine that several loops use, one after the other or side by side: each has connections of its
    own, as sockets and futures belong to the loop that made them. Sizes are for each.

    A loop that ends by `asyncio.run` or a `Runner` has its connections closed before; of one that is merely closed they
    are cut off when another loop first asks.
    """

    _queue_class = Line  # type: ignore[assignment]
    _latest: tuple[asyncio.AbstractEventLoop | None, LoopPool | None] = (None, None)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._places: dict[asyncio.AbstractEventLoop, Place[LoopPool]] = {}
        self._lock = threading.Lock()

    def here(self) -> LoopPool:
        """The connections of the loop that runs."""
        loop, pool = self._latest
        if pool is None or asyncio.get_running_loop() is not loop:
            pool = self._place_of(asyncio.get_running_loop())
        return pool

    def connect(self) -> PoolProxiedConnection:
        """As for all pools."""
        return self.here().connect()

    @property
    def is_exhausted(self) -> bool:
        """As for the pool of a loop."""
        return self.here().is_exhausted

    def dispose(self) -> None:
        """As for all pools; of other loops that run, each closes its own."""
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        with self._lock:
            places, self._places, self._latest = self._places, {}, (None, None)
        for loop, place in places.items():
            place.leave(is_running=loop is running)

    def checkedin(self) -> int:
        """As for all pools, of all loops."""
        return sum(place.pool.checkedin() for place in self._all())

    def checkedout(self) -> int:
        """As for all pools, of all loops."""
        return sum(place.pool.checkedout() for place in self._all())

    def overflow(self) -> int:
        """As for all pools, of all loops."""
        return sum(place.pool.overflow() for place in self._all())

    def _invalidate(self, *arguments: Any, **options: Any) -> None:
        self.here()._invalidate(*arguments, **options)

    def _all(self) -> list[Place[LoopPool]]:
        with self._lock:
            return list(self._places.values())

    def _place_of(self, loop: asyncio.AbstractEventLoop) -> LoopPool:
        with self._lock:
            place = self._places.get(loop)
            ended = [self._places.pop(other) for other in list(self._places) if other.is_closed()]
            if place is None:
                pool = LoopPool(
                    self._creator, pool_size=self.size(), max_overflow=self._max_overflow, timeout=self._timeout,
                    pre_ping=self._pre_ping, recycle=self._recycle, reset_on_return=self._reset_on_return,
                    echo=self.echo, logging_name=self._orig_logging_name, dialect=self._dialect,
                    use_lifo=self._pool.use_lifo,
                )  # fmt: skip
                pool.share_listeners(self.dispatch)
                place = self._places[loop] = Place(loop, pool)
            self._latest = (loop, place.pool)
        for other in ended:
            other.leave(is_running=False)
        return place.pool
