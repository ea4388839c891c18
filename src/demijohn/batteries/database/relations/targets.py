"""Which class a relation leads to: found by name where it is written before that class exists."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Column

from demijohn.foundation.errors import SetupError, Where

if TYPE_CHECKING:
    from .relation import Relation

ModelClass: TypeAlias = type[Any]
"""A mapped class; its attributes are made by SQLAlchemy, so checkers cannot know them."""


def relations_of(model: ModelClass) -> dict[str, Relation]:
    """All relations of a model, those of its parents first."""
    found: dict[str, Relation] = {}
    for base in reversed(model.__mro__):
        found.update(base.__dict__.get("__relations__", {}))
    return found


def find_class(relation: Relation) -> ModelClass | None:
    """The mapped class that a relation points at, or `None` while there is none."""
    if relation.target.cls is not None:
        return relation.target.cls if is_mapped_class(relation.target.cls) else None
    return find_named(relation.owner, relation.module, relation.target.name)


def find_named(owner: ModelClass, module: str, name: str | type[Any] | None) -> ModelClass | None:
    """The mapped class of that name, as seen from a class: itself, its module, its registry; `None` if not
    yet."""
    if name is None or isinstance(name, type):
        return name if name is not None and is_mapped_class(name) else None
    last = name.rpartition(".")[2]
    if last == owner.__name__:
        return owner if is_mapped_class(owner) else None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if isinstance(found, type) and is_mapped_class(found):
        return found
    known = [mapper.class_ for mapper in owner.registry.mappers if mapper.class_.__name__ == last]
    near = [cls for cls in known if cls.__module__ == module]
    candidates = near or known
    if len(candidates) > 1:
        places = ", ".join(sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in candidates))
        raise SetupError(
            "DMJ0507",
            f"{owner.__name__} refers to {last}, and {len(candidates)} models have that name: {places}.",
            fix=f"Import the one that is meant into {module}.",
            where=Where.of(owner),
        )
    return candidates[0] if candidates else None


def is_mapped_class(cls: type) -> bool:
    return "__mapper__" in cls.__dict__


def primary_key(model: ModelClass) -> list[Column[Any]]:
    """The key's columns in the model's own table (of joined inheritance: the child's)."""
    return list(model.__table__.primary_key.columns)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
