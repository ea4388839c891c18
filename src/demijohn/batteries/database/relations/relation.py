"""What is common to all relations: a declaration that finds its class, and becomes SQLAlchemy's relationship."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, and_
from sqlalchemy.orm import RelationshipProperty, relationship

from demijohn.foundation.errors import SetupError, Where

from ..annotations import Target
from ..fields import INFO_KEY, FieldSpec
from ..habits import FIELD_WORDS
from .targets import ModelClass, did_you_mean, find_class

COLLECTIONS: Final[dict[str, type]] = {"set": set, "list": list}
"""What a relation to many is kept in, by the word of its annotation."""

_LOADS: Final = ("joined", "selectin", "raise")
_RELATIONSHIP_WORDS: Final = frozenset(inspect.signature(relationship).parameters)
_SPEC_WORDS: Final = ("label", "help", "widget", "readonly", "private", "init", "default")


class Key:
    """What `key()` leaves in a class until its `belongs_to` takes it up."""

    def __init__(self, *, primary_key: bool = False, init: bool = False) -> None:
        self.primary_key = primary_key
        self.init = init


class Relation:
    """A declared relation; the copy that belongs to a class knows its `owner`, `name` and `target`."""

    wants_many: bool = False

    owner: ModelClass
    name: str
    module: str
    target: Target
    prop: RelationshipProperty[Any]
    other: ModelClass | None = None

    def __init__(self, **options: Any) -> None:
        words = {name: options.pop(name) for name in _SPEC_WORDS if name in options}
        self.spec = FieldSpec(**words)
        self.load: str | None = options.pop("load", None)
        self.options = options

    def bound(self, owner: ModelClass, name: str, target: Target, module: str) -> Relation:
        """The copy of this declaration that belongs to one class; `module` is where its annotation was
        written."""
        twin = copy.copy(self)
        twin.owner, twin.name, twin.target, twin.module = owner, name, target, module
        return twin

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"

    def declare(self, keys: dict[str, Key]) -> None:
        """Step 1: put columns and relationship into the class; takes its own out of `keys`."""
        raise AssertionError("each kind of relation declares itself")

    def connect(self, other: ModelClass) -> None:
        """Step 2: both classes are mapped."""
        self.other = other

    def waits_for(self) -> str:
        """The name of a class without which it cannot be connected, or nothing."""
        return "" if find_class(self) is not None else self.target.name

    def error(self, code: str, what: str, fix: str) -> SetupError:
        """A mistake in this relation, with the place of its class."""
        return SetupError(code, f"{self}: {what}", fix=fix, where=Where.of(self.owner))

    def _other(self) -> ModelClass:
        assert self.other is not None, "check_relations comes before SQLAlchemy asks"
        return self.other

    def _relate(self, **arguments: Any) -> None:
        unknown = [name for name in self.options if name not in _RELATIONSHIP_WORDS]
        if unknown:
            raise self.error(
                "DMJ0516",
                f"a relation takes no {' or '.join(f'{name}=' for name in unknown)}.",
                "\n".join(f"{name}: write {FIELD_WORDS[name]}" for name in unknown if name in FIELD_WORDS)
                or "It takes what SQLAlchemy's relationship takes.",
            )
        info = {**self.options.get("info", {}), INFO_KEY: self.spec}
        arguments = {**arguments, **self._loading(), **self.options, "info": info}
        self.prop = relationship(self._other, **arguments)
        setattr(self.owner, self.name, self.prop)

    def _loading(self) -> dict[str, str]:
        """When it is loaded, in SQLAlchemy's words; raises `SetupError` DMJ0530 for words that are none of ours."""
        if self.load is None:
            return {}
        if self.load not in _LOADS:
            raise self.error(
                "DMJ0530",
                f"load={self.load!r} is no way to load a relation.{did_you_mean(str(self.load), _LOADS)}",
                'Write load="joined" (in the query of its row), "selectin" (in a query after it) or "raise" (never by '
                "itself). Without it, it is loaded when it is read, for all rows at once.",
            )
        return {"lazy": self.load}


def pairs(these: Iterable[Column[Any]], those: Iterable[Column[Any]]) -> ColumnElement[bool]:
    """The condition that the columns are equal, each to its partner."""
    return and_(*(this == that for this, that in zip(these, those, strict=True)))
