"""The tables of an app as it starts: made in development, looked for in production."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, MetaData, Table
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from demijohn.foundation.errors import SetupError


def missing_tables(engine: Engine, metadata: MetaData) -> list[Table]:
    """The tables that models have and the database has not, in the order in which they can be made."""
    inspector = sqlalchemy_inspect(engine)
    schemas = {table.schema for table in metadata.tables.values()}
    there = {(schema, name) for schema in schemas for name in _names(inspector, schema)}
    return [table for table in metadata.sorted_tables if (table.schema, table.name) not in there]


def _names(inspector: object, schema: str | None) -> Iterable[str]:
    return [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]  # type: ignore[attr-defined]


def create_tables(engine: Engine, metadata: MetaData) -> list[str]:
    """Make the tables that are missing, and tell which; nothing else is written, and tables that exist stay.

    Several processes may start at the same time: who finds that another was faster looks again.
    """
    made: list[str] = []
    while missing := missing_tables(engine, metadata):
        try:
            with engine.begin() as connection:
                metadata.create_all(connection, tables=missing)
            made += [table.name for table in missing]
        except (OperationalError, ProgrammingError, IntegrityError):
            if len(missing_tables(engine, metadata)) == len(missing):
                raise
    return made


_FREE: Final = {"sqlite": "PRAGMA foreign_keys={}", "mysql": "SET foreign_key_checks={}"}
"""How foreign keys are not looked at, where tables that point at each other could not be dropped otherwise."""


def drop_tables(engine: Engine) -> int:
    """Drop every table and view of the default schema, whoever made it, and tell how many tables there were; the enum
    types of PostgreSQL too."""
    inspector: Any = sqlalchemy_inspect(engine)
    quote = engine.dialect.identifier_preparer.quote
    postgresql = engine.dialect.name == "postgresql"
    end = " CASCADE" if postgresql else ""
    tables = inspector.get_table_names()
    lines = [f"DROP VIEW IF EXISTS {quote(name)}{end}" for name in inspector.get_view_names()]
    lines += [f"DROP TABLE IF EXISTS {quote(name)}{end}" for name in tables]
    if postgresql:
        lines += [f"DROP TYPE IF EXISTS {quote(kind['name'])}" for kind in inspector.get_enums()]
    free = _FREE.get("mysql" if engine.dialect.name == "mariadb" else engine.dialect.name)
    with engine.connect() as connection:
        if free:
            connection.exec_driver_sql(free.format(0))
        for line in lines:
            connection.exec_driver_sql(line)
        connection.commit()
        if free:
            connection.exec_driver_sql(free.format(1))
            connection.commit()
    return len(tables)


def migrations_folder(root: Path, name: str = "database") -> Path:
    """Where the migrations of a database are: in `migrations/`, those of one with a name in a folder of that below."""
    return root / "migrations" if name == "database" else root / "migrations" / name


def has_migrations(root: Path, name: str = "database") -> bool:
    """Whether the tables of a database are made by migrations, and not at start."""
    return any(migrations_folder(root, name).glob("[0-9]*.py"))


def require_tables(engine: Engine, metadata: MetaData, *, migrated: bool = False, options: str = "") -> None:
    """Raise `SetupError` DMJ0524 if the database lacks tables that models have.

    `options` are those of the commands that mend it.
    """
    names = [table.name for table in missing_tables(engine, metadata)]
    if names:
        raise SetupError(
            "DMJ0524",
            f"The database lacks {len(names)} of the models' tables: {', '.join(names)}.",
            fix=f"Apply the migrations: demijohn db migrate{options}\n"
            f"For a model that is new, make one first: demijohn db make{options}"
            if migrated
            else "Make them before the app starts: `demijohn dev` does, on the same DATABASE_URL. In production too:\n"
            'Database(create_tables="always"), or DEMIJOHN_DATABASE_CREATE_TABLES=always',
        )


def unreachable(engine: Engine, error: OperationalError) -> SetupError:
    """What to say of a database that cannot be connected to; the password stays unsaid."""
    reason = str(error.orig).strip().splitlines() or ["no reason was given"]
    return SetupError(
        "DMJ0525",
        f"The database {engine.url.render_as_string(hide_password=True)} cannot be used: {reason[0]}.",
        fix="Start the database, or correct DATABASE_URL. A SQLite file needs its folder to exist.",
    )
