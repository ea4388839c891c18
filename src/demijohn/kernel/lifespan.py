"""Starting and stopping: what runs while the app runs, once per process."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any

log = logging.getLogger("demijohn")

Manager = AbstractContextManager[Any] | AbstractAsyncContextManager[Any]


class Lifespan:
    """Context managers entered in order and left in reverse; `needs_loop` tells whether one of them is async."""

    def __init__(self, managers: Sequence[Any]) -> None:
        self._factories = [_factory(manager) for manager in managers]
        self._entered: list[Manager] = []
        self.needs_loop = any(is_async for _, is_async in self._factories)

    def start_sync(self) -> None:
        """Enter all; only where none is async."""
        assert not self.needs_loop
        try:
            for make, _ in self._factories:
                manager = make()
                manager.__enter__()
                self._entered.append(manager)
        except BaseException:
            self.stop_sync()
            raise

    def stop_sync(self) -> None:
        """Leave all, last in first out; an error of one is logged and does not keep the others from stopping."""
        while self._entered:
            manager = self._entered.pop()
            assert isinstance(manager, AbstractContextManager)
            try:
                manager.__exit__(None, None, None)
            except Exception:
                log.exception("Something failed while the app was stopping.")

    async def start(self) -> None:
        """Enter all, on the running loop."""
        try:
            for make, is_async in self._factories:
                manager = make()
                if is_async:
                    await manager.__aenter__()
                else:
                    manager.__enter__()
                self._entered.append(manager)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave all, last in first out, on the loop they were entered on."""
        while self._entered:
            manager = self._entered.pop()
            try:
                if isinstance(manager, AbstractContextManager):
                    manager.__exit__(None, None, None)
                else:
                    await manager.__aexit__(None, None, None)
            except Exception:
                log.exception("Something failed while the app was stopping.")


def _factory(manager: Any) -> tuple[Callable[[], Any], bool]:
    if isinstance(manager, AbstractContextManager):
        return (lambda: manager), False
    if isinstance(manager, AbstractAsyncContextManager):
        return (lambda: manager), True
    if inspect.isasyncgenfunction(manager):
        return asynccontextmanager(manager), True
    if inspect.isgeneratorfunction(manager):
        return contextmanager(manager), False
    if inspect.isasyncgenfunction(inspect.unwrap(manager)):
        return manager, True  # What `asynccontextmanager` has made of one.
    if inspect.iscoroutinefunction(manager):
        return asynccontextmanager(_once_async(manager)), True
    return _made(manager), False


def _made(function: Callable[[], Any]) -> Callable[[], Any]:
    """A function that returns a context manager, or one that only starts something."""

    def make() -> Any:
        made = function()
        if isinstance(made, AbstractContextManager):
            return made
        if isinstance(made, Generator):  # A lambda around a generator function, say.
            return contextmanager(lambda: made)()
        if isinstance(made, AsyncGenerator | Coroutine | AbstractAsyncContextManager):
            name = getattr(function, "__qualname__", "lifespan")
            raise TypeError(f"The lifespan {name}() returns what must be awaited: make it an async generator itself.")
        return contextmanager(_nothing)()

    return make


def _nothing() -> Generator[None, None, None]:
    yield


def _once_async(function: Callable[[], Any]) -> Callable[[], Any]:
    async def run() -> Any:
        await function()
        yield

    return run
