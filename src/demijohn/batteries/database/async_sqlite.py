"""SQLite for `AsyncDB`: the standard library's driver, asked in worker threads.

Theory. SQLite is no server: to ask it is to call a function, which may wait for a disk or for another writer, so that
it must not be called on the loop. A hop to a worker and back costs as much as a row does, so each question is one:
a statement with all its rows, with the BEGIN before it; a commit; a part of a stream. What ends at about the same time
wakes the loop once.

A connection answers one question at a time, in whatever thread. Whoever is cancelled has the question interrupted, and
waits until it has ended: a connection that is given back, closed or rolled back is in nobody's hands.

The workers are shared by all engines, and there may be more of them than connections: a writer that waits for another
keeps its thread, and the other needs one to commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.util.concurrency import await_, in_greenlet

from demijohn.foundation.workers import WorkerPool
from demijohn.kernel.hops import Hop, in_thread

T = TypeVar("T")

DRIVER: Final = "pysqlite_async"
"""In URLs `sqlite+pysqlite_async`, as SQLAlchemy calls psycopg's other half `psycopg_async`."""

WORKERS: Final = WorkerPool(1000, backlog=sys.maxsize)

AGAIN: Final = 0.05
"""Seconds until an interruption is repeated: one that comes between two statements, or to who waits for a lock, stops
nothing that comes after."""


class Visit:
    """One question to a connection, on its way to a worker."""

    __slots__ = ("_arguments", "_driver", "_function", "_is_off", "_is_over", "hop")

    def __init__(self, driver: Driver, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.hop = Hop(asyncio.get_running_loop())
        self._driver = driver
        self._function = function
        self._arguments = arguments
        self._is_off = self._is_over = False

    def __call__(self) -> None:
        """Ask, in the worker."""
        try:
            with self._driver.turn:
                try:
                    if self._is_off:
                        raise sqlite3.OperationalError("interrupted")
                    result = self._function(*self._arguments)
                finally:
                    self._is_over = True
        except BaseException as error:
            self.hop.done(None, error)
        else:
            self.hop.done(result)

    def hurry(self) -> None:
        """Nobody waits for the answer any more."""
        self._is_off = True
        if self._is_over:
            return
        with contextlib.suppress(sqlite3.ProgrammingError):  # of a connection that was closed before
            self._driver.interrupt()
        asyncio.get_running_loop().call_later(AGAIN, self.hurry)


class Driver(sqlite3.Connection):
    """A connection that workers ask, one question at a time."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.turn = threading.Lock()
        super().__init__(*arguments, **options)

    async def ask(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a worker; who is cancelled meanwhile has it interrupted."""
        visit = Visit(self, function, arguments)
        WORKERS.submit(visit)
        result: T = await visit.hop.wait(visit.hurry)
        return result

    async def finish(self, function: Callable[[], T]) -> T:
        """The same for what must not be cut short: a commit, a rollback, the end."""
        visit = Visit(self, function, ())
        WORKERS.submit(visit)
        result: T = await visit.hop.wait()
        return result

    async def fetch(self, sql: str, values: Any) -> list[Any]:
        """The rows of a statement."""
        return await self.ask(self._fetch, sql, values)

    def _fetch(self, sql: str, values: Any) -> list[Any]:
        return self.execute(sql, values).fetchall()

    def end(self) -> None:
        """Close it as soon as nobody asks it any more, and wait for nothing."""

        def close() -> None:
            with self.turn:
                self.close()

        WORKERS.submit(close)


class Connection(AdaptedConnection):
    """What SQLAlchemy's sync code takes for the driver's connection; whatever is not here is the driver's own."""

    __slots__ = ("_driver", "first")

    def __init__(self, driver: Driver) -> None:
        known_to_the_base: Any = driver
        self._connection, self._driver = known_to_the_base, driver
        self.first: str | None = None
        """A statement that goes out before the next one, in the same hop."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def ask(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in a worker, and wait for it in this greenlet."""
        return await_(self._driver.ask(function, *arguments))

    def ask_first(self, function: Callable[..., T], *arguments: Any) -> T:
        """The same for the next statement; `function` is told what goes out before it."""
        first, self.first = self.first, None
        return self.ask(function, self._driver, first, *arguments)

    def cursor(self, server_side: bool = False) -> Cursor:
        """A cursor; one of the server's side has its rows come in parts."""
        return LongCursor(self) if server_side else Cursor(self)

    def execute(self, sql: str, values: Any = ()) -> Cursor:
        """As the driver's own."""
        cursor = self.cursor()
        cursor.execute(sql, values)
        return cursor

    def commit(self) -> None:
        """Commit, if there is anything to."""
        self.first = None
        if self._driver.in_transaction:
            await_(self._driver.finish(self._driver.commit))

    def rollback(self) -> None:
        """Roll back, if there is anything to."""
        self.first = None
        if self._driver.in_transaction:
            await_(self._driver.finish(self._driver.rollback))

    def close(self) -> None:
        """Close the connection."""
        await_(self._driver.finish(self._driver.close))

    def terminate(self) -> None:
        """Close the connection of somebody who is gone; the collector cannot wait."""
        self._driver.end()

    @property
    def isolation_level(self) -> str | None:
        """As the driver's own."""
        return self._driver.isolation_level

    @isolation_level.setter
    def isolation_level(self, level: str | None) -> None:
        self.ask(setattr, self._driver, "isolation_level", level)


class Cursor:
    """A statement and its rows, fetched in one hop."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: deque[Any] = deque()

    def execute(self, sql: str, values: Any = ()) -> None:
        """As the driver's own."""
        self._take(self.connection.ask_first(_execute, sql, values or ()))

    def executemany(self, sql: str, values: Any) -> None:
        """As the driver's own."""
        self._take(self.connection.ask_first(_execute_many, sql, values))

    def _take(self, answer: tuple[list[Any], Any, int, int | None]) -> None:
        rows, self.description, self.rowcount, self.lastrowid = answer
        self._rows = deque(rows)

    def fetchone(self) -> Any:
        """As the driver's own."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """As the driver's own."""
        rows = self._rows
        return [rows.popleft() for _ in range(min(self.arraysize if size is None else size, len(rows)))]

    def fetchall(self) -> Sequence[Any]:
        """As the driver's own."""
        rows, self._rows = list(self._rows), deque()
        return rows

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    def close(self) -> None:
        """Forget the rows."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's word for a cursor whose rows are still wanted."""


class LongCursor(Cursor):
    """A statement whose rows stay with the database until they are asked for, in a hop for each part."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._cursor: sqlite3.Cursor | None = None

    def execute(self, sql: str, values: Any = ()) -> None:
        """As the driver's own."""
        self._cursor = cursor = self.connection.ask_first(_open, sql, values or ())
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid

    def fetchone(self) -> Any:
        """As the driver's own."""
        return None if self._cursor is None else self.connection.ask(self._cursor.fetchone)

    def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """As the driver's own."""
        return () if self._cursor is None else self.connection.ask(self._cursor.fetchmany, size or self.arraysize)

    def fetchall(self) -> Sequence[Any]:
        """As the driver's own."""
        return () if self._cursor is None else self.connection.ask(self._cursor.fetchall)

    def close(self) -> None:
        """End it; one that the collector has found is ended by being forgotten."""
        cursor, self._cursor = self._cursor, None
        if cursor is not None and in_greenlet():
            self.connection.ask(_end, cursor)


def _execute(driver: Driver, first: str | None, sql: str, values: Any) -> tuple[list[Any], Any, int, int | None]:
    cursor = _open(driver, first, sql, values)
    try:
        # The rows first: a statement that writes and returns rows has not written before they are read.
        rows = cursor.fetchall() if cursor.description else []
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


def _execute_many(driver: Driver, first: str | None, sql: str, values: Any) -> tuple[list[Any], Any, int, int | None]:
    cursor = driver.cursor()
    try:
        if first is not None:
            cursor.execute(first)
        cursor.executemany(sql, values)
        return [], None, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


def _open(driver: Driver, first: str | None, sql: str, values: Any) -> sqlite3.Cursor:
    cursor = driver.cursor()
    try:
        if first is not None:
            cursor.execute(first)
        return cursor.execute(sql, values)
    except BaseException:
        # An error has the cursor in its traceback. Whoever forgets it later, as the loop may, would end the cursor, and
        # wait for that until the connection has answered what it is asked by then.
        cursor.close()
        raise


def _end(cursor: sqlite3.Cursor) -> None:
    with contextlib.suppress(sqlite3.ProgrammingError):  # of a connection that was closed before
        cursor.close()


class _Context(SQLiteExecutionContext):
    def create_server_side_cursor(self) -> Any:
        return self._dbapi_connection.cursor(server_side=True)


class AsyncSQLite(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect of the standard library's driver, awaited."""

    driver = DRIVER
    is_async = True
    has_terminate = True
    supports_statement_cache = True
    supports_server_side_cursors = True
    execution_ctx_cls = _Context

    def create_connect_args(self, url: Any) -> Any:
        """As for the sync driver, but for any thread."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "check_same_thread": False}

    def connect(self, *arguments: Any, **options: Any) -> Any:
        """A connection, opened in a worker."""
        return Connection(await_(in_thread(WORKERS, lambda: Driver(*arguments, **options))))

    def get_driver_connection(self, connection: Any) -> Any:
        """What an adapted connection adapts."""
        return connection.driver_connection

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Close a connection of which nobody knows where it stands."""
        dbapi_connection.terminate()


registry.register(f"sqlite.{DRIVER}", __name__, AsyncSQLite.__name__)
