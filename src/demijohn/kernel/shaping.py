"""Answers cut to their annotations: `-> PostOut` sends the fields of a `PostOut`, whatever else the value has."""

from __future__ import annotations

import typing
from collections.abc import Collection, Iterable, Sequence, Set
from typing import Annotated, Any

import msgspec

from .attributes import read_attributes
from .markers import MISSING
from .rules import unruled
from .schema import is_pydantic, is_schema, name_of, without_none
from .strays import apart, has_strays, without_strays
from .validation import fields_of


def shape_of(annotation: Any) -> Any:
    """The type that an answer is shaped to; None where the annotation does not name a record."""
    if annotation is MISSING or annotation is None:
        return None
    if typing.get_origin(annotation) is Annotated:
        # -> Annotated[City, CityOut]: what the handler returns, and what visitors get.
        returned, *extras = typing.get_args(annotation)
        return next(filter(None, map(shape_of, extras)), None) or shape_of(returned)
    if is_schema(annotation):
        return annotation
    bare, optional = without_none(annotation)
    if optional:
        return shape_of(bare)
    origin = typing.get_origin(annotation)
    if not any(map(_holds_records, typing.get_args(annotation))):
        return None
    if origin is dict:
        return annotation
    if origin in (Iterable, Collection) or (isinstance(origin, type) and issubclass(origin, Sequence | Set)):
        return list[typing.get_args(annotation)[0]]  # type: ignore[misc]
    return None


def _holds_records(annotation: Any) -> bool:
    """Whether a type is a record, or a container of such; of several that it may be, none is the shape."""
    bare, _ = without_none(annotation)
    if is_schema(bare):
        return True
    is_container = typing.get_origin(bare) in (dict, list, tuple, set, frozenset)
    return is_container and any(map(_holds_records, typing.get_args(bare)))


def shaped(value: Any, shape: Any, name: str) -> Any:
    """A value cut to a shape: fields are taken from attributes or by key, others are dropped."""
    inner = typing.get_args(shape)[0] if typing.get_origin(shape) is list else shape
    if is_pydantic(inner):
        return _shaped_pydantic(value, shape, inner)
    if value.__class__ is inner and typing.get_origin(shape) is not list:
        if not has_strays(value, inner):
            return value
        value = apart(value, inner)
    elif shape is inner:
        value = _opened(_by_column(value), shape)
    elif not isinstance(value, str | bytes | dict) and hasattr(value, "__iter__"):
        value = without_strays([_by_column(item) for item in value], shape)
    read_attributes(value, shape)
    try:
        return msgspec.convert(value, shape, from_attributes=True)
    except msgspec.ValidationError as error:
        read_attributes(value, shape, every=True)
        try:
            # Rules are for what comes in: a row that is older than a rule is still shown.
            return msgspec.convert(value, unruled(shape), from_attributes=True)
        except msgspec.ValidationError:
            what = f"{name}() returned what does not fit its annotation -> {name_of(shape)}: {error}."
            raise TypeError(what) from error


def _opened(value: Any, shape: Any) -> Any:
    """A record of a generic class (a `Page[PostOut]`) as its fields: msgspec would not look into one that is there."""
    origin = typing.get_origin(shape)
    if origin is dict and isinstance(value, dict):
        return without_strays({key: _by_column(item) for key, item in value.items()}, shape)
    if not isinstance(origin, type) or not is_schema(origin) or not isinstance(value, origin):
        return value
    fields = {name: (getattr(value, name), kind) for name, kind, _ in fields_of(shape)}
    return {
        name: without_strays([_by_column(item) for item in held], kind) if isinstance(held, list) else held
        for name, (held, kind) in fields.items()
    }


def _by_column(row: Any) -> Any:
    """A row of a database's result as a mapping of its columns; anything else as it is."""
    mapping = getattr(row, "_mapping", None)
    return row if mapping is None else dict(mapping)


def _shaped_pydantic(value: Any, shape: Any, model: Any) -> Any:
    def one(item: Any) -> Any:
        made = item if isinstance(item, model) else model.model_validate(item, from_attributes=True)
        return made.model_dump(mode="json")

    return [one(item) for item in value] if shape is not model else one(value)
