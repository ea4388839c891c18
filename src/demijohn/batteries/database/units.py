"""`DB`: SQLAlchemy's session, with a few verbs that every app writes otherwise.

They are written once, sync; `AsyncDB` runs them on its own session. A connection is taken at the first query, not
before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, TypeVarTuple, overload
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, ColumnElement, Integer, Result, Row, Select, SmallInteger, select
from sqlalchemy.orm import Session, class_mapper
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.selectable import TypedReturnsRows

from demijohn.foundation.http.errors import NotFound

from . import keyset, verbs
from .by_key import find_by_key, is_one_key
from .loading import hear_loading
from .mixins import hide_deleted
from .naming import snake_case
from .pages import KeysetPage, Page
from .queries import Asked
from .reading import read
from .streams import Streaming
from .validation import validate_flushes

T = TypeVar("T")
T2 = TypeVar("T2")
Ts = TypeVarTuple("Ts")
P = ParamSpec("P")


class DB(Streaming):
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

    if not TYPE_CHECKING:  # where it is SQLAlchemy's, with all its types

        def get(self, entity: Any, ident: Any, **options: Any) -> Any:
            """As `Session.get`; a plain object that is not there yet comes past the session."""
            if not is_one_key(entity, ident, options):
                return super().get(entity, ident, **options)
            return find_by_key(self, entity, ident, lambda: super(DB, self).get(entity, ident))

    def get_or_404(self, model: type[T], key: Any, **options: Any) -> T:
        """The object with that key (a tuple, if the key has several columns); raises `NotFound`.

        A key that the column could not hold is not found either, rather than an error of the database.
        """
        return or_404(model, find(self, model, key, **options))

    @overload
    def first_or_404(self, what: type[T]) -> T: ...
    @overload
    def first_or_404(self, what: TypedReturnsRows[T]) -> T: ...
    @overload
    def first_or_404(self, what: TypedReturnsRows[T, T2, *Ts]) -> Row[T, T2, *Ts]: ...
    def first_or_404(self, what: Any) -> Any:
        """The first result of a statement, query or model (which goes by its key); raises `NotFound`."""
        found = _listed(self.execute(_first(what)))
        if not found:
            raise NotFound("There is no such thing here.")
        return found[0]

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
        return _listed(self.execute(statement_of(what)))

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
        total = verbs.count(self, statement.order_by(None), None)
        empty: Page[Any] = Page(items=[], page=page, size=size, total=total)
        if not 1 <= page <= empty.pages:
            raise NotFound(f"There is no such page: the last is {empty.pages}.")
        if not total:
            return empty
        rows = _listed(self.execute(statement.limit(size).offset((page - 1) * size)))
        return Page(items=rows, page=page, size=size, total=total)

    @overload
    def keyset_page(
        self, what: type[T] | Select[T], cursor: str | None = None, size: int = 20, *, max_size: int = 1000
    ) -> KeysetPage[T]: ...
    @overload
    def keyset_page(
        self, what: Select[T, T2, *Ts], cursor: str | None = None, size: int = 20, *, max_size: int = 1000
    ) -> KeysetPage[Row[T, T2, *Ts]]: ...
    def keyset_page(
        self, what: Any, cursor: str | None = None, size: int = 20, *, max_size: int = 1000
    ) -> KeysetPage[Any]:
        """The page of a statement or of a model at a cursor; the first without one.

        A cursor is `next` or `previous` of another page. Pages go by the values that the statement is ordered by
        (and by the key, which is added), so that rows that come or go meanwhile shift nothing, and the last page
        costs no more than the first; nothing is counted. Cursors may come straight from a visitor: one that this
        statement has not made raises `NotFound`. They can be read: order by nothing that is a secret. Raises
        `ValueError` for statements with DISTINCT, GROUP BY or a limit.
        """
        return keyset.keyset_page(self, statement_of(what), cursor, min(max(1, size), max_size))

    def read(self, into: type[T], what: Any) -> list[T]:
        """The rows of a statement, model or `query`, each as an `into`: a Schema or dataclass that is filled
        by its fields' names, and nothing else is asked of the database.

        A plain select costs little more than the driver does: no object is made but the answer. The values are
        not validated again. Raises `TypeError` for fields that the statement does not select.
        """
        return read(self, into, what)

    def read_one(self, into: type[T], what: Any) -> T | None:
        """The one row, as `read` gives it, or `None`; raises `ValueError` if there are more."""
        return only(read(self, into, what))

    def exists(self, what: Any) -> bool:
        """Whether a statement, query or model has any row."""
        return verbs.exists(self, statement_of(what))

    def count(self, what: Any, *, at_most: int | None = None) -> int:
        """How many rows there are; counting stops at `at_most`, which a pager seldom needs more than."""
        return verbs.count(self, statement_of(what), at_most)

    def get_many(self, model: type[T], keys: Iterable[Any]) -> dict[Any, T]:
        """The objects with these keys, by key, in the order of the keys; those that are not there are left out.

        A key of several columns is a tuple.
        """
        return verbs.get_many(self, model, [key for key in keys if can_be_key(model, key)])

    def bulk_insert(self, model: type, rows: Iterable[Mapping[str, Any]]) -> int:
        """Insert rows, given as mappings of attributes, and tell how many; in few statements, without objects.

        Columns' defaults are applied; constructors, validators, events and relations are skipped.
        """
        return verbs.bulk_insert(self, model, rows)

    def bulk_update(self, model: type, rows: Iterable[Mapping[str, Any]]) -> None:
        """Change rows, given as mappings of attributes with the key among them; in few statements.

        Objects of the unit keep what they have; validators and events are skipped.
        """
        verbs.bulk_update(self, model, rows)

    def upsert(
        self, model: type, rows: Iterable[Mapping[str, Any]], *, by: Sequence[str], change: Sequence[str] | None = None
    ) -> None:
        """Insert rows, or change those that are there: `by` names the attributes of a key or unique rule,
        `change` what is set on rows that exist (all given but `by`; `[]` leaves them as they are).

        Skips what `bulk_insert` skips. MariaDB and MySQL look at all unique rules, whatever `by` says.
        """
        verbs.upsert(self, model, list(rows), by, change)

    def in_batches(self, what: Any, size: int = 500) -> Iterator[list[Any]]:
        """The objects of a model, or of a select of one, in lists of `size`, in the order of their keys.

        Each list is a query of its own, and as long as nothing was written the connection goes back to the pool
        in between: so a million rows may take their time. What is inserted meanwhile may come or not.
        """
        statement, after = verbs.require_batches(statement_of(what)), None
        while batch := verbs.next_batch(self, statement, after, size):
            after = verbs.key_of(batch[-1])
            self.pause()
            yield batch
            if len(batch) < size:
                return


hear_loading(DB)
hide_deleted(DB)
validate_flushes(DB)


def only(found: list[T]) -> T | None:
    if len(found) > 1:
        raise ValueError(f"read_one() found {len(found)} rows: narrow the statement, or write .limit(1).")
    return found[0] if found else None


def find(db: Session, model: type[T], key: Any, **options: Any) -> T | None:
    """The object with that key, or `None`; also for a key that the columns could not hold."""
    if not can_be_key(model, key):
        return None
    return db.get(model, key, **options)


def _first(what: Any) -> Any:
    if isinstance(what, type):
        what = select(what).order_by(*class_mapper(what).primary_key)
    statement = statement_of(what)
    return statement.limit(1) if isinstance(statement, Select) and statement._limit_clause is None else statement


def statement_of(what: Any) -> Any:
    if isinstance(what, Asked):
        return what.statement
    return select(what) if isinstance(what, type) else what


def _pageable(what: Any) -> Any:
    if isinstance(what, type):
        return select(what).order_by(*class_mapper(what).primary_key)
    if isinstance(what, Asked):
        what = what.statement
    if what._limit_clause is not None or what._offset_clause is not None:
        raise ValueError("page() sets limit and offset itself: leave them out of the statement.")
    return what


def _listed(result: Result[Any]) -> list[Any]:
    # Joined eager loading of a collection repeats its parent; SQLAlchemy wants to be told to mend that.
    if getattr(result, "_unique_filter_state", None):
        result = result.unique()
    return list(result.scalars() if len(result.keys()) == 1 else result)


_BITS = ((BigInteger, 63), (SmallInteger, 15), (Integer, 31))
_KEY_BITS: WeakKeyDictionary[type, tuple[int, ...]] = WeakKeyDictionary()


def or_404(model: type[T], found: T | None) -> T:
    """What was found of a model; raises `NotFound` for nothing."""
    if found is None:
        raise NotFound(f"There is no such {snake_case(model.__name__).replace('_', ' ')}.")
    return found


def can_be_key(model: type, key: Any) -> bool:
    """Whether columns of the key's types could hold these values: databases answer the rest with errors."""
    sizes = _KEY_BITS.get(model)
    if sizes is None:
        sizes = _KEY_BITS[model] = tuple(_bits_of(column) for column in class_mapper(model).primary_key)
    if type(key) is int:
        return key.bit_length() <= sizes[0]
    parts = key.values() if isinstance(key, dict) else key if isinstance(key, tuple | list) else (key,)
    return all(_can_hold(bits, part) for bits, part in zip(sizes, parts, strict=False))


def _bits_of(column: ColumnElement[Any]) -> int:
    return next((size for kind, size in _BITS if isinstance(column.type, kind)), 63)


def _can_hold(bits: int, value: Any) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value.bit_length() <= bits
    return True


def _is_text(value: str) -> bool:
    """Text that every database stores: PostgreSQL refuses NUL, and lone surrogates have no UTF-8."""
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
