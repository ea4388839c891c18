"""What type checkers understand of models, without a plugin: checked by mypy --strict and pyright, and run.

Every declaration here is one that users write. The lines that must be refused carry an ignore, and an ignore
that is not needed is itself an error: so both directions are checked.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Optional, assert_type

from sqlalchemy import ColumnElement, ForeignKey, create_engine, select
from sqlalchemy.orm import Mapped, Session

from demijohn.database import (
    BareModel,
    IPAddress,
    Model,
    PasswordHash,
    SoftDelete,
    Timestamps,
    Typed,
    Versioned,
    belongs_to,
    field,
    has_many,
    has_one,
    key,
    many_to_many,
    problems_of,
    uuid7,
)


class Colour(enum.Enum):
    """Stored by its values."""

    RED = "red"
    WHITE = "white"


class Recorded(Typed):
    """A mixin: it has no table of its own."""

    recorded: Mapped[dt.datetime] = field(auto_now_add=True)
    changed: Mapped[dt.datetime] = field(auto_now=True)


class Grower(Model):
    """A plain model, looked back at from another."""

    name: Mapped[str] = field(max_length=80, unique=True, label="Name of the estate")
    secret: Mapped[str] = field(private=True, default="")
    wines: Mapped[list[Wine]] = has_many(by="grower")
    licence: Mapped[Licence | None] = has_one()


class Licence(Model):
    """One to one."""

    number: Mapped[str] = field(max_length=20, pattern="[A-Z]+-[0-9]+")
    grower: Mapped[Grower] = belongs_to(unique=True, on_delete="cascade")


class Grape(Model):
    """The far side of many to many."""

    name: Mapped[str] = field(max_length=40)
    wines: Mapped[list[Wine]] = many_to_many(by="grapes")


class Wine(Recorded, Model):
    """A mixin, defaults of every kind, relations of every kind."""

    title: Mapped[str] = field(max_length=200)
    sold_out: Mapped[bool] = field(default=False, index=True)
    colour: Mapped[Colour] = field(default=Colour.RED)
    notes: Mapped[dict[str, Any]] = field(default_factory=dict)
    stock: Mapped[int] = field(database_default=0)
    year: Mapped[int | None] = field(default=None, ge=1800, le=2100)
    grower: Mapped[Grower] = belongs_to(on_delete="cascade")
    grower_id: Mapped[int] = key()
    merchant: Mapped[Optional[Grower]] = belongs_to(default=None)  # noqa: UP045 - both spellings are read
    grapes: Mapped[set[Grape]] = many_to_many()


class Remark(Model):
    """A reference to itself."""

    text: Mapped[str] = field()
    parent: Mapped[Remark | None] = belongs_to(default=None)
    replies: Mapped[list[Remark]] = has_many(by="parent")


class Shelf(BareModel):
    """A key of two columns."""

    room: Mapped[int] = field(primary_key=True)
    number: Mapped[int] = field(primary_key=True)


class Bottle(Model):
    """A reference to a key of two columns, and one to a class further down."""

    shelf: Mapped[Shelf] = belongs_to()
    order: Mapped[Order] = belongs_to()


class Order(BareModel):
    """A key that is made before the row is saved."""

    id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid.uuid4)


class Tasting(BareModel):
    """Many to many with data of its own: the key is two references, one given as a row, one by its key."""

    grower: Mapped[Grower] = belongs_to()
    grower_id: Mapped[int] = key(primary_key=True)
    grape: Mapped[Grape] = belongs_to(init=False)
    grape_id: Mapped[int] = key(primary_key=True, init=True)
    points: Mapped[int] = field()


class Thing(Model):
    """The parent of both kinds of inheritance."""

    kind: Mapped[str] = field(max_length=20, init=False)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "thing"}


class Glass(Thing):
    """Joined: a table of its own."""

    id: Mapped[int] = field(ForeignKey("thing.id"), primary_key=True, init=False)
    centilitres: Mapped[int] = field()
    __mapper_args__ = {"polymorphic_identity": "glass"}


class Corkscrew(Thing):
    """Single: its rows are in the parent's table."""

    __mapper_args__ = {"polymorphic_identity": "corkscrew"}


class Label(SoftDelete, Versioned, Timestamps, BareModel):
    """The mixins, and types of all kinds."""

    id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid7)
    slug: Mapped[str] = field(format="slug", unique=True)
    price: Mapped[Decimal] = field(max_digits=8, decimal_places=2, gt=0)
    twice: Mapped[Decimal] = field(computed="price * 2", max_digits=8, decimal_places=2)
    aged: Mapped[dt.timedelta | None] = field(default=None)
    printer: Mapped[IPAddress | None] = field(default=None)
    password: Mapped[PasswordHash | None] = field(default=None)
    medals: Mapped[list[dict[str, int]]] = field(default_factory=list)

    def validate(self) -> Iterable[tuple[str, str]]:
        """Rules of its own."""
        if self.slug == "none":
            yield "slug", "Call it otherwise."


def checked(grower: Grower, now: dt.datetime) -> None:
    """Read by the checkers only."""
    wine = Wine(title="Riesling", grower=grower)
    assert_type(wine.id, int)
    assert_type(wine.recorded, dt.datetime)
    assert_type(wine.grower.name, str)
    assert_type(wine.grower_id, int)
    assert_type(wine.merchant, Grower | None)
    assert_type(wine.grapes, set[Grape])
    assert_type(wine.year, int | None)
    assert_type(grower.wines, list[Wine])
    assert_type(grower.licence, Licence | None)
    assert_type(Wine.title == "x", ColumnElement[bool])
    Wine(title="x", grower=grower, sold_out=True, colour=Colour.WHITE, year=1999)
    Tasting(grower=grower, grape_id=1, points=90)
    Wine(title=3, grower=grower)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Wine(grower=grower)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Wine(title="x", grower=grower, nope=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Wine(title="x", grower=grower, recorded=now)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    label = Label(slug="a", price=Decimal(1))
    assert_type(label.created_at, dt.datetime)
    assert_type(label.deleted_at, dt.datetime | None)
    assert_type(label.version, int)
    assert_type(label.password, PasswordHash | None)
    Label(slug="a", price=Decimal(1), version=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Label(slug="a", price=Decimal(1), twice=Decimal(2))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Wine("x", grower)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue]


def run() -> None:
    """The same declarations, against a real database."""
    engine = create_engine("sqlite://")
    Model.metadata.create_all(engine)
    with Session(engine) as session:
        grower = Grower(name="Ann")
        wine = Wine(title="Riesling", grower=grower)
        assert (wine.sold_out, wine.colour, wine.notes, wine.year) == (False, Colour.RED, {}, None)
        assert grower.wines == [wine], "the two sides know each other before anything is saved"
        wine.grapes.add(Grape(name="Riesling"))
        session.add_all([wine, Licence(number="A-1", grower=grower)])
        remark = Remark(text="first")
        session.add(Remark(text="second", parent=remark))
        session.flush()
        assert wine.grower_id == grower.id
        assert wine.stock == 0
        assert [one.text for one in remark.replies] == ["second"]
        grape = next(iter(wine.grapes))
        assert grape.wines == [wine]
        session.add(Tasting(grower=grower, grape_id=grape.id, points=90))
        session.add(Bottle(shelf=Shelf(room=1, number=2), order=Order()))
        session.add_all([Glass(centilitres=30), Corkscrew()])
        session.commit()
        label = Label(slug="a-b", price=Decimal("1.10"))
        session.add(label)
        session.flush()
        assert (label.twice, label.version, label.is_deleted) == (Decimal("2.20"), 1, False)
        assert problems_of(Label(slug="none", price=Decimal(0))) == [
            ("price", "Expected more than 0"),
            ("slug", "Call it otherwise"),
        ]
        assert {thing.kind for thing in session.scalars(select(Thing))} == {"glass", "corkscrew"}
        assert session.scalars(select(Wine).where(Wine.grower == grower)).one().recorded.tzinfo is dt.UTC


if __name__ == "__main__":
    run()
    print("ok")
