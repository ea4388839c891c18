"""The side of a relation that is looked back from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement

from ..naming import snake_case
from .belonging import BelongsTo
from .relation import COLLECTIONS, Key, Relation
from .targets import ModelClass, did_you_mean, relations_of


class HasMany(Relation):
    """The side that is looked back from: its `belongs_to` has the columns. `has_one` is one, not many."""

    counterpart: BelongsTo

    def __init__(self, *, many: bool, by: str | None, **options: Any) -> None:
        super().__init__(**options)
        self.wants_many = many
        self.by = by

    def declare(self, keys: dict[str, Key]) -> None:
        """The join is the counterpart's, asked for when it is known."""
        self._relate(
            uselist=self.wants_many,
            primaryjoin=self._join,
            foreign_keys=self._their_columns,
            remote_side=self._their_columns,
            back_populates=lambda: self.counterpart.name,
            collection_class=COLLECTIONS.get(self.target.collection) if self.wants_many else None,
            # The database does what on_delete says; SQLAlchemy would load the rows to empty their keys. A cascade
            # that is asked for is SQLAlchemy's own affair again.
            passive_deletes=True if "cascade" in self.options else "all",
        )

    def connect(self, other: ModelClass) -> None:
        """Find the `belongs_to` that this is the other side of."""
        super().connect(other)
        belonging = {name: one for name, one in relations_of(other).items() if isinstance(one, BelongsTo)}
        if self.by is not None:
            self.counterpart = self._named(belonging, self.by)
        else:
            self.counterpart = self._only(belonging)
        self.counterpart.prop.back_populates = self.name

    def _join(self) -> ColumnElement[bool]:
        return self.counterpart.join()

    def _their_columns(self) -> list[Column[Any]]:
        return self.counterpart.local_columns()

    def _named(self, belonging: Mapping[str, BelongsTo], name: str) -> BelongsTo:
        if name in belonging:
            return belonging[name]
        raise self.error(
            "DMJ0506",
            f"{self.target.name} has no belongs_to called {name!r}.{did_you_mean(name, belonging)}",
            f"Name the relation of {self.target.name} that holds the key: by=...",
        )

    def _only(self, belonging: Mapping[str, BelongsTo]) -> BelongsTo:
        found = [one for one in belonging.values() if one.reaches(self.owner)]
        if len(found) == 1:
            return found[0]
        here, there = self.owner.__name__, self.target.name
        if found:
            names = " and ".join(one.name for one in found)
            raise self.error(
                "DMJ0506",
                f"{there} has {len(found)} relations to {here}: {names}.",
                f"Say which: by={found[0].name!r}.",
            )
        raise self.error(
            "DMJ0506",
            f"{there} has no belongs_to that leads to {here}.",
            f"Add to {there}: {snake_case(here)}: Mapped[{here}] = belongs_to()",
        )
