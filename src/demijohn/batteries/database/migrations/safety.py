"""Steps that lose data, lock a table or break what runs: each with a way that does not.

The rules are those of strong_migrations that matter on PostgreSQL and MariaDB. Steps on tables that are made in
the same migration are harmless, as nobody uses them yet. SQL of one's own is judged in `statements`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Identity
from sqlalchemy import Sequence as SqlSequence


@dataclass(frozen=True, slots=True)
class Danger:
    """One dangerous step: the `code` that allows it, what it does, and what to do instead."""

    code: str
    what: str
    instead: str


SERVERS: Final = frozenset({"postgresql", "mysql", "mariadb"})
_VOLATILE: Final = re.compile(r"\b(random|gen_random_uuid|uuid_generate_v\d\w*|clock_timestamp|nextval)\s*\(", re.I)
_BREAKS: Final = "breaks the running version of the app until the new one has replaced it."
_BATCHES: Final = (
    "Do it in a migration of its own, in batches that are committed one by one:\n"
    "with op.get_context().autocommit_block():\n"
    "    DataStep(op.get_bind()).update({table!r}, lambda row: {{...}})"
)


def find_dangers(operations: Sequence[Any], dialect: str) -> list[Danger]:
    """The dangers in what a migration did, for one kind of database."""
    from .statements import judge, made_tables

    texts = [text_of(step) for step in operations]
    new = {step.table_name for step in operations if type(step).__name__ == "CreateTableOp"} | made_tables(texts)
    again = _made_again(operations)
    gone = {step.table_name for step in operations if type(step).__name__ == "DropTableOp"}
    found: list[Danger] = []
    for step, text in zip(operations, texts, strict=True):
        if text:
            found += judge(text, new, dialect)
        elif type(step).__name__ == "DropTableOp" or _table(step) not in new | gone:
            found += _of_step(step, _table(step), dialect, again)
    return found


def text_of(step: Any) -> str:
    """The SQL of a step that is some; else nothing."""
    return str(step.sqltext).strip() if type(step).__name__ == "ExecuteSQLOp" else ""


def _table(step: Any) -> str:
    return str(getattr(step, "table_name", None) or getattr(step, "source_table", ""))


def _made_again(operations: Iterable[Any]) -> set[tuple[str, str]]:
    """Computed columns: dropping them loses nothing if they are added again."""
    return {
        (step.table_name, step.column.name)
        for step in operations
        if type(step).__name__ == "AddColumnOp" and step.column.computed is not None
    }


def _of_step(step: Any, table: str, dialect: str, again: set[tuple[str, str]]) -> Iterator[Danger]:
    match type(step).__name__:
        case "DropTableOp":
            yield drop_table(table)
        case "DropColumnOp" if (table, step.column_name) not in again:
            yield drop_column(f"{table}.{step.column_name}")
        case "AddColumnOp":
            yield from _added(step.column, table, dialect)
        case "AlterColumnOp":
            yield from _altered(step, table, dialect)
        case "RenameTableOp" if dialect in SERVERS:
            yield rename_table(table, step.new_table_name)
        case "CreateIndexOp" if dialect == "postgresql" and not step.kw.get("postgresql_concurrently"):
            yield index(table, step.index_name)
        case "DropIndexOp" if dialect == "postgresql" and not step.kw.get("postgresql_concurrently"):
            yield drop_index(step.index_name)
        case _:
            yield from _of_constraint(step, table, dialect)


def _of_constraint(step: Any, table: str, dialect: str) -> Iterator[Danger]:
    match type(step).__name__:
        case "CreateForeignKeyOp" if dialect in SERVERS and not step.kw.get("postgresql_not_valid"):
            yield foreign_key(table, dialect)
        case "CreateCheckConstraintOp" if dialect in SERVERS and not step.kw.get("postgresql_not_valid"):
            yield check(table, dialect)
        case "CreateUniqueConstraintOp" if dialect == "postgresql":
            yield unique(table)
        case "CreateExcludeConstraintOp":
            yield exclude(table)
        case "CreatePrimaryKeyOp" if dialect in SERVERS:
            yield primary_key(table)
        case "DropConstraintOp" if step.constraint_type == "primary" and dialect in SERVERS:
            yield primary_key(table)


def _added(column: Column[Any], table: str, dialect: str) -> Iterator[Danger]:
    name = f"{table}.{column.name}"
    default = getattr(column.server_default, "arg", None)
    counted = isinstance(column.server_default, Identity | SqlSequence) or (
        column.primary_key and column.autoincrement is True
    )
    if not column.nullable and column.server_default is None and column.computed is None and not counted:
        yield Danger("not-null", f"Adding {name} without a default fails if {table} has rows.",
                     "Allow None, or give the database a default: field(database_default=...).")  # fmt: skip
    if dialect in SERVERS and column.computed is not None and (column.computed.persisted or dialect == "postgresql"):
        yield Danger("stored", f"Adding the stored computed column {name} rewrites {table}, locked meanwhile.",
                     "Add a plain column, fill it in batches, and keep it current in the app;\n"
                     "on MariaDB and MySQL: Computed(..., persisted=False), which costs nothing.")  # fmt: skip
    if dialect in SERVERS and counted:
        yield Danger("counted", f"Adding the counted column {name} rewrites {table}, locked meanwhile.",
                     "Make a new table with it, copy in batches, and switch.")  # fmt: skip
    if dialect == "postgresql" and default is not None and _VOLATILE.search(str(default)):
        yield Danger("volatile-default", f"The default of {name} is another for each row, so {table} is rewritten.",
                     "Add the column without it, then set it for new rows: op.alter_column(..., server_default=...),\n"
                     "and fill the old rows in batches.")  # fmt: skip


def _altered(step: Any, table: str, dialect: str) -> Iterator[Danger]:
    name = f"{table}.{step.column_name}"
    if step.modify_name is not None and dialect in SERVERS:
        yield rename_column(name, step.modify_name)
    if step.modify_type is not None and dialect in SERVERS and not _only_longer(step, dialect):
        yield change_type(name)
    if step.modify_nullable is False and dialect in SERVERS:
        yield set_not_null(name, dialect)


def _only_longer(step: Any, dialect: str) -> bool:
    """Whether text may just get longer, which PostgreSQL only notes."""
    old, new = (getattr(kind, "length", None) for kind in (step.existing_type, step.modify_type))
    text = {type(kind).__visit_name__.upper() for kind in (step.existing_type, step.modify_type)} <= {
        "VARCHAR", "STRING", "TEXT",
    }  # fmt: skip
    return dialect == "postgresql" and text and old is not None and (new is None or new >= old)


# The dangers that SQL of one's own has too --------------------------------------------------------


def drop_table(table: str) -> Danger:
    return Danger("drop-table", f"Dropping {table} loses all its rows.",
                  "Release a version that no longer uses it, keep a copy, then drop it.")  # fmt: skip


def drop_column(name: str) -> Danger:
    return Danger("drop-column", f"Dropping {name} loses its values.",
                  "Release a version that no longer uses it, then drop it in the next.")  # fmt: skip


def rename_table(old: str, new: str) -> Danger:
    return Danger("rename-table", f"Renaming {old} to {new} {_BREAKS}",
                  f'Keep the table: __tablename__ = "{old}".')  # fmt: skip


def rename_column(old: str, new: str) -> Danger:
    column = old.rpartition(".")[2]
    return Danger("rename-column", f"Renaming {old} to {new} {_BREAKS}",
                  f'Keep the column: {new}: ... = field(name="{column}"); or add, copy, drop later.')  # fmt: skip


def change_type(name: str) -> Danger:
    return Danger("change-type", f"Changing the type of {name} may rewrite the table, locked meanwhile.",
                  "Add a new column, write both, copy in batches, read the new one, drop the old one.")  # fmt: skip


def set_not_null(name: str, dialect: str) -> Danger:
    table, _, column = name.rpartition(".")
    if dialect == "postgresql":
        return Danger("set-not-null", f"Forbidding None in {name} reads every row of the locked table.",
                      f'op.execute("ALTER TABLE {table} ADD CONSTRAINT {column}_filled CHECK ({column} IS NOT NULL) '
                      'NOT VALID"),\nin the next migration VALIDATE CONSTRAINT, forbid None, drop it.')  # fmt: skip
    return Danger("set-not-null", f"Forbidding None in {name} copies the table, and fails at the first row without.",
                  "Fill the rows first, in batches, in a migration before; then allow this.")  # fmt: skip


def index(table: str, name: str) -> Danger:
    return Danger("index", f"Making {name} blocks all writes to {table} until it is done.",
                  "with op.get_context().autocommit_block():\n"
                  f"    op.create_index({name!r}, ..., postgresql_concurrently=True)")  # fmt: skip


def drop_index(name: str) -> Danger:
    return Danger("drop-index", f"Dropping {name} waits for all that uses its table, and all else waits behind it.",
                  "with op.get_context().autocommit_block():\n"
                  f"    op.drop_index({name!r}, ..., postgresql_concurrently=True)")  # fmt: skip


def foreign_key(table: str, dialect: str) -> Danger:
    if dialect == "postgresql":
        return Danger("foreign-key", f"Adding a foreign key to {table} blocks writes while every row is read.",
                      "op.create_foreign_key(..., postgresql_not_valid=True), and in the next migration\n"
                      f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT ...")')  # fmt: skip
    return Danger("foreign-key", f"Adding a foreign key to {table} copies the table, and blocks writes meanwhile.",
                  "Look for rows that point nowhere, then, in a session of its own:\n"
                  "SET foreign_key_checks = 0; ALTER TABLE ... ADD CONSTRAINT ..., ALGORITHM=INPLACE")  # fmt: skip


def check(table: str, dialect: str) -> Danger:
    if dialect == "postgresql":
        return Danger("check", f"Adding a CHECK to {table} stops all use while every row is read.",
                      "op.create_check_constraint(..., postgresql_not_valid=True), and in the next migration\n"
                      f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT ...")')  # fmt: skip
    return Danger("check", f"Adding a CHECK to {table} copies the table, and blocks writes meanwhile.",
                  "Check it in the app (field(ge=..., max_length=...)), and add it when few are there.")  # fmt: skip


def unique(table: str) -> Danger:
    return Danger("unique", f"Adding a unique constraint to {table} blocks all use while it is made.",
                  "Make a unique index with postgresql_concurrently=True, then\n"
                  f'op.execute("ALTER TABLE {table} ADD CONSTRAINT ... UNIQUE USING INDEX ...")')  # fmt: skip


def primary_key(table: str) -> Danger:
    return Danger("primary-key", f"Changing the primary key of {table} rewrites or locks it, and what refers to it.",
                  "Make a unique index without a lock, then ADD CONSTRAINT ... PRIMARY KEY USING INDEX\n"
                  "(PostgreSQL); elsewhere make a new table, copy in batches, and switch.")  # fmt: skip


def exclude(table: str) -> Danger:
    return Danger("exclude", f"Adding an EXCLUDE constraint to {table} stops all use while every row is read.",
                  "There is no way without a lock: do it when nobody works, with a lock_timeout.")  # fmt: skip


def backfill(table: str) -> Danger:
    return Danger("backfill", f"This changes rows of {table} in one transaction: they are locked until it ends.",
                  _BATCHES.format(table=table))  # fmt: skip
