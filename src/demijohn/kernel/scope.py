"""`Scope`: services for a block of code, made at its beginning and closed (committed) at its end.

A handler's services live as long as its exchange. A WebSocket lives for hours, and whoever streams or works in the
background outlives the answer: they open a unit of work for as long as they need one.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar, cast, overload

from ..foundation.errors import SetupError, Where
from ..foundation.http.request import Request
from .schema import name_of
from .services import Cleanup, close_async, close_sync

T = TypeVar("T")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
R = TypeVar("R")


class Scope:
    """Opens blocks with services of their own: `async with scope(AsyncDB) as db:`, `with scope(DB) as db:`.

    Several types give a tuple. They are made by the providers that serve handlers, shared within the block, and closed
    innermost first at its end: they see the error that ended it, or none. What lives as long as the app is not made
    anew.
    """

    __slots__ = ("_opener", "_request")

    def __init__(self, opener: Opening, request: Request) -> None:
        self._opener = opener
        self._request = request

    @overload
    def __call__(self, kind: type[T], /) -> Block[T]: ...
    @overload
    def __call__(self, kind: type[T], kind2: type[T2], /) -> Block[tuple[T, T2]]: ...
    @overload
    def __call__(self, kind: type[T], kind2: type[T2], kind3: type[T3], /) -> Block[tuple[T, T2, T3]]: ...
    @overload
    def __call__(
        self, kind: type[T], kind2: type[T2], kind3: type[T3], kind4: type[T4], /, *more: type
    ) -> Block[tuple[T, T2, T3, T4]]: ...
    @overload
    def __call__(self, *kinds: Any) -> Block[Any]: ...
    def __call__(self, *kinds: Any) -> Block[Any]:
        """A block with these services, to be entered by `with` or `async with`, once."""
        if not kinds:
            raise TypeError("scope() takes the types of services: async with scope(AsyncDB) as db: ...")
        return Block(self._opener, self._request, kinds)


class Block(Generic[R]):
    """One block: its services are made when it is entered."""

    __slots__ = ("_cleanups", "_kinds", "_opener", "_request")

    def __init__(self, opener: Opening, request: Request, kinds: tuple[Any, ...]) -> None:
        self._opener = opener
        self._request = request
        self._kinds = kinds
        self._cleanups: list[Cleanup] = []

    def __enter__(self) -> R:
        call = self._opener.call_for(self._kinds, is_async=_on_loop())
        if call.is_async:
            raise _needs_await(self._kinds)
        try:
            return self._result(call.invoke(call.prepare(self._request, self._cleanups, {})))
        except BaseException as error:
            close_sync(self._cleanups, error)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close_sync(self._cleanups, error)

    async def __aenter__(self) -> R:
        call = self._opener.call_for(self._kinds, is_async=True)
        try:
            frame = await call.prepare_async(self._request, self._cleanups, shared={})
            return self._result(call.invoke(frame))
        except BaseException as error:
            await close_async(self._cleanups, error)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await close_async(self._cleanups, error)

    def _result(self, services: tuple[Any, ...]) -> R:
        return cast("R", services[0] if len(services) == 1 else services)


class Opening(Protocol):
    """What makes the services of blocks: it knows the providers."""

    def call_for(self, kinds: tuple[Any, ...], *, is_async: bool) -> Any: ...


def _on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _needs_await(kinds: tuple[Any, ...]) -> SetupError:
    names = ", ".join(map(name_of, kinds))
    return SetupError(
        "DMJ0322", f"with scope({names}): these services have to be awaited.",
        fix=f"async with scope({names}) as ...: ...", where=Where.caller(),
    )  # fmt: skip
