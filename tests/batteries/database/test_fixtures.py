"""Fixtures: what is dumped is loaded again on each database, and what people write finds its rows."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Integer, LargeBinary, Numeric, String, Table, UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.fixtures import FixtureError, dump, load, read_records, write_records
from demijohn.database import DB, belongs_to, field, many_to_many

from .server_databases import server_url


class State(enum.Enum):
    """Stored by its values."""

    DRAFT = "draft"
    PUBLIC = "public"


@pytest.fixture
def shop(base: Any) -> Any:
    """Models with each kind of column and relation."""

    class Author(base):
        email: Mapped[str] = field(max_length=80, unique=True)
        name: Mapped[str] = field(max_length=80, default="Anon")

    class Tag(base):
        word: Mapped[str] = field(max_length=20, unique=True)

    class Book(base):
        title: Mapped[str] = field("heading", max_length=80)
        author: Mapped[Author] = belongs_to()
        tags: Mapped[set[Tag]] = many_to_many()
        state: Mapped[State] = field(default=State.DRAFT)
        price: Mapped[Decimal | None] = field(Numeric(8, 2))
        cover: Mapped[bytes | None] = field(LargeBinary)
        token: Mapped[uuid.UUID | None]
        made: Mapped[dt.datetime | None]
        day: Mapped[dt.date | None]
        lasts: Mapped[dt.timedelta | None]
        score: Mapped[float | None]
        extra: Mapped[dict[str, Any] | None] = field(JSON)
        __table_args__ = (UniqueConstraint("heading", "author_id"),)

    class Place(base):
        name: Mapped[str] = field(max_length=20, unique=True)
        above: Mapped[Place | None] = belongs_to()

    class Vehicle(base):
        kind: Mapped[str] = field(max_length=20)
        name: Mapped[str] = field(max_length=20)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}

    class Car(Vehicle):
        doors: Mapped[int | None]
        __mapper_args__ = {"polymorphic_identity": "car"}

    log = Table("log", base.metadata, Column("at", Integer), Column("line", String(20)))
    return SimpleNamespace(Author=Author, Tag=Tag, Book=Book, Place=Place, Vehicle=Vehicle, Car=Car, log=log,
                           metadata=base.metadata, models=[Author, Tag, Book, Place, Vehicle, Car, log])  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """An empty database on each kind of server."""
    for url in server_url(request.param, tmp_path):
        made = Engines(url, pool_size=2)
        yield made
        made.close()


def fill(shop: Any, engines: Engines) -> Any:
    """Rows in all tables, one of which points at a row with a greater key."""
    shop.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        ann = shop.Author(email="ann@x.org", name="Ann \u2028 'quoted'")
        red, blue = shop.Tag(word="red"), shop.Tag(word="blue")
        full = shop.Book(
            title="Full", author=ann, tags={red, blue}, state=State.PUBLIC, price=Decimal("12.50"), cover=b"\x00\xff",
            token=uuid.UUID(int=7), made=dt.datetime(2024, 2, 29, 12, 30, 1, 500, tzinfo=dt.UTC),
            day=dt.date(2024, 2, 29), lasts=dt.timedelta(days=1, seconds=2), score=0.5, extra={"a": [1, None]},
        )  # fmt: skip
        db.add_all([full, shop.Book(title="Empty", author=ann), shop.Car(name="Kitt", doors=2)])
        below, above = shop.Place(name="below", above=None), shop.Place(name="above", above=None)
        db.save(below)
        db.save(above)
        below.above = above
        db.execute(insert(shop.log), [{"at": 1, "line": "one"}])
        db.commit()
    return shop


@pytest.fixture
def filled(shop: Any, place: Engines) -> Any:
    """The shop on each kind of server."""
    return fill(shop, place)


def empty(shop: Any, engines: Engines) -> None:
    """The same tables without rows."""
    shop.metadata.drop_all(engines.sync)
    shop.metadata.create_all(engines.sync)


@pytest.mark.parametrize("natural", [False, True])
@pytest.mark.parametrize("name", ["all.jsonl", "all.yaml"])
def test_what_is_dumped_comes_back(filled: Any, place: Engines, tmp_path: Path, natural: bool, name: str) -> None:
    """Through a file, into empty tables, twice; and the database counts on."""
    with DB(place.sync) as db:
        before = list(dump(db, filled.models, natural=natural))
        with (tmp_path / name).open("wb") as file:
            assert write_records(before, file, yaml=name.endswith("yaml")) == len(before) == 11
    empty(filled, place)
    with DB(place.sync) as db:
        assert load(db, read_records(tmp_path / name), filled.models) == 11
        db.commit()
        assert list(dump(db, filled.models, natural=natural)) == before
        book = db.scalars(select(filled.Book).where(filled.Book.title == "Full")).one()
        assert (book.author.email, {tag.word for tag in book.tags}) == ("ann@x.org", {"red", "blue"})
        assert (book.price, book.cover, book.state) == (Decimal("12.50"), b"\x00\xff", State.PUBLIC)
        assert (book.made.microsecond, book.lasts.days, book.extra) == (500, 1, {"a": [1, None]})
        below = db.scalars(select(filled.Place).where(filled.Place.name == "below")).one()
        assert below.above.name == "above"
        assert db.scalars(select(filled.Car)).one().doors == 2
        assert db.save(filled.Author(email="new@x.org")).id > 1
        db.rollback()
        assert load(db, [one for one in before if "log" not in one], filled.models) == 10
        assert list(dump(db, filled.models, natural=natural)) == before


def test_people_write_names_and_leave_out_the_rest(filled: Any, place: Engines) -> None:
    """Relations by their names, keys that find rows, defaults, classes that share a table."""
    records = [
        {"Author": {"email": "bob@x.org"}},
        {"Author": {"email": "ann@x.org", "name": "Anna"}},
        {"Book": {"title": "By Bob", "author": {"email": "bob@x.org"}, "tags": [{"word": "red"}]}},
        {"book": {"title": "Full", "author": {"email": "ann@x.org"}, "tags": []}},
        {"Place": {"name": "street", "above": {"name": "below"}}},
        {"Car": {"name": "Herbie"}},
    ]
    with DB(place.sync) as db:
        assert load(db, records, filled.models) == 6
        assert db.scalars(select(filled.Author.name).order_by(filled.Author.email)).all() == ["Anna", "Anon"]
        book = db.scalars(select(filled.Book).where(filled.Book.title == "By Bob")).one()
        assert (book.author.email, book.state, {tag.word for tag in book.tags}) == ("bob@x.org", State.DRAFT, {"red"})
        assert db.scalars(select(filled.Book).where(filled.Book.title == "Full")).one().tags == set()
        assert db.scalars(select(filled.Place).where(filled.Place.name == "street")).one().above.name == "below"
        assert {car.name for car in db.scalars(select(filled.Car))} == {"Kitt", "Herbie"}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"Bok": {}}, "There is no model Bok. Did you mean Book?"),
        ({"Author": {"emial": "x"}}, "Record 1 (Author): Author has no column emial. Did you mean email?"),
        ({"Book": {"title": "x", "author": {"email": "no@x.org"}}}, "There is no Author with email 'no@x.org'."),
        ({"Book": {"title": "x", "author_id": 999}}, "Record 1 (Book) was refused"),
        ({"Book": {"title": "x", "author_id": 1, "day": "soon"}}, "day cannot be 'soon'"),
        ({"Book": {"title": "x", "author_id": 1, "state": "lost"}}, "'lost' is none of: draft, public"),
        ({"Place": {"name": "x", "above": {"name": "nowhere"}}}, "There is no Place with name 'nowhere'."),
        ({"Author": {}, "Book": {}}, "Record 1 is no row"),
        ([1], "Record 1 is no row"),
    ],
)
def test_a_record_that_cannot_be_is_named(shop: Any, engines: Engines, record: Any, words: str) -> None:
    """With what to write instead."""
    fill(shop, engines)
    with DB(engines.sync) as db, pytest.raises(FixtureError) as caught:
        load(db, [record], shop.models)
    assert words in caught.value.what
    assert caught.value.fix


def test_more_rows_than_are_in_memory_at_once(base: Any, engines: Engines) -> None:
    """Batches follow each other without gaps and repetitions."""

    class Thing(base):
        number: Mapped[int] = field(unique=True)

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        assert load(db, ({"Thing": {"number": number}} for number in range(1_234)), [Thing]) == 1_234
        assert [one["Thing"]["number"] for one in dump(db, [Thing])] == list(range(1_234))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.jsonl", '{"A": {}}\n{"A": ', "Line 2 of x.jsonl is no JSON"),
        ("x.yaml", "a: [", "x.yaml is no YAML"),
        ("x.yaml", "a: 1", "x.yaml is no list of records"),
        ("x.json", "[1", "Line 1 of x.json is no JSON"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, name: str, text: str, words: str) -> None:
    """By its name and line."""
    (tmp_path / name).write_text(text)
    with pytest.raises(FixtureError) as caught:
        list(read_records(tmp_path / name))
    assert words in caught.value.what


def test_json_is_a_list_or_a_record_a_line(tmp_path: Path) -> None:
    """Both are read."""
    records = [{"A": {"x": 1}}, {"A": {"x": 2}}]
    (tmp_path / "list.json").write_text('[{"A": {"x": 1}},\n {"A": {"x": 2}}]')
    (tmp_path / "lines.json").write_text('\n{"A": {"x": 1}}\n\n{"A": {"x": 2}}\n')
    assert list(read_records(tmp_path / "list.json")) == list(read_records(tmp_path / "lines.json")) == records
