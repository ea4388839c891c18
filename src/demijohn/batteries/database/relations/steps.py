"""The two steps of a relation's life, and the mistakes that are told between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import registry

from demijohn.foundation.errors import SetupError, Where, raise_all

from ..annotations import Target, UnreadableAnnotation, allows_none, is_mapped, read_target
from .belonging import BelongsTo
from .linking import ManyToMany
from .relation import Key, Relation
from .targets import ModelClass, did_you_mean, find_class, is_mapped_class


class _Waiting:
    """The relations of one registry that wait for a class, and the mistakes found so far."""

    def __init__(self) -> None:
        self.relations: list[Relation] = []
        self.mistakes: list[SetupError] = []


_WAITING: WeakKeyDictionary[registry, _Waiting] = WeakKeyDictionary()


def _waiting_in(home: registry) -> _Waiting:
    if home not in _WAITING:
        _WAITING[home] = _Waiting()
        event.listen(home, "before_configured", check_relations)
    return _WAITING[home]


def declare_relations(owner: ModelClass, annotations: Mapping[str, tuple[Any, str]]) -> None:
    """Step 1 for a class about to be mapped; `annotations` are name to (annotation, module), mixins
    included."""
    declared = {name: getattr(owner, name) for name in annotations if hasattr(owner, name)}
    keys = {name: one for name, one in declared.items() if isinstance(one, Key)}
    written = dict(keys)
    owner.__relations__ = {
        name: one.bound(owner, name, _read(owner, name, one, annotations[name][0]), annotations[name][1])
        for name, one in declared.items()
        if isinstance(one, Relation) and not _inherited(owner, name)
    }
    for one in owner.__relations__.values():
        one.declare(keys)
    _check_keys(owner, written, keys, annotations)


def connect_relations(owner: ModelClass) -> None:
    """Step 2 for a class now mapped: its own relations, and those of others that waited for it."""
    waiting = _waiting_in(owner.registry)
    waiting.relations += owner.__relations__.values()
    _connect(waiting)


def check_relations(home: registry) -> None:
    """Raise every mistake in the relations of a registry; SQLAlchemy calls this before it configures
    mappers."""
    waiting = _waiting_in(home)
    _connect(waiting)
    raise_all(waiting.mistakes + [_unknown(one) for one in waiting.relations])


def _connect(waiting: _Waiting) -> None:
    still: list[Relation] = []
    for one in waiting.relations:
        try:
            other = None if one.waits_for() else find_class(one)
            if other is None:
                still.append(one)
            else:
                one.connect(other)
        except SetupError as error:
            waiting.mistakes.append(error)
    waiting.relations = still


def _unknown(relation: Relation) -> SetupError:
    name = relation.waits_for()
    names = [mapper.class_.__name__ for mapper in relation.owner.registry.mappers]
    return relation.error(
        "DMJ0501",
        f"there is no model called {name}.{did_you_mean(name, names)}",
        f"Correct the name, or import the module of {name} where the app is put together.",
    )


def _inherited(owner: ModelClass, name: str) -> bool:
    return any(name in base.__dict__.get("__relations__", {}) for base in owner.__mro__[1:] if is_mapped_class(base))


def _read(owner: ModelClass, name: str, relation: Relation, annotation: Any) -> Target:
    """The target of a relation, whose annotation must say as many as its kind does."""
    example = "Mapped[list[Post]]" if relation.wants_many else "Mapped[User]"
    try:
        target = read_target(annotation) if is_mapped(annotation) else None
    except UnreadableAnnotation:
        target = None
    if target is not None and target.name and target.many == relation.wants_many:
        return target
    shown = annotation if isinstance(annotation, str) else re.sub(r"[\w.<>]*\.(\w+)", r"\1", repr(annotation))
    kind = {BelongsTo: "belongs_to", ManyToMany: "many_to_many"}.get(
        type(relation), "has_many" if relation.wants_many else "has_one"
    )
    raise SetupError(
        "DMJ0500",
        f"{owner.__name__}.{name}: {shown} = {kind}() does not say which model it leads to.",
        fix=f"Write it as {name}: {example} = {kind}(...), with the model's name.",
        where=Where.of(owner),
    )


def _check_keys(
    owner: ModelClass,
    written: Mapping[str, Key],
    left: Mapping[str, Key],
    annotations: Mapping[str, tuple[Any, str]],
) -> None:
    made = [name for one in owner.__relations__.values() if isinstance(one, BelongsTo) for name in one.columns]
    for name in left:
        raise SetupError(
            "DMJ0503",
            f"{owner.__name__}.{name} = key(), but no belongs_to makes that.{did_you_mean(name, made)}",
            fix=f"Write a relation beside it, such as {name.removesuffix('_id')}: Mapped[...] = "
            + ("belongs_to()." if name.endswith("_id") else f"belongs_to(via={name!r})."),
            where=Where.of(owner),
        )
    for one in owner.__relations__.values():
        for name in one.columns if isinstance(one, BelongsTo) else ():
            if name in written and allows_none(annotations[name][0]) != one.target.nullable:
                may, not_ = ("may", "not") if one.target.nullable else ("may not", "")
                raise one.error(
                    "DMJ0504",
                    f"it {may} be empty, and its key {name} says otherwise.",
                    f"Write {name}: Mapped[... | None] = key()" if not_ else f"Write {name}: Mapped[...] = key()",
                )
