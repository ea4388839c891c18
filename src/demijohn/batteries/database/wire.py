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


def _begin(connection: Any, sql: str) -> None:
    cursor = connection.cursor()
    cursor.execute(sql)
    cursor.close()


def _begin_asyncpg(connection: Any, sql: str) -> None:
    # SQLAlchemy's adapter sends BEGIN itself, with the next statement.
    connection.isolation_level = "read_committed"


def _end_asyncpg(connection: Any) -> None:
    connection.autocommit = False  # in its words: back to what was set, which is autocommit or what the user asked for


def _in_psycopg(driver: Any) -> bool:
    return bool(driver.pgconn.transaction_status != 0)


def _in_pymysql(driver: Any) -> bool:
    return bool((driver.server_status or 0) & 1)


def _psycopg_is_quiet(driver: Any) -> bool:
    """Whether the server has said nothing since: it says when it closes a connection."""
    poll = select.poll()
    poll.register(driver.pgconn.socket, select.POLLIN)
    return not driver.closed and not poll.poll(0)


@dataclass(frozen=True, slots=True)
class Wire:
    """One driver: `in_transaction` and `is_quiet` take its own connection, the others the DBAPI's."""

    in_transaction: Callable[[Any], bool]
    run: Callable[[Any, str, Any], tuple[Rows, Any]] = _run
    begin: Callable[[Any, str], None] = _begin
    end: Callable[[Any], None] | None = None
    is_quiet: Callable[[Any], bool] | None = None


_POLLS: Final = hasattr(select, "poll")  # not on Windows: there each connection is asked whether it lives

WIRES: Final = {
    "pysqlite": Wire(lambda driver: bool(driver.in_transaction)),
    "aiosqlite": Wire(lambda driver: bool(driver.in_transaction), _run_aiosqlite),
    "psycopg": Wire(_in_psycopg, is_quiet=_psycopg_is_quiet if _POLLS else None),
    "psycopg_async": Wire(_in_psycopg, is_quiet=_psycopg_is_quiet if _POLLS else None),
    "asyncpg": Wire(lambda driver: bool(driver.is_in_transaction()), begin=_begin_asyncpg, end=_end_asyncpg),
    "pymysql": Wire(_in_pymysql),
    "asyncmy": Wire(lambda driver: bool(driver.get_transaction_status())),
}
"""By the name that SQLAlchemy gives the driver."""
