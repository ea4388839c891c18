"""Records inside of an answer that are more than was declared: a `UserFull` where the annotation says `UserOut`.

msgspec writes a record as the class that it is, not as the one of its field. So one is looked for wherever a record
can be, and an answer that has one is taken apart by what was declared, to be made anew from that.
"""

from __future__ import annotations

import functools
import itertools
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Annotated, Any

import msgspec

from .schema import is_mapped, is_pydantic, is_schema, plain_form, without_none
from .validation import fields_of

_LISTS = (list, set, frozenset, tuple)

Finder = Callable[[Any], bool]


def has_strays(value: Any, annotation: Any) -> bool:
    """Whether a record in a value is of another class than its place says; the value itself is what it should be."""
    return any(finds(getattr(value, name, None)) for name, _, _, finds in records_in(annotation))


def without_strays(value: Any, annotation: Any) -> Any:
    """A value as it is, with the records taken apart that are what they should be and have strays in them."""
    bare = _bare(annotation)
    if not _may_have_strays(bare) or isinstance(value, str | bytes):
        return value
    parts, origin = typing.get_args(bare), typing.get_origin(bare)
    if value.__class__ is bare:
        return apart(value, bare) if has_strays(value, bare) else value
    if isinstance(value, Mapping) and origin is dict:
        return {key: without_strays(item, parts[1]) for key, item in value.items()}
    if isinstance(value, Sequence | Set) and origin in _LISTS:
        return [without_strays(item, kind) for item, kind in zip(value, _each(origin, parts), strict=False)]
    return value


def _may_have_strays(bare: Any) -> bool:
    """Whether a type has records in its records: in others there is nothing to look for, and mostly there is none."""
    if is_schema(bare):
        return bool(records_in(bare))
    return any(_may_have_strays(_bare(part)) for part in typing.get_args(bare))


def apart(value: Any, annotation: Any) -> Any:
    """A value as dicts of the fields that are declared, however deep."""
    bare = _bare(annotation)
    if value is None or isinstance(value, str | bytes):
        return value
    parts, origin = typing.get_args(bare), typing.get_origin(bare)
    if is_schema(bare):
        return value if isinstance(value, dict) or is_pydantic(bare) else _fields_apart(value, bare)
    if isinstance(value, Mapping) and origin is dict:
        return {key: apart(item, parts[1]) for key, item in value.items()}
    if isinstance(value, Sequence | Set) and origin in _LISTS:
        return [apart(item, kind) for item, kind in zip(value, _each(origin, parts), strict=False)]
    # One of several: what it is, or else what it is more than.
    fitting = [part for part in parts if value.__class__ is _class_of(part)]
    fitting += [part for part in parts if _is_class_of_records(_class_of(part)) and isinstance(value, _class_of(part))]
    return apart(value, fitting[0]) if fitting else value


def _fields_apart(value: Any, record: Any) -> dict[str, Any]:
    inner = {name: kind for name, _, kind, _ in records_in(record)}
    held = ((on_wire, name, getattr(value, name, msgspec.UNSET)) for name, on_wire, _ in fields_on_wire(record))
    fields = {
        on_wire: apart(item, inner[name]) if name in inner else item
        for on_wire, name, item in held
        if item is not msgspec.UNSET
    }
    config = getattr(record, "__struct_config__", None)
    return fields if config is None or config.tag is None else {config.tag_field: config.tag, **fields}


@functools.cache
def records_in(record: Any) -> tuple[tuple[str, str, Any, Finder], ...]:
    """The fields of a record in which there are records: (name, name on the wire, type, what finds strays in it)."""
    return tuple((*field, _finder(field[2])) for field in fields_on_wire(record) if _holds(field[2]))


def _finder(annotation: Any) -> Finder:
    """What tells of a value of a type whether a record in it is of another class; made once, and asked per answer."""
    bare = _bare(annotation)
    parts, origin = typing.get_args(bare), typing.get_origin(bare)
    if is_schema(bare):
        kind = _class_of(bare)
        # The record's own fields are looked up when one is there: it may hold its own kind.
        return lambda value: value is not None and (value.__class__ is not kind or has_strays(value, bare))
    if origin is tuple and ... not in parts:
        each = [_finder(part) for part in parts]
        return lambda value: value is not None and any(one(item) for one, item in zip(each, value, strict=False))
    if origin in _LISTS:
        finds = _finder(parts[0])
        return lambda value: value is not None and any(map(finds, value))
    if origin is dict:
        finds = _finder(parts[1])
        return lambda value: value is not None and any(map(finds, value.values()))
    chosen = {_class_of(part): _finder(part) for part in parts if _holds(part)}
    records = tuple(kind for kind in chosen if _is_class_of_records(kind))

    def finds_in_one_of(value: Any) -> bool:
        found = chosen.get(value.__class__)
        if found is None:  # Nothing checks what a record is made with: it may be a model of which it has a shape.
            return bool(records) and (isinstance(value, records) or is_mapped(value.__class__))
        return found(value)

    return finds_in_one_of


def _each(origin: Any, parts: tuple[Any, ...]) -> Iterable[Any]:
    """The types of the items of a list or tuple, one by one."""
    return parts if origin is tuple and ... not in parts else itertools.repeat(parts[0])


def _is_class_of_records(kind: Any) -> bool:
    return is_schema(kind) and not typing.is_typeddict(kind)  # which is a dict, and cannot be asked for


def _class_of(annotation: Any) -> Any:
    bare = _bare(annotation)
    return typing.get_origin(bare) or bare


def fields_on_wire(record: Any) -> list[tuple[str, str, Any]]:
    """Of each field of a record its name, its name in JSON and its type."""
    kind = typing.get_origin(record) or record
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [(field.name, field.encode_name, field.type) for field in msgspec.structs.fields(record)]
    return [(name, name, kind) for name, kind, _ in fields_of(record)]


def _holds(annotation: Any) -> bool:
    bare = _bare(annotation)
    return is_schema(bare) or any(map(_holds, typing.get_args(bare)))


def _bare(annotation: Any) -> Any:
    bare, _ = without_none(plain_form(annotation))
    while typing.get_origin(bare) is Annotated:
        bare = plain_form(typing.get_args(bare)[0])
    return plain_form(bare)
