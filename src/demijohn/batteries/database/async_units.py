"""`AsyncDB`: the unit of work for `async def`, with the verbs of `DB`, awaited.

They are written once, sync, and run on the unit's own session through SQLAlchemy's greenlet bridge: no thread, no
second connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, TypeVarTuple, overload

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.selectable import TypedReturnsRows

from . import verbs
from .habits import tell_missing
from .pages import KeysetPage, Page
from .streams import AsyncStreaming
from .units import DB, can_be_key, only, or_404, statement_of

T = TypeVar("T")
T2 = TypeVar("T2")
Ts = TypeVarTuple("Ts")
P = ParamSpec("P")


class AsyncDB(AsyncStreaming):
    """A unit of work for `async def`: SQLAlchemy's `AsyncSession` with the verbs of `DB`, awaited."""

    __provided_by__ = "demijohn.database:Database"

    sync_session_class = DB

    def __init__(self, bind: AsyncEngine | None = None, **options: Any) -> None:
        super().__init__(bind, **options)

    async def run(self, work: Callable[Concatenate[DB, P], T], /, *args: P.args, **options: P.kwargs) -> T:
        """Run a sync function on this unit: it is handed a `DB` and may load as it likes, but must not
        block."""
        return await self.run_sync(work, *args, **options)  # type: ignore[arg-type]

    async def leave(self) -> None:
        """Close the unit for good, cancelled or not. One that only read has nothing to wait for, so it needs no
        task of its own."""
        if self._user is not None:
            await self.wait_until_free()
        if self.in_transaction():
            await asyncio.shield(asyncio.ensure_future(self.close()))
            self.end()
        elif self._waits_for_nothing():
            self._sync.leave()
        else:
            await self.run(DB.leave)

    async def save(self, item: T) -> T:
        """As `DB.save`."""
        self.add(item)
        await self.flush()
        return item

    async def get_or_404(self, model: type[T], key: Any, **options: Any) -> T:
        """As `DB.get_or_404`."""
        return or_404(model, await find_awaited(self, model, key, **options))

    async def read(self, into: type[T], what: Any) -> list[T]:
        """As `DB.read`."""
        found: list[T] = await self._read(into, what)
        return found

    async def read_one(self, into: type[T], what: Any) -> T | None:
        """As `DB.read_one`."""
        found: list[T] = await self._read(into, what)
        return only(found)

    @overload
    async def all(self, what: type[T]) -> list[T]: ...
    @overload
    async def all(self, what: TypedReturnsRows[T]) -> list[T]: ...
    @overload
    async def all(self, what: TypedReturnsRows[T, T2, *Ts]) -> list[Row[T, T2, *Ts]]: ...
    @overload
    async def all(self, what: Executable) -> list[Any]: ...
    async def all(self, what: Any) -> list[Any]:
        """As `DB.all`."""
        return await self.run(_all, what)

    @overload
    async def page(self, what: type[T], page: int = 1, size: int = 20, *, max_size: int = 1000) -> Page[T]: ...
    @overload
    async def page(self, what: Select[T], page: int = 1, size: int = 20, *, max_size: int = 1000) -> Page[T]: ...
    @overload
    async def page(
        self, what: Select[T, T2, *Ts], page: int = 1, size: int = 20, *, max_size: int = 1000
    ) -> Page[Row[T, T2, *Ts]]: ...
    async def page(self, what: Any, page: int = 1, size: int = 20, *, max_size: int = 1000) -> Page[Any]:
        """As `DB.page`."""
        return await self.run(_page, what, page, size, max_size)

    @overload
    async def keyset_page(
        self, what: type[T] | Select[T], cursor: str | None = None, size: int = 20, *, max_size: int = 1000
    ) -> KeysetPage[T]: ...
    @overload
    async def keyset_page(
        self, what: Select[T, T2, *Ts], cursor: str | None = None, size: int = 20, *, max_size: int = 1000
    ) -> KeysetPage[Row[T, T2, *Ts]]: ...
    async def keyset_page(
        self, what: Any, cursor: str | None = None, size: int = 20, *, max_size: int = 1000
    ) -> KeysetPage[Any]:
        """As `DB.keyset_page`."""
        return await self.run(_keyset_page, what, cursor, size, max_size)

    @overload
    async def first_or_404(self, what: type[T]) -> T: ...
    @overload
    async def first_or_404(self, what: TypedReturnsRows[T]) -> T: ...
    @overload
    async def first_or_404(self, what: TypedReturnsRows[T, T2, *Ts]) -> Row[T, T2, *Ts]: ...
    async def first_or_404(self, what: Any) -> Any:
        """As `DB.first_or_404`."""
        return await self.run(_first_or_404, what)

    async def load(self, rows: Any, *what: Any) -> None:
        """As `DB.load`."""
        await self.run(DB.load, rows, *what)

    async def exists(self, what: Any) -> bool:
        """As `DB.exists`."""
        return await self.run(DB.exists, what)

    async def count(self, what: Any, *, at_most: int | None = None) -> int:
        """As `DB.count`."""
        return await self.run(DB.count, what, at_most=at_most)

    async def get_many(self, model: type[T], keys: Iterable[Any]) -> dict[Any, T]:
        """As `DB.get_many`."""
        return await self.run(DB.get_many, model, keys)

    async def bulk_insert(self, model: type, rows: Iterable[Mapping[str, Any]]) -> int:
        """As `DB.bulk_insert`."""
        return await self.run(DB.bulk_insert, model, rows)

    async def bulk_update(self, model: type, rows: Iterable[Mapping[str, Any]]) -> None:
        """As `DB.bulk_update`."""
        await self.run(DB.bulk_update, model, rows)

    async def upsert(
        self, model: type, rows: Iterable[Mapping[str, Any]], *, by: Sequence[str], change: Sequence[str] | None = None
    ) -> None:
        """As `DB.upsert`."""
        await self.run(DB.upsert, model, rows, by=by, change=change)

    async def in_batches(self, what: Any, size: int = 500) -> AsyncIterator[list[Any]]:
        """As `DB.in_batches`, for `async for`."""
        statement, after = verbs.require_batches(statement_of(what)), None
        while batch := await self.run(verbs.next_batch, statement, after, size):
            after = verbs.key_of(batch[-1])
            await self.run(DB.pause)
            yield batch
            if len(batch) < size:
                return


async def find_awaited(db: AsyncDB, model: type[T], key: Any, **options: Any) -> T | None:
    """As `units.find`."""
    return await db.get(model, key, **options) if can_be_key(model, key) else None


tell_missing(DB, AsyncDB)


def _all(db: DB, what: Any) -> list[Any]:
    return db.all(what)


def _page(db: DB, what: Any, page: int, size: int, max_size: int) -> Page[Any]:
    return db.page(what, page, size, max_size=max_size)


def _keyset_page(db: DB, what: Any, cursor: str | None, size: int, max_size: int) -> KeysetPage[Any]:
    return db.keyset_page(what, cursor, size, max_size=max_size)


def _first_or_404(db: DB, what: Any) -> Any:
    return db.first_or_404(what)
