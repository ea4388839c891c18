"""Shapes made from types, once: every field with its part, and all that is said of them held against each other."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec

from ...foundation.errors import SetupError, Where
from ...kernel.checkable import require_checkable
from ...kernel.dataclass_defaults import completion_of
from ...kernel.grammar import plain_type
from ...kernel.markers import MISSING, Factory
from ...kernel.schema import is_mapped, is_pydantic, is_schema, name_of, without_none
from ...kernel.validation import fields_of
from .choices import require_choice
from .fields import Field
from .leaves import leaf
from .parts import MOST_ROWS, Part
from .shapes import Shape


def shape_of(schema: Any, over: Mapping[str, Field], where: Where) -> Shape:
    """The shape of a Schema, dataclass, attrs class, TypedDict or Pydantic model; SetupError for other types."""
    require_checkable(schema, f"Form[{name_of(schema)}]", where)
    parts = parts_of(schema, over, where, (schema,))
    if is_pydantic(schema):
        from .pydantic_models import PydanticShape

        return finished_shape(parts, schema, over, where, kind=PydanticShape)
    return finished_shape(parts, schema, over, where)


def finished_shape(
    parts: dict[str, Part], schema: Any, over: Mapping[str, Field], where: Where, *, model: Any = None,
    kind: type[Shape] = Shape,
) -> Shape:  # fmt: skip
    """The shape of parts, when all that is said of them makes sense."""
    unknown = [name for name in over if name not in parts]
    if unknown:
        is_there = hasattr(model, unknown[0])  # Only what a form names is a field of it.
        fix = f'fields = [..., "{unknown[0]}"]' if is_there else f"Its fields are: {', '.join(parts)}."
        raise SetupError("DMJ0582", f"The form has no field {', '.join(unknown)}.", where=where, fix=fix)
    _check_conditions(parts, where)
    checked = tuple(part for part in parts.values() if part.is_checked)
    for name, part in parts.items():
        if part.choice is not None:
            require_choice(part.choice, name, where)
    return kind(parts, schema, completion_of(schema), checked, _has_choices(parts), model)


def _check_conditions(parts: Mapping[str, Part], where: Where) -> None:
    for part in parts.values():
        wanted = part.options.show_if
        names = [] if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
        unknown = [name for name in names if name not in parts]
        if unknown:
            raise SetupError(
                "DMJ0583", f"{part.name} has show_if={wanted!r}, and there is no field {unknown[0]}.", where=where,
                fix=f"Name a field of the same form: {', '.join(parts)}.",
            )  # fmt: skip
        if names and part.required and not part.optional:
            raise SetupError(
                "DMJ0583", f"{part.name} is shown only at times (show_if), and its type says that it is required.",
                fix=f"{part.name}: {name_of(plain_type(part.annotation))} | None = None, with Field(show_if=...,"
                " required=True) if it is required whenever it is shown.", where=where,
            )  # fmt: skip


def parts_of(schema: Any, over: Mapping[str, Field], where: Where, outside: tuple[Any, ...]) -> dict[str, Part]:
    return {
        name: part_of(
            name,
            attribute,
            annotation,
            required=required,
            default=default,
            told=over.get(name, Field()),
            where=where,
            outside=outside,
        )
        for name, attribute, annotation, required, default in _fields_of(schema)
    }


def _fields_of(schema: Any) -> Iterator[tuple[str, str, Any, bool, Any]]:
    """(name on the wire, attribute, type, required, default) of each field."""
    if is_pydantic(schema):
        from .pydantic_models import model_fields_of

        yield from model_fields_of(schema)
        return
    names, defaults = _names(schema), _defaults(schema)
    for name, annotation, required in fields_of(schema):
        yield name, names.get(name, name), annotation, required, defaults.get(name, MISSING)


def part_of(
    name: str, attribute: str, annotation: Any, *, required: bool, default: Any, told: Field, where: Where,
    outside: tuple[Any, ...] = (),
) -> Part:  # fmt: skip
    """The part of one field, with all that is inside of it."""
    part = leaf(name, attribute, annotation, required=required, default=default, over=told)
    plain = plain_type(annotation)
    inner = (typing.get_args(plain) or (None,))[0] if part.many else plain
    record, _ = without_none(inner)
    while typing.get_origin(record) is Annotated:
        record = typing.get_args(record)[0]
    in_pydantic = any(is_pydantic(one) for one in outside)
    if is_mapped(record) or not is_schema(record) or (is_pydantic(record) and not in_pydantic):
        _require_writable(part, where)
        return part
    if record in outside:
        raise SetupError(
            "DMJ0581", f"{name_of(record)} is inside of itself, so a form of it would have no end.", where=where,
            fix="Make a Schema for the form, which ends.",
        )  # fmt: skip
    part.parts = parts_of(record, {}, where, (*outside, record))
    part.schema, part.repeated = record, part.many
    part.most = _most(annotation)
    part.attributes = {}
    return part


def _require_writable(part: Part, where: Where) -> None:
    kind = part.kind
    if is_pydantic(kind):
        raise SetupError(
            "DMJ0581", f"{part.name}: {name_of(kind)} is Pydantic's, inside of a record that is not.", where=where,
            fix=f"Make both of one kind: class ...(BaseModel) around it, or {name_of(kind)} a Schema.",
        )  # fmt: skip
    if kind is dict or typing.get_origin(kind) is dict or (isinstance(kind, type) and is_mapped(kind)):
        raise SetupError(
            "DMJ0581", f"{part.name}: {name_of(kind)} is nothing that an input of a form could hold.", where=where,
            fix="Give it a type of its own: a Schema for a record, list[Row] for rows, Annotated[int, KeyOf(Author)]"
            " for a row of another table.",
        )  # fmt: skip


def _most(annotation: Any) -> int:
    bare, _ = without_none(annotation)
    metas = [one for one in getattr(bare, "__metadata__", ()) if isinstance(one, msgspec.Meta)]
    return min((meta.max_length for meta in metas if meta.max_length is not None), default=MOST_ROWS)


def _names(schema: Any) -> dict[str, str]:
    """The attribute of each name on the wire."""
    if isinstance(schema, type) and issubclass(schema, msgspec.Struct):
        return dict(zip(schema.__struct_encode_fields__, schema.__struct_fields__, strict=True))
    return {}


def _defaults(schema: Any) -> dict[str, Any]:
    origin = typing.get_origin(schema) or schema
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return {
            one.encode_name: one.default if one.default_factory is msgspec.NODEFAULT else Factory(one.default_factory)
            for one in msgspec.structs.fields(schema)
            if not one.required
        }
    if dataclasses.is_dataclass(origin):
        none = dataclasses.MISSING
        return {
            one.name: one.default if one.default_factory is none else Factory(one.default_factory)
            for one in dataclasses.fields(origin)
            if one.default is not none or one.default_factory is not none
        }
    return dict(_attrs_defaults(origin))


def _attrs_defaults(schema: Any) -> Iterator[tuple[str, Any]]:
    for one in getattr(schema, "__attrs_attrs__", ()):
        made = getattr(one.default, "factory", None)
        if made is not None and not one.default.takes_self:
            yield one.name, Factory(made)
        elif made is None and repr(one.default) != "NOTHING":
            yield one.name, one.default


def _has_choices(parts: Mapping[str, Part]) -> bool:
    return any(part.choice is not None or _has_choices(part.parts or {}) for part in parts.values())
