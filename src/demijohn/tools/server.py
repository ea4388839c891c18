"""The seam to granian, the server under `demijohn dev` and `demijohn serve`: nothing else imports it.

Both run it on a listening socket that Demijohn made itself, which is why no connection is refused while
code reloads or a worker is replaced: the socket, and the queue of those who wait at it, outlive whoever
accepts from it.

Theory of stopping. A worker that is told to stop accepts no more, finishes what it has begun, closes idle
connections and ends. What the system had queued for it by then would be reset when the socket closes, so
the parent takes those connections itself and tells them 503, to come back in a second. Only then does it
let go of the port.

A worker may be told more than once: by its parent, by a terminal, which tells the whole group, by a service manager,
which tells every process. granian's signal holds one word, and a second would block the worker for ever, so only the
first is passed on. What is said to a worker before it can listen waits until it can: its signals are blocked from the
fork until its handlers stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from granian import _signals
from granian._granian import SocketHolder, WorkerSignal
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server as _Embedded
from granian.server.mp import MPServer as _Workers

from ..foundation.errors import SetupError
from .console import say

BACKLOG = 1024
CONNECTIONS = 16_384  # that a worker holds at a time, most of them idle; granian's own bound is the backlog
HEADER_SECONDS = 10  # to send the head of a request, and to be silent between two
HEAD_BYTES = 65_536
STOP_SECONDS = 30
STREAM_SECONDS = 10.0  # for streams to end by themselves, before they are ended so that what they use is closed
_YOUNG_SECONDS = 1.0  # a worker that dies younger than this may never have worked
_MOST_FAILURES = 3
CANNOT_START = 78  # the exit code of a worker whose app has a mistake that a restart will not mend
# How the parent tells a forked worker that it is time to leave: the server keeps SIGTERM to itself.
_LEAVE: Any = signal.SIGUSR2 if sys.platform == "linux" else None
_STOPS: Any = (signal.SIGINT, signal.SIGTERM)
_TO_WORKERS: Any = (*_STOPS, _LEAVE)
_LAST_WORDS_SECONDS = 1.0  # for WebSockets to be closed, before connections are
_SETTLE_SECONDS = 0.1  # what workers take to stop accepting
_PATIENCE_SECONDS = 0.2

# granian's own configuration would close the logging handlers that the app has set up: this sets a level.
_LOGGING: dict[str, Any] = {
    "incremental": True,
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {}},
}

_SORRY = b"The server is being restarted: try it again.\n"
_TRY_AGAIN = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s" % (len(_SORRY), _SORRY)
)


def _http1() -> HTTP1Settings:
    return HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEAD_BYTES)


class _OnSocket(_Embedded):
    """granian in this process, accepting from a socket that was opened elsewhere."""

    def __init__(self, door: Any, listening: socket.socket, interface: Interfaces) -> None:
        super().__init__(
            door,
            interface=interface,
            backlog=BACKLOG,
            backpressure=CONNECTIONS,
            http1_settings=_http1(),
            log_level=LogLevels.error,
            log_dictconfig=_LOGGING,
        )
        self._listening = listening

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._shd = _holder(self._listening)


def _allow_connections() -> None:
    """Each connection is an open file, and a process may have few of these unless it asks for more."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = CONNECTIONS + 1024 if hard == resource.RLIM_INFINITY else min(CONNECTIONS + 1024, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _holder(listening: socket.socket) -> Any:
    """granian's handle of a socket: its descriptor, whether it is a Unix domain socket, its backlog."""
    is_unix = listening.family == getattr(socket, "AF_UNIX", None)
    return SocketHolder(listening.fileno(), is_unix, BACKLOG)  # type: ignore[call-arg]  # the stub lacks them


def serve_in_process(door: Any, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve an RSGI app from this process and thread until SIGTERM, then finish what has begun and return.

    Where it has an `asgi` beside it, that is served, by its `answer_asgi`. `started` is called when the app has
    started. What its start raises goes through.
    """

    async def answer(scope: Any, protocol: Any) -> None:
        await door.__rsgi__(scope, protocol)

    async def serve() -> None:
        # Only the function: the app's start and end need the loop before and after it runs.
        if getattr(door, "asgi", None) is None:
            server = _OnSocket(answer, listening, Interfaces.RSGI)
        else:
            server = _OnSocket(door.answer_asgi, listening, Interfaces.ASGINL)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        await server.serve()

    with asyncio.Runner() as runner:
        door.__rsgi_init__(runner.get_loop())
        started()
        runner.run(serve())
        door.__rsgi_del__(runner.get_loop())


class _SharedSocket(_Workers):
    """granian's worker processes, all accepting from one socket which the parent keeps."""

    def __init__(self, listening: socket.socket, **options: Any) -> None:
        super().__init__("demijohn", **options)
        self._has_loop = options["interface"] != Interfaces.WSGI
        self.has_websockets = False
        self._listening = listening
        self._failures = 0
        self._has_lived = False

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sso = None
        self._shd = _holder(self._listening)

    def _spawn_workers(self, *arguments: Any, **options: Any) -> None:
        with _signals_held():
            super()._spawn_workers(*arguments, **options)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, workers: list[int], *arguments: Any, **options: Any) -> None:
        """Replace workers that died: at once the first time, ever later if they die young.

        granian gives up when a worker dies twice within seconds, which lets two bad requests end a server.
        Here it is only given up on an app none of whose workers ever lived.
        """
        now = time.monotonic()
        self._has_lived |= any(now - worker.birth >= _YOUNG_SECONDS for worker in self.wrks)
        if any(self.wrks[idx].inner.exitcode == CANNOT_START for idx in workers):
            self._give_up(workers)
            return
        young = any(now - self.wrks[idx].birth < _YOUNG_SECONDS for idx in workers)
        self._failures = self._failures + 1 if young else 0
        if self._failures > _MOST_FAILURES and not self._has_lived:
            say("Every worker ended while it started: giving up.", error=True)
            self._give_up(workers)
            return
        time.sleep(min(0.1 * (2**self._failures - 1), 3.0))
        with _signals_held():
            super()._respawn_workers(workers, *arguments, **options)
        self.respawned_wrks.clear()

    def _give_up(self, workers: list[int]) -> None:
        self.interrupt_children.extend(workers)
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop workers, give back the port, wait until they have finished."""
        for worker in self.wrks:
            if _LEAVE is not None and self._has_loop and worker.inner.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.inner.pid, _LEAVE)
        if self.has_websockets:
            time.sleep(_LAST_WORDS_SECONDS)  # granian drops what is open when it is told to stop: say 1001 before
        for worker in self.wrks:
            worker.terminate()  # type: ignore[no-untyped-call]
        time.sleep(_SETTLE_SECONDS)
        turn_away(self._listening)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Keep what workers are told until they listen: those forked in here start with these signals blocked."""
    if _LEAVE is None:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _TO_WORKERS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _listen_on_loop(loop: asyncio.AbstractEventLoop) -> WorkerSignal:
    """In a worker with a loop, in place of granian's own: its signal to stop, given once however often it is told."""
    stop, tell = _stop_signal()
    for number in _STOPS:
        loop.add_signal_handler(number, tell)
    signal.signal(_LEAVE, signal.SIG_IGN)  # until the app has started there is nothing to leave
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TO_WORKERS)
    return stop


def _listen_in_thread() -> WorkerSignal:
    """As `_listen_on_loop`, in a worker without a loop."""
    stop, tell = _stop_signal()
    for number in _STOPS:
        signal.signal(number, lambda *_: tell())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TO_WORKERS)
    return stop


def _stop_signal() -> tuple[WorkerSignal, Callable[[], None]]:
    stop = WorkerSignal()
    told: list[bool] = []

    def tell() -> None:
        if not told:
            told.append(True)
            stop.set()

    return stop, tell


def _prepare(kernel: Any, told: Any) -> None:
    """In a worker: an app that cannot start says why, in the words of its mistake, and once for all workers.

    One that has started listens for the word to leave.
    """
    start, start_sync = kernel.start, kernel.start_sync

    def tell(error: SetupError) -> NoReturn:
        with told.get_lock():
            if not told.value:
                told.value = 1
                say(f"{error}\n\nThe app cannot start.", error=True)
        sys.stderr.flush()
        os._exit(CANNOT_START)  # Quietly: there is nothing to clean up, and nothing more to say.

    async def start_or_tell() -> None:
        try:
            await start()
        except SetupError as error:
            tell(error)
        if _LEAVE is None or threading.current_thread() is not threading.main_thread():
            return  # Over WSGI the loop has a thread of its own, which hears no signals; none is sent there.
        loop = asyncio.get_running_loop()
        leaving: list[asyncio.Task[None]] = []
        loop.add_signal_handler(_LEAVE, lambda: leaving.append(loop.create_task(kernel.leave(STREAM_SECONDS))))

    def start_sync_or_tell() -> None:  # over WSGI, when the first request comes
        try:
            start_sync()
        except SetupError as error:
            tell(error)

    kernel.start, kernel.start_sync = start_or_tell, start_sync_or_tell


def turn_away(listening: socket.socket) -> int:
    """Close a listening socket, and answer 503 to those who wait in its queue; how many there were."""
    listening.setblocking(False)
    with contextlib.suppress(OSError):
        listening.listen(0)  # whoever comes now is not queued any more
    waiting = []
    with contextlib.suppress(OSError):
        while True:
            waiting.append(listening.accept()[0])
    listening.close()
    for connection in waiting:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE_SECONDS)
            connection.sendall(_TRY_AGAIN)
            connection.shutdown(socket.SHUT_WR)
            # Closing with something unread would reset the connection and take the answer with it.
            while connection.recv(65_536):
                pass
    return len(waiting)


def serve_with_workers(
    load: Callable[[], Any],
    listening: socket.socket,
    *,
    kernel: Any,
    interface: str,
    workers: int,
    threads: int,
) -> None:
    """Serve with worker processes until SIGTERM or SIGINT; a worker that dies is replaced.

    `load` is called in each worker and returns the door to `kernel`. Ends with `SystemExit(1)` if workers keep dying.
    """
    if sys.platform == "linux":
        # A forked worker has the socket and shares the memory of what is loaded already.
        multiprocessing.set_start_method("fork", force=True)
    # What the app is made of lives as long as the process: the collector need not look at it again, and the pages
    # that hold it stay shared between the workers.
    gc.collect()
    gc.freeze()
    _allow_connections()
    listening.set_inheritable(True)
    host, port = listening.getsockname()[:2] if listening.family != socket.AF_UNIX else ("unix", 0)
    server = _SharedSocket(
        listening,
        address=host,
        port=port,
        interface=Interfaces(interface),
        workers=workers,
        blocking_threads=threads if interface == "wsgi" else None,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,  # HTTP/2 is spoken over TLS, which is the proxy's: to us it speaks HTTP/1.1
        http1_settings=_http1(),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
    )
    server.has_websockets = kernel.has_websockets
    told = multiprocessing.Value("b", 0)

    def load_guarded() -> Any:
        _signals.set_loop_signals, _signals.set_sync_signals = _listen_on_loop, _listen_in_thread
        _prepare(kernel, told)
        return load()

    # Only a forked worker has this kernel; those that are spawned make their own.
    server.serve(target_loader=load_guarded if sys.platform == "linux" else load, wrap_loader=False)
