"""What a database cannot do just now, or with these values: told apart by what it says, and answered without a 500.

Theory. SQLAlchemy's classes are the drivers', which differ: a value that does not fit is a `DataError` of one, an
`OperationalError` of another and no database error at all of a third. What all servers have is a code: five letters
of the SQL standard, of which the first two are the class of the fault, or MySQL's numbers.

    a value that does not fit       422
    connection lost, deadlock,
    time-out, server full of work   503, with Retry-After: what was begun is rolled back, it may be sent again
    no room on the disk             507
    anything else                   500, as it is ours to mend
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from demijohn.foundation.http.errors import HTTPError, ServiceUnavailable, UnprocessableContent
from demijohn.foundation.http.request import Request
from demijohn.foundation.http.response import Response
from demijohn.kernel.failures import default_response, shown_path

log = logging.getLogger("demijohn.database")

Fault = Literal["value", "busy", "full"]

UNKNOWN_COMMIT: Final = "This was the answer to a COMMIT: whether the unit was committed is not known."
"""The note of an error after which nobody knows."""

RETRY_AFTER: Final = 1
"""What a client is told to wait, in seconds: pools clear and servers come back fast, or not at all."""

_STATES: Final[dict[str, Fault]] = {"53100": "full", "53200": "busy", "55P03": "busy", "57014": "busy", "HYT00": "busy"}
_CLASSES: Final[dict[str, Fault]] = {"22": "value", "08": "busy", "40": "busy", "53": "busy", "57": "busy"}
_NUMBERS: Final[dict[int, Fault]] = {
    1021: "full", 1114: "full",
    1264: "value", 1265: "value", 1292: "value", 1366: "value", 1406: "value", 1411: "value",
    1040: "busy", 1042: "busy", 1053: "busy", 1203: "busy", 1205: "busy", 1213: "busy", 1226: "busy", 1969: "busy",
    2002: "busy", 2003: "busy", 2006: "busy", 2013: "busy", 2055: "busy", 3024: "busy",
}  # fmt: skip
_SQLITE: Final[dict[str, Fault]] = {
    "database or disk is full": "full", "database is locked": "busy", "database table is locked": "busy",
    "string or blob too big": "value", "unable to open database file": "busy",
}  # fmt: skip
_LOST: Final = frozenset({2006, 2013, 2055})
_UNFIT: Final = (UnicodeEncodeError, OverflowError)
"""What drivers raise themselves for text without UTF-8 and for numbers that no column holds."""


_ASYNCPG_SETUP: Final = ("setup_asyncpg_json_codec", "setup_asyncpg_jsonb_codec")
"""What SQLAlchemy asks of a new connection of asyncpg's; one that is lost right then fails in asyncpg's own words."""


def name_faults(engine: Engine) -> None:
    """Have an engine raise `DataError` for values that do not fit, and `OperationalError` where nobody answers,
    whatever its driver raises."""
    event.listen(engine, "handle_error", _named, retval=True)
    dialect: Any = engine.dialect
    dialect.connect = _connecting(dialect, dialect.connect)  # No listener, before which no other would be called.
    for name in _ASYNCPG_SETUP:
        if hasattr(engine.dialect, name):
            setattr(engine.dialect, name, _lost_as_lost(engine.dialect, getattr(engine.dialect, name)))


def _lost_as_lost(dialect: Any, set_up: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    async def guarded(connection: Any) -> None:
        try:
            await set_up(connection)
        except Exception as error:
            raise dialect.loaded_dbapi.OperationalError(str(error)) from error

    return guarded


def _named(context: ExceptionContext) -> BaseException | None:
    error: Any = context.original_exception
    if context.statement is None:
        return None
    fits_not = isinstance(error, _UNFIT) or _coded(error) == "value"
    if not fits_not or type(context.sqlalchemy_exception) is DataError:
        return None
    return DataError(context.statement, None, error)


def _connecting(dialect: Any, connect: Callable[..., Any]) -> Callable[..., Any]:
    def connecting(*arguments: Any, **options: Any) -> Any:
        try:
            return connect(*arguments, **options)
        except (OSError, TimeoutError) as error:  # asyncpg's: the other drivers have an error of their own for it.
            raise dialect.loaded_dbapi.OperationalError(str(error) or "no answer in time") from error
        except Exception as error:
            if _coded(error) is None or isinstance(error, dialect.loaded_dbapi.Error):
                raise
            raise dialect.loaded_dbapi.OperationalError(str(error)) from error

    return connecting


def fault_of(error: BaseException) -> Fault | None:
    """What kind of fault an error of SQLAlchemy's is; `None` if it is none that a visitor could be told."""
    if isinstance(error, PoolTimeout):
        return "busy"
    if not isinstance(error, DBAPIError):
        return None
    if error.connection_invalidated:
        return "busy"
    if isinstance(error, DataError):
        return "value"
    return _coded(error.orig) or ("busy" if _is_unreachable(error) else None)


def is_unanswered(error: Any) -> bool:
    """Whether a driver's error says that the connection was lost, rather than what the server answered."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if isinstance(state, str):
        return state.startswith("08")
    arguments = getattr(error, "args", ())
    if arguments and isinstance(arguments[0], int):
        return arguments[0] in _LOST
    return isinstance(error, TimeoutError) or type(error).__module__.startswith("psycopg")


def _coded(error: Any) -> Fault | None:
    """What the server's code says, or SQLite's sentence."""
    if isinstance(error, sqlite3.Error):
        return next((fault for words, fault in _SQLITE.items() if words in str(error)), None)
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if isinstance(state, str):
        return _STATES.get(state) or _CLASSES.get(state[:2])
    arguments = getattr(error, "args", ())
    number = arguments[0] if arguments else None
    return _NUMBERS.get(number) if isinstance(number, int) else None


def _is_unreachable(error: DBAPIError) -> bool:
    """Whether a server could not be connected to: then there was no statement yet, and mostly no code."""
    return isinstance(error, OperationalError) and error.statement is None


def answer_for(error: BaseException) -> HTTPError | None:
    """What a visitor is told; `None` for what is ours to mend."""
    fault = fault_of(error)
    if fault == "value":
        return UnprocessableContent("A value is too long, too large or not one that can be stored.")
    if fault == "busy" and UNKNOWN_COMMIT in getattr(getattr(error, "orig", None), "__notes__", ()):
        return ServiceUnavailable(
            "The database did not say whether this was saved: look before you try again.", retry_after=RETRY_AFTER
        )
    if fault == "busy":
        return ServiceUnavailable("The database is busy: try again in a moment.", retry_after=RETRY_AFTER)
    if fault == "full":
        return HTTPError(507, "There is no room to store this.")
    return None


def answer_faults(request: Request, error: Exception) -> Response:
    """The answer to an error of the database: the visitor may come again, the operator finds it in the log."""
    answer = answer_for(error)
    if answer is None:
        raise error
    level = logging.INFO if answer.status < 500 else logging.WARNING
    reason = getattr(error, "orig", None) or error
    told = " ".join(" ".join([str(reason), *getattr(reason, "__notes__", ())]).split())
    log.log(level, "%s %s: %s", request.method, shown_path(request), told)
    return default_response(request, answer)
