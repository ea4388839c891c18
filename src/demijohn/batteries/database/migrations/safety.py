"""Steps that lose data, lock a table or break what runs: each with a way that does not.

The rules are those of strong_migrations that matter on PostgreSQL and MariaDB. Steps on tables that are made in
the same migration are harmless, as nobody uses them yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Danger:
    """One dangerous step: the `code` that allows it, what it does, and what to do instead."""

    code: str
    what: str
    instead: str


_SERVERS = frozenset({"postgresql", "mysql", "mariadb"})


def find_dangers(operations: Iterable[Any], renames: Iterable[tuple[str, str]], dialect: str) -> list[Danger]:
    """The dangers in Alembic's operations and in renames, for one kind of database."""
    steps = list(_flat(operations))
    new = {step.table_name for step in steps if type(step).__name__ == "CreateTableOp"}
    found = [_renamed(old, name) for old, name in renames] if dialect in _SERVERS else []
    for step in steps:
        table = str(getattr(step, "table_name", None) or getattr(step, "source_table", ""))
        if table not in new:
            found += _of_step(step, table, dialect)
    return found


def _flat(operations: Iterable[Any]) -> Iterator[Any]:
    for operation in operations:
        if hasattr(operation, "ops"):
            yield from _flat(operation.ops)
        else:
            yield operation


def _renamed(old: str, new: str) -> Danger:
    table, dot, column = old.partition(".")
    if dot:
        what = f"Renaming {old} breaks the running version of the app until the new one has replaced it."
        instead = f'Keep the column: {new.rpartition(".")[2]}: ... = field(name="{column}"); or add, copy, drop later.'
        return Danger("rename-column", what, instead)
    what = f"Renaming {table} breaks the running version of the app until the new one has replaced it."
    return Danger("rename-table", what, f'Keep the table: __tablename__ = "{table}".')


def _of_step(step: Any, table: str, dialect: str) -> Iterator[Danger]:
    match type(step).__name__:
        case "DropTableOp":
            yield Danger("drop-table", f"Dropping {table} loses all its rows.",
                         "Release a version that no longer uses it, keep a copy, then drop it.")  # fmt: skip
        case "DropColumnOp":
            yield Danger("drop-column", f"Dropping {table}.{step.column_name} loses its values.",
                         "Release a version that no longer uses it, then drop it in the next.")  # fmt: skip
        case "AddColumnOp":
            yield from _added(step, table)
        case "AlterColumnOp":
            yield from _altered(step, table, dialect)
        case "CreateIndexOp" if dialect == "postgresql" and not step.kw.get("postgresql_concurrently"):
            yield Danger("index", f"Making {step.index_name} blocks all writes to {table} until it is done.",
                         "with op.get_context().autocommit_block():\n"
                         f"    op.create_index({step.index_name!r}, ..., postgresql_concurrently=True)")  # fmt: skip
        case "CreateForeignKeyOp" if dialect == "postgresql":
            yield Danger("foreign-key", f"Adding a foreign key to {table} blocks writes while every row is read.",
                         "op.create_foreign_key(..., postgresql_not_valid=True), and in the next migration\n"
                         f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT ...")')  # fmt: skip
        case "CreateUniqueConstraintOp" if dialect == "postgresql":
            yield Danger("unique", f"Adding a unique constraint to {table} blocks all use while it is made.",
                         "Make a unique index with postgresql_concurrently=True, then\n"
                         f'op.execute("ALTER TABLE {table} ADD CONSTRAINT ... UNIQUE USING INDEX ...")')  # fmt: skip


def _added(step: Any, table: str) -> Iterator[Danger]:
    column = step.column
    if not column.nullable and column.server_default is None and column.computed is None:
        yield Danger("not-null", f"Adding {table}.{column.name} without a default fails if {table} has rows.",
                     "Allow None, or give the database a default: field(server_default=...).")  # fmt: skip


def _altered(step: Any, table: str, dialect: str) -> Iterator[Danger]:
    name = f"{table}.{step.column_name}"
    if step.modify_type is not None and dialect in _SERVERS:
        yield Danger("change-type", f"Changing the type of {name} may rewrite the table, locked meanwhile.",
                     "Add a new column, write both, copy in batches, read the new one, drop the old one.")  # fmt: skip
    if step.modify_nullable is False and dialect == "postgresql":
        yield Danger("set-not-null", f"Forbidding None in {name} reads every row of the locked table.",
                     f"Add CHECK ({step.column_name} IS NOT NULL) NOT VALID, validate it, forbid None.")  # fmt: skip
