"""Transactions that begin when they are needed: a read sends the server nothing but itself.

Theory. The driver is left in autocommit. Before the first statement that is not plainly a read, BEGIN is sent;
from then on the unit is a transaction like any other. What ends it is sent only if it began. "Plainly a read"
is a select of columns, values and functions that are known to do nothing else: writes, locks, savepoints, text
and all unknown functions (an advisory lock is one) begin first.

What a unit sees between two reads is therefore what others have committed: READ COMMITTED, on every database.
A connection that asked for an isolation level of its own is not delayed.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, TextClause, event
from sqlalchemy.sql import functions, visitors
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.selectable import GenerativeSelect

from .deadlines import OPTION, Deadlines
from .faults import UNKNOWN_COMMIT, is_unanswered
from .wire import WIRES, Wire

_BEGIN: Final = {"sqlite": "BEGIN IMMEDIATE"}
_HARMLESS: Final = frozenset({
    "abs", "ceil", "ceiling", "char_length", "coalesce", "date", "date_part", "date_trunc", "datetime", "floor",
    "greatest", "ifnull", "instr", "json_extract", "least", "left", "length", "lower", "ltrim", "mod", "nullif",
    "power", "replace", "right", "round", "rtrim", "sign", "sqrt", "strftime", "substr", "substring", "to_char",
    "total", "trim", "trunc", "upper",
})  # fmt: skip
"""Functions that are no class of SQLAlchemy's, and only compute."""
_LITERAL: Final = re.compile(r"[\w.* ]*")
_OUTSIDE: Final = frozenset({"SELECT", "VALUES", "PRAGMA", "EXPLAIN", "VACUUM", "ATTACH", "DETACH"})
"""First words of statements that SQLite needs no transaction for, or refuses inside of one."""

STREAMING: Final = "demijohn.streaming"
"""In a connection's `info`, while rows are still to come from it."""
_ONE_ANSWER: Final = frozenset({"mysql", "mariadb"})
"""Where a second question on a connection would throw away what is left of the first one's answer."""

_PLAIN: Final[WeakKeyDictionary[Any, bool]] = WeakKeyDictionary()
"""By compiled statement; SQLAlchemy keeps those that come again."""


class Units(Protocol):
    """Who knows of an engine's units what its driver cannot tell: where they all share one transaction."""

    def has_begun(self, connection: Connection) -> bool:
        """Whether the unit on a connection has written."""
        ...

    def start(self, connection: Connection) -> None:
        """Take the unit for one that has written."""
        ...


UNITS: Final[WeakKeyDictionary[Any, Units]] = WeakKeyDictionary()
"""By the dialect of the engine."""


def wire_of(engine: Engine) -> Wire | None:
    """What is known of an engine's driver, in its mode: psycopg has one name for both."""
    dialect = engine.dialect
    awaited = WIRES.get(f"{dialect.driver}_async") if dialect.is_async else None
    return awaited or WIRES.get(dialect.driver)


def delay(engine: Engine, deadlines: Deadlines | None = None) -> None:
    """Have an engine send BEGIN, COMMIT, ROLLBACK and pings only when they are needed, and wait for them no longer
    than it may.

    The engine's driver must be in autocommit.
    """
    wire = wire_of(engine)
    if wire is None:
        return

    one_answer = engine.dialect.name in _ONE_ANSWER

    def begin(connection: Connection) -> None:
        pooled = connection.connection
        if "isolation_level" in connection.get_execution_options() or wire.in_transaction(pooled.driver_connection):
            return
        wire.begin(pooled.dbapi_connection, _BEGIN.get(engine.dialect.name, "BEGIN"))

    def before(  # noqa: PLR0917 - the signature is SQLAlchemy's
        connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if one_answer and STREAMING in connection.info:
            raise RuntimeError(
                "This unit of work streams, and MariaDB and MySQL answer one question at a time: read the stream to "
                "its end first, use in_batches(), or ask in a unit of its own: with scope(DB) as other: ..."
            )
        if deadlines is not None and (deadlines.others or OPTION in context.execution_options):
            deadlines.choose(connection, context.execution_options, streams=STREAMING in connection.info)
        if not needs_nothing(context, sql):
            begin(connection)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "savepoint", lambda connection, _: begin(connection))
    _spare_ends(engine.dialect, wire, deadlines)


def has_begun(connection: Connection) -> bool:
    """Whether a connection is in a transaction of the database's; one whose driver is not known always is."""
    units = UNITS.get(connection.dialect)
    if units is not None:
        return units.has_begun(connection)
    wire = wire_of(connection.engine)
    if wire is None or "isolation_level" in connection.get_execution_options():
        return True
    return wire.in_transaction(connection.connection.driver_connection)


def start(connection: Connection, isolation: str | None) -> None:
    """Begin now, isolated as asked (READ COMMITTED, if nothing is), on a connection that has not begun."""
    units = UNITS.get(connection.dialect)
    if units is not None:
        units.start(connection)
        return
    wire = wire_of(connection.engine)
    if wire is None:
        if isolation is not None:
            connection.execution_options(isolation_level=isolation)
        return
    wire.start(connection.connection.dbapi_connection, isolation)


def _spare_ends(dialect: Any, wire: Wire, deadlines: Deadlines | None) -> None:
    """Replace what an engine's own dialect does at the end of a unit by the same, where there is one to end."""
    commit, rollback, ping = dialect.do_commit, dialect.do_rollback, dialect.do_ping

    def ends(end: Any) -> Any:
        def end_if_begun(connection: Any) -> None:
            inner = getattr(connection, "dbapi_connection", connection)
            if wire.in_transaction(dialect.get_driver_connection(inner)):
                end(connection)
            if wire.end is not None:
                wire.end(inner)
            if deadlines is not None and deadlines.others:
                deadlines.restore(dialect.get_driver_connection(inner))

        return end_if_begun

    def commit_or_undo(connection: Any) -> None:
        try:
            commit(connection)
        except (dialect.loaded_dbapi.Error, TimeoutError) as error:
            if is_unanswered(error) or (deadlines is not None and deadlines.is_overdue(error)):
                error.add_note(UNKNOWN_COMMIT)
                raise
            # SQLite stays in a transaction that a deferred rule kept from being committed, and SQLAlchemy takes it for
            # ended: the next user of the connection would be in it.
            with contextlib.suppress(dialect.loaded_dbapi.Error):
                rollback(connection)
            raise

    dialect.do_commit, dialect.do_rollback = ends(commit_or_undo), ends(rollback)
    is_quiet = wire.is_quiet

    def lives(connection: Any) -> bool:
        if is_quiet is not None and is_quiet(dialect.get_driver_connection(connection)):
            return True
        try:
            return bool(ping(connection))
        except (dialect.loaded_dbapi.Error, TimeoutError):
            return False  # Whatever it says: asyncpg's loss is told before its connection knows that it is closed.

    dialect.do_ping = lives


def needs_nothing(context: Any, sql: str) -> bool:
    """Whether a statement needs no transaction."""
    compiled = context.compiled
    if compiled is not None and isinstance(compiled.statement, GenerativeSelect):
        options = context.execution_options
        # A cursor of the server's lives in a transaction; SQLite's own lives by itself, and must keep nobody waiting.
        streams = options.get("stream_results") or options.get("yield_per")
        return is_plain(compiled) and (not streams or context.dialect.name == "sqlite")
    # On SQLite text cannot write if its first word is SELECT; elsewhere nothing is known of it.
    sqlite = context.dialect.name == "sqlite"
    return sqlite and sql.lstrip()[:8].partition(" ")[0].upper() in _OUTSIDE


def is_plain(compiled: Any) -> bool:
    """Whether a compiled statement is plainly a read, whatever its values."""
    plain = _PLAIN.get(compiled)
    if plain is None:
        statement = getattr(compiled.compile_state, "statement", None)
        if not isinstance(statement, GenerativeSelect):
            statement = compiled.statement
        plain = _PLAIN[compiled] = all(_is_harmless(part) for part in visitors.iterate(statement))
    return plain


def _is_harmless(part: Any) -> bool:
    if isinstance(part, GenerativeSelect):
        return part._for_update_arg is None
    if isinstance(part, ColumnClause) and part.is_literal:
        return _LITERAL.fullmatch(part.name) is not None
    if isinstance(part, functions.FunctionElement):
        return _only_computes(part)
    return not isinstance(part, UpdateBase | TextClause)


def _only_computes(part: Any) -> bool:
    kind = type(part)
    if kind is functions.Function:
        return part.name.lower() in _HARMLESS and not part.packagenames
    return kind.__module__ == functions.__name__ and kind is not functions.next_value
