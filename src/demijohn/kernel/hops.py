"""Crossing from the event loop to a worker thread and back.

Many hops that end at about the same time cost one wake-up of the loop.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ..foundation.http.errors import ServiceUnavailable
from ..foundation.workers import WorkerPool

T = TypeVar("T")


class Hop:
    """One piece of work on a worker thread, awaited on a loop: `await hop.wait()` here, `hop.done(...)` there."""

    __slots__ = ("_error", "_future", "_loop", "_notify", "_result", "_second")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[Any] = loop.create_future()
        self._second: asyncio.Future[None] | None = None
        if _local.loop is not loop:
            _local.loop, _local.notify = loop, _notifier(loop)
        self._notify = _local.notify
        self._result: Any = None
        self._error: BaseException | None = None

    def done(self, result: Any, error: BaseException | None = None) -> None:
        """Called in the thread: the work has ended, with a result or an error."""
        self._result = result
        self._error = error
        self._notify(self)

    async def wait(self, hurry: Callable[[], None] | None = None) -> Any:
        """The result. A cancelled waiter still waits for the thread, whose work is never cut short but by `hurry`,
        which is called then."""
        try:
            return await self._future
        except asyncio.CancelledError:
            if self._future.cancelled():
                if hurry is not None:
                    hurry()
                if self._second is None:
                    self._second = self._loop.create_future()
                await self._second
            raise

    def settle(self) -> None:
        """Called on the loop."""
        if not self._future.done():
            if self._error is None:
                self._future.set_result(self._result)
            else:
                self._future.set_exception(self._error)
            return
        # The waiter was cancelled; one that has not woken up yet to wait anew will find nothing left to wait for.
        if self._second is None:
            self._second = self._loop.create_future()
        if not self._second.done():
            self._second.set_result(None)


class _Local(threading.local):
    """The loop that runs in a thread, and how others tell it that hops have ended."""

    loop: asyncio.AbstractEventLoop | None = None
    notify: Callable[[Hop], None]


_local = _Local()


def _notifier(loop: asyncio.AbstractEventLoop) -> Callable[[Hop], None]:
    ended: list[Hop] = []
    wake = loop.call_soon_threadsafe

    def drain() -> None:
        nonlocal ended
        # The name is bound to a new list first: what is appended meanwhile finds it empty, and wakes the loop anew.
        hops, ended = ended, []
        for hop in hops:
            hop.settle()

    def notify(hop: Hop) -> None:
        nonlocal ended
        hops = ended
        hops.append(hop)
        if len(hops) == 1:
            try:
                wake(drain)
            except RuntimeError:  # The loop was closed meanwhile: nobody waits.
                hops.clear()

    return notify


async def in_thread(pool: WorkerPool, function: Callable[..., T], *arguments: Any) -> T:
    """Run blocking code on a worker and wait for it, in a copy of this context.

    A thread's work is never cut short: if the waiting task is cancelled, it waits for the thread first. A full queue
    is a 503.
    """
    hop = Hop(asyncio.get_running_loop())
    context = contextvars.copy_context()

    def job() -> None:
        try:
            result = context.run(function, *arguments)
        except BaseException as error:
            hop.done(None, _portable(error))
        else:
            hop.done(result, None)

    if not pool.submit(job):
        raise ServiceUnavailable("The server is busy.", retry_after=1)
    result: T = await hop.wait()
    return result


def _portable(error: BaseException) -> BaseException:
    # A future refuses StopIteration, and an `await` would end by it as if all were well.
    if isinstance(error, StopIteration):
        wrapped = RuntimeError("A StopIteration left a function that runs in a worker thread.")
        wrapped.__cause__ = error
        return wrapped
    return error
