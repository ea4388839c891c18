"""The types of fields, there and back on each database and through each driver, sync and async."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import enum
import ipaddress
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped
from sqlalchemy.schema import CreateTable

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations import History, Maker, Renames
from demijohn.batteries.database.model import ModelBase
from demijohn.database import (
    DB,
    AsyncDB,
    Duration,
    IPAddress,
    PasswordHash,
    field,
    spec_of,
    uuid7,
)
from demijohn.foundation.errors import SetupError


class Size(enum.Enum):
    """Stored by value."""

    SMALL = "s"
    LARGE = "l"


class Rank(enum.IntEnum):
    """Stored by name, as its values are no text."""

    LOW = 1
    HIGH = 2


@pytest.fixture
def everything(base: Any) -> Any:
    """A model with a field of each type."""

    class Everything(base):
        flag: Mapped[bool]
        number: Mapped[int]
        ratio: Mapped[float]
        price: Mapped[decimal.Decimal] = field(max_digits=10, decimal_places=2)
        any_decimal: Mapped[decimal.Decimal]
        text: Mapped[str]
        day: Mapped[dt.date]
        at: Mapped[dt.datetime]
        clock: Mapped[dt.time]
        took: Mapped[dt.timedelta]
        four: Mapped[uuid.UUID] = field(default_factory=uuid.uuid4)
        seven: Mapped[uuid.UUID] = field(default_factory=uuid7)
        either: Mapped[IPAddress]
        old: Mapped[ipaddress.IPv4Address]
        size: Mapped[Size]
        rank: Mapped[Rank]
        meta: Mapped[dict[str, Any]]
        counts: Mapped[dict[str, int]]
        lines: Mapped[list[dict[str, str]]]
        absent: Mapped[dict[str, Any] | None] = field(default=None)
        blob: Mapped[bytes]
        password: Mapped[PasswordHash]
        twice: Mapped[int] = field(computed="number * 2")

    return Everything


VALUES: dict[str, Any] = {
    "flag": True,
    "number": 21,
    "ratio": 0.1,
    "price": decimal.Decimal("12345678.90"),
    "any_decimal": decimal.Decimal("19.95"),
    "text": "Grüße 🍷\n",
    "day": dt.date(2024, 2, 29),
    "at": dt.datetime(2026, 5, 31, 14, 30, 1, 123456, tzinfo=dt.UTC),
    "clock": dt.time(23, 59, 59, 123456),
    "took": -dt.timedelta(days=400, microseconds=7),
    "four": uuid.UUID("12345678-1234-4234-8234-123456789abc"),
    "seven": uuid7(),
    "either": ipaddress.ip_address("2001:db8::1"),
    "old": ipaddress.ip_address("192.0.2.7"),
    "size": Size.LARGE,
    "rank": Rank.HIGH,
    "meta": {"a": [1, {"b": None}], "ü": "x"},
    "counts": {"a": 1},
    "lines": [{"a": "b"}],
    "absent": None,
    "blob": bytes(range(256)) * 400,
    "password": PasswordHash("$argon2id$stored"),
}


def _differences(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name, value in VALUES.items() if getattr(item, name) != value}


def test_every_value_comes_back_as_it_was(everything: Any, served: Engines) -> None:
    """On SQLite, PostgreSQL and MariaDB, through the session and past it."""
    everything.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        key = db.save(everything(**VALUES)).id
        db.commit()
    with DB(served.sync) as db:
        item = db.get_or_404(everything, key)
        assert _differences(item) == {}
        assert item.twice == 42
        db.expunge_all()
        assert _differences(db.all(everything)[0]) == {}
        for name in ("at", "took", "price", "either", "old", "size", "seven"):
            column = getattr(everything, name)
            assert db.all(select(everything.id).where(column == VALUES[name])) == [key], name


def test_the_async_drivers_agree(everything: Any, served: Engines) -> None:
    """What was written by one kind of driver is read and written by the other."""
    everything.metadata.create_all(served.sync)

    async def there_and_back() -> tuple[dict[str, Any], int]:
        async with AsyncDB(served.asynchronous) as db:
            key = (await db.save(everything(**VALUES))).id
            await db.commit()
        async with AsyncDB(served.asynchronous) as db:
            item = await db.get_or_404(everything, key)
            found = _differences(item)
            item.number = 4
            await db.flush()
            return found, item.twice

    async def whole() -> tuple[dict[str, Any], int]:
        try:
            return await there_and_back()
        finally:
            await served.aclose()

    assert asyncio.run(whole()) == ({}, 8), "what the database computed anew is there without a question"


def test_durations_compare_and_add_up(everything: Any, served: Engines) -> None:
    """They are numbers to the database, whatever it calls them."""
    everything.metadata.create_all(served.sync)
    hours = [dt.timedelta(hours=number) for number in (1, 5, 24)]
    with DB(served.sync) as db:
        for took in hours:
            db.add(everything(**{**VALUES, "took": took}))
        longer = select(everything.took).where(everything.took > dt.timedelta(hours=2)).order_by(everything.took)
        assert db.all(longer) == hours[1:]
        assert db.scalar(select(func.sum(everything.took))) == dt.timedelta(hours=30)
        assert db.scalar(select(func.max(everything.took))) == dt.timedelta(days=1)


def test_decimals_add_up(everything: Any, served: Engines) -> None:
    """A tenth is a tenth, also where the database computes with floats; no warning is given."""
    everything.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        for _ in range(10):
            db.add(everything(**{**VALUES, "price": decimal.Decimal("0.10")}))
        assert db.scalar(select(func.sum(everything.price))) == decimal.Decimal("1.00")
        assert db.all(select(everything.price * 3))[0] == decimal.Decimal("0.30")
        assert db.all(select(everything.price).where(everything.price < decimal.Decimal("0.11")).limit(1))


def test_computed_columns_follow_their_row(everything: Any, served: Engines) -> None:
    """The database computes them; the constructor does not know them."""
    everything.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        item = db.save(everything(**VALUES))
        assert item.twice == 42
        item.number = 4
        db.flush()
        assert item.twice == 8
    spec = spec_of(everything.__table__.c.twice)
    assert (spec.readonly, spec.init) == (True, False)
    with pytest.raises(TypeError, match="is missing flag"):
        everything(twice=3)


def test_each_database_has_its_own_types(everything: Any) -> None:
    """Exact decimals, microseconds and large bytes on MariaDB; intervals, addresses and JSONB on PostgreSQL."""
    on_postgres = str(CreateTable(everything.__table__).compile(dialect=postgresql.dialect()))
    on_mysql = str(CreateTable(everything.__table__).compile(dialect=mysql.dialect()))
    on_sqlite = str(CreateTable(everything.__table__).compile(dialect=sqlite.dialect()))
    for words in ("price NUMERIC(10, 2)", "any_decimal NUMERIC NOT", "took INTERVAL", "either INET", "meta JSONB"):
        assert words in on_postgres, words
    for words in ("any_decimal DECIMAL(38, 12)", "clock TIME(6)", "took BIGINT", "either VARCHAR(45)", "LONGBLOB"):
        assert words in on_mysql, words
    for words in ("price NUMERIC(10, 2)", "took BIGINT", "meta JSON", "GENERATED ALWAYS AS (number * 2) STORED"):
        assert words in on_sqlite, words


def test_migrations_make_them_as_they_are(everything: Any, served: Engines, tmp_path: Path) -> None:
    """A migration names the types of the database and none of ours, and leaves nothing to be done."""
    history = History(served, everything.metadata, tmp_path / "migrations")
    draft = Maker(history).draft("", Renames())
    assert draft is not None
    path = Maker(history).write(draft, {})
    history.move("head", lambda _: None)
    assert Maker(history).draft("", Renames()) is None
    assert "demijohn" not in path.read_text(encoding="utf-8")
    with DB(served.sync) as db:
        key = db.save(everything(**VALUES)).id
        db.commit()
        db.expunge_all()
        assert _differences(db.get_or_404(everything, key)) == {}


def test_none_is_null_in_json(everything: Any, engine: Engine) -> None:
    """A missing document is no document with `null` in it."""
    everything.metadata.create_all(engine)
    with DB(engine) as db:
        db.save(everything(**VALUES))
        assert db.count(select(everything).where(everything.absent.is_(None))) == 1


def test_the_bases_own_types_come_first() -> None:
    """A base may say what a type means to its database; of the rest it knows what every base does."""

    class Own(ModelBase, DeclarativeBase):
        type_annotation_map = {dict[str, int]: Duration()}

    class Plain(ModelBase, DeclarativeBase):
        pass

    class Here(Own):
        id: Mapped[int] = field(primary_key=True)
        odd: Mapped[dict[str, int]]
        even: Mapped[dict[str, str]]

    class There(Plain):
        id: Mapped[int] = field(primary_key=True, index=True)
        at: Mapped[dt.datetime]

    assert isinstance(Here.__table__.c.odd.type, Duration)
    assert type(Here.__table__.c.even.type).__name__ == "JSON"
    assert type(There.__table__.c.at.type).__name__ == "UTCDateTime"
    assert {index.name for index in There.__table__.indexes} == {"ix_there_id"}


def test_what_is_no_duration_is_refused(everything: Any, engine: Engine) -> None:
    """Also in a comparison, which no rule of a field looks at."""
    everything.metadata.create_all(engine)
    with DB(engine) as db:
        with pytest.raises(Exception, match="A timedelta is needed here"):
            db.all(select(everything).where(everything.took > 3))


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "email",
            ["ann@example.org", "a.b+c@sub.example.co.uk", "ann@bücher.example"],
            ["ann", "@example.org", "ann@", "ann@example", "a b@example.org", "a@example..org", "a@-a.org", "a@b.c\n"],
        ),
        (
            "url",
            ["https://example.org", "http://localhost:8000/a?b=c#d", "https://[::1]/x", "https://ann:pw@example.org/"],
            ["example.org", "javascript:alert(1)", "ftp://example.org", "https://", "https://a b", "//example.org"],
        ),
        ("slug", ["a", "first-post", "a_b-c1"], ["", "A", "-a", "a-", "a--b", "a b", "ä"]),
    ],
)  # fmt: skip
def test_formats(bare: Any, name: Any, good: list[str], bad: list[str]) -> None:
    """Each takes what it is made for and nothing near it, and bounds the column."""
    from demijohn.batteries.database.formats import FORMATS

    known = FORMATS[name]
    assert [text for text in good if not known.accepts(text)] == []
    assert [text for text in bad if known.accepts(text)] == []
    column = field(format=name).column
    assert column.type.length == spec_of(column).max_length == known.max_length
    assert field(format=name, max_length=30).column.type.length == 30


@pytest.mark.parametrize("options", [{"format": "phone"}, {"decimal_places": 2}])
def test_words_that_cannot_be_meant(options: dict[str, Any]) -> None:
    """An unknown format, and places without digits."""
    with pytest.raises(SetupError, match="DMJ0508"):
        field(**options)


@pytest.mark.parametrize(
    ("choices", "labelled"),
    [
        (None, {}),
        (["a", "b"], {"a": "a", "b": "b"}),
        ({"a": "First"}, {"a": "First"}),
        ([("a", "First"), ("b", "Second")], {"a": "First", "b": "Second"}),
        (Size, {"s": "Small", "l": "Large"}),
    ],
)
def test_choices_are_spelt_in_many_ways(choices: Any, labelled: dict[Any, str]) -> None:
    """And read in one."""
    column = field(choices=choices).column
    assert spec_of(column).labelled_choices() == labelled
