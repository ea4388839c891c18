"""Defaults of decoded dataclasses: the decoder leaves plain ones to the class, where an encoder misses them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import msgspec.inspect

Defaults = dict[type, dict[str, Any]]


def completion_of(annotation: Any) -> Callable[[Any], Any] | None:
    """A function that gives decoded values of a type what they lack; None for types that lack nothing.

    >>> Point = dataclasses.make_dataclass("Point", [("x", int), ("y", int, 0)])
    >>> point = msgspec.json.decode(b'{"x": 1}', type=Point)
    >>> vars(point)
    {'x': 1}
    >>> vars(completion_of(Point)(point))
    {'x': 1, 'y': 0}
    """
    found: Defaults = {}
    try:
        _collect(msgspec.inspect.type_info(annotation), found, set())
    except TypeError:  # What msgspec cannot describe, it decodes into nothing of that kind.
        return None
    if not found:
        return None

    def complete(value: Any) -> Any:
        _complete(value, found)
        return value

    return complete


def _collect(info: Any, found: Defaults, seen: set[int]) -> None:
    if id(info) in seen:
        return
    seen.add(id(info))
    if isinstance(info, msgspec.inspect.DataclassType) and not hasattr(info.cls, "__slots__"):
        defaults = {field.name: field.default for field in info.fields if field.default is not msgspec.NODEFAULT}
        if defaults:
            found[info.cls] = defaults
    for name in ("type", "item_type", "key_type", "value_type"):
        if hasattr(info, name):
            _collect(getattr(info, name), found, seen)
    for name in ("fields", "types", "item_types"):
        for inner in getattr(info, name, ()):
            _collect(inner, found, seen)


def _complete(value: Any, found: Defaults) -> None:
    kind = type(value)
    for name, default in found.get(kind, {}).items():
        value.__dict__.setdefault(name, default)
    if isinstance(value, list | tuple | set | frozenset):
        for item in value:
            _complete(item, found)
    elif isinstance(value, Mapping):
        for item in value.values():
            _complete(item, found)
    elif dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct):
        fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else msgspec.structs.fields(kind)
        for field in fields:
            _complete(getattr(value, field.name, None), found)
