"""Rules that a schema has from its model, and the same schema without them."""

from __future__ import annotations

import types
import typing
from typing import Annotated, Any

import msgspec


def unruled(annotation: Any) -> Any:
    """A type without the rules that its schemas have from their models: the same fields, of the same types.

    A class says which rules these are in `__rules__`: the `Meta` beside each field's type, by the field's name.
    """
    return _unruled(annotation, {})


def _unruled(annotation: Any, known: dict[Any, Any]) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return Annotated[(_unruled(arguments[0], known), *arguments[1:])]
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(_unruled(part, known) for part in arguments)]  # noqa: UP007
    if isinstance(origin, type) and arguments:  # a list, a mapping, a generic record such as a page
        rebuilt: Any = origin
        return rebuilt[tuple(part if part is ... else _unruled(part, known) for part in arguments)]
    if origin is not None or not (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)):
        return annotation
    if annotation not in known:
        known[annotation] = annotation  # A record that holds itself keeps its rules there.
        known[annotation] = _twin(annotation, known)
    return known[annotation]


def _twin(schema: type[msgspec.Struct], known: dict[Any, Any]) -> Any:
    """A class of the same fields without the model's rules; the schema itself where there are none."""
    rules = getattr(schema, "__rules__", {})
    fields, changed = [], False
    for field in msgspec.structs.fields(schema):
        kind = _unruled(without_rule(field.type, rules.get(field.name)), known)
        changed = changed or kind != field.type
        default: Any = msgspec.NODEFAULT if field.default is msgspec.NODEFAULT else field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = msgspec.field(default_factory=field.default_factory)
        fields.append((field.name, kind, default))
    if not changed:
        return schema
    config = schema.__struct_config__
    return msgspec.defstruct(
        schema.__name__,
        fields,
        kw_only=True,
        rename=dict(zip(schema.__struct_fields__, schema.__struct_encode_fields__, strict=True)),
        tag=config.tag,
        tag_field=config.tag_field,
        omit_defaults=config.omit_defaults,
        array_like=config.array_like,
    )


def without_rule(annotation: Any, rule: msgspec.Meta | None) -> Any:
    """A type without one `Meta` beside it, or beside one of its parts."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if rule is None:
        return annotation
    if origin is Annotated:
        kept = [extra for extra in arguments[1:] if extra != rule]  # equal: typing keeps and shares what is alike
        return Annotated[(arguments[0], *kept)] if kept else arguments[0]
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(without_rule(part, rule) for part in arguments)]  # noqa: UP007
    return annotation
