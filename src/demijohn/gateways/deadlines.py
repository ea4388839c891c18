"""Deadlines of tasks, at a tenth of what `asyncio.timeout` costs: one look a second at all of them.

So an exchange may live up to a second longer than it should. What a task pays is an entry in a dict.
"""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Awaitable
from typing import Any, TypeVar

from ..foundation.http.errors import ServiceUnavailable

T = TypeVar("T")

TICK = 1.0  # seconds between two looks


class Deadlines:
    """Which tasks end when, in ticks of one event loop.

    `now` is the time of the next look, so that nothing is given up early: what is left of a tick comes on top.
    `running[task] = deadlines.now + seconds` sets a deadline and `running.pop(task, None)` lifts it. What is late is
    cancelled; `was_late` then tells that cancellation from others. `current_task(deadlines.loop)` is the cheap way to
    the task: without a loop it asks the system for the process first, for the chance that this is a fork.
    """

    __slots__ = ("_handle", "_late", "loop", "now", "running")

    def __init__(self) -> None:
        self.now = 0.0
        self.running: dict[Task[Any] | None, float] = {}
        self._late: set[Task[Any]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look, on the running loop."""
        self.loop = asyncio.get_running_loop()
        self.now = self.loop.time() + TICK
        self._handle = self.loop.call_later(TICK, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self.running.clear()

    def was_late(self, task: Task[Any] | None) -> bool:
        """Whether a task was cancelled here; asked once, by who caught the cancellation and will answer instead."""
        if task is None or task not in self._late:
            return False
        self._late.discard(task)
        task.uncancel()
        return True

    def begin(self, seconds: float | None) -> Task[Any] | None:
        """Give the current task a deadline, or a later one; whoever does lifts it by `running.pop(task, None)`."""
        task = asyncio.current_task(self.loop)
        if seconds is not None:
            self.running[task] = self.now + seconds
        return task

    async def within(self, seconds: float | None, awaitable: Awaitable[T]) -> T:
        """Await something in a task that has no deadline yet; TimeoutError if it takes longer."""
        if seconds is None:
            return await awaitable
        task = self.begin(seconds)
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self.was_late(task):
                raise TimeoutError from None
            raise
        finally:
            self.running.pop(task, None)

    def _look(self) -> None:
        loop = self.loop
        assert loop is not None
        now = loop.time()
        self.now = now + TICK
        for task, deadline in list(self.running.items()):
            if deadline < now:
                del self.running[task]
                if task is not None and not task.done():
                    self._late.add(task)
                    task.cancel()
        self._late = {task for task in self._late if not task.done()}
        self._handle = loop.call_later(TICK, self._look)


def too_slow() -> ServiceUnavailable:
    """The answer to an exchange that took too long."""
    return ServiceUnavailable("The answer took too long, and was given up.", retry_after=1)
