"""What a model's default shape looks like, as annotations: for whoever describes it without having one."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta
from sqlalchemy import JSON, Column, Enum
from sqlalchemy.orm import class_mapper

from .fields import spec_of
from .shapes import shown_names

_NUMBERS: Final = (int, float)
_BOUNDS: Final = ("ge", "gt", "le", "lt")


def shown_fields(model: type) -> list[tuple[str, Any]]:
    """The attributes that the default shape of a model shows, each with the type of its values."""
    attributes = class_mapper(model).column_attrs
    return [(name, _annotation(attributes[name].columns[0])) for name in shown_names(model)]


def _annotation(column: Any) -> Any:
    kind = _kind(column.type)
    told = _meta(column, kind)
    annotation: Any = Annotated[kind, Meta(**told)] if told else kind
    return annotation | None if getattr(column, "nullable", True) else annotation


def _kind(type_: Any) -> Any:
    if isinstance(type_, Enum):
        return type_.enum_class or Literal[tuple(type_.enums)]
    if isinstance(type_, JSON):
        return Any
    try:
        return type_.python_type
    except NotImplementedError:
        return Any


def _meta(column: Any, kind: Any) -> dict[str, Any]:
    """What the column's field says, as far as it can be said of such a type."""
    spec = spec_of(column)
    told: dict[str, Any] = {"title": spec.label, "description": spec.help or _comment(column)}
    if kind is str:
        told |= {"max_length": spec.max_length, "min_length": spec.min_length, "pattern": spec.pattern}
    if kind in _NUMBERS:
        told |= {word: getattr(spec, word) for word in _BOUNDS}
    return {word: value for word, value in told.items() if value not in (None, "")}


def _comment(column: Any) -> str:
    return (column.comment or column.doc or "") if isinstance(column, Column) else ""
