"""What the database refuses, in the words of the model: which rule, and which attributes are not as they must be.

Databases tell it in different ways: PostgreSQL by fields of its answer, the others in a sentence. SQLite does not
say which foreign key it is, so there only a model with one is told more than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ForeignKeyConstraint, MetaData, Table
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, registry

from demijohn.foundation.http.errors import Conflict, HTTPError, UnprocessableContent

from .homes import bound_metadata

Kind = Literal["unique", "foreign_key", "referenced", "check", "required"]

_MESSAGES: Final[dict[str, str]] = {
    "unique": "This is there already.",
    "foreign_key": "There is no such thing to refer to.",
    "referenced": "Something else still refers to it.",
    "check": "This value is not allowed.",
    "required": "A value is needed.",
}
_STATES: Final[dict[str, Kind]] = {
    "23505": "unique", "23P01": "unique", "23514": "check", "23502": "required", "23001": "referenced",
}  # fmt: skip
_NUMBERS: Final[dict[int, Kind]] = {
    1062: "unique", 1586: "unique", 1451: "referenced", 1217: "referenced", 1452: "foreign_key", 1216: "foreign_key",
    3819: "check", 4025: "check", 1048: "required", 1364: "required",
}  # fmt: skip
_SQLITE: Final[dict[str, Kind]] = {
    "UNIQUE": "unique", "PRIMARY KEY": "unique", "CHECK": "check", "NOT NULL": "required", "FOREIGN KEY": "foreign_key",
}  # fmt: skip
_TABLE: Final = re.compile(r"\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:\w+\.)?[\"`]?(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Violation:
    """One refusal: the rule's kind, its name if it was told, the table's name and the model's attributes."""

    kind: Kind
    table: str = ""
    fields: tuple[str, ...] = ()
    constraint: str = ""

    @property
    def message(self) -> str:
        """What a visitor is told; no value of another row is in it."""
        return _MESSAGES[self.kind]

    def as_error(self) -> HTTPError:
        """409 for what is in the way, 422 for what is not allowed; with the fields, as for any wrong value."""
        kind = Conflict if self.kind in {"unique", "referenced"} else UnprocessableContent
        return kind(self.message, errors=[{"where": name, "message": self.message} for name in self.fields])


def violation_of(error: IntegrityError, base: type[DeclarativeBase] | None = None) -> Violation | None:
    """What rule an error of the database is about; `None` if that cannot be told.

    `base` is whose models are meant, where that is not `Model`.
    """
    told = _from_postgresql(error) or _from_mysql(error) or _from_sqlite(error)
    if told is None:
        return None
    kind, name, constraint, columns = told
    if base is None:
        from .model import BareModel  # at call: models import most of this battery

        base = BareModel
    table = _find_table([base.metadata, *bound_metadata().values()], name or _table_of(error), constraint)
    if table is None:
        return Violation(kind, name or _table_of(error), tuple(columns), constraint)
    if not columns:
        columns = _columns_of(table, kind, constraint)
    return Violation(kind, table.name, _attributes(base.registry, table, columns), constraint)


_Told = tuple[Kind, str, str, Iterable[str]]


def _from_postgresql(error: IntegrityError) -> _Told | None:
    original: Any = error.orig
    cause: Any = getattr(original, "diag", None) or getattr(original, "__cause__", None)
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if state is None or cause is None:
        return None
    detail = getattr(cause, "message_detail", None) or getattr(cause, "detail", None) or ""
    kind = _STATES.get(state)
    if state == "23503":
        kind = "referenced" if "still referenced" in detail else "foreign_key"
    if kind is None:
        return None
    column = getattr(cause, "column_name", None)
    key = re.match(r"\w+ \(([^()]*)\)=", detail) if kind != "referenced" else None
    columns = [column] if column else [one.strip(' "') for one in key[1].split(",")] if key else []
    return kind, getattr(cause, "table_name", None) or "", getattr(cause, "constraint_name", None) or "", columns


def _from_mysql(error: IntegrityError) -> _Told | None:
    arguments: Any = getattr(error.orig, "args", ())
    if len(arguments) != 2 or arguments[0] not in _NUMBERS:
        return None
    kind, text = _NUMBERS[arguments[0]], str(arguments[1])
    key = re.search(r"FOREIGN KEY \(([^)]*)\)", text) if kind == "foreign_key" else None
    column = re.search(r"(?:Column|Field) '(\w+)'", text) if kind == "required" else None
    columns = [one.strip(" `") for one in key[1].split(",")] if key else [column[1]] if column else []
    named = re.search(r"for key '(?:\w+\.)?(\w+)'|CONSTRAINT [`'](?:\w+\.)?(\w+)[`']|constraint '(\w+)'", text)
    return kind, "", next(filter(None, named.groups()), "") if named else "", columns


def _from_sqlite(error: IntegrityError) -> _Told | None:
    found = re.match(r"([A-Z ]+) constraint failed(?:: (.*))?", str(error.orig))
    kind = _SQLITE.get(found[1]) if found else None
    if found is None or kind is None:
        return None
    if kind == "foreign_key" and re.match(r"\s*DELETE", error.statement or "", re.IGNORECASE):
        kind = "referenced"
    if kind in {"check", "foreign_key", "referenced"}:
        return kind, "", found[2] or "", ()
    parts = [one.strip().rpartition(".") for one in (found[2] or "").split(",")]
    return kind, parts[0][0], "", [column for _, _, column in parts if not column.startswith("index ")]


def _table_of(error: IntegrityError) -> str:
    found = _TABLE.match(error.statement or "")
    return found[2] if found else ""


def _find_table(metadata: Iterable[MetaData], name: str, constraint: str) -> Table | None:
    known = [table for each in metadata for table in each.tables.values()]
    tables = [table for table in known if table.name == name]
    if not tables and constraint:
        tables = [table for table in known if _rule(table, constraint) is not None]
    return tables[0] if len(tables) == 1 else None


def _rule(table: Table, name: str) -> Any:
    rules: list[Any] = [*table.constraints, *table.indexes]
    return next((rule for rule in rules if rule.name is not None and str(rule.name) == name), None)


def _columns_of(table: Table, kind: Kind, constraint: str) -> list[str]:
    rule = table.primary_key if constraint == "PRIMARY" else _rule(table, constraint)
    if rule is None and kind == "foreign_key":
        keys = [one for one in table.constraints if isinstance(one, ForeignKeyConstraint)]
        rule = keys[0] if len(keys) == 1 else None
    return [] if rule is None or kind == "referenced" else [column.name for column in rule.columns]


def _attributes(models: registry, table: Table, columns: Iterable[str]) -> tuple[str, ...]:
    """What the model calls the columns."""
    mapper = next((one for one in models.mappers if one.local_table is table), None)
    if mapper is None:
        return tuple(columns)
    known = [name for name in columns if name in table.c]
    return tuple(mapper.get_property_by_column(table.c[name]).key for name in known)


def name_check(context: ExceptionContext) -> BaseException | None:
    """MariaDB's refusals by CHECK come as errors of operation: make them what they are."""
    error: Any = context.original_exception
    if getattr(error, "args", None) and error.args[0] in {4025, 3819} and not isinstance(error, DBAPIError):
        return IntegrityError(context.statement, None, error)
    return None
