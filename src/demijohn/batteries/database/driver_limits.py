"""How long a driver waits for its server: what differs between them.

psycopg and pymysql wait with a time-out as cheaply as without. asyncpg sets a timer of the loop for each question,
which costs a tenth of a row: it is given one that stays. asyncmy would make a task of each wait, so it is not told: it
is looked at now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

from sqlalchemy.util.concurrency import await_

STOP_TIMEOUT: Final = 1
"""How long the server may take, in seconds, to hear that it shall stop what nobody waits for any more."""

Connect = Callable[..., Any]
"""Makes another connection to the same server; takes options of the driver's."""


@dataclass(frozen=True, slots=True)
class DriverLimit:
    """One driver: `set` says how long its own connection waits for an answer, `None` for ever; `is_overdue` tells its
    error when none came. `stop` closes that connection and has the server end what it was asked; it tells whether the
    server answers at all."""

    set: Callable[[Any, float | None], None]
    is_overdue: Callable[[Any], bool]
    stop: Callable[[Any, Connect], bool]


def _say(sql: str, connect: Connect, limit: Callable[[Any, float], None] | None = None, **options: Any) -> bool:
    """Send the server a word by a connection of its own: whether there was one to be had."""
    try:
        other = connect(connect_timeout=STOP_TIMEOUT, **options)
    except Exception:
        return False
    with contextlib.suppress(Exception):
        if limit is not None:
            limit(getattr(other, "driver_connection", other), STOP_TIMEOUT)
        cursor = other.cursor()
        cursor.execute(sql)
        cursor.close()
    with contextlib.suppress(Exception):
        other.close()
    return True


# psycopg ----------------------------------------------------------------------------------------------------------


def _set_psycopg(driver: Any, seconds: float | None) -> None:
    plain = type(driver).wait
    if _takes_timeout(plain):
        # Only what says nothing of a time-out has this one: `notifies()` names its own.
        driver.wait = functools.partial(plain, driver, timeout=seconds)


@functools.cache
def _takes_timeout(wait: Callable[..., Any]) -> bool:
    """Whether this version of psycopg can wait with a time-out."""
    return "timeout" in inspect.signature(wait).parameters


def _psycopg_is_overdue(error: Any) -> bool:
    return type(error).__name__ == "_WaitTimeout"


def _stop_psycopg(driver: Any, connect: Connect) -> bool:
    from psycopg import capabilities

    try:
        if not capabilities.has_cancel_safe():  # With a libpq before 17 to cancel would itself wait for ever.
            return _say(f"SELECT pg_cancel_backend({driver.pgconn.backend_pid})", connect, _set_psycopg)
        cancelled = driver.cancel_safe(timeout=STOP_TIMEOUT)
        if cancelled is not None:
            await_(cancelled)
    except Exception:
        return False
    else:
        return True
    finally:
        driver.pgconn.finish()
        vars(driver).pop("wait", None)


# asyncpg ----------------------------------------------------------------------------------------------------------


class _Clock:
    """A loop to asyncpg's protocol, whose time-outs share one timer: most end long before it rings."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._call: Callable[..., Any] | None = None
        self._arguments: tuple[Any, ...] = ()
        self._when = self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def call_later(self, delay: float, call: Callable[..., Any], *arguments: Any) -> Any:
        """As of the loop; of a question's time-out, of which a connection has one at a time, it is this that can be
        cancelled."""
        if getattr(call, "__name__", "") != "_on_timeout":
            return self._loop.call_later(delay, call, *arguments)
        self._call, self._arguments, self._when = call, arguments, time.monotonic() + delay
        if self._timer is None or self._when < self._due:
            self._set(delay)
        return self

    def cancel(self) -> None:
        """The answer has come."""
        self._call, self._arguments = None, ()

    def _set(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due, self._timer = self._when, self._loop.call_later(delay, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._call is None:
            return
        left = self._when - time.monotonic()
        if left > 0:
            self._set(left)
        else:
            self._call(*self._arguments)


async def connect_asyncpg(*arguments: Any, **options: Any) -> Any:
    """As `asyncpg.connect`."""
    import asyncpg  # type: ignore[import-untyped]

    loop = asyncio.get_running_loop()
    driver: Any = await asyncpg.connect(*arguments, loop=_Clock(loop), **options)
    driver._loop = loop  # Only its protocol counts seconds.
    return driver


def _set_asyncpg(driver: Any, seconds: float | None) -> None:
    driver._config = driver._config._replace(command_timeout=seconds)


def _is_timeout(error: Any) -> bool:
    return isinstance(error, TimeoutError)


def _stop_asyncpg(driver: Any, _: Connect) -> bool:
    try:
        await_(driver.close(timeout=STOP_TIMEOUT))  # It has sent the server word already, and waits for that.
    except Exception:
        driver.terminate()
        return False
    return True


# pymysql, asyncmy -------------------------------------------------------------------------------------------------


def _set_pymysql(driver: Any, seconds: float | None) -> None:
    driver._read_timeout = driver._write_timeout = seconds


def _mysql_is_overdue(error: Any) -> bool:
    arguments: tuple[Any, ...] = getattr(error, "args", ())
    lost = arguments[:1] in {(2006,), (2013,)}
    return isinstance(error, TimeoutError) or (lost and ("timed out" in str(error) or "read timeout" in str(error)))


def _stop_pymysql(driver: Any, connect: Connect) -> bool:
    number = driver.thread_id()  # of a connection that the driver has closed
    return _say(f"KILL {number}", connect, read_timeout=STOP_TIMEOUT)


def _stop_asyncmy(driver: Any, connect: Connect) -> bool:
    with contextlib.suppress(Exception):
        driver.close()
    return _stop_pymysql(driver, connect)


_LOOKS: Final = 5
"""How often a connection is looked at while it may be silent."""


class _Watch:
    """Looks now and then whether a connection of asyncmy's still waits for the same bytes."""

    def __init__(self, driver: Any) -> None:
        self._driver = ref(driver)
        self._loop = asyncio.get_running_loop()
        self._seconds: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._seen = 0

    def set(self, seconds: float | None) -> None:
        """How long it may wait."""
        self._seconds, self._waiter = seconds, None
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds / _LOOKS, self._look)

    def _look(self) -> None:
        driver = self._driver()
        if driver is None or driver._proto is None or self._seconds is None:
            self._timer = None
            return
        waiter = driver._proto._read_waiter
        self._seen = self._seen + 1 if waiter is self._waiter else 0
        self._waiter = waiter
        if waiter is not None and self._seen >= _LOOKS and not waiter.done():
            waiter.set_exception(TimeoutError("timed out"))
        self._timer = self._loop.call_later(self._seconds / _LOOKS, self._look)


_WATCHES: Final[WeakKeyDictionary[Any, _Watch]] = WeakKeyDictionary()


def _set_asyncmy(driver: Any, seconds: float | None) -> None:
    if not hasattr(driver, "_proto"):  # an older version
        driver._read_timeout = seconds
        return
    driver._read_timeout = None
    watch = _WATCHES.get(driver)
    if watch is None:
        watch = _WATCHES[driver] = _Watch(driver)
    watch.set(seconds)


DRIVER_LIMITS: Final = {
    "psycopg": DriverLimit(_set_psycopg, _psycopg_is_overdue, _stop_psycopg),
    "asyncpg": DriverLimit(_set_asyncpg, _is_timeout, _stop_asyncpg),
    "pymysql": DriverLimit(_set_pymysql, _mysql_is_overdue, _stop_pymysql),
    "asyncmy": DriverLimit(_set_asyncmy, _mysql_is_overdue, _stop_asyncmy),
}
"""By the name that SQLAlchemy gives the driver. SQLite has no network: its own time-out is that of a lock."""
