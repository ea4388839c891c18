"""Forms of Pydantic models: their fields as forms read them, and what their own validators say, on the fields."""

from __future__ import annotations

import datetime
import enum
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from ...foundation.http.uploaded_file import UploadedFile
from ...kernel.markers import MISSING, Factory
from ...kernel.schema import is_schema, without_none
from .branches import Branch
from .choices import KeyOf
from .fields import Field
from .parts import REQUIRED
from .shapes import Errors, Shape, taken

_SIMPLE: Final = (
    str, int, float, bool, Decimal, UUID, datetime.date, datetime.datetime, datetime.time, enum.Enum, UploadedFile,
)  # fmt: skip
_LISTS: Final = (list, set, frozenset, tuple)
# Pydantic's own types by their names, as Pydantic is never imported here.
_TYPES: Final[Mapping[str, Any]] = {
    "PastDate": datetime.date, "FutureDate": datetime.date, "PastDatetime": datetime.datetime,
    "FutureDatetime": datetime.datetime, "AwareDatetime": datetime.datetime, "NaiveDatetime": datetime.datetime,
}  # fmt: skip
_WIDGETS: Final[Mapping[str, str]] = {
    "EmailStr": "email", "AnyUrl": "url", "AnyHttpUrl": "url", "HttpUrl": "url", "SecretStr": "password",
    "Color": "color",
}  # fmt: skip
_LENGTHS: Final = ("min_length", "max_length")
_BOUNDS: Final = ("ge", "gt", "le", "lt", "multiple_of")


def model_fields_of(model: Any) -> Iterator[tuple[str, str, Any, bool, Any]]:
    """(name on the wire, attribute, type, required, default) of each field, the type as msgspec knows it."""
    for name, info in model.model_fields.items():
        metas = [*info.metadata, msgspec.Meta(title=info.title, description=info.description)]
        yield _wire_name(name, info), name, _in_our_types(info.annotation, metas), info.is_required(), _default(info)


def _wire_name(name: str, info: Any) -> str:
    alias = info.validation_alias or info.alias
    choices = getattr(alias, "choices", None)  # AliasChoices
    alias = choices[0] if choices else alias
    return alias if isinstance(alias, str) else name


def _default(info: Any) -> Any:
    if info.is_required():
        return MISSING
    if info.default_factory is None:
        return info.default
    return MISSING if info.default_factory_takes_validated_data else Factory(info.default_factory)


def _in_our_types(annotation: Any, metas: list[Any]) -> Any:
    """A type with what stands beside it, as forms read it: what is not known is text, for Pydantic to judge."""
    bare, optional = without_none(annotation)
    while typing.get_origin(bare) is Annotated:
        bare, *more = typing.get_args(bare)
        metas = [*more, *metas]
        bare, inner = without_none(bare)
        optional = optional or inner
    kind, told = _plain(bare)
    notes = [*told, *(meta for meta in metas if isinstance(meta, Field | msgspec.Meta | KeyOf))]
    bounds = _bounds(kind, metas)
    if bounds:
        notes.insert(0, msgspec.Meta(**bounds))
    for note in notes:
        kind = Annotated[kind, note]
    return typing.Optional[kind] if optional else kind  # noqa: UP045


def _plain(bare: Any) -> tuple[Any, list[Any]]:
    origin = typing.get_origin(bare)
    if origin in _LISTS:
        inner = tuple(one if one is ... else _in_our_types(one, []) for one in typing.get_args(bare))
        return types.GenericAlias(typing.cast("type", origin), inner), []
    if origin is Literal or bare in _LISTS or bare is dict or origin is dict or is_schema(bare):
        return bare, []
    if origin in (typing.Union, types.UnionType):
        return str, []
    if isinstance(bare, type) and issubclass(bare, _SIMPLE):
        return (str if issubclass(bare, str) and not issubclass(bare, enum.Enum) else bare), []
    name = getattr(bare, "__name__", "")
    if name in _TYPES:
        return _TYPES[name], []
    return str, [Field(widget=_WIDGETS[name])] if name in _WIDGETS else []


def _bounds(kind: Any, metas: list[Any]) -> dict[str, Any]:
    """The bounds that msgspec checks and browsers are told; patterns and all else are left to Pydantic."""
    names = _BOUNDS if kind in (int, float) else _LENGTHS if kind is str or typing.get_origin(kind) in _LISTS else ()
    found: dict[str, Any] = {}
    for meta in metas:
        if not isinstance(meta, msgspec.Meta):
            found |= {name: getattr(meta, name) for name in names if getattr(meta, name, None) is not None}
    return found


@dataclass(frozen=True, slots=True)
class PydanticShape(Shape):
    """A shape whose records Pydantic makes, of values that were read by the same grammar as everywhere."""

    def make(self, branch: Branch) -> tuple[Any, Errors]:
        """As of any shape: every mistake of the texts, and all that Pydantic says of the others."""
        errors: Errors = {}
        tree = taken(self.parts, branch, "", errors, careful=True)
        value, found = self.convert(tree, strict=False)
        if not errors and not found:
            return value, {}
        for name, messages in found.items():
            if not any(f"{name}.".startswith(f"{known}.") or not name for known in errors):
                errors.setdefault(name, []).extend(messages)
        return self._right_of(tree, errors), errors

    def convert(self, tree: Any, *, strict: bool) -> tuple[Any, Errors]:
        """The model of plain values, and what its validators say."""
        try:
            return self.schema.model_validate(tree), {}
        except ValueError as error:
            listed = getattr(error, "errors", None)
            if listed is None:
                raise
        errors: Errors = {}
        for item in listed(include_url=False, include_context=False, include_input=False):
            errors.setdefault(".".join(map(str, item["loc"])), []).append(_message(item))
        return None, errors

    def _right_of(self, data: dict[str, Any], errors: Errors) -> dict[str, Any]:
        wrong = {name.partition(".")[0] for name in errors}
        return {name: data[name] for name in self.parts if name in data and name not in wrong}


def _message(item: Any) -> str:
    if item["type"] == "missing":
        return REQUIRED
    message: str = item["msg"]
    if item["type"] in ("value_error", "assertion_error"):
        message = message.partition(", ")[2]  # "Value error, " is Pydantic's, what follows the validator's
    return message if message.endswith((".", "!", "?")) else f"{message}."
