"""The default shape of a model: what is sent of it when nobody says more.

Its columns by name, without those that are `private` or begin with an underscore; relations are left out, but
for their keys. A column that was deferred and is not loaded stays out. What the database has still to say (the
key of an object that was only added, a value it computed) is asked for in sync code; in async code it must have
been awaited before, and the error says how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Row
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import ColumnProperty, InstanceState, Session, class_mapper
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from .fields import spec_of

_NAMES: Final[WeakKeyDictionary[type, tuple[str, ...]]] = WeakKeyDictionary()


def shown_names(model: type) -> tuple[str, ...]:
    """The attributes of a model that its default shape shows, in the order of its columns."""
    names = _NAMES.get(model)
    if names is None:
        attributes = class_mapper(model).column_attrs
        names = tuple(one.key for one in attributes if not is_hidden(one))
        _NAMES[model] = names
    return names


def is_hidden(attribute: ColumnProperty[Any]) -> bool:
    """Whether nobody is told of a column unless it is named: it says so, or its name does."""
    return attribute.key.startswith("_") or any(spec_of(part).private for part in attribute.columns)


def default_shape(item: Any) -> dict[str, Any]:
    """A model's object as plain values; raises `RuntimeError` for what async code has not awaited."""
    held = instance_dict(item)
    try:
        return {name: held[name] for name in shown_names(type(item))}
    except KeyError:
        return _asked_for(item)


def _asked_for(item: Any) -> dict[str, Any]:
    """As `default_shape`, of an object that lacks something."""
    state: InstanceState[Any] = sqlalchemy_inspect(item)
    if state.pending and state.session is not None:
        _require_sync(state.session, item, "is added, but not saved", "await db.save(item)")
        state.session.flush()
    names, loaded = shown_names(type(item)), state.dict
    expired = [name for name in names if name not in loaded and name in state.expired_attributes]
    if expired and state.session is not None:
        what = f"has values that only the database knows ({', '.join(expired)})"
        _require_sync(state.session, item, what, "await db.refresh(item)")
    asked = set(names) if state.key is None else {*expired, *_never_set(state, names)}
    return {
        name: loaded[name] if name in loaded else getattr(item, name)
        for name in names
        if name in loaded or name in asked
    }


def _never_set(state: InstanceState[Any], names: Iterable[str]) -> Iterator[str]:
    """The attributes that an object had no value for when it was inserted: NULL, which nobody has to ask for."""
    if state.insert_order is None:
        return  # It was loaded, and what is not there was left out on purpose.
    for name in names:
        attribute = state.mapper.column_attrs[name]
        if name not in state.dict and name not in state.expired_attributes and not attribute.deferred:
            set_committed_value(state.obj(), name, None)
            yield name


def _require_sync(session: Session, item: Any, what: str, fix: str) -> None:
    if session.get_bind().dialect.is_async:
        raise RuntimeError(f"{item!r} {what}: write {fix} before it is returned.")


def row_shape(row: Row[Any]) -> dict[str, Any]:
    """A row of several columns, by their names."""
    return dict(row._mapping)
