"""One event loop in a thread of its own, for async code under servers that have none.

An async plan runs there whole, as one task: driving it by hand in the server's thread would break time-outs, task
groups and everything else that belongs to a task.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_current: LoopThread | None = None


class LoopThread:
    """An event loop that runs in a daemon thread until the process ends."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="demijohn-loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine there as a task, in a copy of this thread's context, and wait for its result.

        After `timeout` seconds it is cancelled, and if it then ends, that is a TimeoutError.
        """
        outcome: list[T] = []
        failure: list[BaseException] = []
        done = threading.Event()

        def finish(task: asyncio.Task[T]) -> None:
            if timer:
                timer[0].cancel()
            if task.cancelled():
                failure.append(TimeoutError() if late else asyncio.CancelledError())
            elif (error := task.exception()) is not None:
                failure.append(error)
            else:
                outcome.append(task.result())
            done.set()

        def begin() -> None:
            task = self.loop.create_task(coroutine, context=context)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(finish)
            if timeout is not None:
                timer.append(self.loop.call_later(timeout, expire, task))

        def expire(task: asyncio.Task[T]) -> None:
            late.append(task)
            task.cancel()

        late: list[asyncio.Task[T]] = []
        timer: list[asyncio.TimerHandle] = []
        tasks: set[asyncio.Task[T]] = set()
        context = contextvars.copy_context()
        self.loop.call_soon_threadsafe(begin)
        done.wait()
        if failure:
            raise failure[0]
        return outcome[0]

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        while True:
            try:
                self.loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                # asyncio lets these end the loop. The task that raised one has it as its outcome, and whoever waits
                # for the task gets it; the tasks of other requests go on.
                continue
            return


def loop_thread() -> LoopThread:
    """The loop thread of this process; a forked child gets its own."""
    global _current  # noqa: PLW0603 - one per process is the point
    found = _current
    if found is None or found.pid != os.getpid():
        with _lock:
            found = _current
            if found is None or found.pid != os.getpid():
                found = _current = LoopThread()
    return found
