"""Keys of several columns, compared as a whole: by row values where the database has them, else written out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, tuple_

_HAVE_ROW_VALUES: Final = frozenset({"sqlite", "postgresql", "mysql", "mariadb"})
"""SQL Server has none; Oracle compares them for equality only."""


def among(columns: Sequence[Any], keys: Iterable[Sequence[Any]], dialect: str) -> ColumnElement[bool]:
    """The condition that a row has one of these keys."""
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])  # type: ignore[no-any-return]
    if dialect in _HAVE_ROW_VALUES:
        return tuple_(*columns).in_(list(keys))
    same = (and_(*(column == value for column, value in zip(columns, key, strict=True))) for key in keys)
    return or_(false(), *same)


def found_by(columns: Sequence[Any], statement: Select[*tuple[Any, ...]], dialect: str) -> ColumnElement[bool]:
    """The condition that a row's columns hold what a statement finds, column by column."""
    if len(columns) == 1:
        return columns[0].in_(statement)  # type: ignore[no-any-return]
    if dialect in _HAVE_ROW_VALUES:
        return tuple_(*columns).in_(statement)
    found = statement.subquery()  # under a name of its own, for it may ask the same table
    return exists().where(*(column == other for column, other in zip(columns, found.columns, strict=True)))


def beyond(columns: Sequence[Any], key: Sequence[Any], dialect: str) -> ColumnElement[bool]:
    """The condition that a row comes after a key, in the order of the columns."""
    if len(columns) == 1:
        return columns[0] > key[0]  # type: ignore[no-any-return]
    if dialect in _HAVE_ROW_VALUES:
        return tuple_(*columns) > tuple_(*key)
    condition: ColumnElement[bool] = false()
    for column, value in zip(reversed(columns), reversed(key), strict=True):
        condition = or_(column > value, and_(column == value, condition))
    # It follows from the rest, but an index can use it.
    return and_(columns[0] >= key[0], condition)
