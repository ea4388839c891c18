"""Relations that come by key: what a body sends for them, and the objects that are found for it."""

from __future__ import annotations

import dataclasses
import typing
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy.orm import RelationshipProperty

from demijohn.foundation.errors import SetupError

from .annotated import input_annotation
from .naming import snake_case
from .units import DB

MAX_KEYS: Final = 1000
"""How many rows a body may name for one relation."""


@dataclasses.dataclass(frozen=True, slots=True)
class Keyed:
    """A relation to `target`, sent as its key, or as a list of keys that become a `collection`."""

    target: type[Any]
    annotation: Any
    collection: type[Any] | None
    required: bool

    def default(self, *, partial: bool) -> Any:
        """Nothing is set for a relation that is not sent, unless it must be."""
        return msgspec.NODEFAULT if self.required and not partial else msgspec.UNSET

    def load(self, db: DB, sent: Any, at: str, problems: list[dict[str, str]]) -> Any:
        """The objects with the keys that were sent; those that are not there are added to `problems`."""
        keys = sent if self.collection is not None else [sent]
        found = db.get_many(self.target, keys)
        name = snake_case(self.target.__name__).replace("_", " ")
        for index, key in enumerate(keys):
            if key not in found:
                place = at if self.collection is None else f"{at}.{index}"
                problems.append({"where": place, "message": f"There is no such {name}."})
        if self.collection is None:
            return found.get(sent)
        return self.collection(found.values())


def keyed_of(relation: RelationshipProperty[Any]) -> Keyed:
    """How a relation comes by key; raises `SetupError` DMJ0510 for one that cannot."""
    model, name, target = relation.parent.class_, relation.key, relation.mapper.class_
    keys = relation.mapper.primary_key
    collection = (relation.collection_class or list) if relation.uselist else None
    if relation.viewonly:
        raise _misled(f"{model.__name__}.{name} only shows rows of another relation.", "Set them there.")
    if len(keys) != 1:
        raise _misled(
            f"{model.__name__}.{name} leads to {target.__name__}, whose key has {len(keys)} columns.",
            f"Name the columns of {model.__name__} that hold it, or set the relation in the handler.",
        )  # fmt: skip
    if collection is not None and collection not in (list, set):
        raise _misled(
            f"{model.__name__}.{name} is neither a list nor a set, so that a list of keys does not say it.",
            "Set it in the handler.",
        )  # fmt: skip
    key = relation.mapper.get_property_by_column(keys[0]).key
    kind: Any = input_annotation(target, key, keys[0])
    if collection is not None:
        return Keyed(target, Annotated[list[kind], msgspec.Meta(max_length=MAX_KEYS)], collection, required=False)
    nullable = all(column.nullable for column in relation.local_columns)
    return Keyed(target, typing.Optional[kind] if nullable else kind, None, required=not nullable)  # noqa: UP045


def _misled(what: str, fix: str) -> SetupError:
    return SetupError("DMJ0510", what, fix=fix)
