"""The linear history of an app's database, on Alembic: the only file that imports it."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError as AlembicError
from sqlalchemy import Connection, Engine, MetaData, TypeDecorator, event, inspect, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ..engines import Engines
from ..tables import unreachable
from .asking import MigrationError, Renames
from .safety import Danger, find_dangers
from .scratch import scratch_engine

_READS: Final = re.compile(r"\s*(SELECT|PRAGMA|SHOW|DESCRIBE|WITH)\b", re.IGNORECASE)
_TEMPLATE: Final = '''"""{title}"""

import sqlalchemy as sa
from alembic import op
{imports}
revision = "{revision}"
down_revision = {parent}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


@dataclass(frozen=True, slots=True)
class Draft:
    """A migration that was not written yet: its text, the SQL it came to when it was tried, its dangers."""

    revision: str
    text: str
    sql: list[str]
    dangers: list[Danger]


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that was applied or taken back, and how many seconds that took."""

    revision: str
    seconds: float


class History:
    """The migrations in `folder`, the database they are for, and the models they must agree with."""

    def __init__(self, engines: Engines, metadata: MetaData, folder: Path) -> None:
        self.engines = engines
        self.metadata = metadata
        self.folder = folder

    def reach(self) -> None:
        """Raise `SetupError` DMJ0525 if the database cannot be used."""
        try:
            self.engines.sync.connect().close()
        except OperationalError as error:
            raise unreachable(self.engines.sync, error) from error

    # Reading --------------------------------------------------------------------------------------

    def steps(self) -> list[Script]:
        """All migrations, the first one first; raises `MigrationError` if they are no line."""
        if not self.folder.is_dir():
            return []
        try:
            scripts = self._scripts()
            heads = scripts.get_heads()
            if len(heads) > 1:
                raise MigrationError(
                    f"Two migrations follow the same one: {' and '.join(sorted(heads))}.",
                    f'In the file of one of them write down_revision = "{min(heads)}", the name of the other.',
                )
            return list(reversed(list(scripts.walk_revisions())))
        except (AlembicError, LookupError, SyntaxError, ImportError, NameError, AttributeError) as error:
            raise MigrationError(
                f"The migrations in {self.folder} cannot be read: {error}", "Mend down_revision in the file."
            ) from error

    def current(self) -> str | None:
        """The last migration that the database has, or `None`."""
        with self.engines.sync.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
        known = {step.revision for step in self.steps()}
        if heads and heads[0] not in known:
            raise MigrationError(
                f"The database is at {heads[0]}, which is not in {self.folder}.",
                "Check out the version of the app that has this file, and take it back there: demijohn db rollback",
            )
        return heads[0] if heads else None

    def pending(self) -> list[str]:
        """The migrations that the database lacks, the next one first."""
        names = [step.revision for step in self.steps()]
        current = self.current()
        return names[names.index(current) + 1 :] if current else names

    # Making ---------------------------------------------------------------------------------------

    def draft(self, title: str, renames: Renames) -> Draft | None:
        """The next migration, tried in a scratch database; `None` if models and migrations agree."""
        steps = self.steps()
        with scratch_engine(self.engines) as engine:
            if steps:
                self._run(engine, "head")
            renamed = self._rename(engine, renames)
            script = self._compare(engine)
            if not renamed and script.upgrade_ops.is_empty():
                return None
            title = title or _describe(script.upgrade_ops.ops, renamed)
            revision = f"{len(steps) + 1:04}_{_slug(title)}"
            code = self._render(engine, script, renamed, revision, steps[-1].revision if steps else None, title)
            dangers = find_dangers(script.upgrade_ops.ops, [pair[:2] for pair in renamed], engine.dialect.name)
            with engine.begin() as connection:
                for _, _, _, back in reversed(renamed):
                    connection.execute(text(back))
            return Draft(revision, code, self._try(engine, code), dangers)

    def write(self, draft: Draft) -> Path:
        """Write a draft into its file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{draft.revision}.py"
        file.write_text(draft.text, encoding="utf-8")
        return file

    def _compare(self, engine: Engine, *, others: bool = True) -> Any:
        """What leads from a database to the models; `others` are tables that no model has."""

        def counts(thing: Any, name: Any, kind: str, reflected: bool, model: Any) -> bool:
            if kind != "table":
                return True
            return thing.schema is None and (others or not reflected or model is not None)

        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True, "include_object": counts}
            return produce_migrations(MigrationContext.configure(connection, opts=options), self.metadata)

    def _rename(self, engine: Engine, renames: Renames) -> list[tuple[str, str, str, str]]:
        """Old and new name, and the SQL there and back; done in the scratch database, so that the rest shows."""
        quote = engine.dialect.identifier_preparer.quote
        found = []
        there = {name for name in inspect(engine).get_table_names() if name != "alembic_version"}
        wanted = {table.name: table for table in self.metadata.tables.values() if table.schema is None}
        for old, new in renames.choose("table", sorted(there - set(wanted)), sorted(set(wanted) - there)):
            rows = [f"ALTER TABLE {quote(a)} RENAME TO {quote(b)}" for a, b in ((old, new), (new, old))]
            found.append((old, new, rows[0], rows[1]))
        self._execute(engine, [row[2] for row in found])
        columns = []
        for name in sorted(set(inspect(engine).get_table_names()) & set(wanted)):
            has = {column["name"] for column in inspect(engine).get_columns(name)}
            want = {column.name for column in wanted[name].columns}
            gone, come = (sorted(f"{name}.{column}" for column in names) for names in (has - want, want - has))
            for old, new in renames.choose("column", gone, come):
                a, b = quote(old.rpartition(".")[2]), quote(new.rpartition(".")[2])
                line = f"ALTER TABLE {quote(name)} RENAME COLUMN"
                columns.append((old, new, f"{line} {a} TO {b}", f"{line} {b} TO {a}"))
        self._execute(engine, [row[2] for row in columns])
        return found + columns

    @staticmethod
    def _execute(engine: Engine, statements: list[str]) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def _render(  # noqa: PLR0917 - what a file is made of
        self, engine: Engine, script: Any, renamed: list[Any], revision: str, parent: str | None, title: str
    ) -> str:
        batch = engine.dialect.name == "sqlite"
        imports: set[str] = set()

        def item(kind: str, thing: Any, context: Any) -> Any:
            return _plain_type(thing, context, imports) if kind == "type" else False

        def body(operations: Any, before: list[str], after: list[str]) -> str:
            code = render_python_code(operations, render_as_batch=batch, render_item=item)
            code = "" if operations.is_empty() else re.sub(r"^ *# .*\n?", "", code, flags=re.MULTILINE).strip()
            return "\n    ".join(part for part in (*before, code, *after) if part) or "pass"

        upgrade = body(script.upgrade_ops, [f"op.execute({row[2]!r})" for row in renamed], [])
        downgrade = body(script.downgrade_ops, [], [f"op.execute({row[3]!r})" for row in reversed(renamed)])
        for dialect in ("postgresql", "mysql", "sqlite"):
            if f"{dialect}." in upgrade + downgrade:
                imports.add(f"from sqlalchemy.dialects import {dialect}")
        return _TEMPLATE.format(
            title=title.replace("\\", " ").replace('"', "'"),
            imports="".join(f"{line}\n" for line in sorted(imports)),
            revision=revision,
            parent=f'"{parent}"' if parent else "None",
            upgrade=upgrade,
            downgrade=downgrade,
        )

    @staticmethod
    def _try(engine: Engine, code: str) -> list[str]:
        names: dict[str, Any] = {}
        exec(compile(code, "<migration>", "exec"), names)  # noqa: S102 - our own text, a moment before it is a file
        with _connected(engine) as connection:
            with _recorded(connection) as sql, connection.begin(), Operations.context(_context(connection)):
                try:
                    names["upgrade"]()
                except SQLAlchemyError as error:
                    reason = str(getattr(error, "orig", None) or error)
                    raise MigrationError(
                        f"The migration that leads to the models does not run: {reason}",
                        "Change the models in smaller steps, with a migration for each.",
                    ) from error
            return sql

    # Running --------------------------------------------------------------------------------------

    def move(self, target: str, tell: Callable[[Applied], None], *, back: bool = False) -> None:
        """Apply the migrations up to `target` ("head": all of them), or take back those after it ("base")."""
        self._run(self.engines.sync, target, tell, back=back)

    def adopt(self) -> bool:
        """Whether the tables were there before any migration was noted, and agree with the newest: now noted."""
        steps = self.steps()
        there = set(inspect(self.engines.sync).get_table_names()) & {
            table.name for table in self.metadata.sorted_tables
        }
        if not steps or not there or self.current() is not None:
            return False
        if not self._compare(self.engines.sync, others=False).upgrade_ops.is_empty():
            raise MigrationError(
                f"The database has tables ({', '.join(sorted(there))}) that no migration made, and they differ "
                "from the models.",
                "In development delete the database and migrate again. With data to keep: make the tables agree "
                "with the models, then run demijohn db migrate again.",
            )
        with self.engines.sync.connect() as connection:
            MigrationContext.configure(connection).stamp(self._scripts(), "head")
            connection.commit()
        return True

    def offline_sql(self) -> str:
        """The SQL of all migrations, for whoever applies it by hand."""
        if not self.steps():
            return ""
        buffer = io.StringIO()
        scripts = self._scripts()
        with EnvironmentContext(
            Config(), scripts, as_sql=True, fn=lambda rev, _: scripts._upgrade_revs("head", rev)
        ) as run:
            run.configure(
                dialect_name=self.engines.sync.dialect.name, output_buffer=buffer, dialect_opts={"paramstyle": "named"}
            )
            try:
                with run.begin_transaction():
                    run.run_migrations()
            except AlembicError as error:
                raise MigrationError(
                    f"This history cannot be written as SQL: {error}",
                    "SQLite rebuilds tables from what it finds in the database: use demijohn db migrate there.",
                ) from error
        return buffer.getvalue()

    def _scripts(self) -> ScriptDirectory:
        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])

    def _run(
        self, engine: Engine, target: str, tell: Callable[[Applied], None] = lambda _: None, *, back: bool = False
    ) -> None:
        scripts = self._scripts()
        begun = time.perf_counter()

        def steps(rev: Any, _: Any) -> Any:
            return scripts._downgrade_revs(target, rev) if back else scripts._upgrade_revs(target, rev)

        def applied(*_: Any, **told: Any) -> None:
            nonlocal begun
            now = time.perf_counter()
            tell(Applied(told["step"].up_revision_id, now - begun))
            begun = now
            sql.clear()

        with _connected(engine) as connection:
            transactional = engine.dialect.name in {"sqlite", "postgresql"}
            with _recorded(connection) as sql, EnvironmentContext(Config(), scripts, fn=steps) as run:
                run.configure(
                    connection=connection,
                    transaction_per_migration=True,
                    transactional_ddl=transactional,
                    on_version_apply=applied,
                )
                try:
                    with run.begin_transaction():
                        run.run_migrations()
                except Exception as error:
                    raise _died(error, sql, transactional=transactional) from error


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection)


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    """A connection for changes of tables.

    SQLite rebuilds tables: with its foreign keys on, dropping the old one would delete what points to it.
    """
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
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
def _recorded(connection: Connection) -> Iterator[list[str]]:
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


def _died(error: Exception, done: list[str], *, transactional: bool) -> MigrationError:
    reason = str(getattr(error, "orig", None) or error)
    failed = getattr(error, "statement", None)
    what = f"A migration failed: {reason}" + (f"\n  in {failed.strip()}" if failed else "")
    if transactional:
        return MigrationError(
            f"{what}\nNothing of it was kept; those told above are applied.",
            "Mend its file, then go on with: demijohn db migrate",
        )
    kept = [statement for statement in done if "alembic_version" not in statement]
    if not kept:
        return MigrationError(f"{what}\nNothing of it was applied.", "Mend its file, then: demijohn db migrate")
    lines = "\n".join(f"  {number}. {' '.join(statement.split())};" for number, statement in enumerate(kept, 1))
    return MigrationError(
        f"{what}\nThis database cannot take back changes of tables. Applied, and kept, were:\n{lines}",
        "Undo these by hand, or delete their lines from upgrade() in the file until it was applied here;\n"
        "mend what failed, then go on with: demijohn db migrate",
    )


def _plain_type(kind: Any, context: Any, imports: set[str]) -> Any:
    """Our own types as what they are in the database, so that a migration never needs the app's code."""
    if type(kind).__name__ == "UTCDateTime":
        imports.add("from sqlalchemy.dialects import mysql")
        return 'sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")'
    if isinstance(kind, TypeDecorator):
        from alembic.autogenerate.render import _repr_type

        return _repr_type(kind.impl_instance, context)
    return False


def _describe(operations: list[Any], renamed: list[Any]) -> str:
    """A title from what is done first: `create post`, `change post`."""
    words = [f"rename {old} to {new.rpartition('.')[2]}" for old, new, *_ in renamed]
    for operation in operations:
        kind = type(operation).__name__
        verb = {"CreateTableOp": "create", "DropTableOp": "drop", "ModifyTableOps": "change"}.get(kind)
        if verb:
            words.append(f"{verb} {operation.table_name}")
    return " and ".join(words[:2]) or "change indexes"


def _slug(title: str) -> str:
    """The words of a title that fit into a name: Alembic's table takes 32 letters."""
    name = ""
    for word in re.findall(r"[a-z0-9]+", title.lower()):
        if len(name) + len(word) > 26:
            break
        name += f"_{word}"
    return name.strip("_").removesuffix("_and") or "migration"
