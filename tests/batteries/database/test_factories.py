"""Models that tests make up."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from demijohn import Schema, UnprocessableContent
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY, IPAddress
from demijohn.database import DB, SQLStore, belongs_to, field
from demijohn.stores import Query, Where
from demijohn.testing import Factory, make


class Base(ModelBase, DeclarativeBase):
    """Of this file alone."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = ANNOTATIONS
    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False, sort_order=-1000)


class Size(enum.Enum):
    """Two."""

    SMALL = "s"
    LARGE = "l"


class Firm(Base):
    """Has a unique name and e-mail address."""

    name: Mapped[str] = field(max_length=12, unique=True)
    contact: Mapped[str] = field(format="email", unique=True)


class Everything(Base):
    """All types, with rules, nothing with a default."""

    title: Mapped[str] = field(max_length=3, unique=True)
    long: Mapped[str] = field(min_length=300)
    code: Mapped[str] = field(pattern=r"^[A-Z]{2}-\d{4}$", max_length=7, unique=True)
    slug: Mapped[str] = field(format="slug")
    site: Mapped[str] = field(format="url")
    letters: Mapped[str] = field(pattern="^[a-z]{5}$", max_length=5)
    count: Mapped[int] = field(ge=3, le=5)
    under: Mapped[int] = field(lt=0)
    share: Mapped[float] = field(gt=0, lt=1)
    price: Mapped[Decimal] = field(max_digits=4, decimal_places=2)
    size: Mapped[Size] = field()
    rank: Mapped[int] = field(choices={1: "first", 2: "second"})
    day: Mapped[dt.date] = field()
    moment: Mapped[dt.datetime] = field()
    hour: Mapped[dt.time] = field()
    span: Mapped[dt.timedelta] = field()
    token: Mapped[uuid.UUID] = field()
    data: Mapped[dict[str, Any]] = field()
    raw: Mapped[bytes] = field()
    address: Mapped[IPAddress] = field()
    flag: Mapped[bool] = field()
    firm: Mapped[Firm] = belongs_to()
    maybe: Mapped[str | None] = field(default=None)


class Node(Base):
    """Needs one of its own kind."""

    parent: Mapped[Node] = belongs_to()


class Odd(Base):
    """Has a field that nobody can guess."""

    sign: Mapped[str] = field(pattern="^#{7}$")


@pytest.fixture
def db(engines: Engines) -> Iterator[DB]:
    """A unit of work."""
    Base.metadata.create_all(engines.sync)
    with DB(engines.sync) as unit:
        yield unit


def test_everything_is_made_up_and_saved(db: DB) -> None:
    """Of all types, by all rules, with what it belongs to; again and again."""
    for _ in range(30):
        db.save(make(Everything))
    assert db.count(Firm) == 30
    one = db.all(Everything)[7]
    assert 3 <= one.count <= 5
    assert one.maybe is None
    assert "@" in one.firm.contact
    things = SQLStore(Everything, db)
    assert things.page(Query(where=(Where("address", "eq", str(one.address)),))).items == [one]
    assert things.update(one, {"address": "::1"}).address == ipaddress.ip_address("::1")
    with pytest.raises(UnprocessableContent):
        things.update(one, {"address": "10.0.0"})


def test_what_is_given_is_kept(db: DB) -> None:
    """Values, relations by themselves or by their keys."""
    firm = db.save(make(Firm, name="Acme"))
    by_itself, by_key = make(Everything, firm=firm, maybe="here"), make(Everything, firm_id=firm.id)
    db.add_all([by_itself, by_key])
    db.flush()
    assert db.count(Firm) == 1
    assert (by_itself.maybe, by_key.firm) == ("here", firm)


def test_factories(db: DB) -> None:
    """Values for all, functions of the number, factories within factories."""
    firms = Factory(Firm, name=lambda number: f"Firm {number}")
    things = Factory(Everything, firm=firms, flag=True)
    made = things.many(3, size=Size.LARGE)
    db.add_all(made)
    db.flush()
    assert [one.firm.name for one in made] == ["Firm 1", "Firm 2", "Firm 3"]
    assert all(one.flag and one.size is Size.LARGE for one in made)
    assert things.make(firm=made[0].firm).firm is made[0].firm


def test_what_cannot_be_made_up() -> None:
    """Is told with the field to give."""
    with pytest.raises(TypeError, match=r"make\(Odd, sign=\.\.\.\)"):
        make(Odd)
    assert make(Odd, sign="#######").sign == "#######"
    with pytest.raises(TypeError, match=r"Node -> Node. Give parent="):
        make(Node)


def test_records() -> None:
    """Schemas are made up, too; what has a default keeps it."""

    class Point(Schema):
        name: str
        x: int
        y: int = 7

    one, two = make(Point), make(Point)
    assert one != two
    assert one.y == 7
