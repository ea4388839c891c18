"""Units of work that can ask their driver past SQLAlchemy's session: who may, and on which connection.

Theory. Between the driver's row and the object that is sent, the session costs most of the time, and a read that
changes nothing needs none of it. So a plain select is compiled once and run on a driver connection of the unit,
which is the session's own as soon as it needs one. Where anybody could tell the difference (a transaction has
begun, somebody listens to SQL or loading, a statement is not plain), the session is asked instead, and gives the
same. What fails is asked again of the session, which says in its own words why.
"""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.pool import Pool

from .deadlines import deadlines_of
from .loading import LoadingSession
from .plans import Plan, Planner, planner_of
from .wire import Rows

OWN_LISTENERS: Final = 2
"""What hears a unit's statements anyway: loading for all rows at once, and the hiding of deleted rows. Neither
touches what a plan is made of."""

KEPT_ROWS: Final = 1_000
"""A cursor that is kept keeps its last answer in memory: one that had more rows is not."""

_OPENED: Final = "demijohn.opened"
"""In a connection's `info`, which is emptied when it is lost: what the driver is asked through."""


class Held:
    """A connection of the driver's that a unit holds."""

    __slots__ = ("connection", "opened", "planner")

    def __init__(self, planner: Planner, pool: Pool | None = None) -> None:
        self.planner = planner
        self.connection: Any = planner.engine.raw_connection() if pool is None else pool.connect()
        self.opened: Any = self.connection.info.get(_OPENED)

    def open(self) -> Any:
        """Make what the driver is asked through: it stays with the connection, as making it costs as much as a row."""
        assert self.planner.wire is not None
        self.opened = self.connection.info[_OPENED] = self.planner.wire.open(self.connection.dbapi_connection)
        return self.opened

    @property
    def driver(self) -> Any:
        """The driver's own connection, of one that is awaited."""
        return (self.opened or self.open()).driver_connection

    def shut(self) -> None:
        """Keep it no longer."""
        self.opened = None
        self.connection.info.pop(_OPENED, None)

    def put_away(self, error: Exception, sql: str | None = None) -> None:
        """Give the connection back after an error, unless it is the connection that is broken; raises
        `StatementTimeout` for one that owes an answer."""
        self.shut()
        engine = self.planner.engine
        deadlines, dialect = deadlines_of(engine), engine.dialect
        if deadlines is not None and deadlines.is_overdue(error):
            deadlines.give_up(engine, self.connection, error, sql)
        if isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, self.connection, None):
            self.connection.invalidate(error)
        self.connection.close()


class Direct(LoadingSession):
    """A session that can also ask its driver: with one connection at a time, the driver's or its own."""

    _held: Held | None = None

    def get_bind(self, *args: Any, **options: Any) -> Any:
        """As `Session.get_bind`, which comes before all that the session asks: the connection is given back."""
        if self._held is not None:
            self._release()
        return super().get_bind(*args, **options)

    def close(self) -> None:
        """As `Session.close`."""
        self._release()
        super().close()

    def commit(self) -> None:
        """As `Session.commit`."""
        self._release()
        self.flush()  # what is refused is so before the commit begins, where the unit can still roll back
        super().commit()

    def rollback(self) -> None:
        """As `Session.rollback`."""
        self._release()
        super().rollback()

    def _release(self) -> None:
        """Give the driver's connection back to the pool, if there is one."""
        held, self._held = self._held, None
        if held is not None:
            held.connection.close()

    def planner(self) -> Planner | None:
        """Who makes plans for this unit, or `None` where the session must be asked; what waits is flushed."""
        # Asked before every read: what is looked at here directly, `flush()` and `len()` would come to by calls.
        if (self._new or self._deleted or self.identity_map._modified) and self.autoflush:
            self.flush()
        heard = self.__dict__.get("dispatch") or _dispatch_of(type(self))
        listeners = heard.do_orm_execute
        if self.in_transaction() or len(listeners.parent_listeners) + len(listeners.listeners) != OWN_LISTENERS:
            return None
        if self._held is not None:
            planner = self._held.planner
        else:
            engine = super().get_bind()
            if type(engine) is not Engine:
                return None
            planner = planner_of(engine)
        return planner if planner.is_open else None

    def ask_driver(self, planner: Planner, plan: Plan, sent: Any) -> Rows | None:
        """The rows, or `None` if the driver made an error of it: nothing was changed, so it may be asked
        again."""
        held = self._held
        if held is None:
            held = self._held = Held(planner)
        try:
            rows = plan.run(held.opened or held.open(), sent)
        except Exception as error:
            self._held = None
            held.put_away(error, plan.sql)
            return None
        except BaseException:
            # Cancelled amid an answer, of which the rest is still to come.
            self._held = None
            held.connection.invalidate()
            raise
        if len(rows) > KEPT_ROWS:
            held.shut()
        return rows


_DISPATCHES: Final[WeakKeyDictionary[type, Any]] = WeakKeyDictionary()


def _dispatch_of(kind: type[Direct]) -> Any:
    """What all sessions of a class dispatch to that have no listeners of their own: each would make the same."""
    found = _DISPATCHES.get(kind)
    if found is None:
        shared: Any = kind.dispatch
        found = _DISPATCHES[kind] = shared._for_class(kind)
    return found
