"""What differs between the drivers once the SQL is made: how a transaction is begun and told, and how to ask.

A driver that is not listed here is left as SQLAlchemy drives it: nothing is delayed, nothing is read past it.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.util.concurrency import await_

Rows = Sequence[Sequence[Any]]


def _run(connection: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    """Ask through a cursor, as every driver can; the rows and what the cursor says of the columns."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql, values)
        return cursor.fetchall(), cursor.description
    finally:
        cursor.close()


def _run_aiosqlite(connection: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    """In one visit to the connection's thread; a cursor of its own would take four."""
    return await_(connection.driver_connection.execute_fetchall(sql, values)), None


def _fetch_asyncpg(connection: Any, sql: str, values: Any) -> tuple[Rows, Any]:
    """By the driver's own means, which keep the prepared statement: a cursor would look at its columns each time."""
    return await_(connection.driver_connection.fetch(sql, *values)), None


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


def _asyncpg_is_quiet(driver: Any) -> bool:
    """What the loop has read says that it is closed; what it has not come to read yet waits at the socket."""
    return not driver.is_closed() and _is_silent(driver._transport.get_extra_info("socket"))


def _is_silent(socket: Any) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return not poll.poll(0)


@dataclass(frozen=True, slots=True)
class Wire:
    """One driver: `in_transaction` and `is_quiet` take its own connection, the others the DBAPI's.

    `again` asks what was asked before, when nothing need be said of the columns any more. `is_quiet` tells of a
    connection that has waited whether it lives, as far as that can be known without asking. `begin` goes out before
    a statement, `start` by itself and with the isolation level that is asked for.
    """

    in_transaction: Callable[[Any], bool]
    run: Callable[[Any, str, Any], tuple[Rows, Any]] = _run
    begin: Callable[[Any, str], None] = _begin
    start: Callable[[Any, str | None], None] = _start
    end: Callable[[Any], None] | None = None
    is_quiet: Callable[[Any], bool] | None = None
    again: Callable[[Any, str, Any], tuple[Rows, Any]] | None = None


_POLLS: Final = hasattr(select, "poll")  # not on Windows: there each connection is asked whether it lives

WIRES: Final = {
    "pysqlite": Wire(lambda driver: bool(driver.in_transaction), start=_start_sqlite),
    "aiosqlite": Wire(lambda driver: bool(driver.in_transaction), _run_aiosqlite, start=_start_sqlite),
    "psycopg": Wire(_in_psycopg, is_quiet=_psycopg_is_quiet if _POLLS else None),
    "psycopg_async": Wire(_in_psycopg, is_quiet=_psycopg_is_quiet if _POLLS else None),
    "asyncpg": Wire(
        lambda driver: bool(driver.is_in_transaction()),
        begin=_begin_asyncpg,
        start=_start_asyncpg,
        end=_end_asyncpg,
        is_quiet=_asyncpg_is_quiet if _POLLS else None,
        again=_fetch_asyncpg,
    ),
    "pymysql": Wire(_in_pymysql, start=_start_mysql),
    "asyncmy": Wire(lambda driver: bool(driver.get_transaction_status()), start=_start_mysql),
}
"""By the name that SQLAlchemy gives the driver."""
