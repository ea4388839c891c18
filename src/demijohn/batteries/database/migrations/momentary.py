"""The models' tables for a moment, beside those of the app: a database tells from them how it spells what they say.

Nothing of it can stay behind, not even when the process is killed: SQLite has them in memory, PostgreSQL in a schema
that is never committed, MariaDB and MySQL as temporary tables of one connection.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable


@contextmanager
def momentary_tables(engine: Engine, metadata: MetaData) -> Iterator[Connection | None]:
    """A connection that sees the models' tables, empty, and not those of the app; `None` where that is not to be."""
    make = _WAYS.get(engine.dialect.name)
    if make is None:
        yield None
        return
    with _home(engine) as home, home.connect() as connection:
        try:
            try:
                make(connection, metadata)
            except DBAPIError:  # what the user of the database may not do: the rest is compared all the same
                yield None
            else:
                yield connection
        finally:
            connection.rollback()
            if make is _make_temporary:
                connection.invalidate()  # these go with their connection, and hide the app's until then


@contextmanager
def _home(engine: Engine) -> Iterator[Engine]:
    """The engine itself; for SQLite one of a database in memory."""
    if engine.dialect.name != "sqlite":
        yield engine
        return
    memory = create_engine("sqlite://")
    try:
        yield memory
    finally:
        memory.dispose()


def _tables(metadata: MetaData) -> list[Table]:
    return [table for table in metadata.sorted_tables if table.schema is None]


def _make(connection: Connection, metadata: MetaData) -> None:
    metadata.create_all(connection, tables=_tables(metadata))


def _make_in_schema(connection: Connection, metadata: MetaData) -> None:
    name = f"demijohn_{uuid.uuid4().hex[:10]}"
    connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    connection.exec_driver_sql(f"SET LOCAL search_path TO {name}")
    _make(connection, metadata)


def _make_temporary(connection: Connection, metadata: MetaData) -> None:
    copies: Any = MetaData(naming_convention=metadata.naming_convention)
    for table in _tables(metadata):
        table.to_metadata(copies)
    for table in _tables(metadata):
        copy = copies.tables[table.name]
        copy._prefixes = ["TEMPORARY"]
        connection.execute(CreateTable(copy, include_foreign_key_constraints=[]))


_WAYS: Final[dict[str, Callable[[Connection, MetaData], None]]] = {
    "sqlite": _make,
    "postgresql": _make_in_schema,
    "mysql": _make_temporary,
    "mariadb": _make_temporary,
}
