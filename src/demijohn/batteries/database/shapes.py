"""The default shape of a model: what is sent of it when nobody says more.

Its columns by name, without those that are `private`; relations are left out, but for their keys. A column
that was deferred and is not loaded stays out: nothing is queried for an answer that is being written.
"""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Row
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.orm import class_mapper

from .fields import spec_of

_NAMES: Final[WeakKeyDictionary[type, tuple[str, ...]]] = WeakKeyDictionary()


def shown_names(model: type) -> tuple[str, ...]:
    """The attributes of a model that its default shape shows, in the order of its columns."""
    names = _NAMES.get(model)
    if names is None:
        attributes = class_mapper(model).column_attrs
        names = tuple(one.key for one in attributes if not any(spec_of(column).private for column in one.columns))
        _NAMES[model] = names
    return names


def default_shape(item: Any) -> dict[str, Any]:
    """A model's object as plain values."""
    state: Any = sqlalchemy_inspect(item)
    loaded = state.dict
    expired = state.expired_attributes
    return {
        name: loaded[name] if name in loaded else getattr(item, name)
        for name in shown_names(type(item))
        if name in loaded or name in expired or state.key is None
    }


def row_shape(row: Row[Any]) -> dict[str, Any]:
    """A row of several columns, by their names."""
    return dict(row._mapping)
