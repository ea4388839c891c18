"""What differs between the drivers once the SQL is made: how a transaction is begun and told, and how to ask.

A driver that is not listed here is left as SQLAlchemy drives it: nothing is delayed, nothing is read past it.
"""

from __future__ import annotations

import select
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.util.concurrency import await_

Rows = Sequence[Sequence[Any]]


def _cursor(connection: Any) -> Any:
    return connection.cursor()


def _itself(connection: Any) -> Any:
    return connection


def _run(cursor: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    cursor.execute(sql, values)
    return cursor.fetchall(), cursor.description


def _again(cursor: Any, sql: str, values: Any) -> Rows:
    cursor.execute(sql, values)
    rows: Rows = cursor.fetchall()
    return rows


def _run_by_cursor(connection: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    """Through a cursor of its own, which an async driver has to close."""
    cursor = connection.cursor()
    try:
        return _run(cursor, sql, values)
    finally:
        cursor.close()


def _run_aiosqlite(connection: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    return await_(_fetch_aiosqlite(connection.driver_connection, sql, values)), None


def _fetch_aiosqlite(driver: Any, sql: str, values: Any) -> Awaitable[Rows]:
    """In one visit to the connection's thread; a cursor of its own would take four."""
    return driver.execute_fetchall(sql, values)  # type: ignore[no-any-return]


def _run_pysqlite_async(connection: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    return await_(_fetch_pysqlite_async(connection.driver_connection, sql, values)), None


def _fetch_pysqlite_async(driver: Any, sql: str, values: Any) -> Awaitable[Rows]:
    return driver.fetch(sql, values)  # type: ignore[no-any-return]


def _begin_pysqlite_async(connection: Any, sql: str) -> None:
    # It goes out with the next statement, in the same hop.
    connection.first = sql


def _end_pysqlite_async(connection: Any) -> None:
    connection.first = None


def _fetch_asyncpg(driver: Any, sql: str, values: Any) -> Awaitable[Rows]:
    """By the driver's own means, which keep the prepared statement: a cursor would look at its columns each time."""
    return driver.fetch(sql, *values)  # type: ignore[no-any-return]


async def _fetch_psycopg(driver: Any, sql: str, values: Any) -> Rows:
    cursor = await driver.execute(sql, values)
    return await cursor.fetchall()  # type: ignore[no-any-return]


def _by(fetch: Callable[[Any, str, Any], Awaitable[Rows]]) -> Callable[[Any, str, Any], Rows]:
    """The same from a greenlet."""

    def again(connection: Any, sql: str, values: Any) -> Rows:
        return await_(fetch(connection.driver_connection, sql, values))

    return again


def _begin(connection: Any, sql: str) -> None:
    cursor = connection.cursor()
    cursor.execute(sql)
    cursor.close()


def _begin_asyncpg(connection: Any, sql: str) -> None:
    # SQLAlchemy's adapter sends BEGIN itself, with the next statement.
    connection.isolation_level = "read_committed"


def _start(connection: Any, isolation: str | None) -> None:
    _begin(connection, f"BEGIN ISOLATION LEVEL {isolation}" if isolation else "BEGIN")


def _start_mysql(connection: Any, isolation: str | None) -> None:
    if isolation:
        _begin(connection, f"SET TRANSACTION ISOLATION LEVEL {isolation}")  # of the next one alone
    _begin(connection, "BEGIN")


def _start_sqlite(connection: Any, isolation: str | None) -> None:
    # One writer at a time, before whom nothing changes: that is as strict as can be asked for.
    _begin(connection, "BEGIN IMMEDIATE")


def _start_asyncpg(connection: Any, isolation: str | None) -> None:
    connection.isolation_level = (isolation or "read committed").lower().replace(" ", "_")
    _begin(connection, "SELECT 1")


def _end_asyncpg(connection: Any) -> None:
    connection.autocommit = False  # in its words: back to what was set, which is autocommit or what the user asked for


def _in_psycopg(driver: Any) -> bool:
    return bool(driver.pgconn.transaction_status != 0)


def _in_pymysql(driver: Any) -> bool:
    return bool((driver.server_status or 0) & 1)


def _psycopg_is_quiet(driver: Any) -> bool:
    """Whether the server has said nothing since: it says when it closes a connection."""
    return not driver.closed and _is_silent(driver.pgconn.socket)


def _pymysql_is_quiet(driver: Any) -> bool:
    return driver.open and _is_silent(driver._sock)


def _asyncpg_is_quiet(driver: Any) -> bool:
    """What the loop has read says that it is closed; what it has not come to read yet waits at the socket."""
    return not driver.is_closed() and _is_silent(driver._transport.get_extra_info("socket"))


def _asyncmy_is_quiet(driver: Any) -> bool:
    """As of asyncpg's; a version that keeps what it has read elsewhere is asked."""
    read, transport = getattr(driver, "_proto", None), getattr(driver, "_transport", None)
    if read is None or transport is None or read.eof or read.exc is not None or read.length > read.pos:
        return False
    return _is_silent(transport.get_extra_info("socket"))


def _is_silent(socket: Any) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return not poll.poll(0)


@dataclass(frozen=True, slots=True)
class Wire:
    """One driver: `in_transaction` and `is_quiet` take its own connection, the others the DBAPI's.

    `run` asks what `open` made of a connection, which is kept with it: the rows, and what is said of the columns.
    `again` asks what was asked before, when nothing need be said of the columns any more; so does `fetch`, which is
    awaited, of the driver's own connection. `is_quiet` tells of a
    connection that has waited whether it lives, as far as that can be known without asking. `begin` goes out before
    a statement, `start` by itself and with the isolation level that is asked for.
    """

    in_transaction: Callable[[Any], bool]
    open: Callable[[Any], Any] = _cursor
    run: Callable[[Any, str, Any], tuple[Rows, Any]] = _run
    again: Callable[[Any, str, Any], Rows] | None = _again
    begin: Callable[[Any, str], None] = _begin
    start: Callable[[Any, str | None], None] = _start
    end: Callable[[Any], None] | None = None
    is_quiet: Callable[[Any], bool] | None = None
    fetch: Callable[[Any, str, Any], Awaitable[Rows]] | None = None


_POLLS: Final = hasattr(select, "poll")  # not on Windows: there each connection is asked whether it lives

WIRES: Final = {
    "pysqlite": Wire(lambda driver: bool(driver.in_transaction), start=_start_sqlite),
    "aiosqlite": Wire(
        lambda driver: bool(driver.in_transaction),
        _itself,
        _run_aiosqlite,
        again=_by(_fetch_aiosqlite),
        fetch=_fetch_aiosqlite,
        start=_start_sqlite,
    ),
    "pysqlite_async": Wire(
        lambda driver: bool(driver.in_transaction),
        _itself,
        _run_pysqlite_async,
        again=_by(_fetch_pysqlite_async),
        fetch=_fetch_pysqlite_async,
        begin=_begin_pysqlite_async,
        start=_start_sqlite,
        end=_end_pysqlite_async,
    ),
    "psycopg": Wire(_in_psycopg, is_quiet=_psycopg_is_quiet if _POLLS else None),
    "psycopg_async": Wire(
        _in_psycopg,
        _itself,
        _run_by_cursor,
        again=_by(_fetch_psycopg),
        is_quiet=_psycopg_is_quiet if _POLLS else None,
        fetch=_fetch_psycopg,
    ),
    "asyncpg": Wire(
        lambda driver: bool(driver.is_in_transaction()),
        _itself,
        _run_by_cursor,
        again=_by(_fetch_asyncpg),
        fetch=_fetch_asyncpg,
        begin=_begin_asyncpg,
        start=_start_asyncpg,
        end=_end_asyncpg,
        is_quiet=_asyncpg_is_quiet if _POLLS else None,
    ),
    "pymysql": Wire(_in_pymysql, start=_start_mysql, is_quiet=_pymysql_is_quiet if _POLLS else None),
    "asyncmy": Wire(
        lambda driver: bool(driver.get_transaction_status()),
        _itself,
        _run_by_cursor,
        again=None,
        start=_start_mysql,
        is_quiet=_asyncmy_is_quiet if _POLLS else None,
    ),
}
"""By the name that SQLAlchemy gives the driver."""
