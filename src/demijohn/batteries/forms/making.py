"""The shape of a form's type, whatever kind of record that is; and records with some values changed."""

from __future__ import annotations

import copy
import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ...foundation.errors import SetupError, Where
from ...kernel.schema import is_mapped, is_pydantic, is_schema, name_of
from .fields import Field
from .shapes import Shape
from .shaping import shape_of


def make_shape(schema: Any, names: Sequence[str] | None, over: Mapping[str, Field], written: Any, title: str) -> Shape:
    """The shape of a form for `schema`, which `written` (a class, or what stands in `Form[...]`) asks for."""
    is_class = isinstance(written, type) and typing.get_origin(written) is None
    where: Any = Where.of(written) if is_class else ()
    if schema is None:
        raise SetupError(
            "DMJ0580", f"{title} does not say what it is a form for.", where=where,
            fix="Name the type: form: Form[PostIn], or class PostForm(Form[PostIn]).",
        )  # fmt: skip
    if is_mapped(schema):
        from .models.shape import shape_of_model  # SQLAlchemy is there already, where there are models

        return shape_of_model(schema, names, over, where)
    if not is_schema(schema):
        raise SetupError(
            "DMJ0580", f"Form[{name_of(schema)}]: {name_of(schema)} is no type that a form could be made for.",
            where=where,
            fix="Form[T] is for a Schema, a dataclass, an attrs class, a TypedDict, a Pydantic model or a model.",
        )  # fmt: skip
    return shape_of(schema, over, where)


def replaced(value: Any, changed: dict[str, Any]) -> Any:
    """A record with some of its values changed."""
    if isinstance(value, dict):
        return {**value, **changed}
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changed)
    if is_pydantic(type(value)):
        return value.model_copy(update=changed)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **changed)
    made = copy.copy(value)
    for name, one in changed.items():
        setattr(made, name, one)
    return made
