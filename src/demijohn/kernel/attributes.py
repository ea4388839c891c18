"""Reading the attributes that a shape is filled from, where their errors are seen.

msgspec takes an attribute that cannot be read for one that is not there: a relation that is not loaded would be told as
missing, or be left to the field's default. So what may fail that way is read beforehand, by these functions.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import msgspec

from .schema import without_none

_SEVERAL: Final = (list, tuple, set, frozenset)
_Fields: TypeAlias = tuple[tuple[str, Any], ...]
# Of each schema its fields' names, with the type of what nests in them.
_FIELDS: Final[WeakKeyDictionary[type, tuple[_Fields, _Fields]]] = WeakKeyDictionary()


def read_attributes(value: Any, shape: Any, *, every: bool = False) -> None:
    """Read what msgspec would pass over in silence: what nests, and what has a default; or `every` field.

    Whatever error that gives is raised; an attribute that is not there is none.
    """
    bare, _ = without_none(shape)
    if typing.get_origin(bare) is Annotated:
        bare, _ = without_none(typing.get_args(bare)[0])
    origin = typing.get_origin(bare)
    if origin in _SEVERAL:
        inner = typing.get_args(bare)[0]
        if isinstance(value, _SEVERAL) and (every or not _is_plain(inner)):
            for item in value:
                read_attributes(item, inner, every=every)
    elif origin is dict:
        if isinstance(value, dict):
            for item in value.values():
                read_attributes(item, typing.get_args(bare)[1], every=every)
    elif isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        _read_fields(value, bare, every=every)
    elif origin is not None and isinstance(value, dict):  # a generic record such as a page, as its fields
        for held in value.values():
            if isinstance(held, list):
                read_attributes(held, list[typing.get_args(bare)[0]], every=every)  # type: ignore[misc]


def _read_fields(value: Any, schema: type[msgspec.Struct], *, every: bool) -> None:
    if value is None or isinstance(value, Mapping | msgspec.Struct):
        return
    for name, nested in _fields(schema)[every]:
        try:
            held = getattr(value, name)
        except AttributeError:
            continue
        if nested is not None:
            read_attributes(held, nested, every=every)


def _fields(schema: type[msgspec.Struct]) -> tuple[_Fields, _Fields]:
    """The fields that msgspec may pass over in silence, and all of them."""
    found = _FIELDS.get(schema)
    if found is None:
        fields = msgspec.structs.fields(schema)
        nested = {field.name: field.type if _nests(field.type) else None for field in fields}
        silent = [field.name for field in fields if nested[field.name] is not None or not field.required]
        found = _FIELDS[schema] = tuple((name, nested[name]) for name in silent), tuple(nested.items())
    return found


def _is_plain(annotation: Any) -> bool:
    """Whether a type is a schema of which nothing can be passed over."""
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct) and not _fields(annotation)[0]


def _nests(annotation: Any) -> bool:
    """Whether a type is a schema, or holds some."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return True
    return any(_nests(part) for part in typing.get_args(annotation))
