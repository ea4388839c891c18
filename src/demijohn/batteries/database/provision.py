"""Units of work for whoever asks: `DB` and `AsyncDB` of each database of an app, by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from demijohn.kernel.battery import Offers, Setup
from demijohn.kernel.services import Binding

from .async_units import AsyncDB
from .engines import Engines
from .units import DB


class AsyncReady:
    """Engines whose async driver is known to be there: asked for by whoever makes an `AsyncDB`.

    It is bound, not provided, because a binder is called when the app is sealed, and only if some handler
    leads to it: so a missing async driver is told at start, and only to those who need it.
    """


class Neighbours:
    """The other databases of an app, for units that meet models which live there."""

    def __init__(self, own: Engines, offered: Offers[Engines]) -> None:
        self._own = own
        self._offered = offered

    @cached_property
    def sync(self) -> Mapping[str, Callable[[], Engine]]:
        """What gives the engines of `DB`, by the names of their databases."""
        return {each.name: lambda each=each: each.sync for each in self._offered if each is not self._own}  # type: ignore[misc]

    @cached_property
    def asynchronous(self) -> Mapping[str, Callable[[], Engine]]:
        """The same for `AsyncDB`."""
        return {
            each.name: lambda each=each: each.asynchronous.sync_engine  # type: ignore[misc]
            for each in self._offered
            if each is not self._own
        }


def provide_units(setup: Setup, engines: Engines, name: str | None, options: Mapping[str, Any]) -> None:
    """One unit of work for each exchange, under its own and under SQLAlchemy's name."""
    neighbours = Neighbours(engines, setup.offers(Engines))
    ready = type("AsyncReady", (AsyncReady,), {})

    def make_db() -> Iterator[DB]:
        # Commit before the answer is sent: services are closed when it is encoded.
        db = DB(engines.sync, neighbours=neighbours.sync, **options)
        try:
            yield db
            db.finish()
        finally:
            db.leave()

    async def make_async_db(_: Any) -> AsyncIterator[AsyncDB]:
        db = AsyncDB(engines.asynchronous, neighbours=neighbours.asynchronous, **options)
        try:
            yield db
            await db.finish()
        finally:
            await db.leave()

    def bind_ready(annotation: Any, **_: Any) -> Binding | None:
        if annotation is not ready:
            return None
        engines.check_driver(asynchronous=True)
        return Binding(None, (), ready)

    make_async_db.__annotations__["_"] = ready
    setup.bind(ready, bind_ready)
    setup.provide(DB, make_db, only="sync", name=name, rest=DB.pause)
    setup.provide(Session, _same(DB, Session, name), only="sync", name=name)
    setup.provide(AsyncDB, make_async_db, only="async", name=name, rest=AsyncDB.pause)
    setup.provide(AsyncSession, _same(AsyncDB, AsyncSession, name), only="async", name=name)


def _same(kind: type, known_as: type, name: str | None) -> Callable[..., Any]:
    """A provider of the same unit under SQLAlchemy's name."""

    def same_unit(db: Any) -> Any:
        return db

    same_unit.__annotations__ = {"db": kind if name is None else Annotated[kind, name], "return": known_as}
    return same_unit
