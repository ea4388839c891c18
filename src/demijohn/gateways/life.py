"""The life of an app in one process: started once, whoever comes first, and stopped once.

A server that says when it starts (ASGI, RSGI) starts the app then; otherwise the first request does, under a lock.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import threading

from .contract import Machine
from .deadlines import Deadlines
from .loop_thread import loop_thread


class Life:
    """Whether a machine has been started, and how it will be stopped."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.started = False
        self.deadlines = Deadlines()
        self._lock = threading.Lock()
        self._on_thread_loop = False
        self._starting: asyncio.Future[None] | None = None

    def start_sync(self) -> None:
        """Start from a thread without a loop; an async lifespan runs on the process's loop thread."""
        with self._lock:
            if self.started:
                return
            if self.machine.needs_loop:
                loop_thread().run(self.machine.start())
                self._on_thread_loop = True
            else:
                self.machine.use_loop(lambda: loop_thread().loop)
                self.machine.start_sync()
            self.started = True
        atexit.register(self.stop_sync)

    def stop_sync(self) -> None:
        """Stop what `start_sync` started."""
        with self._lock:
            if not self.started:
                return
            self.started = False
            if self._on_thread_loop:
                loop_thread().run(self.machine.stop())
            else:
                self.machine.stop_sync()
        atexit.unregister(self.stop_sync)

    async def start(self) -> None:
        """Start on the running loop, which is the server's; requests that come meanwhile wait for the same start."""
        if self.started:
            return
        if self._starting is None:
            self._starting = asyncio.ensure_future(self.machine.start())
        starting = self._starting
        try:
            # Whoever is cancelled must not take the start away from the others.
            await asyncio.shield(starting)
            if not self.started:
                self.deadlines.start()
            self.started = True
        finally:
            if starting.done() and self._starting is starting:
                self._starting = None

    async def begin_serving(self) -> None:
        """Start because the server says so, which then has nothing but this app to serve."""
        await self.start()
        if not self.machine.debug:
            _leave_to_no_collection()

    async def stop(self) -> None:
        """Stop on the loop that it was started on."""
        if self.started:
            self.started = False
            self.deadlines.stop()
            await self.machine.stop()


_left: list[bool] = []


def _leave_to_no_collection() -> None:
    """Once per process: what an app is made of lives as long as it, and a full collection that looks at all of it takes
    tens of milliseconds, in which nobody is answered. Each burst of requests that wait for threads brings one nearer.
    """
    if not _left:
        _left.append(True)
        gc.collect()
        gc.freeze()
