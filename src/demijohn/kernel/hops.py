"""Crossing from the event loop to a worker thread and back.

Many hops that end at about the same time cost one wake-up of the loop.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from ..foundation.http.errors import ServiceUnavailable
from ..foundation.workers import WorkerPool

T = TypeVar("T")


class Hop:
    """One piece of work on a worker thread, awaited on a loop: `await hop.wait()` here, `hop.done(...)` there."""

    __slots__ = ("_error", "_landing", "_result", "_second", "future")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        landing = _local.landing
        if landing is None or landing.loop is not loop:
            landing = _local.landing = _Landing(loop)
        self._landing = landing
        self.future: asyncio.Future[Any] = landing.new_future()
        self._second: asyncio.Future[None] | None = None
        self._result: Any = None
        self._error: BaseException | None = None

    def done(self, result: Any, error: BaseException | None = None) -> None:
        """Called in the thread: the work has ended, with a result or an error."""
        self._result = result
        self._error = error
        landing = self._landing
        landing.ended.append(self)
        if not landing.called:
            landing.call()

    async def wait(self, hurry: Callable[[], None] | None = None) -> Any:
        """The result. A cancelled waiter still waits for the thread, whose work is never cut short but by `hurry`,
        which is called then."""
        try:
            return await self.future
        except asyncio.CancelledError:
            await self.outlast(hurry)
            raise

    async def outlast(self, hurry: Callable[[], None] | None = None) -> Any:
        """For who has awaited the `future` itself, and was cancelled: the wait for the thread, and what it made."""
        if self.future.cancelled():
            if hurry is not None:
                hurry()
            if self._second is None:
                self._second = self._landing.loop.create_future()
            await self._second
        return self._result

    def settle(self) -> None:
        """Called on the loop."""
        if not self.future.done():
            if self._error is None:
                self.future.set_result(self._result)
            else:
                self.future.set_exception(self._error)
            return
        # The waiter was cancelled; one that has not woken up yet to wait anew will find nothing left to wait for.
        if self._second is None:
            self._second = self._landing.loop.create_future()
        if not self._second.done():
            self._second.set_result(None)


class _Landing:
    """Where the hops of one loop come back: those that have `ended` wait there until the loop, which was `called`,
    settles them.

    The order makes it safe without a lock: a thread adds its hop before it looks whether the loop was called, and the
    loop forgets that before it looks for hops. At worst it is called twice.
    """

    __slots__ = ("_call_soon", "called", "ended", "loop", "new_future")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.new_future = loop.create_future
        self._call_soon = loop.call_soon_threadsafe
        self.ended: deque[Hop] = deque()
        self.called = False

    def call(self) -> None:
        """Called in a thread: have the hops settled on the loop."""
        self.called = True
        try:
            self._call_soon(self._settle)
        except RuntimeError:  # The loop was closed meanwhile: nobody waits.
            self.ended.clear()

    def _settle(self) -> None:
        self.called = False
        ended = self.ended
        while ended:
            ended.popleft().settle()


class _Local(threading.local):
    """The landing of the loop that runs in a thread."""

    landing: _Landing | None = None


_local = _Local()


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
