"""`DB` and `AsyncDB`: SQLAlchemy's sessions, with a few verbs that every app writes otherwise.

The verbs are written once, sync; `AsyncDB` runs them on its own session through SQLAlchemy's greenlet bridge:
no thread, no second connection. A connection is taken at the first query, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, TypeVarTuple, overload

from sqlalchemy import BigInteger, ColumnElement, Integer, Result, Row, Select, SmallInteger, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, class_mapper
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.selectable import TypedReturnsRows

from demijohn.foundation.http.errors import NotFound

from .loading import tell_unloaded
from .naming import snake_case
from .pages import Page

T = TypeVar("T")
T2 = TypeVar("T2")
Ts = TypeVarTuple("Ts")
P = ParamSpec("P")


class DB(Session):
    """A unit of work: SQLAlchemy's `Session` with verbs. Objects stay readable after the commit."""

    __provided_by__ = "demijohn.database:Database"

    def __init__(self, bind: Any = None, **options: Any) -> None:
        options.setdefault("expire_on_commit", False)
        super().__init__(bind, **options)

    def save(self, item: T) -> T:
        """Add an object and send it to the database now, so that its key is there; not yet committed."""
        self.add(item)
        self.flush()
        return item

    def get_or_404(self, model: type[T], key: Any, **options: Any) -> T:
        """The object with that key (a tuple, if the key has several columns); raises `NotFound`.

        A key that the column could not hold is not found either, rather than an error of the database.
        """
        found = find(self, model, key, **options)
        if found is None:
            raise NotFound(f"There is no such {snake_case(model.__name__).replace('_', ' ')}.")
        return found

    @overload
    def all(self, what: type[T]) -> list[T]: ...
    @overload
    def all(self, what: TypedReturnsRows[T]) -> list[T]: ...
    @overload
    def all(self, what: TypedReturnsRows[T, T2, *Ts]) -> list[Row[T, T2, *Ts]]: ...
    @overload
    def all(self, what: Executable) -> list[Any]: ...
    def all(self, what: Any) -> list[Any]:
        """All results of a statement or of a model, as a list: rows, or what is in them if that is one
        thing."""
        return _listed(self.execute(_statement(what)))

    @overload
    def page(
        self,
        what: type[T],
        page: int = 1,
        size: int = 20,
        *,
        max_size: int = 1000,
    ) -> Page[T]: ...
    @overload
    def page(
        self,
        what: Select[T],
        page: int = 1,
        size: int = 20,
        *,
        max_size: int = 1000,
    ) -> Page[T]: ...
    @overload
    def page(
        self, what: Select[T, T2, *Ts], page: int = 1, size: int = 20, *, max_size: int = 1000
    ) -> Page[Row[T, T2, *Ts]]: ...
    def page(self, what: Any, page: int = 1, size: int = 20, *, max_size: int = 1000) -> Page[Any]:
        """One page of a statement or of a model (which goes by its key), and how many there are.

        Numbers may come straight from a visitor: a page that does not exist raises `NotFound`, `size` is
        brought between 1 and `max_size`. Order the statement by something unique, or rows may show twice or
        never.
        """
        size = min(max(1, size), max_size)
        statement = _pageable(what)
        total = self.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
        empty: Page[Any] = Page(items=[], page=page, size=size, total=total)
        if not 1 <= page <= empty.pages:
            raise NotFound(f"There is no such page: the last is {empty.pages}.")
        if not total:
            return empty
        rows = _listed(self.execute(statement.limit(size).offset((page - 1) * size)))
        return Page(items=rows, page=page, size=size, total=total)


tell_unloaded(DB)


class AsyncDB(AsyncSession):
    """A unit of work for `async def`: SQLAlchemy's `AsyncSession` with the verbs of `DB`, awaited."""

    __provided_by__ = "demijohn.database:Database"

    sync_session_class = DB

    def __init__(self, bind: AsyncEngine | None = None, **options: Any) -> None:
        super().__init__(bind, **options)

    async def run(self, work: Callable[Concatenate[DB, P], T], /, *args: P.args, **options: P.kwargs) -> T:
        """Run a sync function on this unit: it is handed a `DB` and may load as it likes, but must not
        block."""
        return await self.run_sync(work, *args, **options)  # type: ignore[arg-type]

    async def save(self, item: T) -> T:
        """As `DB.save`."""
        self.add(item)
        await self.flush()
        return item

    async def get_or_404(self, model: type[T], key: Any, **options: Any) -> T:
        """As `DB.get_or_404`."""
        return await self.run(_get_or_404, model, key, options)

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


def find(db: Session, model: type[T], key: Any, **options: Any) -> T | None:
    """The object with that key, or `None`; also for a key that the columns could not hold."""
    return db.get(model, key, **options) if _can_be_key(model, key) else None


def _get_or_404(db: DB, model: type[T], key: Any, options: dict[str, Any]) -> T:
    return db.get_or_404(model, key, **options)


def _all(db: DB, what: Any) -> list[Any]:
    return db.all(what)


def _page(db: DB, what: Any, page: int, size: int, max_size: int) -> Page[Any]:
    return db.page(what, page, size, max_size=max_size)


def _statement(what: Any) -> Any:
    return select(what) if isinstance(what, type) else what


def _pageable(what: Any) -> Any:
    if isinstance(what, type):
        return select(what).order_by(*class_mapper(what).primary_key)
    if what._limit_clause is not None or what._offset_clause is not None:
        raise ValueError("page() sets limit and offset itself: leave them out of the statement.")
    return what


def _listed(result: Result[Any]) -> list[Any]:
    # Joined eager loading of a collection repeats its parent; SQLAlchemy wants to be told to mend that.
    if getattr(result, "_unique_filter_state", None):
        result = result.unique()
    return list(result.scalars() if len(result.keys()) == 1 else result)


_BITS = ((BigInteger, 63), (SmallInteger, 15), (Integer, 31))


def _can_be_key(model: type, key: Any) -> bool:
    """Whether columns of the key's types could hold these values: databases answer the rest with errors."""
    parts = key.values() if isinstance(key, dict) else key if isinstance(key, tuple | list) else (key,)
    columns = class_mapper(model).primary_key
    return all(_can_hold(column, part) for column, part in zip(columns, parts, strict=False))


def _can_hold(column: ColumnElement[Any], value: Any) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        bits = next((size for kind, size in _BITS if isinstance(column.type, kind)), 63)
        return value.bit_length() <= bits
    return True


def _is_text(value: str) -> bool:
    """Text that every database stores: PostgreSQL refuses NUL, and lone surrogates have no UTF-8."""
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
