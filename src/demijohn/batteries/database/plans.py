"""Statements compiled once, to be run on a driver's own connection: SQL, the order of its values, what becomes
of both on their way.

A plan is made only of what is proved plain: a select that only reads, whose SQL is the same whatever its values.
All else has no plan, and goes through the session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select
from sqlalchemy.engine.interfaces import BindTyping

from .begin import is_plain, wire_of
from .homes import is_at_home
from .mixins import hides_rows
from .statement_key import StatementKey
from .wire import Rows, Wire

MAX_PLANS: Final = 1_000
"""Kept per engine; who builds more shapes of statements than that gains nothing by keeping them."""

Processor = Callable[[Any], Any]


class Plan:
    """One statement for one engine."""

    __slots__ = (
        "_ask_again", "_cleaners", "_columns", "_dialect", "_named", "_own", "_processors", "_wire",
        "keys", "names", "places", "sql",
    )  # fmt: skip

    def __init__(self, engine: Engine, wire: Wire, compiled: Any, columns: Sequence[Any]) -> None:
        self._wire, self._dialect, self._ask_again = wire, engine.dialect, wire.again or wire.run
        self.sql: str = str(compiled)
        self._columns = tuple(column.type.dialect_impl(engine.dialect) for column in columns)
        self._named = not compiled.positional
        binds = {name: bind.type.dialect_impl(engine.dialect) for bind, name in compiled.bind_names.items()}
        cleaners = {name: type_.bind_processor(engine.dialect) for name, type_ in binds.items()}
        self.names: tuple[str, ...] = tuple(cleaners if self._named else compiled.positiontup)
        made = {name: bind for bind, name in compiled.bind_names.items()}
        self.keys: tuple[str, ...] = tuple(made[name].key for name in self.names)
        self._own = tuple(made[name].effective_value for name in self.names)
        self.places: tuple[int, ...] = ()
        self._cleaners: tuple[Processor | None, ...] = tuple(cleaners[name] for name in self.names)
        self._processors: tuple[tuple[int, Processor], ...] | None = None

    def values_from(self, binds: Sequence[Any]) -> list[Any]:
        """The values of a statement of this shape; what the compiler added (SQLite's OFFSET 0) is its own."""
        return [
            own if place < 0 else binds[place].effective_value
            for place, own in zip(self.places, self._own, strict=True)
        ]

    def values_named(self, given: Mapping[str, Any]) -> list[Any]:
        """The values of a query, by the names of its parameters."""
        return [given.get(key, own) for key, own in zip(self.keys, self._own, strict=True)]

    def run(self, connection: Any, values: Sequence[Any]) -> Rows:
        """The rows, as SQLAlchemy would give their values; `values` are in the order of `names`."""
        sent: Any = [
            value if cleaner is None else cleaner(value) for value, cleaner in zip(values, self._cleaners, strict=True)
        ]
        sent = dict(zip(self.names, sent, strict=True)) if self._named else tuple(sent)
        processors = self._processors
        if processors is None:
            rows, description = self._wire.run(connection, self.sql, sent)
            processors = self._processors = self._choose(description)
        else:
            rows, _ = self._ask_again(connection, self.sql, sent)
        if not processors:
            return rows
        return [_processed(row, processors) for row in rows]

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
        self._wire = wire_of(engine)
        self._plans: dict[Any, Plan | None] = {}

    @property
    def is_open(self) -> bool:
        """Whether statements may go past SQLAlchemy's engine now: nobody watches or changes them there."""
        heard = self.engine.dispatch
        return (
            self._wire is not None
            and len(heard.before_cursor_execute) == 1  # our own, which sends BEGIN
            and not heard.after_cursor_execute
            and not heard.before_execute
            and not heard.after_execute
            and not self.engine.get_execution_options()
            and not self.engine._should_log_info()
        )

    def plan(self, key: Any, make: Callable[[], Select[Any] | None]) -> Plan | None:
        """The plan kept under a key; made of the statement that `make` gives, if it is plain."""
        try:
            return self._plans[key]
        except KeyError:
            statement = make()
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[key] = None if statement is None else self._compile(statement)
            return plan

    def plan_of(self, key: Any, own: StatementKey, make: Callable[[], Select[Any] | None]) -> Plan | None:
        """As `plan`, for a statement with its own values: its `own` key lists them in the same order for all
        statements of the shape."""
        plan = self.plan(key, make)
        if plan is None or len(plan.places) == len(plan.keys):
            return plan
        order = {bind.key: place for place, bind in enumerate(own.binds)}
        plan.places = tuple(order.get(name, -1) for name in plan.keys)
        return plan

    def _compile(self, statement: Select[Any]) -> Plan | None:
        if self._wire is None or statement._with_options or statement.get_execution_options():
            return None
        if hides_rows(statement) or not is_at_home(self.engine, statement):
            return None
        compiled: Any = statement.compile(dialect=self.engine.dialect)
        late = compiled.post_compile_params or compiled.literal_execute_params
        typed_late = self.engine.dialect.bind_typing is BindTyping.SETINPUTSIZES
        if late or typed_late or not is_plain(compiled):
            return None
        return Plan(self.engine, self._wire, compiled, list(statement.selected_columns))


_PLANNERS: Final[WeakKeyDictionary[Engine, Planner]] = WeakKeyDictionary()


def planner_of(engine: Engine) -> Planner:
    """The planner of an engine, made when first asked for."""
    planner = _PLANNERS.get(engine)
    if planner is None:
        planner = _PLANNERS[engine] = Planner(engine)
    return planner
