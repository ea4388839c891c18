"""Pages that go on where the last one ended: by the values of its last row, not by counting rows.

Theory. A statement is ordered by expressions, and at last by keys, so that no two rows have the same place. A page
is what comes after the place of a row (or before it, read backwards). What is inserted or deleted meanwhile moves
nothing: every other row is still seen once. The place travels as a cursor, which is opaque but no secret: it holds
the row's values, and is checked like anything that comes from a visitor.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NoReturn

import msgspec
from sqlalchemy import ColumnElement, Join, Table, and_, false, literal, or_, true
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DataError, DBAPIError, StatementError
from sqlalchemy.orm import Session
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import Label, UnaryExpression
from sqlalchemy.types import TypeDecorator, TypeEngine

from demijohn.foundation.http.errors import NotFound

from .pages import KeysetPage

Mode = Literal["after", "before", "until"]

_LOW_NULLS: Final = frozenset({"sqlite", "mysql", "mariadb", "mssql"})
"""Databases to which NULL is less than every value; to the others it is more."""


@dataclass(frozen=True, slots=True)
class Part:
    """One expression of an order: which way, and at which end NULL stands."""

    expression: Any
    descending: bool
    nulls_first: bool
    told: bool
    nullable: bool

    def reversed(self) -> Part:
        """The same, from the other end."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def clause(self) -> ColumnElement[Any]:
        """As `order_by` takes it."""
        clause = self.expression.desc() if self.descending else self.expression.asc()
        if self.told:
            clause = clause.nulls_first() if self.nulls_first else clause.nulls_last()
        return clause  # type: ignore[no-any-return]

    def equals(self, value: Any) -> ColumnElement[bool]:
        """The condition that a row has this value here."""
        return self.expression.is_(None) if value is None else self.expression == self._literal(value)  # type: ignore[no-any-return]

    def beyond(self, value: Any, *, or_equal: bool = False) -> ColumnElement[bool]:
        """The condition that a row comes after one with this value."""
        if value is None:
            return self.expression.is_not(None) if self.nulls_first else false()
        if self.descending:
            compare = operators.le if or_equal else operators.lt
        else:
            compare = operators.ge if or_equal else operators.gt
        condition: Any = compare(self.expression, self._literal(value))
        return or_(condition, self.expression.is_(None)) if self.nullable and not self.nulls_first else condition

    def _literal(self, value: Any) -> Any:
        return literal(value, self.expression.type)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after a row, before it, or before it and with it."""

    mode: Mode
    values: tuple[Any, ...]


def keyset_page(db: Session, statement: Any, cursor: str | None, size: int) -> KeysetPage[Any]:
    """The page at a cursor; the first without one."""
    order = _order_of(statement, db.get_bind().dialect.name)
    place = _read(cursor, order) if cursor else None
    backward = place is not None and place.mode != "after"
    found = _fetch(db, statement, [part.reversed() for part in order] if backward else order, place, size + 1)
    more, found = len(found) > size, found[:size]
    if backward:
        if not found:
            return keyset_page(db, statement, None, size)
        found.reverse()
    items = [item for item, _ in found]
    if not found:
        back = None if place is None else _write(order, Place("until", place.values))
        return KeysetPage(items=items, size=size, next=None, previous=back)
    after = _write(order, Place("after", found[-1][1])) if more or backward else None
    has_before = more if backward else place is not None
    before = _write(order, Place("before", found[0][1])) if has_before else None
    return KeysetPage(items=items, size=size, next=after, previous=before)


def _fetch(
    db: Session, statement: Any, order: Sequence[Part], place: Place | None, limit: int
) -> list[tuple[Any, tuple[Any, ...]]]:
    """Items with their places; raises `NotFound` for values that no such row could have."""
    statement = statement.order_by(None).order_by(*(part.clause() for part in order)).limit(limit)
    statement = statement.add_columns(*(part.expression.label(f"keyset_{n}") for n, part in enumerate(order)))
    if place is not None:
        statement = statement.where(_beyond(order, place))
    try:
        result = db.execute(statement)
        if getattr(result, "_unique_filter_state", None):
            result = result.unique()
        rows = result.all()
    except (StatementError, OverflowError, TypeError, ValueError) as error:
        if place is None or (isinstance(error, DBAPIError) and not _is_about_values(error)):
            raise
        _refuse(error)
    width = len(result.keys()) - len(order)
    items: list[Any] = [row[0] for row in rows]
    if width > 1:
        names = SimpleResultMetaData(list(result.keys())[:width])
        items = list(IteratorResult(names, iter([tuple(row[:width]) for row in rows])))
    return [(item, tuple(row[width:])) for item, row in zip(items, rows, strict=True)]


def _is_about_values(error: DBAPIError) -> bool:
    return isinstance(error, DataError) or type(error) is DBAPIError  # asyncpg's refusals have no class of their own


def _beyond(order: Sequence[Part], place: Place) -> ColumnElement[bool]:
    """The condition that a row comes after a place: after it in one part, and equal in all before that part."""
    condition: ColumnElement[bool] = true() if place.mode == "until" else false()
    for part, value in zip(reversed(order), reversed(place.values), strict=True):
        condition = or_(part.beyond(value), and_(part.equals(value), condition))
    if len(order) > 1 and not order[0].nullable and place.values[0] is not None:
        # It follows from the rest, but an index can use it.
        condition = and_(order[0].beyond(place.values[0], or_equal=True), condition)
    return condition


# The order of a statement -------------------------------------------------------------------------


def _order_of(statement: Any, dialect: str) -> list[Part]:
    """What a statement is ordered by, and the keys that tell its rows apart."""
    if statement._limit_clause is not None or statement._offset_clause is not None:
        raise ValueError("keyset_page() sets the limit itself: leave limit and offset out of the statement.")
    if statement._distinct or statement._group_by_clauses:
        raise ValueError(
            "keyset_page() goes by the keys of rows, which DISTINCT and GROUP BY take away. Page a subquery of it, "
            "or use page()."
        )
    outer = _joins_outside(statement)
    order = [_part(clause, dialect, outer) for clause in statement._order_by_clauses]
    for key in _keys(statement):
        if not any(part.expression.compare(key) for part in order):
            descending = order[-1].descending if order else False
            order.append(_make_part(key, dialect, descending=descending, nulls_first=None, outer=outer))
    return order


def _part(clause: Any, dialect: str, outer: bool) -> Part:
    descending, nulls_first, inner = False, None, clause
    if inner.__visit_name__ == "textual_label_reference":
        raise ValueError(f"keyset_page() compares what it orders by: write the column in order_by(), not {clause!r}.")
    while True:
        if inner.__visit_name__ == "label_reference" or isinstance(inner, Label):
            inner = inner.element
        elif isinstance(inner, UnaryExpression) and inner.modifier in _MODIFIERS:
            descending = descending or inner.modifier is operators.desc_op
            if inner.modifier in {operators.nulls_first_op, operators.nulls_last_op}:
                nulls_first = inner.modifier is operators.nulls_first_op
            inner = inner.element
        else:
            return _make_part(inner, dialect, descending=descending, nulls_first=nulls_first, outer=outer)


_MODIFIERS: Final = {operators.asc_op, operators.desc_op, operators.nulls_first_op, operators.nulls_last_op}


def _make_part(expression: Any, dialect: str, *, descending: bool, nulls_first: bool | None, outer: bool) -> Part:
    told = nulls_first is not None
    if nulls_first is None:
        nulls_first = (dialect in _LOW_NULLS) is not descending
    return Part(expression, descending, nulls_first, told, outer or getattr(expression, "nullable", True))


def _keys(statement: Any) -> list[Any]:
    """The keys of all that a statement selects from."""
    keys: dict[Any, None] = {}
    for column in statement.column_descriptions:
        entity = column.get("entity")  # a row of Core has none
        if entity is not None:
            mapper = sqlalchemy_inspect(entity).mapper
            for one in mapper.primary_key:
                keys[getattr(entity, mapper.get_property_by_column(one).key).__clause_element__()] = None
        else:
            table = getattr(column["expr"], "table", None)
            keys.update(dict.fromkeys(table.primary_key if isinstance(table, Table) else ()))
    if not keys:
        raise ValueError("keyset_page() needs a key to tell rows apart, and this statement selects from no table.")
    return list(keys)


def _joins_outside(statement: Any) -> bool:
    """Whether an outer join may make NULL of columns that have none."""
    if any(flags["isouter"] or flags["full"] for *_, flags in statement._setup_joins):
        return True
    parts = (part for source in statement._from_obj for part in visitors.iterate(source))
    return any(isinstance(part, Join) and (part.isouter or part.full) for part in parts)


# Cursors ------------------------------------------------------------------------------------------


def _print_of(order: Sequence[Part]) -> int:
    """What tells orders apart: a cursor is of no use in another one."""
    return zlib.crc32(" ".join(f"{part.expression} {part.descending} {part.nulls_first}" for part in order).encode())


def _write(order: Sequence[Part], place: Place) -> str:
    for part, value in zip(order, place.values, strict=True):
        if _value(part, msgspec.to_builtins(value, enc_hook=str)) != value:
            raise TypeError(
                f"keyset_page() cannot write {value!r} into a cursor: order by something else than {part.expression}."
            )
    raw = msgspec.json.encode([_print_of(order), place.mode, place.values], enc_hook=str)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(cursor: str, order: Sequence[Part]) -> Place:
    """The place that a cursor tells; raises `NotFound` for one that this statement has not made."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        made_for, mode, values = msgspec.json.decode(raw, type=tuple[int, Mode, list[Any]])
        if made_for != _print_of(order) or len(values) != len(order):
            raise ValueError("made for another order")
        return Place(mode, tuple(_value(part, value) for part, value in zip(order, values, strict=True)))
    except (ValueError, TypeError, ArithmeticError, binascii.Error, RecursionError) as error:
        _refuse(error)


def _value(part: Part, value: Any) -> Any:
    if value is None:
        return None
    value = msgspec.convert(value, _python_type(part.expression.type), dec_hook=_construct)
    if isinstance(value, int) and value.bit_length() > 63:
        raise ValueError("more than a database holds")
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("no text of a database")
    return value


def _python_type(column_type: TypeEngine[Any]) -> Any:
    if isinstance(column_type, TypeDecorator):
        return _python_type(column_type.impl_instance)
    return Any if column_type.python_type is object else column_type.python_type


def _construct(kind: type, value: Any) -> Any:
    return kind(value)


def _refuse(error: Exception) -> NoReturn:
    raise NotFound("There is no such page.") from error
