"""What a type is made of, as msgspec sees it: the types of its fields, items, keys and values, however deep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def infos_in(annotation: Any) -> Iterator[Any]:
    """msgspec's description of a type and of every type in it, each record once; none of what it cannot describe."""
    from msgspec import inspect  # slow to import, and only apps with bodies need it

    try:
        yield from _walk(inspect.type_info(annotation), set())
    except TypeError:
        return


def _walk(info: Any, seen: set[Any]) -> Iterator[Any]:
    kind = getattr(info, "cls", None)
    if kind is not None:
        if kind in seen:
            return
        seen.add(kind)
    yield info
    parts = [getattr(info, name, None) for name in ("type", "item_type", "key_type", "value_type")]
    parts += [*getattr(info, "types", ()), *getattr(info, "item_types", ()), *getattr(info, "fields", ())]
    for part in parts:
        if part is not None:
            yield from _walk(part, seen)
