"""Rows of SQLite that are read on the loop itself, because that takes less time than to have somebody else do it.

Theory. A row that is found by an index costs a few microseconds, and the hop to a worker and back ten times that, most
of it a fight for the interpreter's lock. But the loop must never wait: so it looks with a connection of its own that

* waits for no lock (in WAL mode readers meet one only while a database is repaired; in all others it is not used),
* gives up after `BUDGET` steps of SQLite's machine, about a tenth of a millisecond, whatever the statement is.

What was not seen at a glance is asked again in a worker, on the unit's connection. So are, for a while, all statements
of that shape; and those that were slow for few steps, as rows are that are huge, that come from a slow disk, or that
are asked for while other threads keep the interpreter busy.

Only plans are read so: pure selects, of a unit that is in no transaction, and sees what others have committed anyway.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet

from .async_pool import AsyncPool
from .async_sqlite import Connection, Driver
from .plans import Plan
from .wire import Rows

BUDGET: Final = 2000
"""Steps of SQLite's machine: a row by its key takes twenty, one of a list ten."""

SLOW: Final = 0.005
"""Seconds that a look may take."""

STRIKES: Final = 3
"""How often in a row a statement may be slow: once may be the system's doing, which had something else to run."""

PAUSE: Final = 30.0
"""Seconds for which a statement is left to the workers that could not be read at a glance."""

MAX_STATEMENTS: Final = 1000

_NEVER: Final = float("inf")
_ENDLESS: Final = frozenset({"Count", "VOpen"})
"""Steps that may take any time: to count a whole table is one, and so is a search in an index of full text."""


class _Meter:
    """How far a look has come."""

    __slots__ = ("ticks",)

    ticks: int

    def __call__(self) -> int:
        """Whether to give up, asked after half of the budget: SQLite counts a statement's steps on from where the one
        before ended, so that the first time may come at once."""
        self.ticks += 1
        return self.ticks > 1


class Glance:
    """A connection on which the loop reads what takes no time."""

    __slots__ = ("_cursor", "_lock", "_meter", "_strikes", "_until", "driver")

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._cursor = driver.cursor()
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        """By statement, until when it is left to the workers; 0 if it is not."""
        self._strikes: dict[str, int] = {}
        self._meter = _Meter()
        driver.set_progress_handler(self._meter, BUDGET // 2)

    def look(self, sql: str, values: Any) -> Rows | None:
        """The rows, or `None` if they cannot be had at once."""
        began = time.perf_counter()
        until = self._until.get(sql, -1.0)
        if until > began or not self._lock.acquire(blocking=False):
            return None
        self._meter.ticks = 0
        try:
            if until and not self._learn(sql, values):
                return None
            rows: Rows = self._cursor.execute(sql, values).fetchall()
        except Exception as error:
            self._let_go()
            # Locked, too slow or wrong: the worker will say which. A value that SQLite cannot hold is the sender's
            # fault, and no reason to make all others wait for a worker.
            if isinstance(error, sqlite3.OperationalError):
                self._until[sql] = began + PAUSE
            return None
        finally:
            self._lock.release()
        if time.perf_counter() - began > SLOW:
            self._strike(sql, began)
        elif self._strikes:
            self._strikes.pop(sql, None)
        return rows

    def retire(self) -> Driver:
        """Look no more; the connection is for the caller to close."""
        self._lock.acquire()  # for good, as soon as a loop in another thread has looked
        return self.driver

    def _let_go(self) -> None:
        """End a statement that the driver has left open, as it does amid rows that it cannot read: what was written
        meanwhile could not be moved out of the log."""
        self._cursor.close()
        self._cursor = self.driver.cursor()

    def _learn(self, sql: str, values: Any) -> bool:
        """Whether to look, for the first time or once more."""
        if len(self._until) >= MAX_STATEMENTS:
            self._until.clear()
            self._strikes.clear()
        steps = self._cursor.execute(f"EXPLAIN {sql}", values).fetchall()
        self._until[sql] = until = _NEVER if any(step[1] in _ENDLESS for step in steps) else 0.0
        self._meter.ticks = 0
        return not until

    def _strike(self, sql: str, now: float) -> None:
        strikes = self._strikes[sql] = self._strikes.get(sql, 0) + 1
        if strikes >= STRIKES:
            self._strikes.pop(sql, None)  # A loop in another thread may have been faster.
            self._until[sql] = now + PAUSE


class GlancingPool(AsyncPool):
    """The pool of an SQLite database's connections, beside which is one more that the loop itself reads with."""

    glance: Glance | None = None
    _may_open = True
    _is_over = False

    def look(self, plan: Plan, sent: Any) -> Rows | None:
        """The rows of a plan, or `None` if they cannot be had at once."""
        glance = self.glance
        if glance is None or self.dispatch.checkout:  # who listens wants to see each connection that is taken
            return None
        rows = glance.look(plan.sql, sent)
        return None if rows is None else plan.values(rows)

    async def open_glance(self) -> None:
        """Open that connection, if there is none yet and one can be had at once."""
        if self._may_open and not self.is_exhausted and not self.dispatch.checkout:
            self._may_open = False
            try:
                found = await greenlet_spawn(self._open)
                if not self._is_over:
                    self.glance = found
                    _GLANCING.add(self)
                elif found is not None:
                    found.retire().end()
            except BaseException as error:
                self._may_open = True
                if not isinstance(error, Exception):
                    raise  # Whatever else it was, the read that comes next meets it too, and tells.

    def _open(self) -> Glance | None:
        # Made as all others of the pool are, for what listens to that; and then taken out of it for good.
        pooled: Any = self.connect()
        connection: Connection = pooled.dbapi_connection
        pooled.detach()
        try:
            if connection.ask(_set_up, connection.driver_connection):
                return Glance(connection.driver_connection)
        except BaseException:
            connection.terminate()
            raise
        connection.close()
        return None

    def leave_behind(self) -> None:
        """In a forked child: SQLite's connections are of the process that opened them, and cannot even be closed by
        another."""
        glance, self.glance = self.glance, None
        if glance is not None:
            _OF_PARENTS.append(glance)
            self._may_open = True

    def dispose(self) -> None:
        """As for all pools."""
        glance, self.glance = self.glance, None
        self._may_open, self._is_over = False, True
        super().dispose()
        if glance is not None:
            driver = glance.retire()
            (Connection(driver).close if in_greenlet() else driver.end)()


_GLANCING: Final[WeakSet[GlancingPool]] = WeakSet()
_OF_PARENTS: Final[list[Glance]] = []


def _begin_anew() -> None:
    for pool in _GLANCING:
        pool.leave_behind()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def _set_up(driver: Driver) -> bool:
    """Whether readers of this database wait for nobody."""
    driver.execute("PRAGMA busy_timeout = 0")
    driver.execute("PRAGMA query_only = ON")
    (mode,) = driver.execute("PRAGMA journal_mode").fetchone()
    return bool(mode == "wal")
