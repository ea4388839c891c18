"""Arounds: generators with one `yield` that wrap an exchange, written once and run by both kinds of plan.

    @app.around
    def timed(request):
        start = perf_counter()
        response = yield                                # what is inside answers
        response.headers["server-timing"] = f"app;dur={(perf_counter() - start) * 1000:.1f}"

Before the `yield`, `return` a value to answer at once; after it, `return` a replacement. A generator that must await
is an async generator; as those cannot return a value, it yields the early answer, or a second time the replacement.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any, TypeAlias

from ..foundation.http.request import Request
from ..foundation.http.response import Response

Inner: TypeAlias = Callable[[Request], Response]
AsyncInner: TypeAlias = Callable[[Request], Awaitable[Response]]
Open: TypeAlias = Callable[[Request], Generator[Any, Response, Any]]
OpenAsync: TypeAlias = Callable[[Request], AsyncGenerator[Any, Response]]
ToResponse: TypeAlias = Callable[[Any], Response]


def wrap_sync(open_around: Open, inner: Inner, respond: ToResponse, name: str) -> Inner:
    """`inner` inside a generator around, in a sync plan."""

    def answer(request: Request) -> Response:
        generator = open_around(request)
        try:
            next(generator)
        except StopIteration as early:
            return _early(early.value, respond, name)
        try:
            response = inner(request)
        except BaseException as error:
            return _thrown(generator, error, respond, name)
        return _sent(generator, response, respond, name)

    return answer


def wrap_async(open_around: Open, inner: AsyncInner, respond: ToResponse, name: str) -> AsyncInner:
    """`inner` inside a generator around, in an async plan: the generator runs on the loop and must not block."""

    async def answer(request: Request) -> Response:
        generator = open_around(request)
        try:
            next(generator)
        except StopIteration as early:
            return _early(early.value, respond, name)
        try:
            response = await inner(request)
        except BaseException as error:
            return _thrown(generator, error, respond, name)
        return _sent(generator, response, respond, name)

    return answer


def wrap_async_generator(open_around: OpenAsync, inner: AsyncInner, respond: ToResponse, name: str) -> AsyncInner:
    """`inner` inside an async generator around."""

    async def answer(request: Request) -> Response:
        generator = open_around(request)
        try:
            early = await anext(generator)
        except StopAsyncIteration:
            raise _never_yielded(name) from None
        if early is not None:
            await generator.aclose()
            return respond(early)
        try:
            response = await inner(request)
        except BaseException as error:
            return await _thrown_async(generator, error, respond, name)
        try:
            replacement = await generator.asend(response)
        except StopAsyncIteration:
            return response
        await generator.aclose()
        if replacement is None:
            raise _yielded_twice(name)
        return respond(replacement)

    return answer


async def _thrown_async(
    generator: AsyncGenerator[Any, Response], error: BaseException, respond: ToResponse, name: str
) -> Response:
    try:
        replacement = await generator.athrow(error)
    except StopAsyncIteration:
        raise _swallowed(name, error) from error
    await generator.aclose()
    if replacement is None:
        raise _yielded_twice(name)
    return respond(replacement)


def _early(value: Any, respond: ToResponse, name: str) -> Response:
    if value is None:
        raise _never_yielded(name)
    return respond(value)


def _sent(generator: Generator[Any, Response, Any], response: Response, respond: ToResponse, name: str) -> Response:
    try:
        generator.send(response)
    except StopIteration as stop:
        return response if stop.value is None else respond(stop.value)
    generator.close()
    raise _yielded_twice(name)


def _thrown(generator: Generator[Any, Response, Any], error: BaseException, respond: ToResponse, name: str) -> Response:
    try:
        generator.throw(error)
    except StopIteration as stop:
        if stop.value is None:
            raise _swallowed(name, error) from error
        return respond(stop.value)
    generator.close()
    raise _yielded_twice(name)


def _never_yielded(name: str) -> RuntimeError:
    return RuntimeError(f"The around {name}() ended before its yield and returned nothing: return a response there.")


def _yielded_twice(name: str) -> RuntimeError:
    return RuntimeError(f"The around {name}() yielded twice: an around has one yield.")


def _swallowed(name: str, error: BaseException) -> RuntimeError:
    return RuntimeError(
        f"The around {name}() caught {type(error).__name__} and returned nothing: raise it again, or return a response."
    )
