"""Which class each definition in a JSON Schema of Pydantic's is of: Pydantic tells their names alone."""

from __future__ import annotations

import dataclasses
import enum
import re
import typing
from typing import Any

from ...kernel.pydantic_bodies import is_of_pydantic


def classes_by_name(cls: Any) -> dict[str, Any]:
    """The classes that a type of Pydantic's is made of, itself among them, by the names of their definitions.

    A name that two of them share is left out, as Pydantic puts the modules before it then.
    """
    named: dict[str, list[Any]] = {}
    for each in _classes_in(cls, []):
        for name in (each.__name__, f"{each.__module__}.{each.__qualname__}"):
            named.setdefault(definition_name(name), []).append(each)
    return {name: found[0] for name, found in named.items() if len(set(found)) == 1}


def definition_name(name: str) -> str:
    """A name as Pydantic spells it for a definition."""
    return re.sub(r"[^a-zA-Z0-9.\-_]", "_", name).replace(".", "__")


def _classes_in(annotation: Any, found: list[Any]) -> list[Any]:
    for part in typing.get_args(annotation):
        _classes_in(part, found)
    if not isinstance(annotation, type) or annotation in found:
        return found
    if is_of_pydantic(annotation):
        found.append(annotation)
        fields = annotation.__pydantic_fields__  # type: ignore[attr-defined]
        for kind in [each.annotation for each in fields.values()]:
            _classes_in(kind, found)
    elif issubclass(annotation, enum.Enum):
        found.append(annotation)
    elif dataclasses.is_dataclass(annotation) or typing.is_typeddict(annotation):
        found.append(annotation)
        for kind in _hints_of(annotation):
            _classes_in(kind, found)
    return found


def _hints_of(cls: type) -> list[Any]:
    try:
        return list(typing.get_type_hints(cls, include_extras=True).values())
    except NameError:
        return []
