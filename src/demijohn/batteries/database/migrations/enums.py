"""PostgreSQL's own enum types, whose members Alembic does not compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect


@dataclass(frozen=True, slots=True)
class EnumChange:
    """One type: its members before and after (empty: there is none), and the columns that have it."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    columns: tuple[tuple[str, str, str | None], ...]
    """Table, column and default of those that keep the type."""

    @property
    def lost(self) -> list[str]:
        """The members that are gone."""
        return [one for one in self.before if self.after and one not in self.after]

    @property
    def only_grows(self) -> bool:
        """Whether members are added, and the others stay as they are."""
        return [one for one in self.after if one in self.before] == list(self.before)

    def forwards(self) -> tuple[list[str], list[str]]:
        """The SQL before and after the changes of tables."""
        return self._lead(self.before, self.after)

    def backwards(self) -> tuple[list[str], list[str]]:
        """The same for the way back."""
        return self._lead(self.after, self.before)

    def _lead(self, before: tuple[str, ...], after: tuple[str, ...]) -> tuple[list[str], list[str]]:
        if not after:
            return [], [f"DROP TYPE {self.name}"]
        if not before:
            return [f"CREATE TYPE {self.name} AS ENUM ({_quoted(after)})"], []
        if [one for one in after if one in before] == list(before):
            return [self._added(after, one) for one in after if one not in before], []
        return self._made_anew(after), []

    def _added(self, after: tuple[str, ...], one: str) -> str:
        position = after.index(one)
        place = f"AFTER {_quoted(after[position - 1 : position])}" if position else f"BEFORE {_quoted(after[1:2])}"
        return f"ALTER TYPE {self.name} ADD VALUE IF NOT EXISTS {_quoted([one])} {place}"

    def _made_anew(self, after: tuple[str, ...]) -> list[str]:
        old = f"{self.name}_old"
        lines = [f"ALTER TYPE {self.name} RENAME TO {old}", f"CREATE TYPE {self.name} AS ENUM ({_quoted(after)})"]
        for table, column, default in self.columns:
            alter = f"ALTER TABLE {table} ALTER COLUMN {column}"
            if default is not None:
                lines.append(f"{alter} DROP DEFAULT")
            lines.append(f"{alter} TYPE {self.name} USING {column}::text::{self.name}")
            if default is not None:
                lines.append(f"{alter} SET DEFAULT {default}")
        return [*lines, f"DROP TYPE {old}"]


def enum_changes(here: Connection, there: Connection) -> list[EnumChange]:
    """The types that differ between two databases."""
    before, after = _types(here), _types(there)
    return [
        EnumChange(name, before.get(name, ()), after.get(name, ()), _columns(here, there, name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _types(connection: Connection) -> dict[str, tuple[str, ...]]:
    quote = connection.dialect.identifier_preparer.quote
    inspector: Any = inspect(connection)
    return {quote(one["name"]): tuple(one["labels"]) for one in inspector.get_enums()}


def _columns(here: Connection, there: Connection, name: str) -> tuple[tuple[str, str, str | None], ...]:
    quote = here.dialect.identifier_preparer.quote
    found: list[dict[tuple[str, str], str | None]] = []
    for connection in (here, there):
        inspector = inspect(connection)
        found.append(
            {
                (quote(table), quote(column["name"])): column["default"]
                for table in inspector.get_table_names()
                for column in inspector.get_columns(table)
                if quote(str(getattr(column["type"], "name", ""))) == name
            }
        )
    return tuple((*place, default) for place, default in found[0].items() if place in found[1])


def _quoted(members: Any) -> str:
    return ", ".join("'" + one.replace("'", "''") + "'" for one in members)
