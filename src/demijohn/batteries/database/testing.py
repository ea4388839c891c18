"""What tests need of a database: a transaction that is never committed, and a database of a worker's own.

Theory. A test may let an app commit as it likes, and yet leave nothing behind, if all its units of work share one
connection in one transaction: the beginning of a unit is then a savepoint, its commit lets the savepoint go, and its
rollback goes back to it. The engines of the app are exchanged for one that has this connection, so that whatever asks
them is part of it: `DB`, sessions kept in the database, a connection of the app's own.

`AsyncDB` gets the same connection. Its session runs in a greenlet anyway, which need not wait where the driver does
not; so that what a `def` handler has written is there for an `async def` one, and for the test itself.
"""

from __future__ import annotations

import asyncio
import copy
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import await_, in_greenlet

from .begin import UNITS, needs_nothing
from .engines import Engines, driver_url, read_url
from .units import DB

_BEGIN: Final = {"sqlite": "BEGIN IMMEDIATE"}


@contextmanager
def rolled_back(engines: Engines) -> Iterator[DB]:
    """A block in which nothing that goes through these engines is kept; it is given a unit of work for itself.

    What the unit of the test has flushed (`db.save`) is seen by the app at once, and what the app has written by the
    test, without a commit. The units of one block share a connection, so that requests are to be made one after the
    other. On MariaDB and MySQL a change of tables ends the transaction: leave these to migrations.
    """
    held = _Held(engines)
    before = engines._sync, engines._async
    engines._sync, engines._async = held.engine, held.asynchronous
    try:
        with DB(held.engine) as db:
            held.follow(db)
            yield db
    finally:
        if engines._sync is held.engine:
            engines._sync, engines._async = before
        elif before[0] is not None:  # the app was stopped meanwhile, and would have closed it
            before[0].dispose()
        held.close()


class _Held:
    """One connection in one transaction, as an engine and as an async one."""

    def __init__(self, engines: Engines) -> None:
        url = driver_url(engines._location(), asynchronous=False)
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if not engines.is_sqlite else {}
        arguments = {"check_same_thread": False} if engines.is_sqlite else {}
        self.engine: Engine = create_engine(
            url, poolclass=StaticPool, connect_args=arguments, echo=engines.options["echo"], **options
        )
        engines._prepare(self.engine)
        self._savepoints: list[str] = []
        self._units: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
        self._begun: WeakSet[Connection] = WeakSet()
        self._db: DB | None = None
        with self.engine.connect() as connection:
            self._execute(connection, _BEGIN.get(self.engine.dialect.name, "BEGIN"))
            dialect: Any = self.engine.dialect
            dialect.do_commit = dialect.do_rollback = _nothing
        event.listen(self.engine, "begin", self._begin)
        event.listen(self.engine, "commit", self._commit)
        event.listen(self.engine, "rollback", self._rollback)
        event.listen(self.engine, "before_cursor_execute", self._before)
        twin = _async_twin(self.engine)
        UNITS[self.engine.dialect] = UNITS[twin.dialect] = self
        self.asynchronous = AsyncEngine(twin)

    def has_begun(self, connection: Connection) -> bool:
        """Whether the unit on a connection has written."""
        return connection in self._begun

    def start(self, connection: Connection) -> None:
        """A unit has its savepoint already; how it is isolated, one transaction for all cannot tell."""
        self._begun.add(connection)

    def follow(self, db: DB) -> None:
        """Have a unit look again at what others commit."""
        self._db = db

    def close(self) -> None:
        """Undo everything, and close the connection."""
        pooled = self.engine.raw_connection()
        pooled.rollback()
        pooled.close()
        self.engine.dispose()

    def _before(  # noqa: PLR0917 - the signature is SQLAlchemy's
        self, connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
    ) -> None:
        """Async code waits once, as it would for a server: SQLAlchemy looks whether it did."""
        if not needs_nothing(context, sql):
            self._begun.add(connection)
        if connection.dialect.is_async and in_greenlet():
            await_(asyncio.sleep(0))

    def _begin(self, connection: Connection) -> None:
        name = f"unit_{uuid.uuid4().hex[:12]}"
        self._units[connection] = name
        self._savepoints.append(name)
        self._execute(connection, f"SAVEPOINT {name}")

    def _commit(self, connection: Connection) -> None:
        if self._take(connection, "RELEASE SAVEPOINT {}"):
            self._look_again(connection)

    def _rollback(self, connection: Connection) -> None:
        self._take(connection, "ROLLBACK TO SAVEPOINT {}", "RELEASE SAVEPOINT {}")

    def _take(self, connection: Connection, *statements: str) -> bool:
        """End a unit; one whose savepoint an outer unit has ended already is over."""
        name = self._units.pop(connection, None)
        self._begun.discard(connection)
        if name not in self._savepoints:
            return False
        del self._savepoints[self._savepoints.index(name) :]
        for statement in statements:
            self._execute(connection, statement.format(name))
        return True

    def _look_again(self, connection: Connection) -> None:
        """The objects of the test's own unit are read anew, but for those that it has changed itself."""
        db = self._db
        begun = None if db is None else db.get_transaction()
        if db is None or (begun is not None and connection in begun.connections):
            return
        for item in list(db.identity_map.values()):
            if item not in db.dirty and item not in db.deleted:
                db.expire(item)

    def _execute(self, connection: Connection, statement: str) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(statement)
        cursor.close()


def _nothing(connection: Any) -> None:
    """Where a unit ends, the transaction goes on."""


def _async_twin(engine: Engine) -> Engine:
    """The same connection for async sessions, to which reading what is not loaded is as forbidden as ever."""
    twin = copy.copy(engine)
    dialect: Any = copy.copy(engine.dialect)
    plain: Any = dialect.execution_ctx_cls

    class Context(plain):  # type: ignore[misc] # the class is the driver's
        def create_default_cursor(self) -> Any:
            return _AsyncCursor(super().create_default_cursor())

    dialect.is_async, dialect.execution_ctx_cls = True, Context
    twin.dialect = dialect
    return twin


class _AsyncCursor:
    """A driver's cursor with the one method more that SQLAlchemy awaits of an async driver's."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)

    async def _async_soft_close(self) -> None:
        """The rows stay with the driver until they are read."""


# A database of one's own --------------------------------------------------------------------------


def worker_name() -> str:
    """What pytest-xdist calls this process, `gw0`; `main` where tests do not run in parallel."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@contextmanager
def worker_database(url: str | URL | None = None) -> Iterator[str]:
    """The URL of an empty database of this process's own, made beside that of `url` and dropped afterwards.

    Without `url` it is that of `DATABASE_URL`, or else SQLite. On a server the database is called after the one in the
    URL, `shop_test_gw0`: one of that name, which an interrupted run may have left, is dropped before. The user must be
    allowed to make databases. For SQLite it is a file in a temporary folder.
    """
    told = read_url(url or os.environ.get("DATABASE_URL") or "sqlite://")
    if told.get_backend_name() == "sqlite":
        with tempfile.TemporaryDirectory(prefix="demijohn-") as folder:
            yield f"sqlite:///{Path(folder) / f'{worker_name()}.sqlite'}"
        return
    name = f"{told.database or 'app'}_test_{worker_name()}"
    server = Engines(told.set(database=_home(told)), pool_size=1)
    _recreate(server, name)
    try:
        yield told.set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(server, name)
        server.close()


def _home(url: URL) -> str:
    """A database that is always there."""
    return "postgres" if url.get_backend_name() == "postgresql" else "information_schema"


def _recreate(server: Engines, name: str) -> None:
    _drop(server, name)
    with server.sync.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {_quoted(connection, name)}"))


def _drop(server: Engines, name: str) -> None:
    """Drop a database, with whoever is still connected to it."""
    with server.sync.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        force = " WITH (FORCE)" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(connection, name)}{force}"))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
