"""Arounds as layers of a plan: each is a function of the request that calls the one inside.

An around may be a generator (see `around`), a plain function that answers early or lets pass (Flask's
`before_request`), or `Depends(fn)`, which runs for its effect alone. Services that an around takes are made before it
and closed after it has left.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from ..foundation.http.request import Request
from ..foundation.http.response import Response
from .around import wrap_async, wrap_async_generator, wrap_sync
from .calls import Call, made_for
from .markers import MISSING, Depends
from .services import Cleanup, Providers, close_async, close_sync, kind_of, stand_in

Around: TypeAlias = Callable[..., Any]
SyncLayer: TypeAlias = Callable[[Request], Response]
AsyncLayer: TypeAlias = Callable[[Request], Awaitable[Response]]
Respond: TypeAlias = Callable[[Any], Response]
Opened: TypeAlias = Callable[[Request], Any]


def function_of(around: Around | Depends) -> Callable[..., Any]:
    """The function of an around, which may stand in a `Depends`."""
    if isinstance(around, Depends):
        assert around.dependency is not None
        return around.dependency
    return around


def with_stand_in(around: Around | Depends, providers: Providers) -> Around | Depends:
    """An around, or what a test put in the place of its function."""
    function = function_of(around)
    if not isinstance(around, Depends) and not inspect.isroutine(function):
        return around  # A callable object, which need not be hashable.
    instead = stand_in(function, providers)
    if instead is function:
        return around
    return around.on(instead) if isinstance(around, Depends) else instead


def layer_sync(around: Around | Depends, call: Call, inner: SyncLayer, respond: Respond) -> SyncLayer:
    """`inner` inside an around, in a sync plan."""
    name = getattr(call.function, "__qualname__", "around")
    if isinstance(around, Depends):
        return _kept_sync(around, call, inner)
    if kind_of(call.function) == "value":
        return _with_services_sync(call, lambda opened: _guard_sync(opened, inner, respond))
    return _with_services_sync(call, lambda opened: wrap_sync(opened, inner, respond, name))


def layer_async(around: Around | Depends, call: Call, inner: AsyncLayer, respond: Respond) -> AsyncLayer:
    """`inner` inside an around, in an async plan."""
    name, kind = getattr(call.function, "__qualname__", "around"), kind_of(call.function)
    if isinstance(around, Depends):
        return _kept_async(around, call, inner)
    if kind == "async generator":
        return _with_services_async(call, lambda opened: wrap_async_generator(opened, inner, respond, name))
    if kind == "generator":
        return _with_services_async(call, lambda opened: wrap_async(opened, inner, respond, name))
    return _with_services_async(call, lambda opened: _guard_async(opened, inner, respond))


def _guard_sync(opened: Opened, inner: SyncLayer, respond: Respond) -> SyncLayer:
    def answer(request: Request) -> Response:
        value = opened(request)
        return inner(request) if value is None else respond(value)

    return answer


def _guard_async(opened: Opened, inner: AsyncLayer, respond: Respond) -> AsyncLayer:
    async def answer(request: Request) -> Response:
        value = opened(request)
        if isinstance(value, Awaitable):
            value = await value
        return await inner(request) if value is None else respond(value)

    return answer


# What a Depends gives is kept for the exchange: a parameter that depends on the same function is given it, and an
# inner around is passed by. It is a service like any other: what follows the `yield` of a generator cleans up.


def _kept_sync(around: Depends, call: Call, inner: SyncLayer) -> SyncLayer:
    key, use_cache, generates = around.key, around.use_cache, kind_of(call.function) == "generator"

    def answer(request: Request) -> Response:
        made = made_for(request)
        if use_cache and key in made:
            return inner(request)
        cleanups: list[Cleanup] = []
        try:
            value = call.invoke(call.prepare(request, cleanups))
            if generates:
                value = _entered(value, next(value, MISSING), cleanups)
            if use_cache:
                made[key] = value
            response = inner(request)
        except BaseException as error:
            close_sync(cleanups, error)
            raise
        close_sync(cleanups, None)
        return response

    return answer


def _kept_async(around: Depends, call: Call, inner: AsyncLayer) -> AsyncLayer:
    key, use_cache, kind = around.key, around.use_cache, kind_of(call.function)

    async def answer(request: Request) -> Response:
        made = made_for(request)
        if use_cache and key in made:
            return await inner(request)
        cleanups: list[Cleanup] = []
        try:
            value = call.invoke(await call.prepare_async(request, cleanups))
            if kind == "async generator":
                value = _entered(value, await anext(value, MISSING), cleanups)
            elif kind == "generator":
                value = _entered(value, next(value, MISSING), cleanups)
            elif isinstance(value, Awaitable):
                value = await value
            if use_cache:
                made[key] = value
            response = await inner(request)
        except BaseException as error:
            await close_async(cleanups, error)
            raise
        await close_async(cleanups, None)
        return response

    return answer


def _entered(generator: Any, value: Any, cleanups: list[Cleanup]) -> Any:
    """What a generator gave, which is closed later."""
    if value is MISSING:
        name = generator.__name__
        raise RuntimeError(
            f"{name}() ended before its yield: as Depends({name}) it gives a value. To answer early, raise an"
            f" HTTPError, or let it be an around: around=[{name}]."
        )
    cleanups.append(generator)
    return value


def _plain(call: Call) -> Opened | None:
    """How to call an around that takes nothing but the request; None if it takes more."""
    function = call.function
    if not call.parameters:
        return lambda _: function()
    return function if call.takes_request and len(call.parameters) == 1 and not call.keywords else None


def _opens(call: Call) -> Opened:
    """How to call an around whose frame was made for the request."""
    return lambda request: call.invoke(made_for(request).pop(call))


def _with_services_sync(call: Call, wrap: Callable[[Opened], SyncLayer]) -> SyncLayer:
    plain = _plain(call)
    if plain is not None:
        return wrap(plain)
    wrapped = wrap(_opens(call))

    def answer(request: Request) -> Response:
        cleanups: list[Cleanup] = []
        try:
            made_for(request)[call] = call.prepare(request, cleanups)
            response = wrapped(request)
        except BaseException as error:
            close_sync(cleanups, error)
            raise
        close_sync(cleanups, None)
        return response

    return answer


def _with_services_async(call: Call, wrap: Callable[[Opened], AsyncLayer]) -> AsyncLayer:
    plain = _plain(call)
    if plain is not None:
        return wrap(plain)
    wrapped = wrap(_opens(call))

    async def answer(request: Request) -> Response:
        cleanups: list[Cleanup] = []
        try:
            made_for(request)[call] = await call.prepare_async(request, cleanups)
            response = await wrapped(request)
        except BaseException as error:
            await close_async(cleanups, error)
            raise
        await close_async(cleanups, None)
        return response

    return answer
