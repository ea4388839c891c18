"""Services for what runs at the start: an `@app.lifespan` function asks for them by annotation, as a handler does.

They belong to the start alone: they are closed when its function has returned, or has come to its `yield`, so that a
database transaction never lasts as long as the app. What both halves need is of scope `app`, or made by the function
itself.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.request import Request
from .calls import Call
from .levels import Level
from .parts import Parts
from .services import Cleanup, close_async, close_sync, kind_of

_FOR_REQUESTS = ("request", "body", "path", "query", "header", "cookie", "form", "file", "stream", "background")


def with_services(manager: Any, parts: Parts, level: Level | None = None) -> Any:
    """A lifespan function that takes no parameters, out of one that asks for services; anything else as it is.

    `level` is what it sees of them: None is what the app does.
    """
    if not inspect.isroutine(manager) or not inspect.signature(manager).parameters:
        return manager
    kind = kind_of(manager)
    is_async = kind in ("coroutine", "async generator")
    call = Call(manager, parts.surroundings((), level, is_async), parts.singletons)
    _check(call, is_async=is_async)
    return _async(call, kind) if is_async else _sync(call, kind)


def _check(call: Call, *, is_async: bool) -> None:
    where, name = Where.of(call.function), call.function.__name__
    asked = [parameter.name for parameter in call.parameters if parameter.source in _FOR_REQUESTS]
    if asked:
        raise SetupError(
            "DMJ0315", f"The lifespan {name}() asks for {', '.join(asked)}, but at the start there is no request.",
            fix="Ask for services alone: a Config class, DB, or what @app.provide makes.", where=where,
        )  # fmt: skip
    if call.is_async and not is_async:
        raise SetupError(
            "DMJ0316", f"The lifespan {name}() is a plain def, but asks for a service that has to be awaited.",
            fix=f"async def {name}(...)", where=where,
        )  # fmt: skip


def _no_request() -> Request:
    """Carries the services of one start, which are kept on requests."""
    return Request(None, "GET", "/", "")


def _sync(call: Call, kind: str) -> Callable[[], Any]:
    def start() -> Generator[None, None, None]:
        cleanups: list[Cleanup] = []
        try:
            made = call.invoke(call.prepare(_no_request(), cleanups))
            manager: AbstractContextManager[Any] = nullcontext()
            if kind == "generator":
                manager = contextmanager(lambda: made)()
            elif isinstance(made, AbstractContextManager):
                manager = made
            manager.__enter__()
        except BaseException as error:
            close_sync(cleanups, error)
            raise
        with _entered(manager):
            close_sync(cleanups, None)
            yield

    return start


def _async(call: Call, kind: str) -> Callable[[], Any]:
    async def start() -> AsyncGenerator[None, None]:
        cleanups: list[Cleanup] = []
        try:
            made = call.invoke(await call.prepare_async(_no_request(), cleanups))
            manager: Any = asynccontextmanager(lambda: made)() if kind == "async generator" else nullcontext(await made)
            await manager.__aenter__()
        except BaseException as error:
            await close_async(cleanups, error)
            raise
        try:
            await close_async(cleanups, None)
            yield
        finally:
            await manager.__aexit__(None, None, None)

    return start


@contextmanager
def _entered(manager: AbstractContextManager[Any]) -> Generator[None, None, None]:
    """Leave a manager that was entered already, without an error, as lifespans are left."""
    try:
        yield
    finally:
        manager.__exit__(None, None, None)
