"""Renames of tables and columns, with the indexes and constraints that are named after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from alembic.util import sqla_compat
from sqlalchemy import Connection, Engine, Index, Inspector, MetaData, Table, UniqueConstraint, inspect, text

from .asking import Renames
from .journal import TABLE as JOURNAL


@dataclass(frozen=True, slots=True)
class Rename:
    """One rename: what was called `old` is called `new`, and the SQL there and back."""

    old: str
    new: str
    there: str
    back: str
    follows: bool = False
    """Whether it only follows another: an index or constraint."""


def rename(engine: Engine, metadata: MetaData, renames: Renames) -> list[Rename]:
    """Find the renames, and do them in a scratch database, so that the rest shows; raises `MigrationError`."""
    there = set(inspect(engine).get_table_names()) - {"alembic_version", JOURNAL.name}
    wanted = {table.name: table for table in metadata.tables.values() if table.schema is None}
    quote = engine.dialect.identifier_preparer.quote
    found: list[Rename] = []
    for old, new in renames.choose("table", sorted(there - set(wanted)), sorted(set(wanted) - there)):
        there_and_back = (f"ALTER TABLE {quote(a)} RENAME TO {quote(b)}" for a, b in ((old, new), (new, old)))
        found.append(Rename(old, new, next(there_and_back), next(there_and_back)))
    execute(engine, [row.there for row in found])
    columns = list(_columns(engine, wanted, renames))
    execute(engine, [row.there for row in columns])
    names: list[Rename] = []
    if found or columns:
        with engine.connect() as connection:
            names = list(_names(connection, wanted))
        execute(engine, [row.there for row in names])
    renames.check()
    return [*found, *columns, *names]


def execute(engine: Engine, statements: list[str]) -> None:
    """Execute statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":", "\\:")))


def _columns(engine: Engine, wanted: dict[str, Table], renames: Renames) -> Iterator[Rename]:
    quote = engine.dialect.identifier_preparer.quote
    inspector = inspect(engine)
    for name in sorted(set(inspector.get_table_names()) & set(wanted)):
        has = {column["name"] for column in inspector.get_columns(name)}
        want = {column.name for column in wanted[name].columns}
        gone, come = (sorted(f"{name}.{column}" for column in names) for names in (has - want, want - has))
        for old, new in renames.choose("column", gone, come):
            a, b = quote(old.rpartition(".")[2]), quote(new.rpartition(".")[2])
            line = f"ALTER TABLE {quote(name)} RENAME COLUMN"
            yield Rename(old, new, f"{line} {a} TO {b}", f"{line} {b} TO {a}")


def _names(connection: Connection, wanted: dict[str, Table]) -> Iterator[Rename]:
    """Indexes and constraints that are as the models have them, but for their names."""
    line = {"postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql}.get(connection.dialect.name)
    if line is None:
        return  # SQLite makes them anew: an index in a moment, a constraint where the table is rebuilt
    inspector = inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    for name in sorted(set(inspector.get_table_names()) & set(wanted)):
        table = wanted[name]
        here, there = _by_shape(inspector, name), _by_shape_of_model(table, connection.dialect)
        for shape, old in here.items():
            new = there.get(shape)
            if new is None or old is None or new == old:
                continue
            lines = [line(shape[0], quote(name), quote(a), quote(b)) for a, b in ((old, new), (new, old))]
            if all(lines):
                yield Rename(old, new, lines[0], lines[1], follows=True)


def _postgresql(kind: str, table: str, old: str, new: str) -> str:
    if kind == "index":
        return f"ALTER INDEX {old} RENAME TO {new}"
    return f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"


def _mysql(kind: str, table: str, old: str, new: str) -> str:
    """Foreign keys and checks have no rename there; their names are not compared either."""
    return f"ALTER TABLE {table} RENAME INDEX {old} TO {new}" if kind in {"index", "unique"} else ""


_Shape = tuple[Any, ...]


def _by_shape(inspector: Inspector, table: str) -> dict[_Shape, str | None]:
    found: dict[_Shape, str | None] = {}
    for index in inspector.get_indexes(table):
        if not index.get("duplicates_constraint"):
            found["index", bool(index["unique"]), tuple(index["column_names"])] = index["name"]
    for unique in inspector.get_unique_constraints(table):
        found["unique", frozenset(unique["column_names"])] = unique["name"]
        found.pop(("index", True, tuple(unique["column_names"])), None)
    for key in inspector.get_foreign_keys(table):
        found["foreign", tuple(key["constrained_columns"]), key["referred_table"]] = key["name"]
    primary = inspector.get_pk_constraint(table)
    found["primary", tuple(primary["constrained_columns"])] = primary["name"]
    return found


def _by_shape_of_model(table: Table, dialect: Any) -> dict[_Shape, str]:
    name: Callable[[Any], str] = lambda item: str(sqla_compat._get_constraint_final_name(item, dialect))  # noqa: E731
    found: dict[_Shape, str] = {
        ("index", bool(index.unique), tuple(column.name for column in index.columns)): name(index)
        for index in table.indexes
        if isinstance(index, Index)
    }
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            found["unique", frozenset(column.name for column in constraint.columns)] = name(constraint)
    for key in table.foreign_key_constraints:
        columns = tuple(column.name for column in key.columns)
        found["foreign", columns, key.referred_table.name] = name(key)
    if table.primary_key.columns:
        found["primary", tuple(column.name for column in table.primary_key.columns)] = name(table.primary_key)
    return found
