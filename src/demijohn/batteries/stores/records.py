"""The shape of a record: of a Schema, a dataclass, or whatever a handler takes for a body."""

from __future__ import annotations

import dataclasses
import enum
import typing
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec

from demijohn.foundation.errors import SetupError, Where
from demijohn.kernel.schema import is_pydantic, is_schema, name_of, without_none
from demijohn.kernel.validation import fields_of

from .shape import Choice, Field, Rules, Shape, label_of

_WORDS: Final = ("min_length", "max_length", "ge", "gt", "le", "lt", "pattern")
_COUNTED: Final = (int, uuid.UUID)


def record_shape(
    model: type, *, key: str | Sequence[str] = "id", unique: Sequence[str] = (), private: Sequence[str] = ()
) -> Shape:
    """The shape of a record type: its annotations are the types, `Meta` the rules, its title the label.

    `key` names what identifies a record; one field that is an int or a UUID is filled in by the store. Raises
    `SetupError` DMJ0538 if that is no record, or has no such field.
    """
    names = (key,) if isinstance(key, str) else tuple(key)
    fields = record_fields(model)
    for name in (*names, *unique, *private):
        if name not in [one.name for one in fields]:
            raise SetupError(
                "DMJ0538",
                f"{model.__name__} has no field {name!r}; it has {', '.join(one.name for one in fields)}.",
                fix=f"Add it to the class, or name another: key={fields[0].name!r}"
                if fields
                else "Add it to the class.",
                where=Where.of(model),
            )
    shaped = []
    for one in fields:
        counted = names == (one.name,) and one.type in _COUNTED
        shaped.append(
            dataclasses.replace(
                one,
                key=one.name in names,
                unique=one.name in unique,
                private=one.name in private,
                generated=counted,
                required=one.required and not counted,
            )
        )
    return Shape(model=model, name=model.__name__, fields=tuple(shaped), key=names)


def record_fields(model: type) -> list[Field]:
    """The fields of a record type; raises `SetupError` DMJ0538 for what is none."""
    if not is_schema(model) or is_pydantic(model):
        raise SetupError(
            "DMJ0538", f"{name_of(model)} is no record: its fields are not known.",
            fix=f"class {name_of(model)}(Schema): ...", where=Where.of(model),
        )  # fmt: skip
    defaults = dict(_defaults(model))
    told = fields_of(model)
    return [field_of(name, kind, initial=defaults.get(name), required=required) for name, kind, required in told]


def field_of(name: str, annotation: Any, *, initial: Callable[[], Any] | None = None, required: bool = True) -> Field:
    """The field that an annotation describes.

    >>> one = field_of("title", Annotated[str, msgspec.Meta(max_length=80)] | None)
    >>> one.type, one.nullable, one.rules.max_length
    (<class 'str'>, True, 80)
    """
    bare, optional = without_none(annotation)
    told: dict[str, Any] = {}
    label = help_text = ""
    while typing.get_origin(bare) is Annotated:
        bare, *metas = typing.get_args(bare)
        for meta in metas:
            if isinstance(meta, msgspec.Meta):
                told |= {word: getattr(meta, word) for word in _WORDS if getattr(meta, word) is not None}
                told |= {"timezone": True} if meta.tz else {}
                label, help_text = meta.title or label, meta.description or help_text
        bare, within = without_none(bare)
        optional = optional or within
    return Field(
        name=name,
        type=bare,
        label=label or label_of(name),
        help=help_text,
        required=required,
        nullable=optional,
        choices=tuple(choices_of(bare)),
        rules=Rules(**told),
        initial=initial,
    )


def choices_of(kind: Any) -> Iterator[Choice]:
    """The values of an Enum or a Literal; nothing for any other type."""
    if typing.get_origin(kind) is Literal:
        for value in typing.get_args(kind):
            yield Choice(value, label_of(str(value)))
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        for member in kind:
            yield Choice(member, getattr(member, "label", "") or label_of(member.name.lower()))


def _defaults(model: type) -> Iterator[tuple[str, Callable[[], Any]]]:
    if issubclass(model, msgspec.Struct):
        for one in msgspec.structs.fields(model):
            if one.default_factory is not msgspec.NODEFAULT:
                yield one.encode_name, one.default_factory
            elif one.default is not msgspec.NODEFAULT:
                yield one.encode_name, partial(_same, one.default)
    elif dataclasses.is_dataclass(model):
        for part in dataclasses.fields(model):
            if part.default_factory is not dataclasses.MISSING:
                yield part.name, part.default_factory
            elif part.default is not dataclasses.MISSING:
                yield part.name, partial(_same, part.default)


def _same(value: Any) -> Any:
    return value


def sortable(value: Any) -> Any:
    """A value as it is compared: an Enum's members have no order of their own, what they stand for has."""
    return value.value if isinstance(value, enum.Enum) else value
