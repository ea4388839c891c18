"""What is held against the rules of its fields before it is written, and what is told of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import enum
import ipaddress
import uuid
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Engine, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from demijohn import App, Client
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.validation import is_storable, rule_of
from demijohn.database import (
    DB,
    AsyncDB,
    Database,
    IPAddress,
    Model,
    ModelBase,
    ValidationError,
    belongs_to,
    field,
    problems_of,
    spec_of,
)


class Colour(enum.Enum):
    """An enum whose values are text."""

    RED = "red"
    WHITE = "white"


class ValidatedWine(Model):
    """A model of these tests; its name is no other's, as it stands on the common base."""

    title: Mapped[str] = field(max_length=8)
    year: Mapped[int | None] = field(default=None, ge=1800)


@pytest.fixture
def wine(base: Any) -> Any:
    """A model with rules of many kinds, one of them its own."""

    class Wine(base):
        title: Mapped[str] = field(max_length=8, min_length=2)
        year: Mapped[int | None] = field(default=None, ge=1800, le=2100)
        stars: Mapped[int] = field(default=0)
        colour: Mapped[Colour] = field(default=Colour.RED)

        def validate(self) -> Iterable[tuple[str, str]]:
            if self.title == "Water":
                yield "title", "Water is no wine."

    return Wine


@pytest.fixture
def db(wine: Any, engine: Engine) -> Any:
    """A unit of work with the table."""
    wine.metadata.create_all(engine)
    with DB(engine) as unit:
        yield unit


def messages(caught: pytest.ExceptionInfo[ValidationError]) -> dict[str, str]:
    """What was told, by field."""
    return {error["where"]: error["message"] for error in caught.value.errors}


def test_all_that_is_wrong_is_told_at_once(wine: Any, db: DB) -> None:
    """Of one object by field, with the rules of its own."""
    with pytest.raises(ValidationError) as caught:
        db.save(wine(title="Water", year=1700, colour="blue"))
    assert messages(caught) == {
        "year": "Expected 1800 or more.",
        "colour": "Expected one of: red, white.",
        "title": "Water is no wine.",
    }
    assert caught.value.status == 422
    assert caught.value.detail == "3 values are missing or not valid."
    assert "Wine.year: Expected 1800 or more" in str(caught.value)


def test_all_objects_of_a_flush_are_looked_at(wine: Any, db: DB) -> None:
    """Each with its model's name, and nothing of the flush is sent."""
    good = wine(title="Riesling")
    db.add_all([good, wine(title="x"), wine(title="much too long")])
    with pytest.raises(ValidationError) as caught:
        db.flush()
    assert sorted(error["where"] for error in caught.value.errors) == ["wine.title", "wine.title"]
    assert {name for _, name, _ in caught.value.problems} == {"title"}
    assert db.count(wine) == 0


def test_of_a_changed_object_the_changes_are_looked_at(wine: Any, db: DB) -> None:
    """A row from before a rule was made can be edited elsewhere, and is refused where it is changed."""
    db.bulk_insert(wine, [{"title": "from long ago", "year": 2000}])
    old = db.all(wine)[0]
    old.year = 2001
    db.flush()
    old.title = "also much too long"
    with pytest.raises(ValidationError) as caught:
        db.flush()
    assert messages(caught) == {"title": "Expected at most 8 characters."}


def test_a_refused_unit_can_go_on(wine: Any, db: DB) -> None:
    """It is rolled back, as when the database refuses; inside a savepoint only that is."""
    db.save(wine(title="before"))
    with pytest.raises(ValidationError):
        db.save(wine(title="x"))
    assert db.count(wine) == 0
    db.save(wine(title="kept"))
    with pytest.raises(ValidationError):
        with db.begin_nested():
            db.save(wine(title="x"))
    db.save(wine(title="after"))
    db.add(wine(title="x"))
    with pytest.raises(ValidationError):
        db.commit()
    assert db.all(wine) == []
    db.commit()
    with pytest.raises(ValidationError), db.begin():
        db.add(wine(title="x"))
    db.save(wine(title="last"))
    db.commit()
    assert [one.title for one in db.all(wine)] == ["last"]


def test_a_required_value_that_is_none(wine: Any, db: DB) -> None:
    """It is told with the rest, new or changed; a default steps in for a new object only."""
    with pytest.raises(ValidationError) as caught:
        db.save(wine(title=None, year=1))
    assert messages(caught) == {"title": "A value is needed.", "year": "Expected 1800 or more."}
    item = db.save(wine(title="Riesling", stars=None))
    assert item.stars == 0
    item.stars = None
    with pytest.raises(ValidationError) as caught:
        db.flush()
    assert messages(caught) == {"stars": "A value is needed."}


def test_values_that_the_database_computes_pass(wine: Any, db: DB) -> None:
    """An expression has no value yet."""
    item = db.save(wine(title="Riesling", year=1999))
    item.year = wine.year + 1
    item.title = wine.title + "!"
    db.flush()
    db.refresh(item)
    assert (item.year, item.title) == (2000, "Riesling!")


def test_bulk_verbs_and_other_sessions_do_not_ask(wine: Any, db: DB, engine: Engine) -> None:
    """They say so; `problems_of` asks for whoever wants to know."""
    db.bulk_insert(wine, [{"title": "much too long"}])
    db.commit()
    with Session(engine) as session:
        session.add(wine(title="much too long"))
        session.flush()
    assert problems_of(wine(title="x", year=1)) == [
        ("title", "Expected at least 2 characters"),
        ("year", "Expected 1800 or more"),
    ]
    assert problems_of(wine(title="Riesling")) == []


def test_required_keys_are_left_to_the_flush(base: Any, engine: Engine) -> None:
    """A relation fills its key in when it is written, so the key is not missing before."""

    class Owner(base):
        name: Mapped[str]

    class Pet(base):
        owner: Mapped[Owner] = belongs_to()

    base.metadata.create_all(engine)
    with DB(engine) as db:
        pet = db.save(Pet(owner=Owner(name="Ann")))
        assert pet.owner_id == pet.owner.id


def test_what_is_filled_in_amid_the_flush_is_not_missing(base: Any, engine: Engine) -> None:
    """By a listener of SQLAlchemy's, where the field says that the constructor has no part in it."""
    from sqlalchemy import event

    class Note(base):
        text: Mapped[str] = field(init=False)

    @event.listens_for(Note, "before_insert")
    def fill(mapper: Any, connection: Any, item: Any) -> None:
        item.text = "filled"

    base.metadata.create_all(engine)
    with DB(engine) as db:
        assert db.save(Note()).text == "filled"


def test_plain_classes_of_sqlalchemy_have_their_types_rules(engine: Engine) -> None:
    """A VARCHAR is as long as it says, on SQLite too; a method called validate is their own affair."""

    class Base(DeclarativeBase):
        pass

    class Plain(Base):
        __tablename__ = "plain"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(3))

        def validate(self, strictly: bool) -> bool:
            raise AssertionError

    Base.metadata.create_all(engine)
    with DB(engine) as db:
        db.save(Plain(name="abc"))
        with pytest.raises(ValidationError, match="at most 3 characters"):
            db.save(Plain(name="abcd"))


def test_hooks_chain(base: Any, engine: Engine) -> None:
    """A class adds to what its parents and mixins ask."""

    class First(base):
        __abstract__ = True

        def validate(self) -> Iterable[tuple[str, str]]:
            yield "a", "First"

    class Second(First):
        a: Mapped[int] = field(default=1)

        def validate(self) -> Iterable[tuple[str, str]]:
            yield from super().validate()
            yield "a", "Second."

    assert problems_of(Second()) == [("a", "First"), ("a", "Second")]


def test_a_column_may_be_called_validate(base: Any, engine: Engine) -> None:
    """It takes the place of the hook, and is no hook."""

    class Ticket(base):
        validate: Mapped[bool] = field(default=True)

    base.metadata.create_all(engine)
    with DB(engine) as db:
        assert db.save(Ticket()).validate is True


def test_async_units_validate_too(wine: Any, served: Engines) -> None:
    """Through each driver, and the unit goes on."""
    wine.metadata.create_all(served.sync)

    async def main() -> int:
        try:
            async with AsyncDB(served.asynchronous) as db:
                with pytest.raises(ValidationError, match="at least 2"):
                    await db.save(wine(title="x"))
                await db.save(wine(title="Riesling"))
                return await db.count(wine)
        finally:
            await served.aclose()

    assert asyncio.run(main()) == 1


def test_it_is_answered_422() -> None:
    """With a problem for each field, whether the handler saves or the commit does; it may be caught."""
    app = App(debug=True)
    app.use(Database(url="sqlite://"))

    @app.post("/saved")
    def saved(title: str, year: int, db: DB) -> Any:
        return db.save(ValidatedWine(title=title, year=year))

    @app.post("/added")
    async def added(title: str, year: int, db: AsyncDB) -> str:
        db.add(ValidatedWine(title=title, year=year))
        return "never sent"

    @app.post("/caught")
    def caught(title: str, year: int, db: DB) -> Any:
        try:
            db.save(ValidatedWine(title=title, year=year))
        except ValidationError as error:
            return [found["where"] for found in error.errors], 400
        return "saved"

    with Client(app) as client:
        for path in ("/saved", "/added"):
            answer = client.post(path, query={"title": "much too long", "year": "1700"})
            assert answer.status == 422, path
            assert answer.json()["errors"] == [
                {"where": "title", "message": "Expected at most 8 characters."},
                {"where": "year", "message": "Expected 1800 or more."},
            ]
        answer = client.post("/caught", query={"title": "much too long", "year": "1700"})
        assert (answer.status, answer.json()) == (400, ["title", "year"])
        assert client.post("/caught", query={"title": "Riesling", "year": "1999"}).text == "saved"


def _rule(annotation: Any, **words: Any) -> Any:
    """The rule of a field with a type."""

    class Base(ModelBase, DeclarativeBase):
        pass

    cls: Any = type(
        "Thing",
        (Base,),
        {
            "__tablename__": "thing",
            "__annotations__": {"id": Mapped[int], "value": Mapped[annotation]},
            "id": mapped_column(primary_key=True),
            "value": field(**words),
        },
    )
    column = cls.__table__.c.value
    return rule_of(column.type, spec_of(column))


UUID = uuid.uuid4()


@pytest.mark.parametrize(
    ("annotation", "words", "good", "bad", "message"),
    [
        (str, {}, ["", "x" * 10_000], [3, b"x", None.__class__], "Expected text"),
        (str, {}, ["ü\n"], ["a\x00b", "\ud800"], "It contains characters that cannot be stored"),
        (str, {"max_length": 1}, ["", "a"], ["ab"], "Expected at most 1 character"),
        (str, {"min_length": 2}, ["ab"], ["a", ""], "Expected at least 2 characters"),
        (str, {"pattern": "^[a-z]+$"}, ["abc"], ["", "A"], "Expected the pattern ^[a-z]+$"),
        (str, {"choices": {"a": "First"}}, ["a"], ["b", ""], "Expected one of: a"),
        (str, {"format": "slug"}, ["a-b"], ["A b"], "Expected lower-case letters and digits, with single - or _ "
         "between them"),
        (int, {}, [0, -(2**31), 2**31 - 1, True], [2**31, -(2**31) - 1],
         "Expected a whole number from -2147483648 to 2147483647"),
        (int, {"type_": BigInteger()}, [2**63 - 1], [2**63],
         "Expected a whole number from -9223372036854775808 to 9223372036854775807"),
        (int, {"type_": SmallInteger()}, [32767], [32768], "Expected a whole number from -32768 to 32767"),
        (int, {}, [1], ["1", 1.0], "Expected a whole number"),
        (int, {"gt": 1, "lt": 5}, [2, 4], [1, 0], "Expected more than 1"),
        (int, {"lt": 5}, [4], [5], "Expected less than 5"),
        (int, {"le": 5}, [5], [6], "Expected 5 or less"),
        (int, {"choices": [1, 2]}, [1], [3], "Expected one of: 1, 2"),
        (float, {}, [0.5, 1, decimal.Decimal(1)], ["1", True.__class__], "Expected a number"),
        (float, {}, [1e308], [float("nan"), float("inf")], "Expected a finite number"),
        (decimal.Decimal, {}, [decimal.Decimal("1e30")], [decimal.Decimal("NaN"), decimal.Decimal("Infinity")],
         "Expected a finite number"),
        (decimal.Decimal, {"max_digits": 4, "decimal_places": 2}, [decimal.Decimal("99.99"), 0, 10, 9.5,
         decimal.Decimal("1.500"), decimal.Decimal(0)], [decimal.Decimal("100"), 100, decimal.Decimal("1e9")],
         "Expected at most 2 digits before the point"),
        (decimal.Decimal, {"max_digits": 4, "decimal_places": 2}, [], [decimal.Decimal("0.001"), 0.125],
         "Expected at most 2 decimal places"),
        (bool, {}, [True, False, 1, 0], ["yes", 2], "Expected true or false"),
        (dt.date, {}, [dt.date(2026, 1, 1)], ["2026-01-01", 5], "Expected a date"),
        (dt.time, {}, [dt.time(1)], ["01:00"], "Expected a time"),
        (dt.timedelta, {}, [dt.timedelta(1)], [5, "P1D"], "Expected a duration"),
        (uuid.UUID, {}, [UUID], [str(UUID)], "Expected a UUID"),
        (bytes, {}, [b"", bytearray(b"x")], ["x"], "Expected bytes"),
        (IPAddress, {}, [ipaddress.ip_address("::1"), "192.0.2.1"], ["192.0.2.300", "x", -1],
         "Expected an IP address"),
        (Colour, {}, [Colour.RED, "red"], ["RED", 3], "Expected one of: red, white"),
    ],
)  # fmt: skip
def test_rules(annotation: Any, words: dict[str, Any], good: list[Any], bad: list[Any], message: str) -> None:
    """Each type and word of the vocabulary: what passes, what does not, and what is told."""
    rule = _rule(annotation, **words)
    assert [value for value in good if rule(value) is not None] == []
    assert {rule(value) for value in bad} == {message}


def test_columns_without_a_rule() -> None:
    """JSON takes whatever JSON can say: nothing is asked of it."""
    assert _rule(dict[str, Any]) is None


@given(st.text())
def test_text_that_passes_is_text_that_is_stored(text: str) -> None:
    """What UTF-8 can say, without NUL."""
    try:
        stored = "\x00" not in text.encode().decode()
    except UnicodeEncodeError:
        stored = False
    assert is_storable(text) == stored


def test_what_passes_is_taken_by_each_database(base: Any, served: Engines) -> None:
    """The rules refuse what a server would answer with an error of its own, which is a 500."""

    class Edge(base):
        text: Mapped[str] = field(max_length=3)
        small: Mapped[int] = field(type_=SmallInteger())
        number: Mapped[int]
        big: Mapped[int] = field(type_=BigInteger())
        price: Mapped[decimal.Decimal] = field(max_digits=4, decimal_places=2)

    base.metadata.create_all(served.sync)
    largest = {"text": "ÄÖ🍷", "small": 32767, "number": 2**31 - 1, "big": 2**63 - 1, "price": decimal.Decimal("99.99")}
    refused = {"text": "a\x00b", "small": 32768, "number": 2**31, "big": 2**63, "price": decimal.Decimal("100")}
    with DB(served.sync) as db:
        db.save(Edge(**largest))
        for name, value in refused.items():
            with pytest.raises(ValidationError) as caught:
                db.save(Edge(**{**largest, name: value}))
            assert list(messages(caught)) == [name]


def test_unbounded_text_has_no_length() -> None:
    """A field without a bound is as long as the database has room for."""
    assert rule_of(Text(), spec_of(field().column))("x" * 1_000_000) is None  # type: ignore[misc]
