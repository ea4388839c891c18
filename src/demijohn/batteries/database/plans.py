"""Statements compiled once, to be run on a driver's own connection: SQL, the order of its values, what becomes
of both on their way.

A plan is made only of what is proved plain: a select that only reads, whose SQL is the same whatever its values.
All else has no plan, and goes through the session.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select
from sqlalchemy.engine.interfaces import BindTyping

from .begin import is_plain, wire_of
from .homes import is_at_home
from .mixins import hides_rows
from .wire import Rows, Wire

MAX_PLANS: Final = 1_000
"""Kept per engine; who builds more shapes of statements than that gains nothing by keeping them."""

Processor = Callable[[Any], Any]
Fill = Callable[[Rows], list[Any]]
"""What makes values of rows."""


class Plan:
    """One statement for one engine: what the driver is sent for it, and what becomes of its rows."""

    __slots__ = (
        "_cleaners", "_columns", "_dialect", "_given", "_in_order", "_named", "_own", "_places", "_processors", "_wire",
        "fill", "keys", "names", "sql",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - what `Planner` knows, in order
        self, engine: Engine, wire: Wire, compiled: Any, columns: Sequence[Any], fill: Fill, own: Sequence[Any]
    ) -> None:
        self._wire, self._dialect = wire, engine.dialect
        self.sql: str = str(compiled)
        self._columns = tuple(column.type.dialect_impl(engine.dialect) for column in columns)
        self._named = not compiled.positional
        made = {name: bind for bind, name in compiled.bind_names.items()}
        self.names: tuple[str, ...] = tuple(made if self._named else compiled.positiontup)
        binds = [made[name] for name in self.names]
        self.keys: tuple[str, ...] = tuple(bind.key for bind in binds)
        self._own = tuple(bind.effective_value for bind in binds)
        cleaners = [bind.type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for bind in binds]
        self._cleaners: list[Processor | None] | None = cleaners if any(cleaners) else None
        asked = self.names == self.keys and all(bind.required for bind in binds)
        self._given = asked and self._cleaners is None
        order = {bind.key: place for place, bind in enumerate(own)}
        self._places = tuple(order.get(key, -1) for key in self.keys)
        self._in_order = self._places == tuple(range(len(own)))
        self._processors: tuple[tuple[int, Processor], ...] | None = None
        self.fill = fill

    def sent(self, values: Sequence[Any]) -> Any:
        """What the driver is handed for these values, in the order of `keys`."""
        if self._cleaners is not None:
            pairs = zip(values, self._cleaners, strict=True)
            values = [value if clean is None else clean(value) for value, clean in pairs]
        return dict(zip(self.names, values, strict=True)) if self._named else tuple(values)

    def sent_by_name(self, given: Mapping[str, Any]) -> Any:
        """The same for a query's values, by the names of its parameters."""
        if self._given:  # there is nothing else, and nothing to be made of it
            return given if self._named else tuple(map(given.get, self.keys))
        return self.sent([given.get(key, own) for key, own in zip(self.keys, self._own, strict=True)])

    def sent_by_binds(self, binds: Sequence[Any]) -> Any:
        """The same for a statement of this shape; what the compiler added (SQLite's OFFSET 0) is the plan's own."""
        if self._in_order:
            return self.sent([bind.effective_value for bind in binds])
        return self.sent([
            fixed if place < 0 else binds[place].effective_value
            for place, fixed in zip(self._places, self._own, strict=True)
        ])  # fmt: skip

    def run(self, opened: Any, sent: Any) -> Rows:
        """The rows, as SQLAlchemy would give their values; `opened` is what the wire made of the connection."""
        wire = self._wire
        if self._processors is None or wire.again is None:
            rows, description = wire.run(opened, self.sql, sent)
            if self._processors is None:
                self._processors = self._choose(description)
        else:
            rows = wire.again(opened, self.sql, sent)
        return self._read(rows)

    @property
    def is_awaited(self) -> bool:
        """Whether `fetch` gives the rows: the driver can be awaited, and has said what the columns are."""
        return self._processors is not None and self._wire.fetch is not None

    async def fetch(self, driver: Any, sent: Any) -> Rows:
        """As `run`, awaited, of the driver's own connection."""
        assert self._wire.fetch is not None
        return self._read(await self._wire.fetch(driver, self.sql, sent))

    def values(self, rows: Rows) -> Rows:
        """What a driver has given that says nothing of its columns' types, as `run` gives it."""
        if self._processors is None:
            self._processors = self._choose(None)
        return self._read(rows)

    def _read(self, rows: Rows) -> Rows:
        processors = self._processors
        return [_processed(row, processors) for row in rows] if processors else rows

    def _choose(self, description: Any) -> tuple[tuple[int, Processor], ...]:
        """What each column's type makes of its values; some ask for the driver's own type first."""
        codes = [None] * len(self._columns) if description is None else [column[1] for column in description]
        chosen = [type_.result_processor(self._dialect, code) for type_, code in zip(self._columns, codes, strict=True)]
        return tuple((index, processor) for index, processor in enumerate(chosen) if processor is not None)


def _processed(row: Sequence[Any], processors: tuple[tuple[int, Processor], ...]) -> Sequence[Any]:
    values = list(row)
    for index, processor in processors:
        values[index] = processor(values[index])
    return values


class Planner:
    """The plans of one engine, by whatever tells their statements apart."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.wire = wire_of(engine)
        self.plans: dict[Any, Plan | None] = {}

    @property
    def is_open(self) -> bool:
        """Whether statements may go past SQLAlchemy's engine now: nobody watches or changes them there."""
        engine, heard = self.engine, self.engine.dispatch
        before = heard.before_cursor_execute
        # Asked before every read: `len()` and truth of a collection are calls, what they look at is not.
        if self.wire is None or len(before.listeners) + len(before.parent_listeners) != 1:  # our own, which sends BEGIN
            return False
        for others in (heard.after_cursor_execute, heard.before_execute, heard.after_execute):
            if others.listeners or others.parent_listeners:
                return False
        return not engine.get_execution_options() and not engine.logger.isEnabledFor(logging.INFO)

    def make(self, key: Any, statement: Select[Any] | None, fill: Fill, own: Sequence[Any] = ()) -> Plan | None:
        """Make a plan of a statement, if it is plain, and keep what was found under a key; `own` are its bound values
        in their order, which other statements under that key have too."""
        if len(self.plans) >= MAX_PLANS:
            self.plans.clear()
        plan = self.plans[key] = None if statement is None else self._compile(statement, fill, own)
        return plan

    def _compile(self, statement: Select[Any], fill: Fill, own: Sequence[Any]) -> Plan | None:
        wire = self.wire
        if wire is None or statement._with_options or statement.get_execution_options():
            return None
        if hides_rows(statement) or not is_at_home(self.engine, statement):
            return None
        compiled: Any = statement.compile(dialect=self.engine.dialect)
        late = compiled.post_compile_params or compiled.literal_execute_params
        typed_late = self.engine.dialect.bind_typing is BindTyping.SETINPUTSIZES
        if late or typed_late or not is_plain(compiled):
            return None
        return Plan(self.engine, wire, compiled, list(statement.selected_columns), fill, own)


_PLANNERS: Final[WeakKeyDictionary[Engine, Planner]] = WeakKeyDictionary()


def planner_of(engine: Engine) -> Planner:
    """The planner of an engine, made when first asked for."""
    planner = _PLANNERS.get(engine)
    if planner is None:
        planner = _PLANNERS[engine] = Planner(engine)
    return planner
