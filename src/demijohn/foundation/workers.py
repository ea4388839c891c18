"""Threads that run blocking code: a pool with a bounded queue.

`concurrent.futures` costs twice as much per call (a future with a condition for each), and its queue has no end.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger("demijohn")


class WorkerPool:
    """`size` daemon threads, started when first needed, and at most `backlog` jobs waiting for one.

    A job is a callable without arguments that lets no exception out. After a fork the child starts threads of its own.
    """

    def __init__(self, size: int = 40, backlog: int = 1000) -> None:
        self.size = size
        self.backlog = backlog
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._pid = os.getpid()

    def submit(self, job: Callable[[], object]) -> bool:
        """Queue a job; False, and nothing queued, if the backlog is full."""
        waiting = self._jobs.qsize()
        if waiting >= self.backlog:
            return False
        if len(self._threads) < self.size and (waiting or len(self._threads) == 0 or not self._idle):
            self._grow()
        self._jobs.put(job)
        return True

    def stop(self, timeout: float | None = None) -> None:
        """Let the queued jobs finish, then end the threads; `timeout` in seconds for each."""
        threads, self._threads = self._threads, []
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(timeout)

    def _grow(self) -> None:
        with self._lock:
            if self._pid != os.getpid():
                self._reset()
            if len(self._threads) < self.size:
                thread = threading.Thread(target=self._work, name=f"demijohn-worker-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        get = self._jobs.get
        while True:
            self._idle += 1  # Approximate: a lost update only starts a thread sooner or later than needed.
            job = get()
            self._idle -= 1
            if job is None:
                return
            try:
                job()
            except BaseException:
                log.exception("A job in the worker pool failed.")
            # The last job must not be kept alive by this frame while the thread waits for the next.
            del job
