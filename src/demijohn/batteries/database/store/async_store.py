"""`AsyncSQLStore`: `SQLStore` for `async def`, by the same code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from sqlalchemy import Select

from demijohn.batteries.stores import EVERYTHING, PAGE_SIZE, Can, Deletion, Key, Query, Shape, StorePage

from ..async_units import AsyncDB
from .sql_store import SQLStore

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


class AsyncSQLStore(Generic[T]):
    """The methods of `SQLStore`, awaited, on an `AsyncDB`: `posts: AsyncSQLStore[Post]`.

    `key`, `version`, `shape` and `can` ask nobody, and are plain.
    """

    __provided_by__ = "demijohn.database:Database"

    base: ClassVar[Select[Any] | None] = None

    def __init__(self, model: type[T], db: AsyncDB) -> None:
        self.model = model
        self.db = db
        self._store = SQLStore(model, db.sync_session)
        self._store.base = self.base  # type: ignore[misc]

    @property
    def shape(self) -> Shape:
        """What the rows look like."""
        return self._store.shape

    @property
    def can(self) -> Can:
        """What this store can do."""
        return self._store.can

    def key(self, item: T) -> Key:
        """The primary key."""
        return self._store.key(item)

    def version(self, item: T) -> str:
        """As `SQLStore.version`."""
        return self._store.version(item)

    async def page(
        self, query: Query = EVERYTHING, *, size: int = PAGE_SIZE, number: int | None = None, after: str = ""
    ) -> StorePage[T]:
        """As `SQLStore.page`."""
        return await self._run(self._store.page, query, size=size, number=number, after=after)

    async def many(self, keys: Iterable[Key], query: Query = EVERYTHING) -> list[T]:
        """As `SQLStore.many`."""
        return await self._run(self._store.many, keys, query)

    async def create(self, values: Mapping[str, object]) -> T:
        """As `SQLStore.create`."""
        return await self._run(self._store.create, values)

    async def update(self, item: T, values: Mapping[str, object], *, version: str = "") -> T:
        """As `SQLStore.update`."""
        return await self._run(self._store.update, item, values, version=version)

    async def delete(self, items: Sequence[T], *, dry: bool = False) -> Deletion:
        """As `SQLStore.delete`."""
        return await self._run(self._store.delete, items, dry=dry)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[None]:
        """A savepoint: what is done in the block is done, or undone, together."""
        async with self.db.begin_nested():
            yield

    async def _run(self, work: Callable[P, R], /, *args: P.args, **options: P.kwargs) -> R:
        """On the unit's own session, in a greenlet that waits where the driver does."""
        return await self.db.run(lambda _: work(*args, **options))
