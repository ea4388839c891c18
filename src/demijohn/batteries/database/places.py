"""Where the connections of an async pool live: on one loop, which closes them before it ends.

Theory. A connection can only be closed on the loop that made it, as long as that runs. Nothing tells when it will end,
but that whoever ends it properly (`asyncio.run`, a `Runner`, the servers, pytest's plugins) has all asynchronous
generators closed first: so one is begun, and waits for that.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import QueuePool
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet
from sqlalchemy.util.queue import Empty

P = TypeVar("P", bound=QueuePool)


class Place(Generic[P]):
    """A loop, and its connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pool: P) -> None:
        self.pool = pool
        self._loop = loop
        self._keeper = _keep(pool)
        with contextlib.suppress(StopIteration):
            self._keeper.__anext__().__await__().send(None)  # It comes to its `yield`, and awaits nothing until then.

    def leave(self, *, is_running: bool) -> None:
        """Close the connections: at once on the loop that runs, soon on another that does, and on one that has ended
        without a word by cutting them off."""
        if is_running and in_greenlet():
            self.pool.dispose()
            with contextlib.suppress(StopIteration):
                self._keeper.aclose().__await__().send(None)  # Of nothing any more: it awaits nothing.
        elif self._loop.is_closed():
            _cut_off(self.pool)
        else:
            # Where nothing runs the loop any more, this is the last that is heard of it.
            self._loop.call_soon_threadsafe(_close_soon, self._keeper)


async def _keep(pool: QueuePool) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        idle: Any = pool._pool
        while not idle.empty():
            record = idle.get_nowait()
            driver = record.driver_connection
            try:
                await greenlet_spawn(record.close)
            except BaseException:  # Cancelled, as the loop ends just now: the rest is closed all the same.
                _try(_ABORTS, driver)
        pool.dispose()  # Of nothing any more: it counts anew.


_LEAVING: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, set[Any]]] = WeakKeyDictionary()
"""What each loop still has to close: if the loop ends before it comes to it, that is closed as the loop ends."""


def _close_soon(keeper: AsyncGenerator[None, None]) -> None:
    leaving = _LEAVING.setdefault(asyncio.get_running_loop(), set())

    async def close() -> None:
        await keeper.aclose()
        leaving.discard(keeper)
        leaving.discard(task)

    leaving.add(keeper)
    task = asyncio.ensure_future(close())
    leaving.add(task)


def _cut_off(pool: Any) -> None:
    """Close sockets whose loop is gone, so that nothing need be awaited."""
    while True:
        try:
            record = pool._pool.get_nowait()
        except Empty:
            return
        driver, record.dbapi_connection = record.driver_connection, None
        _try(_ENDS, driver)


def _try(ends: tuple[Callable[[Any], Any], ...], driver: Any) -> None:
    for end in ends:
        with contextlib.suppress(Exception):
            end(driver)


_ABORTS: Final[tuple[Callable[[Any], Any], ...]] = (
    lambda driver: driver.pgconn.finish(),  # psycopg
    lambda driver: driver.terminate(),  # asyncpg
    lambda driver: driver._transport.abort(),  # asyncmy
    lambda driver: driver.end(),  # SQLite
)


_ENDS: Final[tuple[Callable[[Any], Any], ...]] = (
    lambda driver: driver.pgconn.finish(),  # psycopg
    lambda driver: driver._transport._call_connection_lost(None),  # asyncpg, asyncmy
    lambda driver: driver.end(),  # SQLite, which has none
)
