"""The types of a model's values, as annotations: for whoever checks or describes them without having one."""

from __future__ import annotations

import datetime as dt
import sys
import typing
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta
from sqlalchemy import JSON, BigInteger, Column, DateTime, Enum, Integer, SmallInteger, String
from sqlalchemy.orm import class_mapper

from .annotations import own_annotations
from .fields import spec_of
from .formats import openapi_words
from .shapes import shown_names
from .types import UTCDateTime
from .validation import rule_of

_NUMBERS: Final = (int, float)
_BOUNDS: Final = ("ge", "gt", "le", "lt")
_TEXT_BOUNDS: Final = ("min_length", "max_length", "pattern")


def shown_fields(model: type) -> list[tuple[str, Any]]:
    """The attributes that the default shape of a model shows, each with the type of its values."""
    attributes = class_mapper(model).column_attrs
    found = []
    for name in shown_names(model):
        column = attributes[name].columns[0]
        kind = kind_of_values(model, name, column)
        found.append((name, with_rules(kind, rules_of(column, kind), nullable=getattr(column, "nullable", True))))
    return found


def input_annotation(model: type, name: str, column: Any) -> Any:
    """The type of what may be sent for a column: as narrow as the column itself."""
    kind = kind_of_values(model, name, column)
    own, size = rules_of(column, kind), _type_rules(column.type, kind)
    for bound, open_bound in (("ge", "gt"), ("le", "lt")):
        if open_bound in own:  # The field's own, beside which the other would be a second one on the same side.
            size.pop(bound, None)
    return with_rules(kind, size | own, nullable=column.nullable)


def with_rules(kind: Any, rules: dict[str, Any], *, nullable: bool) -> Any:
    """A type with the rules beside it, and with `None` if that is a value."""
    annotation: Any = Annotated[kind, Meta(**rules)] if rules else kind
    return typing.Optional[annotation] if nullable else annotation  # noqa: UP045 - not every type knows |


def kind_of_values(model: type, name: str, column: Any) -> Any:
    """What a column's values are in Python, without `None`; `Any` where nobody says it."""
    choices = tuple(spec_of(column).labelled_choices())
    if choices and (all(type(one) is str for one in choices) or all(type(one) is int for one in choices)):
        return Literal[choices]
    type_ = column.type
    if isinstance(type_, Enum):
        return type_.enum_class or Literal[tuple(type_.enums)]
    known = None if isinstance(type_, JSON) else _python_type(type_)
    return _written(model, name) if known is None else known


def _python_type(type_: Any) -> Any:
    """What a type says of its values; a decorator that says nothing of its own leaves it to the annotation."""
    try:
        kind = type_.python_type
    except NotImplementedError:
        return None
    return None if kind is object else kind


def _written(model: type, name: str) -> Any:
    """What stands in the `Mapped[...]` of an attribute, without `None`; `Any` where it cannot be read."""
    for base in model.__mro__:
        annotation = own_annotations(base).get(name)
        if annotation is None:
            continue
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, dict(vars(sys.modules[base.__module__])))  # noqa: S307 - the app's own
            except (NameError, AttributeError, TypeError, KeyError):
                return Any
        inner = typing.get_args(annotation)
        parts = [part for part in typing.get_args(inner[0]) if part is not type(None)] if inner else []
        if len(parts) == 1 and type(None) in typing.get_args(inner[0]):
            return parts[0]
        return inner[0] if inner else Any
    return Any


def rules_of(column: Any, kind: Any) -> dict[str, Any]:
    """What the column's field says, as far as it can be said of such a type, in the words of msgspec's `Meta`."""
    spec = spec_of(column)
    told: dict[str, Any] = {"title": spec.label, "description": spec.help or _comment(column)}
    if kind is str:
        told |= {word: getattr(spec, word) for word in _TEXT_BOUNDS}
        if told["max_length"] is None and isinstance(column.type, String):
            told["max_length"] = column.type.length
        told["extra_json_schema"] = openapi_words(spec)
    if kind in _NUMBERS:
        told |= {word: getattr(spec, word) for word in _BOUNDS}
    return {word: value for word, value in told.items() if value not in (None, "", {})}


def _type_rules(type_: Any, kind: Any) -> dict[str, Any]:
    """What the column's type adds for what comes in: its own size."""
    if kind is int and isinstance(type_, Integer) and not isinstance(type_, BigInteger):
        bits = 15 if isinstance(type_, SmallInteger) else 31
        return {"ge": -(2**bits), "le": 2**bits - 1}
    return {}


def check_of(column: Any) -> Callable[[Any], str | None] | None:
    """What a column's value must be like, beyond its Python type: gives a sentence about one that is not."""
    if not isinstance(column, Column):
        return None
    rule = rule_of(column.type, spec_of(column))
    moment = _moment_rule(column.type)
    if rule is None and moment is None:
        return None

    def check(value: Any) -> str | None:
        message = (moment(value) if moment is not None else None) or (rule(value) if rule is not None else None)
        return None if message is None else f"{message}."

    return check


def _moment_rule(type_: Any) -> Callable[[Any], str | None] | None:
    """A column of moments needs time zones, one of plain dates and times has no place for them."""
    aware = isinstance(type_, UTCDateTime) or (isinstance(type_, DateTime) and type_.timezone)
    if not aware and not isinstance(type_, DateTime):
        return None

    def check(value: Any) -> str | None:
        if not isinstance(value, dt.datetime):
            return None
        if not aware:
            return None if value.tzinfo is None else "Expected no time zone, as in 2026-05-31T14:30:00"
        if value.utcoffset() is None:
            return "Expected a time zone too, as in 2026-05-31T14:30:00Z"
        try:
            value.astimezone(dt.UTC)
        except OverflowError:
            return "Expected a year from 1 to 9999"
        return None

    return check


def _comment(column: Any) -> str:
    return (column.comment or column.doc or "") if isinstance(column, Column) else ""
