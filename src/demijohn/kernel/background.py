"""`BackgroundTasks`: functions that run once the answer is sent and the exchange's services are closed.

They are lost if the process dies, and nobody tries them again: for what may not be lost there are task queues.

    add_task ── handler ends ── services closed (committed) ── answer sent ── the tasks, one after another
                          └─ an error: none of them runs
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..foundation.current import request_context
from ..foundation.errors import SetupError, Where
from ..foundation.http.request import Request
from ..foundation.workers import WorkerPool
from .hops import in_thread
from .schema import name_of
from .scope import Block, Opening
from .services import kind_of

log = logging.getLogger("demijohn")

THREADS = 8


class BackgroundTasks:
    """What a handler leaves to be done after its answer: `tasks.add_task(send_mail, user.email)`.

    The tasks of one exchange run in the order of their adding, a `def` on a thread of its own pool and an `async def`
    on the event loop. None of them runs if the exchange ends with an error. One that fails is logged and keeps none of
    the others from running. A stopping app waits for them (`Timeouts.background`).
    """

    __slots__ = ("_context", "_crew", "_opener", "_request", "_works")

    def __init__(self, opener: Opening, crew: Crew, request: Request) -> None:
        self._opener = opener
        self._crew = crew
        self._request = request
        self._works: list[Work] = []

    def add_task(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Have `function(*args, **kwargs)` called after the answer.

        Parameters that are not given and have no default are services: made anew for this call, closed after it.
        SetupError DMJ0340 if nothing provides one of them.
        """
        self._works.append(Work(self._opener, self._request, function, args, kwargs))

    def start(self) -> None:
        """Called when the exchange is over."""
        works, self._works = self._works, []
        self._crew.start(works, self._request)

    def __len__(self) -> int:
        return len(self._works)

    def __repr__(self) -> str:
        return f"<BackgroundTasks {[work.name for work in self._works]}>"


def background_of(opener: Opening, crew: Crew) -> Callable[[Request], Iterator[BackgroundTasks]]:
    """What makes the tasks of an exchange, and starts them if it ends well."""

    def background(request: Request) -> Iterator[BackgroundTasks]:
        tasks = BackgroundTasks(opener, crew, request)
        yield tasks  # An error is thrown in here, and nothing is started then.
        if len(tasks):
            request.call_after(tasks.start)

    return background


class Work:
    """One task: a function with its arguments and the services that it still needs."""

    __slots__ = ("args", "block", "function", "is_async", "kwargs", "name", "needed")

    def __init__(
        self, opener: Opening, request: Request, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.name = getattr(function, "__qualname__", repr(function))
        self.is_async = kind_of(function) == "coroutine"
        self.needed = _missing(function, args, kwargs)
        self.block: Block[Any] | None = None
        if self.needed:
            for name, kind in self.needed.items():
                try:
                    opener.call_for((kind,), is_async=self.is_async)
                except SetupError as error:
                    raise _not_given(self.name, name, kind) from error
            self.block = Block(opener, request, tuple(self.needed.values()))

    def run(self) -> None:
        """Run it, in a thread."""
        if self.block is None:
            self.function(*self.args, **self.kwargs)
        else:
            with self.block as made:
                self.function(*self.args, **self.kwargs, **self._named(made))

    async def run_async(self) -> None:
        """Run it, on a loop."""
        if self.block is None:
            await self.function(*self.args, **self.kwargs)
        else:
            async with self.block as made:
                await self.function(*self.args, **self.kwargs, **self._named(made))

    def _named(self, made: Any) -> dict[str, Any]:
        return dict(zip(self.needed, made if len(self.needed) > 1 else (made,), strict=True))


class Crew:
    """What an app has running after its answers: on threads of its own, so that handlers never wait for it."""

    def __init__(self) -> None:
        self.pool = WorkerPool(THREADS, backlog=sys.maxsize)
        self._loop: Callable[[], asyncio.AbstractEventLoop] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._open = 0
        self._changed = threading.Condition()

    def use_loop(self, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        """Where async tasks run: a function, as a loop that nobody needs is not begun."""
        self._loop = loop

    def start(self, works: list[Work], request: Request) -> None:
        """Run the tasks of one exchange, one after another."""
        with self._changed:
            self._open += 1
        context = contextvars.copy_context()
        context.run(request_context.set, request)
        if not any(work.is_async for work in works):
            self.pool.submit(lambda: context.run(self._run, works))
            return
        assert self._loop is not None, "The app was not started."
        loop = self._loop()

        def begin() -> None:
            task = loop.create_task(self._run_async(works), context=context)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        loop.call_soon_threadsafe(begin)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait, in a thread, until nothing runs; False if something still does after so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, seconds)

    async def wait_async(self, seconds: float | None = None) -> bool:
        """As `wait`, on a loop."""
        end = None if seconds is None else time.monotonic() + seconds
        while self._open and (end is None or time.monotonic() < end):
            await asyncio.sleep(0.01)
        return not self._open

    def stop(self) -> None:
        """End the threads; what waits is given up, and said."""
        if self._open:
            log.warning("Background tasks of %d requests had not ended, and were given up.", self._open)
            self.pool.stop(timeout=0)
        else:
            self.pool.stop()
        for task in self._running:
            task.cancel()

    def _run(self, works: list[Work]) -> None:
        try:
            for work in works:
                with _logged(work):
                    work.run()
        finally:
            self._end()

    async def _run_async(self, works: list[Work]) -> None:
        try:
            for work in works:
                with _logged(work):
                    await (work.run_async() if work.is_async else in_thread(self.pool, work.run))
        finally:
            self._end()

    def _end(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


@contextmanager
def _logged(work: Work) -> Iterator[None]:
    """An error in this block is logged and goes no further."""
    try:
        yield
    except Exception:
        log.exception("The background task %s failed.", work.name)


def _missing(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The parameters that are neither given nor have a default, with their annotations."""
    try:
        signature = inspect.signature(function, eval_str=True)
    except (TypeError, ValueError):  # A function of C that does not say.
        return {}
    try:
        given = signature.bind_partial(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"add_task({getattr(function, '__qualname__', function)}, ...): {error}") from None
    empty, variadic = inspect.Parameter.empty, (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        name: parameter.annotation
        for name, parameter in signature.parameters.items()
        if name not in given and parameter.default is empty and parameter.kind not in variadic
    }


def _not_given(task: str, name: str, kind: Any) -> SetupError:
    annotation = "" if kind is inspect.Parameter.empty else f": {name_of(kind)}"
    return SetupError(
        "DMJ0340", f"add_task({task}, ...): {name}{annotation} is not given, and no service either.",
        fix=f"tasks.add_task({task}, ..., {name}=...)", where=Where.caller(),
    )  # fmt: skip
