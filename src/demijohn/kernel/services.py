"""Services: things that a parameter gets by asking for their type.

A provider is a function. What it returns is the service; if it is a generator, what it yields is, and what follows the
`yield` cleans up. `exchange` services are made once per request that asks for them and closed, innermost first, when
the answer is encoded; `app` services are made once per process, at the first asking, and closed when the app stops.
"""

from __future__ import annotations

import functools
import inspect
import logging
import threading
import types
import typing
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from ..foundation.errors import SetupError, Where

log = logging.getLogger("demijohn")

ServiceKey: TypeAlias = tuple[type, str | None]
Providers: TypeAlias = Mapping[ServiceKey, "Provider"]
Lifetime = Literal["exchange", "app"]
Source: TypeAlias = Literal["path", "query", "body"]
Hop: TypeAlias = Callable[..., Awaitable[Any]]
Cleanup: TypeAlias = Generator[Any, None, None] | AsyncGenerator[Any, None]

ASYNC_KINDS = ("coroutine", "async generator")


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """How a service is made: `factory`, for how long (`scope`), and in which kind of plan it may be (`only`).

    `level` is what its factory sees, if a blueprint brought it; None for the app's and its batteries'. `rest` is called
    with the service each time a streaming handler hands out a piece, and may be a coroutine function. `stands_in` tells
    that a test put it in the place of another, or of a function that something depends on.
    """

    key: ServiceKey
    factory: Callable[..., Any]
    scope: Lifetime
    where: Where
    only: Literal["sync", "async"] | None = None
    level: Any = None
    rest: Callable[[Any], Any] | None = None
    stands_in: bool = False

    @property
    def kind(self) -> str:
        """`value`, `generator`, `coroutine` or `async generator`."""
        return kind_of(self.factory)

    @property
    def is_async(self) -> bool:
        """Whether making it takes an `await`."""
        return self.kind in ASYNC_KINDS


@dataclass(frozen=True, slots=True)
class Binding:
    """What a binder decided for one parameter.

    `takes` is the type of what the client sends for it, read from the path or the query by the parameter's name (None
    if nothing), or, with `from_body`, as the body of the request; `needs` the services that `make` is handed after that
    value. `make` may be a coroutine function.
    """

    takes: Any
    needs: tuple[type, ...]
    make: Callable[..., Any]
    from_body: bool = False


class Binder(Protocol):
    """Makes a kind of parameter, without the kernel knowing it; asked once per parameter, when the app is sealed.

    `source` is "path" for a name of the path, "body" where the parameter is marked `Body()` (then `annotation` is the
    whole `Annotated[T, Body(...)]`, and `T` may be a list of the kind), and "query" for all others. The `qualifier` of
    `Annotated[T, "reports"]` is given to those that have a parameter of that name, where there is one.
    """

    def __call__(
        self, annotation: Any, *, name: str, source: Source, optional: bool, is_async: bool
    ) -> Binding | None: ...


def stand_in(function: Any, providers: Providers) -> Any:
    """What a test put in the place of a function that something depends on; the function itself, if nothing."""
    provider = providers.get((function, None))
    return function if provider is None or not provider.stands_in else provider.factory


def kind_of(function: Callable[..., Any]) -> str:
    """What calling a function gives: `value`, `generator`, `coroutine` or `async generator`."""
    target = inspect.unwrap(function)
    while isinstance(target, functools.partial):
        target = inspect.unwrap(target.func)
    if not inspect.isroutine(target) and not isinstance(target, type):
        target = getattr(target, "__call__", target)  # noqa: B004 - an object with __call__
    if inspect.isasyncgenfunction(target):
        return "async generator"
    if inspect.iscoroutinefunction(target):
        return "coroutine"
    return "generator" if inspect.isgeneratorfunction(target) else "value"


def provided_type(factory: Callable[..., Any], where: Where) -> type:
    """The type that a factory says it makes: its return annotation, or what its generator yields."""
    if isinstance(factory, type):
        return factory
    try:
        made = typing.get_type_hints(factory).get("return")
    except NameError:
        made = None
    origin = typing.get_origin(made)
    if isinstance(origin, type) and kind_of(factory) in ("generator", "async generator"):
        made = (typing.get_args(made) or (None,))[0]
    if isinstance(made, type) and made is not types.NoneType:
        return typing.get_origin(made) or made
    name = getattr(factory, "__name__", "provider")
    raise SetupError(
        "DMJ0310", f"{name}() does not say what it provides.",
        fix=f"Annotate what it returns: def {name}() -> Clock. A generator: -> Iterator[Clock].", where=where,
    )  # fmt: skip


class Singletons:
    """The services of scope `app`: made once, under a lock, and closed in reverse order."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._values: dict[Provider, Any] = {}
        self._cleanups: list[Generator[Any, None, None]] = []

    def get(self, provider: Provider, make: Callable[[], Any]) -> Any:
        """The service of a provider; `make` calls its factory, with its arguments."""
        if provider not in self._values:
            with self._lock:
                if provider not in self._values:
                    value = make()
                    if provider.kind == "generator":
                        self._cleanups.append(value)
                        value = next(value)
                    self._values[provider] = value
        return self._values[provider]

    def close(self) -> None:
        """Run what follows the `yield` of generator factories; one that fails is logged, and stops no other."""
        while self._cleanups:
            generator = self._cleanups.pop()
            try:
                for _ in generator:
                    generator.close()
            except Exception:
                log.exception("A service of the app failed while it was closed.")
        self._values.clear()


def close_sync(cleanups: list[Cleanup], error: BaseException | None) -> None:
    """Close services, innermost first; an error of one is seen by those further out, and raised at the end."""
    first = error
    while cleanups:
        generator = cleanups.pop()
        assert isinstance(generator, Generator)
        try:
            _finish(generator, error)
        except BaseException as raised:
            error = raised
    if error is not None and error is not first:
        raise error


async def close_async(cleanups: list[Cleanup], error: BaseException | None, hop: Hop | None = None) -> None:
    """As `close_sync`, for a plan that may await; `hop` takes what may block to a worker thread."""
    first = error
    while cleanups:
        generator = cleanups.pop()
        try:
            if isinstance(generator, Generator):
                if hop is None:
                    _finish(generator, error)
                else:
                    await hop(_finish, generator, error)
            else:
                await _finish_async(generator, error)
        except BaseException as raised:
            error = raised
    if error is not None and error is not first:
        raise error


def _finish(generator: Generator[Any, None, None], error: BaseException | None) -> None:
    try:
        if error is None:
            next(generator)
        else:
            generator.throw(error)
    except StopIteration:
        # A provider that swallows an error does not undo it: the exchange has failed all the same.
        return
    except BaseException as raised:
        if raised is error:
            return
        raise
    generator.close()
    raise _yielded_twice(generator)


async def _finish_async(generator: AsyncGenerator[Any, None], error: BaseException | None) -> None:
    try:
        if error is None:
            await anext(generator)
        else:
            await generator.athrow(error)
    except StopAsyncIteration:
        return
    except BaseException as raised:
        if raised is error:
            return
        raise
    await generator.aclose()
    raise _yielded_twice(generator)


def _yielded_twice(generator: Any) -> RuntimeError:
    name = getattr(generator, "__name__", "provider")
    return RuntimeError(f"The provider {name}() yielded twice: one yield, then the clean-up.")
