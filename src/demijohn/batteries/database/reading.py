"""Reading at the driver's speed: rows from the pool's connection straight into schemas."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Sequence
from typing import Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Select, select
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import ColumnProperty, Mapper

from demijohn.kernel.shaping import shaped

from .direct import Direct
from .plans import Fill, Plan, Planner
from .queries import Asked
from .statement_key import StatementKey, says_all, short_key, statement_key
from .wire import Rows

T = TypeVar("T")


class Question(msgspec.Struct, frozen=True):
    """What a driver is asked, decided: awaited or not, it is the same."""

    planner: Planner
    plan: Plan
    sent: Any


def read(db: Direct, into: type[T], what: Any) -> list[T]:
    """The rows of a statement or query, each as a value of `into`."""
    question = question_of(db, into, what)
    if question is not None:
        rows = db.ask_driver(question.planner, question.plan, question.sent)
        if rows is not None:
            return question.plan.fill(rows)
    return read_by_session(db, into, what)


_UNKNOWN: Final[Any] = object()


def question_of(db: Direct, into: type, what: Any) -> Question | None:
    """What to ask the driver, or `None` where the session must be asked."""
    planner = db.planner()
    if planner is None:
        return None
    if type(what) is Asked:
        query = what.query
        try:
            plan = planner.plans[into, query]
        except KeyError:
            plan = planner.make((into, query), narrowed(into, query.statement), filler(into))
        return None if plan is None else Question(planner, plan, plan.sent_by_name(what.values))
    if isinstance(what, type):
        try:
            plan = planner.plans[into, what]
        except KeyError:
            plan = planner.make((into, what), narrowed(into, select(what)), filler(into))
        return None if plan is None else Question(planner, plan, plan.sent_by_binds(()))
    key = short_key(what)
    plan = _UNKNOWN if key is None else planner.plans.get((into, key.shape), _UNKNOWN)
    if key is None or plan is _UNKNOWN:
        whole = statement_key(what)
        if whole is None:
            return None
        key = key if key is not None and says_all(key, whole) else whole
        plan = _plan_of(planner, into, what, key)
    return None if plan is None else Question(planner, plan, plan.sent_by_binds(key.binds))


def _plan_of(planner: Planner, into: type, statement: Select[Any], key: StatementKey) -> Plan | None:
    """The plan of a statement by the key that it is kept by."""
    try:
        return planner.plans[into, key.shape]
    except KeyError:
        return planner.make((into, key.shape), narrowed(into, statement), filler(into), key.binds)


def fill(plan: Plan, into: type[T], rows: Rows) -> list[T]:
    """The rows of a plan as values of `into`."""
    return plan.fill(rows)


def filler(into: type[T]) -> Fill:
    """What makes values of a class of rows that have its fields, in their order.

    It is written out for them, as `dataclass` writes `__init__`: a dictionary for each row takes four times as long.
    """
    names = field_names(into)
    if not names or not all(name.isidentifier() and not keyword.iskeyword(name) for name in names):
        return lambda rows: [into(**dict(zip(names, row, strict=True))) for row in rows]
    columns = [f"column{number}" for number in range(len(names))]
    arguments = ", ".join(f"{name}={column}" for name, column in zip(names, columns, strict=True))
    source = f"lambda rows: [into({arguments}) for {', '.join(columns)}, in rows]"
    filled: Fill = eval(source, {"into": into})  # noqa: S307 - of identifiers and nothing else
    return filled


def read_by_session(db: Direct, into: type[T], what: Any) -> list[T]:
    """The same through SQLAlchemy's session, which knows all statements."""
    statement: Any = what.statement if isinstance(what, Asked) else select(what) if isinstance(what, type) else what
    names = field_names(into)
    fitting = narrowed(into, statement)
    if fitting is not None:
        return [into(**dict(zip(names, row, strict=True))) for row in db.execute(fitting)]
    result = db.execute(statement)
    if getattr(result, "_unique_filter_state", None):
        result = result.unique()
    entity = _entity(statement)
    if entity is not None:
        items = result.scalars()
        if any(name in sqlalchemy_inspect(entity).mapper.relationships for name in names):
            return [shaped(item, into, "db.read") for item in items.all()]
        return [into(**{name: getattr(item, name) for name in names}) for item in items]
    return [into(**{name: row._mapping[name] for name in names}) for row in result]


_FIELDS: Final[WeakKeyDictionary[type, tuple[str, ...]]] = WeakKeyDictionary()


def field_names(into: type) -> tuple[str, ...]:
    """The names that a schema is filled by: its fields, in their order."""
    names = _FIELDS.get(into)
    if names is None:
        struct = getattr(into, "__struct_fields__", None)
        if struct is None and not dataclasses.is_dataclass(into):
            raise TypeError(f"read() fills a Schema or a dataclass, and {into.__name__} is neither.")
        names = _FIELDS[into] = tuple(
            (one.name for one in dataclasses.fields(into) if one.init) if struct is None else struct
        )
    return names


def _entity(statement: Any) -> Any:
    """The one model (or alias of one) that a statement selects, or `None`."""
    described: Any = getattr(statement, "column_descriptions", ())
    if len(described) != 1 or described[0]["expr"] is not described[0].get("entity"):
        return None
    return described[0]["entity"]


def narrowed(into: type, statement: Any) -> Select[Any] | None:
    """The statement with the columns of a schema and no others, if that gives the same rows; raises
    `TypeError` for fields that nothing fills."""
    names, entity = field_names(into), _entity(statement)
    if entity is None:
        columns = _by_name(into, statement, names)
        same = isinstance(statement, Select) and len(columns) == len(statement.selected_columns)
    else:
        _require_all(
            into,
            [name for name in names if not hasattr(entity, name)],
            [attribute.key for attribute in sqlalchemy_inspect(entity).mapper.attrs],
        )
        columns = [getattr(entity, name) for name in names]
        same = is_plain_entity(entity, names)
    # Fewer columns than a statement selects may lose a FROM, or make other rows distinct: the session knows.
    if not same or not isinstance(statement, Select) or statement._with_options:
        return None
    if entity is not None and (statement._distinct or statement._group_by_clauses):
        return None
    fitting: Any = statement.with_only_columns(*columns)
    return cast("Select[Any]", fitting)


def _by_name(into: type, statement: Any, names: Sequence[str]) -> list[Any]:
    selected: dict[str, Any] = {}
    for column in statement.selected_columns:
        selected[getattr(column, "key", None) or column.name] = column
    _require_all(into, [name for name in names if name not in selected], list(selected))
    return [selected[name] for name in names]


def _require_all(into: type, missing: Sequence[str], there: Sequence[str]) -> None:
    if missing:
        raise TypeError(
            f"{into.__name__} has fields that the statement does not select: {', '.join(missing)}. "
            f"It selects: {', '.join(there)}. Name a column with .label({missing[0]!r})."
        )


def is_plain_entity(entity: Any, names: Sequence[str]) -> bool:
    """Whether the columns say all that loading objects would: no inheritance, hooks or joined relations."""
    mapper: Mapper[Any] = sqlalchemy_inspect(entity).mapper
    heard = mapper.class_manager.dispatch
    attributes_ = [mapper.attrs.get(name) for name in names]
    return (
        mapper.inherits is None
        and mapper.polymorphic_on is None
        and not heard.load
        and not heard.refresh
        and all(isinstance(one, ColumnProperty) and len(one.columns) == 1 for one in attributes_)
        and all(relation.lazy not in {"joined", False} for relation in mapper.relationships)
    )
