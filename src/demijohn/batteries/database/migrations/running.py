"""Migrations are run: connections for them, what they execute, and what to say of one that died."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from .asking import MigrationError
from .journal import Journal

_READS: Final = re.compile(r"\s*(SELECT|PRAGMA|SHOW|DESCRIBE|WITH|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
TRANSACTIONAL: Final = frozenset({"sqlite", "postgresql"})
"""The databases that take back changes of tables with their transaction."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that was applied or taken back, and how many seconds that took."""

    revision: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one migration did: Alembic's operations, and the SQL that was executed."""

    step: Script
    operations: list[MigrateOperation]
    sql: list[str]


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection for changes of tables.

    SQLite rebuilds tables: with its foreign keys on, dropping the old one would delete what points to it.
    """
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        connection.execution_options(statement_timeout=None)  # However long it takes to build an index.
        try:
            if sqlite:
                connection.execute(text("PRAGMA foreign_keys=OFF"))
                connection.commit()
            yield connection
        finally:
            connection.rollback()
            if sqlite:
                connection.execute(text("PRAGMA foreign_keys=ON"))


@contextmanager
def recorded(connection: Connection) -> Iterator[list[str]]:
    """What was executed and was no question, in order."""
    made: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not _READS.match(statement):
            made.append(statement.strip())

    event.listen(connection, "after_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(connection, "after_cursor_execute", note)


def context_of(connection: Connection, **options: Any) -> MigrationContext:
    """Alembic's context, with a transaction for each migration."""
    transactional = connection.dialect.name in TRANSACTIONAL
    opts = {"transaction_per_migration": True, "transactional_ddl": transactional, **options}
    return MigrationContext.configure(connection, opts=opts)


def run(
    engine: Engine,
    scripts: ScriptDirectory,
    steps: Sequence[Script],
    tell: Callable[[Applied], None] = lambda _: None,
    *,
    back: bool = False,
) -> None:
    """Apply migrations in this order, or take them back; raises `MigrationError`, with what is left of one that
    died."""
    make = MigrationStep.downgrade_from_script if back else MigrationStep.upgrade_from_script
    plan = [make(scripts.revision_map, step) for step in steps]
    begun = time.perf_counter()
    with connected(engine) as connection:
        journal = Journal(engine, connection) if connection.dialect.name not in TRANSACTIONAL else None

        def applied(*_: Any, **told: Any) -> None:
            nonlocal begun
            now = time.perf_counter()
            tell(Applied(told["step"].up_revision_id, now - begun))
            begun = now
            if journal is not None:
                journal.close()

        def steps_to_run(rev: Any, context: Any) -> Iterator[Any]:
            for step, script in zip(plan, steps, strict=True):
                if journal is not None:
                    journal.open(script.revision, back=back)
                yield step

        context = context_of(connection, fn=steps_to_run, on_version_apply=(applied,))
        try:
            with Operations.context(context), context.begin_transaction():
                context.run_migrations()
        except MigrationError:
            raise
        except Exception as error:
            raise _died(error, journal) from error
        finally:
            if journal is not None:
                journal.stop()


def replay(engine: Engine, steps: Iterable[Script]) -> list[Replayed]:
    """Apply migrations to a scratch database, and tell what each of them did; raises `MigrationError`."""
    done = []
    with connected(engine) as connection:
        for step in steps:
            with recorded(connection) as sql:
                context = context_of(connection)
                operations: list[MigrateOperation] = []
                try:
                    with context.begin_transaction(_per_migration=True), _proxied(context, operations):
                        step.module.upgrade()
                except SQLAlchemyError as error:
                    raise MigrationError(
                        f"The migration {step.revision} does not run on an empty database: {reason(error)}",
                        f"Mend {step.path}.",
                    ) from error
            done.append(Replayed(step, operations, sql))
    return done


@contextmanager
def _proxied(context: MigrationContext, operations: list[MigrateOperation]) -> Iterator[None]:
    """`alembic.op` notes what it is told to do, and does it; in tables that are rebuilt too."""
    own: Any = Operations(context)
    rebuild = own.batch_alter_table
    _note(own, operations)

    @contextmanager
    def batch_alter_table(*args: Any, **options: Any) -> Iterator[Any]:
        with rebuild(*args, **options) as batch:
            _note(batch, operations)
            yield batch

    own.batch_alter_table = batch_alter_table
    own._install_proxy()
    try:
        yield
    finally:
        own._remove_proxy()


def _note(own: Any, operations: list[MigrateOperation]) -> None:
    invoke = own.invoke

    def noted(operation: Any) -> Any:
        operations.append(operation)
        return invoke(operation)

    own.invoke = noted


def reason(error: BaseException) -> str:
    """What the database says, in its words."""
    return str(getattr(error, "orig", None) or error).strip()


def _died(error: Exception, journal: Journal | None) -> MigrationError:
    failed = getattr(error, "statement", None)
    what = f"A migration failed: {reason(error)}" + (f"\n  in {failed.strip()}" if failed else "")
    if journal is None:
        return MigrationError(
            f"{what}\nNothing of it was kept; those told above are applied.",
            "Mend its file, then go on with: demijohn db migrate",
        )
    kept = journal.kept()
    if not kept:
        return MigrationError(f"{what}\nNothing of it was applied.", "Mend its file, then: demijohn db migrate")
    lines = "\n".join(f"  {number}. {' '.join(statement.split())};" for number, statement in enumerate(kept, 1))
    return MigrationError(
        f"{what}\nThis database cannot take back changes of tables. Applied, and kept, were:\n{lines}",
        "Leave what led to these as it is in the file, and undo nothing by hand; mend what failed.\n"
        f"Then demijohn db migrate goes on after statement {len(kept)}.",
    )
