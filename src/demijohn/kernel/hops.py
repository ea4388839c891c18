"""Crossing from the event loop to a worker thread and back."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, TypeVar

from ..foundation.http.errors import ServiceUnavailable
from ..foundation.workers import WorkerPool

T = TypeVar("T")


async def in_thread(pool: WorkerPool, function: Callable[..., T], *arguments: Any) -> T:
    """Run blocking code on a worker and wait for it, in a copy of this context.

    A thread's work is never cut short: if the waiting task is cancelled, it waits for the thread first. A full queue
    is a 503.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def job() -> None:
        try:
            result = context.run(function, *arguments)
        except BaseException as error:
            settle(loop, future, None, _portable(error))
        else:
            settle(loop, future, result, None)

    if not pool.submit(job):
        raise ServiceUnavailable("The server is busy.", retry_after=1)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            await asyncio.wait([future])
        raise


def settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: Any, error: BaseException | None
) -> None:
    """Give a future its outcome from another thread; a loop that has been closed meanwhile wants none."""

    def done() -> None:
        if not future.done():
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    try:
        loop.call_soon_threadsafe(done)
    except RuntimeError:
        return


def _portable(error: BaseException) -> BaseException:
    # A future refuses StopIteration, and an `await` would end by it as if all were well.
    if isinstance(error, StopIteration):
        wrapped = RuntimeError("A StopIteration left a function that runs in a worker thread.")
        wrapped.__cause__ = error
        return wrapped
    return error
