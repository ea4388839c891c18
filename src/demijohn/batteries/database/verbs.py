"""What apps ask of a database all the time: written once, for `DB`; `AsyncDB` runs the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Table, and_, func, select, update
from sqlalchemy import exists as sql_exists
from sqlalchemy import insert as sql_insert
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Mapper, Session, class_mapper

from .bulk_updates import update_at_once
from .copying import copy_rows
from .row_values import among, beyond

T = TypeVar("T")
Row = Mapping[str, Any]

CHUNK: Final = 500
"""How many keys or rows go into one statement: far under the number of parameters that any database takes."""

COPY_CHUNK: Final = 5_000
"""How many rows go into one COPY, which are held in memory meanwhile."""


def exists(db: Session, statement: Any) -> bool:
    """Whether there is any row."""
    asked = select(sql_exists(statement.order_by(None).subquery().select()))
    found = db.scalar(asked, execution_options=statement.get_execution_options())
    return bool(found)


def count(db: Session, statement: Any, at_most: int | None) -> int:
    """How many rows there are, counted up to `at_most`."""
    if at_most is not None:
        statement = statement.limit(at_most)
    elif statement._limit_clause is None:
        statement = statement.order_by(None)
    counted = select(func.count()).select_from(statement.subquery())
    return db.scalar(counted, execution_options=statement.get_execution_options()) or 0


def get_many(db: Session, model: type[T], keys: Iterable[Any]) -> dict[Any, T]:
    """The objects that there are, by key."""
    mapper = _mapper(model)
    single = len(mapper.primary_key) == 1
    dialect = db.get_bind(mapper).dialect.name
    found: dict[Any, T] = {}
    for some in _chunks(dict.fromkeys(keys), CHUNK // len(mapper.primary_key)):
        asked = mapper.primary_key[0].in_(some) if single else among(mapper.primary_key, some, dialect)
        for item in db.scalars(select(model).where(asked)).unique():
            own = tuple(mapper.primary_key_from_instance(item))
            found[own[0] if single else own] = item
    return {one: found[one] for one in dict.fromkeys(keys) if one in found}


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(itertools.islice(iterator, size)):
        yield some


def bulk_insert(db: Session, model: type, rows: Iterable[Row]) -> int:
    """Insert rows of one shape each; the number of them."""
    db.flush()
    table, total = _table(model), 0
    size = COPY_CHUNK if db.get_bind(clause=table).dialect.name == "postgresql" else CHUNK
    for some in _chunks(_by_column(model, rows), size):
        for _, alike in itertools.groupby(some, key=frozenset):
            same = list(alike)
            if not copy_rows(db, table, same):
                for few in _chunks(same, CHUNK):
                    db.execute(sql_insert(table), few)
            total += len(same)
    return total


def bulk_update(db: Session, model: type, rows: Iterable[Row]) -> None:
    """Update rows by their keys, which are among the values."""
    db.flush()
    mapper = _mapper(model)
    keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
    for some in _chunks(rows, CHUNK):
        for row in some:
            if not keys <= row.keys():
                missing = ", ".join(sorted(keys - row.keys()))
                raise TypeError(f"bulk_update() finds the rows of {model.__name__} by their key: {missing} is missing.")
            _require_known(mapper, row)
        for _, alike in itertools.groupby(some, key=frozenset):
            changes = [dict(row) for row in alike]
            if changes[0].keys() != keys and not update_at_once(db, mapper, changes):
                db.execute(update(model), changes)


def upsert(db: Session, model: type, rows: Sequence[Row], by: Sequence[str], change: Sequence[str] | None) -> None:
    """Insert rows, or where `by` is there already, change `change` (all else that is given) of that."""
    db.flush()
    table, mapper = _table(model), _mapper(model)
    _require_known(mapper, dict.fromkeys([*by, *(change or ())]))
    targets = [mapper.columns[name].name for name in by]
    for some in _chunks(_by_column(model, rows), CHUNK):
        for names, alike in itertools.groupby(some, key=frozenset):
            changed = names - set(targets) if change is None else {mapper.columns[name].name for name in change}
            changed |= {column.name for column in table.c if column.onupdate is not None and column.name not in names}
            statement = _upsert(db, table, targets, sorted(changed))
            if statement is not None:
                db.execute(statement, list(alike))
            else:
                _upsert_each(db, table, targets, sorted(changed), alike)


def _upsert(db: Session, table: Table, targets: list[str], changed: list[str]) -> Any:
    """The database's own statement for it, or `None` if SQLAlchemy has none."""
    kind = db.get_bind().dialect.name
    if kind in {"mysql", "mariadb"}:
        on_duplicate = mysql.insert(table)
        # Nothing to change is said by giving a column its own value; IGNORE would hide all other errors.
        values = {name: on_duplicate.inserted[name] for name in changed} or {targets[0]: table.c[targets[0]]}
        return on_duplicate.on_duplicate_key_update(values)
    if kind not in {"postgresql", "sqlite"}:
        return None
    insert: Any = postgresql.insert(table) if kind == "postgresql" else sqlite.insert(table)
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=targets)
    values = {name: insert.excluded[name] for name in changed}
    return insert.on_conflict_do_update(index_elements=targets, set_=values)


def _upsert_each(db: Session, table: Table, targets: list[str], changed: list[str], rows: Iterable[Row]) -> None:
    """Two statements for each row; of two units that insert the same at once, one is refused."""
    for row in rows:
        same = and_(*(table.c[name] == row[name] for name in targets))
        values = {name: row[name] for name in changed if name in row}
        if values:
            result: Any = db.execute(update(table).where(same).values(values))
            found = bool(result.rowcount)
        else:
            found = exists(db, select(table).where(same))
        if not found:
            db.execute(sql_insert(table), [dict(row)])


def _mapper(model: type) -> Mapper[Any]:
    found: Mapper[Any] = class_mapper(model)
    return found


def _table(model: type) -> Table:
    mapper = _mapper(model)
    if mapper.inherits is not None or not isinstance(mapper.local_table, Table):
        raise TypeError(f"{model.__name__} is not in one table of its own: save its objects one by one.")
    return mapper.local_table


def _by_column(model: type, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    mapper = _mapper(model)
    names = {attribute.key: attribute.columns[0].name for attribute in mapper.column_attrs}
    for row in rows:
        _require_known(mapper, row)
        yield {names[name]: value for name, value in row.items()}


def _require_known(mapper: Mapper[Any], row: Row) -> None:
    unknown = [name for name in row if name not in mapper.column_attrs]
    if unknown:
        known = ", ".join(mapper.column_attrs.keys())
        raise TypeError(f"{mapper.class_.__name__} has no column {', '.join(unknown)}. It has: {known}.")


def next_batch(db: Session, statement: Any, after: tuple[Any, ...] | None, size: int) -> list[Any]:
    """The objects of a statement that follow a key, in the order of keys."""
    mapper = _mapper(statement.column_descriptions[0]["entity"])
    keys = mapper.primary_key
    if after is not None:
        statement = statement.where(beyond(keys, after, db.get_bind(mapper).dialect.name))
    return list(db.scalars(statement.order_by(*keys).limit(size)).unique())


def key_of(item: Any) -> tuple[Any, ...]:
    """An object's key, as `next_batch` takes it."""
    return tuple(class_mapper(type(item)).primary_key_from_instance(item))


def require_batches(statement: Any) -> Any:
    """A statement that can be cut by keys; raises `ValueError` for others."""
    described = statement.column_descriptions
    if len(described) != 1 or described[0]["entity"] is not described[0]["expr"]:
        raise ValueError("in_batches() takes a model, or a select of one: it goes by the key of its objects.")
    if statement._order_by_clauses or statement._limit_clause is not None or statement._offset_clause is not None:
        raise ValueError("in_batches() goes by the key and sets the limit itself: leave both out of the statement.")
    return statement
