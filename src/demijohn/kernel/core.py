"""The core of a plan: services are made, the handler runs, its value is made the answer, services are closed.

In this order, so that a failed commit is still an error answer: what closes a service runs after the value was encoded
and before anything is sent. Where the handler is a generator, its services live until its stream has ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

from ..foundation.http.request import Request
from ..foundation.http.response import StreamBody
from ..foundation.workers import WorkerPool
from .calls import Call
from .hops import in_thread
from .resting import resting, resting_async
from .services import Cleanup, Hop, close_async, close_sync, kind_of
from .wiring import Frame

Reply: TypeAlias = Callable[[Any, Request], Any]


def core_sync(call: Call, reply: Reply, *, throws_refusals: bool = True) -> Callable[[Request], Any]:
    """The core of a sync plan. A request that was refused is thrown here, inside of the arounds."""
    if not call.steps:

        def core(request: Request) -> Any:
            if throws_refusals and request.refusal is not None:
                raise request.refusal
            return reply(call.invoke(call.frame(request)), request)

        return core
    streams = kind_of(call.function) == "generator"

    def core_with_services(request: Request) -> Any:
        if throws_refusals and request.refusal is not None:
            raise request.refusal
        cleanups: list[Cleanup] = []
        try:
            frame = call.prepare(request, cleanups)
            value = call.invoke(frame)
            if streams:
                value, cleanups = StreamBody(resting(value, call.rests(frame)), partial(close_sync, cleanups)), []
            result = reply(value, request)
        except BaseException as error:
            close_sync(cleanups, error)
            raise
        close_sync(cleanups, None)
        return result

    return core_with_services


def core_async(
    call: Call, reply: Reply, pool: WorkerPool, *, blocking: bool, throws_refusals: bool = True
) -> Callable[[Request], Awaitable[Any]]:
    """The core of an async plan. A `def` handler runs on a worker thread there, and so do its sync services."""
    kind = kind_of(call.function)
    hop = partial(in_thread, pool) if blocking and not kind.startswith(("coroutine", "async")) else None
    if hop is not None and not call.is_async:
        return partial(hop, core_sync(call, reply, throws_refusals=throws_refusals))
    if hop is not None and kind == "value":
        return _core_visiting(call, reply, hop, throws_refusals=throws_refusals)

    async def core(request: Request) -> Any:
        if throws_refusals and request.refusal is not None:
            raise request.refusal
        cleanups: list[Cleanup] = []
        try:
            frame = await call.prepare_async(request, cleanups, hop)
            if kind == "coroutine":
                value = await call.invoke(frame)
            else:
                value = call.invoke(frame) if hop is None else await hop(call.invoke, frame)
            if kind.endswith("generator"):
                rest = resting_async if kind.startswith("async") else resting
                value = rest(value, call.rests(frame))
                value, cleanups = StreamBody(value, partial(close_async, cleanups, hop=hop)), []
            result = reply(value, request)
        except BaseException as error:
            await close_async(cleanups, error, hop=hop)
            raise
        await close_async(cleanups, None, hop=hop)
        return result

    return core


def _core_visiting(call: Call, reply: Reply, hop: Hop, *, throws_refusals: bool) -> Callable[[Request], Awaitable[Any]]:
    """The core of a `def` handler some of whose services are awaited: all that may block is one visit to a thread.

    Were it several, a handler's database connection would wait with it for the next thread, and each thread that there
    is for a connection.
    """

    def visit(request: Request, frame: Frame, cleanups: list[Cleanup]) -> Any:
        own: list[Cleanup] = []
        try:
            call.prepare_late(request, frame, cleanups, own)
            result = reply(call.invoke(frame), request)
        except BaseException as error:
            close_sync(own, error)
            raise
        close_sync(own, None)
        return result

    async def core(request: Request) -> Any:
        if throws_refusals and request.refusal is not None:
            raise request.refusal
        cleanups: list[Cleanup] = []
        try:
            frame = await call.prepare_async(request, cleanups, hop, early=True)
            result = await hop(visit, request, frame, cleanups)
        except BaseException as error:
            await close_async(cleanups, error, hop=hop)
            raise
        await close_async(cleanups, None, hop=hop)
        return result

    return core
