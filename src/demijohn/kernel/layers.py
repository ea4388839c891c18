"""Arounds as layers of a plan: each is a function of the request that calls the one inside.

An around may be a generator (see `around`), a plain function that answers early or lets pass (Flask's
`before_request`), or `Depends(fn)`, which runs for its effect alone. Services that an around takes are made before it
and closed after it has left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from ..foundation.http.request import Request
from ..foundation.http.response import Response
from .around import wrap_async, wrap_async_generator, wrap_sync
from .calls import Call, made_for
from .markers import Depends
from .services import Cleanup, close_async, close_sync, kind_of

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


def layer_sync(around: Around | Depends, call: Call, inner: SyncLayer, respond: Respond) -> SyncLayer:
    """`inner` inside an around, in a sync plan."""
    name = getattr(call.function, "__qualname__", "around")
    if kind_of(call.function) == "value":
        if isinstance(around, Depends):
            kept = _with_services_sync(call, lambda opened: _keep_sync(around, opened, inner))
            return _once_sync(around, kept, inner)
        return _with_services_sync(call, lambda opened: _guard_sync(opened, inner, respond))
    return _with_services_sync(call, lambda opened: wrap_sync(opened, inner, respond, name))


def layer_async(around: Around | Depends, call: Call, inner: AsyncLayer, respond: Respond) -> AsyncLayer:
    """`inner` inside an around, in an async plan."""
    name, kind = getattr(call.function, "__qualname__", "around"), kind_of(call.function)
    ignores = isinstance(around, Depends)
    if kind == "async generator":
        return _with_services_async(
            call, lambda opened: wrap_async_generator(opened, inner, respond, name, ignores=ignores)
        )
    if kind == "generator":
        return _with_services_async(call, lambda opened: wrap_async(opened, inner, respond, name))
    if isinstance(around, Depends):
        kept = _with_services_async(call, lambda opened: _keep_async(around, opened, inner))
        return _once_async(around, kept, inner)
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
# inner around is passed by.


def _keep_sync(around: Depends, opened: Opened, inner: SyncLayer) -> SyncLayer:
    key = around.key

    def answer(request: Request) -> Response:
        value = opened(request)
        if around.use_cache:
            made_for(request)[key] = value
        return inner(request)

    return answer


def _keep_async(around: Depends, opened: Opened, inner: AsyncLayer) -> AsyncLayer:
    key = around.key

    async def answer(request: Request) -> Response:
        value = opened(request)
        if isinstance(value, Awaitable):
            value = await value
        if around.use_cache:
            made_for(request)[key] = value
        return await inner(request)

    return answer


def _once_sync(around: Depends, layer: SyncLayer, inner: SyncLayer) -> SyncLayer:
    if not around.use_cache:
        return layer
    key = around.key
    return lambda request: inner(request) if key in made_for(request) else layer(request)


def _once_async(around: Depends, layer: AsyncLayer, inner: AsyncLayer) -> AsyncLayer:
    if not around.use_cache:
        return layer
    key = around.key
    return lambda request: inner(request) if key in made_for(request) else layer(request)


def _plain(call: Call) -> Opened | None:
    """How to call an around that takes nothing but the request; None if it takes more."""
    function = call.function
    if not call.parameters:
        return lambda _: function()
    return function if call.takes_request and len(call.parameters) == 1 and not call.keywords else None


def _with_services_sync(call: Call, wrap: Callable[[Opened], SyncLayer]) -> SyncLayer:
    plain = _plain(call)
    if plain is not None:
        return wrap(plain)

    def answer(request: Request) -> Response:
        cleanups: list[Cleanup] = []
        try:
            frame = call.prepare(request, cleanups)
            response = wrap(lambda _: call.invoke(frame))(request)
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

    async def answer(request: Request) -> Response:
        cleanups: list[Cleanup] = []
        try:
            frame = await call.prepare_async(request, cleanups)
            response = await wrap(lambda _: call.invoke(frame))(request)
        except BaseException as error:
            await close_async(cleanups, error)
            raise
        await close_async(cleanups, None)
        return response

    return answer
