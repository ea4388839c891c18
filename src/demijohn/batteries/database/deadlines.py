"""How long an answer of the database may take: `Database(statement_timeout=10)`.

Theory. A network can swallow what is sent: the bytes are acknowledged, no answer comes, and nobody says that it is
lost. A driver waits for that for ever. So each statement has its time, on this side of the network, and nothing need
be sent for that: a setting of the server's would be of no use here, and a pooler between them may refuse it.

A connection that owes an answer is closed, as that would be taken for the answer to the next question. The server is
asked, by a connection of its own, to stop what nobody waits for any more: if it does not answer that either, all
connections of the pool are made anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection

from .driver_limits import DRIVER_LIMITS, DriverLimit

OPTION: Final = "statement_timeout"
"""The execution option of statements and of connections."""
USUAL: Final[Any] = object()
"""Its value where the engine's own holds."""
_SHOWN: Final = 200
"""How many letters of a statement are shown."""


class StatementTimeout(OperationalError):
    """The database gave no answer within `statement_timeout`; answered 503."""


class Deadlines:
    """How long the connections of an engine wait for their answers: `usual` seconds, or what a statement asks for."""

    def __init__(self, engine: Engine, limit: DriverLimit, usual: float | None) -> None:
        self.usual = usual
        self.others: dict[int, tuple[Any, float | None]] = {}
        self._limit = limit
        self._connect = engine.dialect.connect
        self._options: tuple[Any, dict[str, Any]] | None = None
        engine.dialect.connect = self._noted  # type: ignore[method-assign]
        event.listen(engine, "connect", self._set_up)
        event.listen(engine, "handle_error", self._named, retval=True)

    def choose(self, connection: Connection, options: Mapping[str, Any], *, streams: bool) -> None:
        """Have a connection wait as long as the options of its next statement say; one that streams goes on as it
        does, where they say nothing."""
        driver: Any = connection.connection.driver_connection
        wanted = options.get(OPTION, USUAL)
        if wanted is not USUAL:
            self._set(driver, seconds_of(wanted))
        elif not streams:
            self.restore(driver)

    def restore(self, driver: Any) -> None:
        """Have a connection wait as long as is usual."""
        if self.others.pop(id(driver), None) is not None:
            self._limit.set(driver, self.usual)

    def _set(self, driver: Any, seconds: float | None) -> None:
        key = id(driver)
        known = self.others.get(key)
        if known is None or known[1] != seconds:
            others = self.others
            others[key] = (ref(driver, lambda _: others.pop(key, None)), seconds)
            self._limit.set(driver, seconds)

    def is_overdue(self, error: BaseException) -> bool:
        """Whether a driver says that no answer came in time."""
        return self._limit.is_overdue(error)

    def end(self, driver: Any, error: Exception, sql: str | None) -> tuple[StatementTimeout, bool]:
        """Close a connection that owes an answer: the error to be raised, and whether the server answers at all."""
        other = self.others.pop(id(driver), None)
        seconds = self.usual if other is None else other[1]
        lives = self._limit.stop(driver, self._connect_again)
        told = TimeoutError(_words(seconds, sql, lives=lives))
        for note in getattr(error, "__notes__", ()):
            told.add_note(note)
        return StatementTimeout(sql, None, told, connection_invalidated=True), lives

    def give_up(self, engine: Engine, pooled: PoolProxiedConnection, error: Exception, sql: str | None) -> NoReturn:
        """Take a connection that owes an answer out of its pool, and raise what is to be said of it."""
        told, lives = self.end(pooled.driver_connection, error, sql)
        if lives:
            pooled.invalidate(error)
        else:
            engine.pool._invalidate(pooled, error)
        raise told from error

    def _noted(self, *arguments: Any, **options: Any) -> Any:
        self._options = (arguments, options)
        return self._connect(*arguments, **options)

    def _connect_again(self, **hurried: Any) -> Any:
        if self._options is None:
            raise LookupError("Somebody else connects.")
        arguments, options = self._options
        return self._connect(*arguments, **{**options, **hurried})

    def _set_up(self, connection: Any, record: object) -> None:
        self._limit.set(getattr(connection, "driver_connection", connection), self.usual)

    def _named(self, context: ExceptionContext) -> BaseException | None:
        error: Any = context.original_exception
        connection = context.connection
        if connection is None or connection.invalidated or not self.is_overdue(error):
            return None
        told, lives = self.end(connection.connection.driver_connection, error, context.statement)
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = not lives
        return told


_DEADLINES: Final[WeakKeyDictionary[Engine, Deadlines]] = WeakKeyDictionary()


def limit_statements(engine: Engine, seconds: float | None) -> Deadlines | None:
    """Have an engine's connections wait so long for their answers; `None` for a driver that is not known."""
    known = DRIVER_LIMITS.get(engine.dialect.driver)
    if known is None:
        return None
    deadlines = _DEADLINES[engine] = Deadlines(engine, known, seconds_of(seconds))
    return deadlines


def deadlines_of(engine: Engine) -> Deadlines | None:
    """What was said of how long an engine's connections wait."""
    return _DEADLINES.get(engine)


def tell_overdue(connection: Connection, error: Exception, sql: str) -> None:
    """Raise `StatementTimeout` for what a driver was asked past its engine, if no answer came in time."""
    deadlines = deadlines_of(connection.engine)
    if deadlines is None or not deadlines.is_overdue(error):
        return
    told, lives = deadlines.end(connection.connection.driver_connection, error, sql)
    if not lives:
        connection.engine.pool._invalidate(connection.connection, error, _checkin=False)
    connection.invalidate(error)
    raise told from error


def seconds_of(value: Any) -> float | None:
    """What a driver is told: no time, all of it, and 0 as PostgreSQL has it, are for as long as it takes."""
    if value is None or value is USUAL:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"statement_timeout is a number of seconds, or None for no limit: not {value!r}.")
    return None if value in {0, math.inf} else float(value)


def _words(seconds: float | None, sql: str | None, *, lives: bool) -> str:
    asked = "" if sql is None else " " + " ".join(sql.split())
    shown = asked if len(asked) <= _SHOWN else asked[: _SHOWN - 3] + "..."
    told = f"No answer within {seconds or 0:g} s (statement_timeout):{shown or ' the end of a transaction'}. "
    if lives:
        return told + "The server was told to stop. What may take longer: with db.statement_timeout(60): ..."
    return told + "Nor was a new connection answered: the server, or the network before it, is silent."
