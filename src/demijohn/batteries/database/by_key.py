"""Objects by their key, at the driver's speed: rows of a plain model become objects without the session's help."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Select, bindparam, select
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import Mapper, Session, attributes

from .direct import Direct
from .plans import Plan, Planner
from .reading import is_plain_entity
from .wire import Rows

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Loader:
    """How the objects of one model are read by their key."""

    mapper: Mapper[Any]
    names: tuple[str, ...]
    key_at: int
    statement: Select[Any]


_LAZY: Final = frozenset({"select", True, "raise", "raise_on_sql", "dynamic", "write_only"})
"""Ways of a relation to be loaded that do nothing when its owner is."""

_LOADERS: Final[WeakKeyDictionary[type, _Loader | None]] = WeakKeyDictionary()


Sought: TypeAlias = tuple[_Loader, Planner, Plan, Any]
"""Whose object is looked for, and what a driver is asked for it."""


def is_one_key(model: Any, key: Any, options: Mapping[str, Any]) -> bool:
    """Whether a class and the value of one column are given, and nothing is said of how to load."""
    return (
        isinstance(model, type)
        and key is not None
        and not isinstance(key, tuple | list | dict)
        and not any(options.values())
    )


def find_by_key(db: Direct, model: type[T], key: Any, otherwise: Callable[[], T | None]) -> T | None:
    """The object with that key (of one column); of a plain model without the session's help."""
    sought = seek(db, model, key)
    if sought is None:
        return otherwise()
    loader, planner, plan, sent = sought
    rows = db.ask_driver(planner, plan, sent)
    return otherwise() if rows is None else cast("T | None", adopt(db, loader, rows))


def seek(db: Direct, model: type, key: Any) -> Sought | None:
    """What to ask the driver for an object, or `None` where the session must be asked."""
    try:
        loader = _LOADERS[model]
    except KeyError:
        loader = _LOADERS[model] = _make_loader(model)
    if loader is None or db.dispatch.loaded_as_persistent or loader.mapper.class_manager.dispatch.load:
        return None
    identity = loader.mapper.identity_key_from_primary_key((key,))
    planner = None if identity in db.identity_map else db.planner()
    if planner is None:
        return None
    try:
        plan = planner.plans[loader]
    except KeyError:
        plan = planner.make(loader, loader.statement, list)
    return None if plan is None else (loader, planner, plan, plan.sent((key,)))


def _make_loader(model: type) -> _Loader | None:
    mapper: Mapper[Any] = sqlalchemy_inspect(model)
    attributes_ = list(mapper.column_attrs)
    names = tuple(one.key for one in attributes_)
    plain = (
        len(mapper.primary_key) == 1
        and is_plain_entity(model, names)
        and not any(one.deferred or not mapper.local_table.c.contains_column(one.columns[0]) for one in attributes_)
        and all(relation.lazy in _LAZY for relation in mapper.relationships)
    )
    if not plain:
        return None
    columns = [one.columns[0] for one in attributes_]
    (key,) = mapper.primary_key
    key_at = names.index(mapper.get_property_by_column(key).key)
    return _Loader(mapper, names, key_at, select(*columns).where(key == bindparam("key", type_=key.type)))


def adopt(db: Session, loader: _Loader, rows: Rows) -> Any:
    """An object of the session's own, as if it had loaded it; `None` of no rows."""
    if not rows:
        return None
    row = rows[0]
    item = loader.mapper.class_manager.new_instance()
    state = attributes.instance_state(item)
    state.dict.update(zip(loader.names, row, strict=True))
    # The key as the database has it, which may find text in another case.
    state.key = loader.mapper.identity_key_from_primary_key((row[loader.key_at],))
    known = db.identity_map.get(state.key)
    if known is not None:
        return known
    state.session_id = db.hash_key
    db.identity_map.add(state)
    return item
