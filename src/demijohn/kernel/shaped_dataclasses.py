"""Dataclasses that are written by a shape of their own: JSON would write all their fields, and never ask.

So it does with attrs classes, which count as dataclasses here.

A mapped dataclass has relations that lead to others and back, and private columns: what is sent of it is for the
database to say. Only apps that have such classes pay for the search.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import msgspec


def is_written_whole(kind: type) -> bool:
    """Whether JSON writes all fields of a class without asking: of a dataclass and an attrs class it does."""
    return dataclasses.is_dataclass(kind) or hasattr(kind, "__attrs_attrs__")


def replacing(kinds: tuple[type, ...], plain: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that puts plain values in the place of dataclasses of these kinds, wherever in a value they are."""

    def replaced(value: Any) -> Any:
        kind = type(value)
        if is_written_whole(kind) and issubclass(kind, kinds):
            return plain(value)
        if isinstance(value, dict):
            return {key: replaced(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [replaced(inner) for inner in value]
        if issubclass(kind, msgspec.Struct) or is_written_whole(kind):
            return _refilled(value, replaced)
        return value

    return replaced


def _refilled(record: Any, replaced: Callable[[Any], Any]) -> Any:
    """A record with its fields replaced: a copy, so that it keeps its names and its order."""
    is_struct = isinstance(record, msgspec.Struct)
    write: Callable[[Any, str, Any], None] = msgspec.structs.force_setattr if is_struct else object.__setattr__
    made = copy.copy(record)
    for name in _names(record):
        held = getattr(record, name, msgspec.UNSET)
        if held is not msgspec.UNSET:
            write(made, name, replaced(held))
    return made


def _names(record: Any) -> Sequence[str]:
    if isinstance(record, msgspec.Struct):
        return record.__struct_fields__
    if dataclasses.is_dataclass(record):
        return [field.name for field in dataclasses.fields(record)]
    return [field.name for field in record.__attrs_attrs__]
