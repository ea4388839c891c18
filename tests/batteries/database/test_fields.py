"""`field`: the column it makes, and the vocabulary it keeps."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, Enum, ForeignKey, Integer, Numeric, String, Text, func, insert, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from demijohn.batteries.database.fields import MISSING, FieldSpec
from demijohn.database import UTCDateTime, field, spec_of
from demijohn.foundation.errors import SetupError


def test_max_length_makes_a_varchar() -> None:
    """Text with a bound is VARCHAR of that length; a type that is given goes first."""
    assert field(max_length=7).column.type.length == 7
    assert isinstance(field(Text(), max_length=7).column.type, Text)
    assert isinstance(field(type_=Integer, max_length=7).column.type, Integer)
    named = field("shown_as", max_length=7).column
    assert (named.name, named.type.length) == ("shown_as", 7)


def test_the_vocabulary_is_kept_on_the_column() -> None:
    """What a column cannot hold is read back with spec_of, beside info of the user's own."""
    column = field(label="Title", ge=1, choices=["a"], private=True, widget="markdown", info={"mine": 1}).column
    spec = spec_of(column)
    assert (spec.label, spec.ge, spec.choices, spec.private, spec.widget) == (
        "Title",
        1,
        ["a"],
        True,
        "markdown",
    )
    assert column.info["mine"] == 1
    assert spec_of(mapped_column().column) == FieldSpec()


def test_everything_of_mapped_column_passes() -> None:
    """Types, foreign keys and options by name reach the column as they are."""
    column = field(Numeric(9, 2), ForeignKey("a.id"), index=True, unique=False, comment="c", nullable=True).column
    assert (column.type.precision, column.index, column.comment, column.nullable) == (9, True, "c", True)
    assert len(column.foreign_keys) == 1


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"default": []}, "default_factory=list"),
        ({"default": {}}, "default_factory=dict"),
        ({"default": 1, "default_factory": int}, "both default and default_factory"),
        ({"auto_now": True, "auto_now_add": True}, "both auto_now and auto_now_add"),
        ({"pattern": "["}, "no regular expression"),
        ({"database_default": object()}, "cannot be told this value"),
    ],
)
def test_contradictions_are_setup_errors(options: dict[str, Any], fragment: str) -> None:
    """Options that cannot be meant are refused where they are written."""
    with pytest.raises(SetupError, match="DMJ0508") as caught:
        field(**options)
    assert fragment in str(caught.value)


def test_automatic_times_are_read_only() -> None:
    """A form must not ask for what is set by itself."""
    spec = spec_of(field(auto_now_add=True).column)
    assert spec.readonly
    assert not spec.init
    assert spec.default is MISSING


class Size(enum.Enum):
    """An enum of text."""

    SMALL = "s"
    LARGE = "l"


class Level(enum.IntEnum):
    """An enum of numbers."""

    LOW = 1
    HIGH = 2


def test_defaults_reach_the_database_in_every_way(base: Any, engine: Engine) -> None:
    """Objects, bulk inserts and raw SQL all get the defaults that are theirs."""

    class Item(base):
        count: Mapped[int] = field(default=3)
        tags: Mapped[list[str]] = field(default_factory=list)
        stock: Mapped[int] = field(database_default=5)
        ready: Mapped[bool] = field(database_default=False)
        word: Mapped[str] = field(max_length=9, database_default="none")
        day: Mapped[dt.date] = field(database_default=func.current_date())
        made: Mapped[dt.datetime] = field(auto_now_add=True)
        changed: Mapped[dt.datetime] = field(auto_now=True)

    base.metadata.create_all(engine)
    first, second = Item(), Item()
    assert (first.count, first.tags) == (3, [])
    assert first.tags is not second.tags
    with Session(engine) as session:
        session.add(first)
        session.execute(insert(Item), [{"count": 4}])
        session.commit()
        bulk = session.get(Item, 2)
        assert (bulk.count, bulk.tags, bulk.stock, bulk.ready, bulk.word) == (4, [], 5, False, "none")
        assert bulk.made.tzinfo is dt.UTC
        made, changed = first.made, first.changed
        first.count = 9
        session.commit()
        assert first.made == made
        assert first.changed > changed
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO item (count, tags, made, changed) VALUES (1, '[]', '2026-01-01', '2026-01-01')"
        )
        assert connection.exec_driver_sql("SELECT stock, ready, word FROM item WHERE id = 3").one() == (
            5,
            0,
            "none",
        )


def test_annotations_choose_the_types(base: Any, engine: Engine) -> None:
    """Text is TEXT, moments are UTC, enums keep their values, and all come back as they went in."""

    class Thing(base):
        text: Mapped[str]
        short: Mapped[str] = field(max_length=4)
        moment: Mapped[dt.datetime]
        size: Mapped[Size]
        level: Mapped[Level]
        price: Mapped[Decimal] = field(Numeric(9, 2, asdecimal=False))
        note: Mapped[dict[str, Any]] = field(default_factory=dict)

    columns = Thing.__table__.c
    assert type(columns.text.type) is Text
    assert isinstance(columns.short.type, String)
    assert isinstance(columns.moment.type, UTCDateTime)
    assert isinstance(columns.size.type, Enum)
    assert not columns.size.type.native_enum
    base.metadata.create_all(engine)
    assert str(inspect(engine).get_columns("thing")[0]["type"]) == "INTEGER", "so that SQLite counts it up"
    moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=5)))
    with Session(engine) as session:
        session.add(Thing(text="x", short="y", moment=moment, size=Size.LARGE, level=Level.HIGH, price=1))
        session.commit()
        found = session.get(Thing, 1)
        assert (found.moment, found.moment.tzinfo) == (moment, dt.UTC)
        assert (found.size, found.level) == (Size.LARGE, Level.HIGH)
        stored = session.connection().exec_driver_sql("SELECT size, level FROM thing").one()
        assert stored == ("l", "HIGH")
