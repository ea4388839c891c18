"""Relations with many on both sides, by a table that links them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKeyConstraint, Index, Table

from .belonging import BelongsTo
from .relation import COLLECTIONS, Key, Relation, pairs
from .targets import ModelClass, did_you_mean, find_named, primary_key, relations_of


class ManyToMany(Relation):
    """Many on both sides: rows of a table of pairs, made here unless the other side (`by`) or a model has
    it."""

    wants_many = True
    back: ManyToMany | None = None
    table: Table
    joins: tuple[Callable[[], ColumnElement[bool]], Callable[[], ColumnElement[bool]]]

    def __init__(self, *, by: str | None, through: str | type[Any] | None, **options: Any) -> None:
        super().__init__(**options)
        self.by = by
        self.through = through

    def declare(self, keys: dict[str, Key]) -> None:
        """Everything hangs on the linking table, which is there when both sides are."""
        arguments: dict[str, Any] = {"back_populates": self.by} if self.by else {}
        self._relate(
            secondary=self.link,
            primaryjoin=self.near,
            secondaryjoin=self.far,
            collection_class=COLLECTIONS.get(self.target.collection),
            viewonly=self.through is not None,
            **arguments,
        )

    def waits_for(self) -> str:
        """Also for the model of the link, if there is one."""
        if self.through is not None and find_named(self.owner, self.module, self.through) is None:
            return self.through if isinstance(self.through, str) else self.through.__name__
        return super().waits_for()

    def connect(self, other: ModelClass) -> None:
        """Make the linking table, or find it."""
        super().connect(other)
        if self.through is not None:
            self._go_through(other)
        elif self.by is not None:
            self._look_back(other, self.by)
        else:
            self._make_link(other)

    def link(self) -> Table:
        """The linking table."""
        return self.table if self.back is None else self.back.link()

    def near(self) -> ColumnElement[bool]:
        """How a row of the link belongs to this side."""
        return self.joins[0]() if self.back is None else self.back.far()

    def far(self) -> ColumnElement[bool]:
        """How a row of the link belongs to the other side."""
        return self.joins[1]() if self.back is None else self.back.near()

    def _make_link(self, other: ModelClass) -> None:
        mine, theirs = primary_key(self.owner), primary_key(other)
        here, there = self.owner.__table__.name, other.__table__.name
        name = f"{self.owner.__table__.name}_{self.name}"
        if here == there:
            here, there = f"from_{here}", f"to_{there}"
        if name in self.owner.metadata.tables:
            raise self.error(
                "DMJ0502",
                f"its linking table is called {name!r}, as another table is.",
                "Rename the relation, or link by that model: many_to_many(through=...).",
            )
        left = [Column(f"{here}_{column.key}", column.type, primary_key=True) for column in mine]
        right = [Column(f"{there}_{column.key}", column.type, primary_key=True) for column in theirs]
        self.table = Table(
            name,
            self.owner.metadata,
            *left,
            *right,
            ForeignKeyConstraint(left, mine, ondelete="CASCADE"),
            ForeignKeyConstraint(right, theirs, ondelete="CASCADE"),
            Index(None, *right),
        )
        self.joins = (partial(pairs, left, mine), partial(pairs, right, theirs))

    def _look_back(self, other: ModelClass, by: str) -> None:
        """Read the other side's table from its far end; that side may be connected after this one."""
        found = relations_of(other).get(by)
        if isinstance(found, ManyToMany) and found.by is not None and found.through is None:
            if found.by == self.name and str(found) < str(self):
                return  # told from there: one mistake, though it shows on both sides
            raise self.error(
                "DMJ0506",
                f"it leaves the linking table to {found}, which says by={found.by!r} itself: nobody makes it.",
                f"by= is said on one side only. Take it out of {found.owner.__name__}:\n"
                f"{found.name}: Mapped[{found.target.collection or 'set'}[{found.target.name}]] = many_to_many()",
            )
        if not isinstance(found, ManyToMany) or found.through is not None:
            many = [one for one in relations_of(other).values() if isinstance(one, ManyToMany)]
            names = [one.name for one in many if one.through is None]
            raise self.error(
                "DMJ0506",
                f"{self.target.name} has no many_to_many called {by!r} that makes a linking table."
                f"{did_you_mean(by, names)}",
                f"Name the relation of {self.target.name} that does: by=...",
            )
        found.prop.back_populates = self.name
        self.back = found

    def _go_through(self, other: ModelClass) -> None:
        model = find_named(self.owner, self.module, self.through)
        assert model is not None, "it waited for this"
        self.table = model.__table__
        self.joins = (self._side(model, self.owner).join, self._side(model, other).join)

    def _side(self, model: ModelClass, end: ModelClass) -> BelongsTo:
        found = [one for one in relations_of(model).values() if isinstance(one, BelongsTo) and one.reaches(end)]
        if len(found) == 1:
            return found[0]
        raise self.error(
            "DMJ0506",
            f"{model.__name__} must link by exactly one belongs_to to {end.__name__}, and has {len(found)}.",
            f"Declare in {model.__name__} one belongs_to for each side.",
        )
