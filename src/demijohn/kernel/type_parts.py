"""What a type is made of, as msgspec sees it: the types of its fields, items, keys and values, however deep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def infos_in(annotation: Any) -> Iterator[Any]:
    """msgspec's description of a type and of every type in it, each record once; none of what it cannot describe."""
    try:
        yield from _walk(info_of(annotation), set())
    except TypeError:
        return


def info_of(annotation: Any) -> Any:
    """msgspec's description of a type; TypeError if it cannot describe it."""
    from msgspec import inspect  # slow to import, and only apps with bodies need it

    return inspect.type_info(annotation)


def parts_of(info: Any) -> list[Any]:
    """The descriptions of what a type is made of, one level deep."""
    parts = [getattr(info, name, None) for name in ("type", "item_type", "key_type", "value_type")]
    parts += [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    parts += [field.type for field in getattr(info, "fields", ())]
    return [part for part in parts if part is not None]


def _walk(info: Any, seen: set[Any]) -> Iterator[Any]:
    kind = getattr(info, "cls", None)
    if kind is not None:
        if kind in seen:
            return
        seen.add(kind)
    yield info
    for part in parts_of(info):
        yield from _walk(part, seen)
