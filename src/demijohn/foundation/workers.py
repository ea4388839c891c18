"""Threads that run blocking code: a pool with a bounded queue that keeps as few threads awake as it can.

Handing a job to a sleeping thread costs two context switches and a fight for the interpreter's lock; handing it to one
that is just finishing another costs nothing. So only `_awake` threads wait at the queue, and the others are parked.
Jobs that do not block keep one thread busy, and nobody else is woken. Where jobs do block, the queue stalls: nothing
leaves it although something is in it. A watcher sees that within four milliseconds and doubles the threads that are
awake, up to `size`; when some of them have nothing to do on average, as many are parked again.

`concurrent.futures` costs twice as much per job (a future with a condition for each), and its queue has no end.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger("demijohn")

STALL = 0.004  # seconds without progress after which more threads are wanted
WINDOW = 25  # looks of the watcher over which idle threads are averaged


_pools: weakref.WeakSet[WorkerPool] = weakref.WeakSet()


def _begin_anew() -> None:
    """In a forked child: the threads of its pools stayed with the parent process."""
    for pool in _pools:
        pool._reset()


if hasattr(os, "register_at_fork"):  # Asking for the process at each job would be a call of the system's.
    os.register_at_fork(after_in_child=_begin_anew)


class WorkerPool:
    """`size` daemon threads at most, started when needed, and at most `backlog` jobs waiting for one.

    A job is a callable without arguments that lets no exception out. After a fork the child starts threads of its own.
    """

    def __init__(self, size: int = 40, backlog: int = 1000) -> None:
        self.size = size
        self.backlog = backlog
        self._reset()
        _pools.add(self)

    def _reset(self) -> None:
        self._jobs: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._parked = threading.Semaphore(0)
        self._parked_count = 0
        self._waiting = 0
        self._taken = 0
        self._awake = 1
        self._watch = threading.Event()
        self._stopping = False

    def submit(self, job: Callable[[], object]) -> bool:
        """Queue a job; False, and nothing queued, if the backlog is full."""
        jobs = self._jobs
        waiting = jobs.qsize()
        if waiting >= self.backlog:
            return False
        if not self._threads:
            self._begin()
            jobs = self._jobs
        jobs.put(job)
        if not self._waiting and not self._watch.is_set():
            self._watch.set()
        return True

    def stop(self, timeout: float | None = None) -> None:
        """Let the queued jobs finish, then end the threads; `timeout` in seconds for each."""
        with self._lock:
            threads, self._threads = self._threads, []
            self._stopping = True
        watch = self._watch
        for _ in threads:
            self._jobs.put(None)
            self._parked.release()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(timeout)
        self._reset()
        watch.set()

    # Threads ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        with self._lock:
            if self._threads or self._stopping:
                return
            self._add()
        threading.Thread(target=self._watch_queue, name="demijohn-watcher", daemon=True).start()

    def _add(self) -> None:
        thread = threading.Thread(target=self._work, name=f"demijohn-worker-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        jobs, get, watch = self._jobs, self._jobs.get, self._watch
        while True:
            # The counts are approximate: an update lost to another thread costs one stall, and is then made good.
            if self._waiting >= self._awake and not jobs.qsize() and not self._stopping:
                self._park()
            self._waiting += 1
            job = get()
            self._waiting -= 1
            self._taken += 1
            # Whoever put the next job may have counted this thread as waiting still: then it is ours to call for help.
            if not self._waiting and jobs.qsize() and not watch.is_set():
                watch.set()
            if job is None:
                return
            try:
                job()
            except BaseException:
                log.exception("A job in the worker pool failed.")
            # The last job must not be kept alive by this frame while the thread waits for the next.
            del job

    def _park(self) -> None:
        with self._lock:
            self._parked_count += 1
        self._parked.acquire()

    def _wake(self, count: int) -> None:
        """Wake or start threads; with the lock held."""
        for _ in range(count):
            if self._parked_count > 0:
                self._parked_count -= 1
                self._parked.release()
            elif len(self._threads) < self.size:
                self._add()

    # The watcher --------------------------------------------------------------------------------------------

    def _watch_queue(self) -> None:
        jobs, watch = self._jobs, self._watch
        looks = idle = 0
        while self._watch is watch:
            watch.wait()
            taken = self._taken
            time.sleep(STALL)
            if jobs.qsize() and self._taken == taken:
                self._double()
                looks = idle = 0
            looks += 1
            idle += self._waiting
            if looks == WINDOW:
                self._awake = max(1, self._awake - idle // looks)
                looks = idle = 0
            if not jobs.qsize():
                watch.clear()
                # A job that came in between found the flag still set: look once more.
                if jobs.qsize():
                    watch.set()

    def _double(self) -> None:
        with self._lock:
            if not self._stopping:
                more = min(self._awake, self.size - self._awake)
                self._awake += more
                self._wake(more)
