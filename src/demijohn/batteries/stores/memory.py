"""`MemoryStore`: things kept in this process, for tests, prototypes and what is read once at the start."""

from __future__ import annotations

import copy
import functools
import itertools
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Generic, TypeVar

from demijohn.foundation.http.errors import Conflict, NotFound

from .checking import checked_query, checked_values, order_of, problem
from .cursor import fingerprint, read_cursor, write_cursor
from .query import EVERYTHING, Query, StorePage, Where
from .records import record_shape, sortable
from .shape import Field, Key, Shape
from .store import PAGE_SIZE, Can, Deletion, StaleVersion

T = TypeVar("T")
Row = dict[str, Any]

TAKEN: Final = "This is there already."


class MemoryStore(Generic[T]):
    """A store of records in memory: `MemoryStore(Note)`, with `items` to begin with.

    What is read is a copy: changing it changes nothing here. `key` names the field that identifies a record; an int or
    a UUID is made by the store. `unique` names fields of which no two records have the same value. A query's `scope` is
    a function that takes a record and says whether it is within.

    >>> from demijohn import Schema
    >>> class Note(Schema):
    ...     id: int
    ...     text: str
    >>> notes = MemoryStore(Note)
    >>> notes.create({"text": "Milk"})
    Note(id=1, text='Milk')
    >>> notes.page(Query(search="milk")).total
    1
    """

    can = Can.EVERYTHING

    def __init__(
        self,
        model: type[T],
        items: Iterable[T] = (),
        *,
        key: str | Sequence[str] = "id",
        unique: Sequence[str] = (),
        private: Sequence[str] = (),
        shape: Shape | None = None,
    ) -> None:
        self.model = model
        self.shape = shape or record_shape(model, key=key, unique=unique, private=private)
        self._lock = threading.RLock()
        self._rows: dict[Key, Row] = {}
        self._numbers = itertools.count(1)
        self._undo: ContextVar[list[Callable[[], None]] | None] = ContextVar("undo", default=None)
        for item in items:
            row = self._row(item)
            self._rows[self._key_of(row)] = row

    def key(self, item: T) -> Key:
        """What identifies a record."""
        return tuple(getattr(item, name) for name in self.shape.key)

    def version(self, item: T) -> str:
        """A fingerprint of its values."""
        return fingerprint(self._row(item))

    def page(
        self, query: Query = EVERYTHING, *, size: int = PAGE_SIZE, number: int | None = None, after: str = ""
    ) -> StorePage[T]:
        """Some of the records, as `Store.page`."""
        query = checked_query(self.shape, query, _no_relations)
        order = order_of(self.shape, query)
        size = max(1, size)
        rows = self._found(query, order)
        total = len(rows)
        if after:
            place = read_cursor(after, order)
            rows = [row for row in rows if _compare(_place(row, order), place, order) > 0]
        if number is not None:
            if not 1 <= number <= max(1, -(-total // size)):
                raise NotFound("There is no such page.")
            rows = rows[(number - 1) * size :]
        more = len(rows) > size
        cursor = write_cursor(order, _place(rows[size - 1], order)) if more else ""
        if number is None and not after:
            number = 1
        items = [self._item(row) for row in rows[:size]]
        return StorePage(items=items, size=size, number=number, total=total, after=cursor)

    def many(self, keys: Iterable[Key], query: Query = EVERYTHING) -> list[T]:
        """The records with these keys that are within the query."""
        query = checked_query(self.shape, query, _no_relations)
        found = [self._rows[key] for key in dict.fromkeys(keys) if key in self._rows]
        return [self._item(row) for row in found if self._within(row, query)]

    def create(self, values: Mapping[str, object]) -> T:
        """Make a record; raises `UnprocessableContent`, or `Conflict` for a key or unique value that is taken."""
        given = checked_values(self.shape, values)
        with self._lock:
            missing = {one.name: self._made(one) for one in self.shape if one.generated and one.name not in given}
            row = self._row(self.model(**missing, **given))
            key = self._key_of(row)
            self._require_free(row, None)
            self._set(key, row)
        return self._item(row)

    def update(self, item: T, values: Mapping[str, object], *, version: str = "") -> T:
        """Change a record; raises `NotFound` if it is gone, and as `create` does."""
        changes = checked_values(self.shape, values, partial=True)
        key = self.key(item)
        with self._lock:
            before = self._rows.get(key)
            if before is None:
                raise NotFound(f"There is no such {self.shape.label}.")
            if version and fingerprint(before) != version:
                raise StaleVersion
            row = copy.deepcopy({**before, **changes})
            self._require_free(row, key)
            if self._key_of(row) != key:
                self._set(key, None)
            self._set(self._key_of(row), row)
        return self._item(row)

    def delete(self, items: Sequence[T], *, dry: bool = False) -> Deletion:
        """Delete records."""
        with self._lock:
            keys = [key for key in dict.fromkeys(map(self.key, items)) if key in self._rows]
            if not dry:
                for key in keys:
                    self._set(key, None)
        label = self.shape.label if len(keys) == 1 else self.shape.plural
        return Deletion(deleted={label: len(keys)} if keys else {})

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A block that is undone if it raises; what others change meanwhile stays."""
        outer = self._undo.get()
        undo: list[Callable[[], None]] = []
        token = self._undo.set(undo)
        try:
            yield
        except BaseException:
            with self._lock:
                for step in reversed(undo):
                    step()
            raise
        else:
            if outer is not None:
                outer.extend(undo)
        finally:
            self._undo.reset(token)

    def _set(self, key: Key, row: Row | None) -> None:
        before, undo = self._rows.get(key), self._undo.get()
        if undo is not None:
            undo.append(functools.partial(self._put, key, before))
        self._put(key, row)

    def _put(self, key: Key, row: Row | None) -> None:
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row

    def _made(self, field: Field) -> Any:
        if field.type is uuid.UUID:
            return uuid.uuid4()
        return next(number for number in self._numbers if (number,) not in self._rows)

    def _require_free(self, row: Row, own: Key | None) -> None:
        key = self._key_of(row)
        taken = [] if key == own or key not in self._rows else list(self.shape.key)
        for one in self.shape:
            others = (other for at, other in self._rows.items() if at != own)
            if one.unique and row[one.name] is not None and any(o[one.name] == row[one.name] for o in others):
                taken.append(one.name)
        if taken:
            raise Conflict(TAKEN, errors=[problem(name, TAKEN) for name in taken])

    def _row(self, item: T) -> Row:
        return copy.deepcopy({name: getattr(item, name) for name in self.shape.names})

    def _item(self, row: Row) -> T:
        return self.model(**copy.deepcopy(row))

    def _key_of(self, row: Row) -> Key:
        return tuple(row[name] for name in self.shape.key)

    def _found(self, query: Query, order: list[tuple[Field, bool]]) -> list[Row]:
        rows = [row for row in list(self._rows.values()) if self._within(row, query)]
        placed = [(_place(row, order), row) for row in rows]

        def compare(one: tuple[list[Any], Row], other: tuple[list[Any], Row]) -> int:
            return _compare(one[0], other[0], order)

        return [row for _, row in sorted(placed, key=functools.cmp_to_key(compare))]

    def _within(self, row: Row, query: Query) -> bool:
        if query.scope is not None and not query.scope(self._item(row)):
            return False
        if not all(_meets(row[one.name], one) for one in query.where):
            return False
        names = query.search_in or [one.name for one in self.shape if one.searchable and not one.private]
        texts = [str(row[name]).casefold() for name in names if row[name] is not None]
        return all(any(word in text for text in texts) for word in query.search.casefold().split())


def _no_relations(kind: type) -> Shape:
    raise LookupError(kind)  # records have none, so that nobody asks


def _place(row: Row, order: list[tuple[Field, bool]]) -> list[Any]:
    return [row[field.name] for field, _ in order]


def _compare(these: Sequence[Any], those: Sequence[Any], order: list[tuple[Field, bool]]) -> int:
    """Which comes first: what is empty comes last, downwards first."""
    for this, that, (_, down) in zip(these, those, order, strict=True):
        if this == that:
            continue
        later = this is None or (that is not None and sortable(this) > sortable(that))
        return 1 if later != down else -1
    return 0


def _meets(value: Any, where: Where) -> bool:
    op, wanted = where.op, where.value
    if op == "null":
        return (value is None) == bool(wanted)
    if op == "in":
        return value in wanted
    if op in {"eq", "ne"}:
        return bool(value == wanted) == (op == "eq")
    if value is None or wanted is None:
        return False
    if op == "contains":
        return bool(wanted.casefold() in value.casefold())
    if op == "starts":
        return bool(value.casefold().startswith(wanted.casefold()))
    smaller, equal = bool(value < wanted), bool(value == wanted)
    return {"lt": smaller, "le": smaller or equal, "gt": not (smaller or equal), "ge": not smaller}[op]
