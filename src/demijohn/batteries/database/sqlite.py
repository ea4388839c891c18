"""SQLite as a server's database: many readers beside one writer, and no surprises between them.

Theory. SQLite locks when it must write. A transaction that began as a reader and writes later fails at once
if another wrote in between, however long it would have waited: so whoever will write has to say so first.
Here the driver is left in autocommit, and BEGIN IMMEDIATE goes out only when the first statement that is not
plainly a read comes: readers then hold no lock at all (in WAL mode they also never wait), writers queue for
up to `BUSY_TIMEOUT`, and none of them fails for having read before.

A unit of work therefore sees what others have committed between two of its reads (READ COMMITTED), as on a
server.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from .async_sqlite import Connection
from .begin import delay

BUSY_TIMEOUT: Final = 5_000
"""How long a writer waits for another, in milliseconds."""

_PRAGMAS: Final = (f"busy_timeout = {BUSY_TIMEOUT}", "foreign_keys = ON", "synchronous = NORMAL")


class DatabaseBusy(OperationalError):
    """Another connection kept the database locked for longer than `BUSY_TIMEOUT`."""


def prepare(engine: Engine) -> None:
    """Set up every connection of an engine, and send BEGIN only when something is written."""
    event.listen(engine, "connect", _set_up)
    delay(engine)
    event.listen(engine, "handle_error", _name_busy, retval=True)


def _set_up(connection: Any, record: object) -> None:
    if isinstance(connection, Connection):
        connection.ask(_set_up_driver, connection.driver_connection)
    else:
        _set_up_driver(connection)


def _set_up_driver(connection: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA journal_mode")
    if cursor.fetchone()[0] != "wal":
        # A file that is read-only keeps its mode; one that another process is switching just now has it soon.
        with contextlib.suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _name_busy(context: ExceptionContext) -> BaseException | None:
    error = context.original_exception
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return DatabaseBusy(context.statement, None, error)
    return None
