"""Answers cut to their annotations: `-> PostOut` sends the fields of a `PostOut`, whatever else the value has."""

from __future__ import annotations

import typing
from typing import Annotated, Any, Literal

import msgspec

from .attributes import read_attributes
from .markers import MISSING
from .rules import unruled
from .schema import is_pydantic, is_schema, is_sent_as_list, name_of, plain_form, without_none
from .strays import apart, fields_on_wire, has_strays, without_strays


class AnswerShape:
    """A shape that is no type: what it makes of a value is found out anew for each."""

    def shape(self, value: Any, name: str) -> Any:
        """The value as it is sent; TypeError, with the handler's name, if it does not fit."""
        raise NotImplementedError


def body_of(annotation: Any) -> Any:
    """The body of an answer with its status (`tuple[Body, int]`, and headers perhaps); else the type itself."""
    parts = typing.get_args(annotation)
    if typing.get_origin(annotation) is not tuple or len(parts) not in (2, 3):
        return annotation
    codes = typing.get_args(parts[1]) if typing.get_origin(parts[1]) is Literal else ()
    return parts[0] if parts[1] is int or (codes and all(type(code) is int for code in codes)) else annotation


def shape_of(annotation: Any) -> Any:
    """The type that an answer is shaped to; None where the annotation does not name a record."""
    if annotation is MISSING or annotation is None:
        return None
    annotation = plain_form(annotation)
    if typing.get_origin(annotation) is Annotated:
        # -> Annotated[City, CityOut]: what the handler returns, and what visitors get.
        returned, *extras = typing.get_args(annotation)
        return next(filter(None, map(shape_of, extras)), None) or shape_of(returned)
    annotation = plain_form(body_of(annotation))
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
    if origin is tuple and ... not in typing.get_args(annotation):
        return None
    if is_sent_as_list(origin):
        return list[typing.get_args(annotation)[0]]  # type: ignore[misc]
    return None


def _holds_records(annotation: Any) -> bool:
    """Whether a type is a record, or a container of such; of several that it may be, none is the shape."""
    bare = plain_form(without_none(plain_form(annotation))[0])
    if is_schema(bare):
        return True
    is_container = typing.get_origin(bare) in (dict, list, tuple, set, frozenset)
    return is_container and any(map(_holds_records, typing.get_args(bare)))


def shaped(value: Any, shape: Any, name: str) -> Any:
    """A value cut to a shape: fields are taken from attributes or by key, others are dropped."""
    if isinstance(shape, AnswerShape):
        return shape.shape(value, name)
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
        return msgspec.convert(value, shape, from_attributes=True, dec_hook=_cut_to_field)
    except msgspec.ValidationError as error:
        read_attributes(value, shape, every=True)
        try:
            # Rules are for what comes in: a row that is older than a rule is still shown.
            return msgspec.convert(value, unruled(shape), from_attributes=True, dec_hook=_cut_to_field)
        except msgspec.ValidationError:
            raise misfit(name, shape, str(error)) from error


def misfit(name: str, shape: Any, why: str) -> TypeError:
    """The error of a handler that returned something else than it says."""
    return TypeError(f"{name}() returned what does not fit its annotation -> {name_of(shape)}: {why}.")


def _opened(value: Any, shape: Any) -> Any:
    """A record of a generic class (a `Page[PostOut]`) as its fields: msgspec would not look into one that is there."""
    origin = typing.get_origin(shape)
    if origin is dict and isinstance(value, dict):
        return without_strays({key: _by_column(item) for key, item in value.items()}, shape)
    if not isinstance(origin, type) or not is_schema(origin) or not isinstance(value, origin):
        return value
    fields = {on_wire: (getattr(value, name), kind) for name, on_wire, kind in fields_on_wire(shape)}
    return {
        name: without_strays([_by_column(item) for item in held], kind) if isinstance(held, list) else held
        for name, (held, kind) in fields.items()
    }


def _by_column(row: Any) -> Any:
    """A row of a database's result as a mapping of its columns; anything else as it is."""
    mapping = getattr(row, "_mapping", None)
    return row if mapping is None else dict(mapping)


def _cut_to_field(kind: Any, value: Any) -> Any:
    """A value for a field whose type msgspec does not know: of a Pydantic model what it declares."""
    if not is_pydantic(kind) or value.__class__ is kind:
        return value
    if isinstance(value, kind):
        return kind.model_construct(**{name: getattr(value, name) for name in kind.model_fields})
    return kind.model_validate(value, from_attributes=True)


def _shaped_pydantic(value: Any, shape: Any, model: Any) -> Any:
    def one(item: Any) -> Any:
        made = item if isinstance(item, model) else model.model_validate(item, from_attributes=True)
        # Of a subclass too, what the model has.
        return model.__pydantic_serializer__.to_python(made, mode="json", by_alias=True)

    return [one(item) for item in value] if shape is not model else one(value)
