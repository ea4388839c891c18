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

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.selectable import GenerativeSelect

BUSY_TIMEOUT: Final = 5_000
"""How long a writer waits for another, in milliseconds."""

_PRAGMAS: Final = (f"busy_timeout = {BUSY_TIMEOUT}", "foreign_keys = ON", "synchronous = NORMAL")
_OUTSIDE: Final = frozenset({"SELECT", "VALUES", "PRAGMA", "EXPLAIN", "VACUUM", "ATTACH", "DETACH"})
"""First words of statements that need no transaction, or that SQLite refuses inside of one."""


class DatabaseBusy(OperationalError):
    """Another connection kept the database locked for longer than `BUSY_TIMEOUT`."""


def prepare(engine: Engine) -> None:
    """Set up every connection of an engine, and send BEGIN only when something is written."""
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "before_cursor_execute", _begin_before_writing)
    event.listen(engine, "savepoint", _begin_before_savepoint)
    event.listen(engine, "handle_error", _name_busy, retval=True)


def _set_up(connection: Any, record: object) -> None:
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


def _begin_before_writing(  # noqa: PLR0917 - the signature is SQLAlchemy's
    connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
) -> None:
    if not _is_plain_read(context, sql):
        _begin(connection)


def _begin_before_savepoint(connection: Connection, name: str | None) -> None:
    _begin(connection)


def _is_plain_read(context: Any, sql: str) -> bool:
    """A select that does not ask for locks; of text, the first word decides, as SQLite's SELECT cannot
    write."""
    compiled = context.compiled
    if compiled is not None and isinstance(compiled.statement, GenerativeSelect):
        return compiled.statement._for_update_arg is None
    return sql.lstrip()[:8].partition(" ")[0].upper() in _OUTSIDE


def _begin(connection: Connection) -> None:
    pooled = connection.connection
    driver: Any = pooled.driver_connection
    if driver.in_transaction or connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    cursor = pooled.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    cursor.close()


def _name_busy(context: ExceptionContext) -> BaseException | None:
    error = context.original_exception
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return DatabaseBusy(context.statement, None, error)
    return None
