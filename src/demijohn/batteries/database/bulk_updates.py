"""Rows changed by their keys in one statement, where a database takes arrays; elsewhere it is a statement for each.

    UPDATE world SET number = given.number FROM unnest(ARRAY[...], ARRAY[...]) AS given(id, number)
    WHERE world.id = given.id

Theory. A statement for each row is what SQLAlchemy sends, and it knows all tables and types. One for all of them costs
a third, and does the same where each key comes once, all columns are of types that arrays hold as columns do, and
nothing is to be worked out for each row. Keys are sent in order, so that of two that change the same rows, one waits
for the other instead of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Integer,
    Numeric,
    String,
    Table,
    Time,
    Update,
    Uuid,
    bindparam,
    func,
    update,
)
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeEngine

from .fields import spec_of

_IN_ARRAYS: Final = (Boolean, Date, DateTime, Integer, Numeric, String, Time, Uuid)
_STATEMENTS: Final[WeakKeyDictionary[Mapper[Any], dict[frozenset[str], Update | None]]] = WeakKeyDictionary()


def update_at_once(db: Session, mapper: Mapper[Any], changes: Sequence[Mapping[str, Any]]) -> bool:
    """Change rows, given with the same attributes each, by one statement; whether that could be done."""
    dialect = db.get_bind(mapper).dialect
    if len(changes) < 2 or dialect.name != "postgresql":
        return False
    statement = _statement_for(mapper, changes[0].keys())
    keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    if statement is None or len({tuple(row[key] for key in keys) for row in changes}) != len(changes):
        return False
    try:
        changes = sorted(changes, key=lambda row: [row[key] for key in keys])
    except TypeError:  # no order, then
        return False
    arrays = {f"given_{name}": [row[name] for row in changes] for name in changes[0]}
    result: Any = db.execute(statement, arrays, bind_arguments={"mapper": mapper})
    if dialect.supports_sane_multi_rowcount and result.rowcount != len(changes):
        # In SQLAlchemy's words, which says so of the drivers that can count.
        raise StaleDataError(
            f"UPDATE statement on table '{mapper.local_table.description}' expected to update {len(changes)} row(s); "
            f"{result.rowcount} were matched."
        )
    return True


def _statement_for(mapper: Mapper[Any], names: Any) -> Update | None:
    kept = _STATEMENTS.setdefault(mapper, {})
    key = frozenset(names)
    if key not in kept:
        kept[key] = _make(mapper, sorted(key))
    return kept[key]


def _make(mapper: Mapper[Any], names: Sequence[str]) -> Update | None:
    """The statement for rows with these attributes, or `None` if each row needs its own."""
    table: Any = mapper.local_table
    plain = isinstance(table, Table) and mapper.inherits is None and mapper.version_id_col is None
    columns = {name: mapper.columns[name] for name in names}
    others = [column for column in table.c if column not in set(columns.values())]
    if (
        not plain
        or not all(isinstance(column, Column) and column.table is table for column in columns.values())
        or not all(_fits_arrays(column.type) for column in columns.values())
        or any(_differs_by_row(column) for column in others)
    ):
        return None
    arrays = [bindparam(f"given_{name}", type_=ARRAY(_in_array(column.type))) for name, column in columns.items()]
    given = func.unnest(*arrays).table_valued(*names).render_derived("given")
    keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
    return (
        update(table)
        .where(*(columns[name] == given.c[name] for name in names if name in keys))
        .values({columns[name]: given.c[name] for name in names if name not in keys})
    )


def _differs_by_row(column: Any) -> bool:
    """Whether a column that is not given is worked out anew for each row; a stamp may be the same for all."""
    onupdate = column.onupdate
    return onupdate is not None and onupdate.is_callable and not spec_of(column).auto_now


def _fits_arrays(type_: TypeEngine[Any]) -> bool:
    return isinstance(type_, _IN_ARRAYS) and not isinstance(type_, Enum)


def _in_array(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """A cast to VARCHAR(20) would cut what is longer, where the column refuses it."""
    return String() if isinstance(type_, String) else type_
