"""`bulk_insert` by COPY: on PostgreSQL, through each driver, and the same rows as by INSERT."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, BigInteger, DateTime, Float, Interval, Numeric, String, Text, delete, func, select
from sqlalchemy.dialects.postgresql import CITEXT, INET, JSONB
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Mapped

from demijohn.batteries.database import copying
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, field, query_budget, violation_of

from .server_databases import server_url


class Colour(enum.Enum):
    """What is a type of the database's own."""

    RED = "red"
    BLUE = "bl\\ue"


@pytest.fixture(params=["postgresql", "psycopg"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    """PostgreSQL through psycopg, in async units through asyncpg and through psycopg."""
    for url in server_url(request.param, tmp_path):
        made = Engines(url, pool_size=5, max_overflow=0, pool_timeout=5)
        yield made
        asyncio.run(made.aclose())
        made.close()


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with a column of each type, defaults of each kind, and quotes in its names."""

    class Thing(base):
        __tablename__ = 'the "things"'
        text: Mapped[str | None] = field(Text)
        name: Mapped[str | None] = field('na"me', String(20))
        code: Mapped[str | None] = field(String(20), unique=True)
        number: Mapped[int | None] = field(BigInteger)
        price: Mapped[Decimal | None] = field(Numeric(20, 6))
        ratio: Mapped[float | None] = field(Float(53))
        flag: Mapped[bool | None]
        moment: Mapped[dt.datetime | None]
        naive: Mapped[dt.datetime | None] = field(DateTime())
        day: Mapped[dt.date | None]
        time: Mapped[dt.time | None]
        span: Mapped[dt.timedelta | None] = field(Interval)
        colour: Mapped[Colour | None]
        data: Mapped[Any] = field(JSONB, nullable=True)
        token: Mapped[uuid.UUID | None]
        blob: Mapped[bytes | None]
        words: Mapped[list[str] | None] = field(ARRAY(Text))
        grid: Mapped[list[list[int]] | None] = field(ARRAY(BigInteger))
        made: Mapped[int] = field(default=7)
        called: Mapped[list[int]] = field(ARRAY(BigInteger), default_factory=lambda: [1, 2])
        stamped: Mapped[dt.datetime] = field(auto_now=True)
        kept: Mapped[int] = field(BigInteger, database_default="9")

    base.metadata.create_all(served.sync)
    return Thing


def _or_none(values: Any) -> Any:
    return st.none() | values


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["\t", "a\nb\r\n", "\\", "\\N", "\\.", "\\x41", '"', "", " ", "NULL", "{a,b}"]
)
WHOLE = st.integers(-(2**63), 2**63 - 1)
YEARS = st.datetimes(dt.datetime(1600, 1, 1), dt.datetime(2400, 1, 1))  # noqa: DTZ001 - one column has none
JSONS = st.recursive(_or_none(TEXTS | st.booleans() | st.integers(-(2**40), 2**40)), st.lists, max_leaves=4)
ROWS = st.fixed_dictionaries(
    {
        "text": _or_none(TEXTS), "number": _or_none(WHOLE),
        "price": _or_none(st.decimals(-(10**12), 10**12, places=6)),
        "ratio": _or_none(st.floats(allow_nan=False)), "flag": _or_none(st.booleans()),
        "moment": _or_none(YEARS.map(lambda value: value.replace(tzinfo=dt.UTC))), "naive": _or_none(YEARS),
        "day": _or_none(st.dates(dt.date(1600, 1, 1))), "time": _or_none(st.times()),
        "span": _or_none(st.timedeltas(-dt.timedelta(10**4), dt.timedelta(10**4))),
        "colour": _or_none(st.sampled_from(Colour)), "data": JSONS | st.dictionaries(TEXTS, JSONS, max_size=2),
        "token": _or_none(st.uuids()), "blob": _or_none(st.binary(max_size=9)),
        "words": _or_none(st.lists(_or_none(TEXTS), max_size=3)),
        "grid": _or_none(st.lists(st.lists(WHOLE, min_size=2, max_size=2), max_size=2)),
    },
    optional={"made": st.integers(0, 9)},
)  # fmt: skip


def _read(db: DB, thing: Any) -> list[tuple[Any, ...]]:
    columns = [column for column in thing.__table__.c if column.name not in {"id", "stamped"}]
    rows = [tuple(row) for row in db.execute(select(*columns).order_by(thing.id))]
    db.execute(delete(thing))
    return rows


def _insert(db: DB, thing: Any, rows: list[dict[str, Any]], worthwhile: int) -> list[tuple[Any, ...]]:
    before, copying.WORTHWHILE = copying.WORTHWHILE, worthwhile  # type: ignore[misc]
    try:
        with query_budget(10**6) as sent:
            assert db.bulk_insert(thing, rows) == len(rows)
    finally:
        copying.WORTHWHILE = before  # type: ignore[misc]
    assert all(statement.startswith("COPY") == (worthwhile == 1) for statement in sent if "SELECT" not in statement)
    return _read(db, thing)


def test_the_rows_are_the_same(thing: Any, served: Engines) -> None:
    """Whatever the values; through psycopg, and through each async driver."""
    examples: list[Any] = []

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(ROWS, min_size=1, max_size=4))
    def compare(rows: list[dict[str, Any]]) -> None:
        examples.append(rows)
        with DB(served.sync) as db:
            assert _insert(db, thing, rows, 1) == _insert(db, thing, rows, 10**6)

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            for rows in examples:
                copied = await db.run(_insert, thing, rows, 1)
                assert copied == await db.run(_insert, thing, rows, 10**6)
        await served.aclose()

    compare()
    asyncio.run(main())


def test_what_copy_would_do_otherwise_is_inserted(thing: Any, served: Engines) -> None:
    """Values that INSERT casts, and few rows; one of them is enough."""
    plain = [{"name": f"n{number}", "number": number} for number in range(60)]
    odd: list[dict[str, Any]] = [
        {"price": 1.5}, {"name": "x", "number": Decimal("2.0")},
    ]  # fmt: skip
    with DB(served.sync) as db, query_budget(1000) as sent:
        for one in odd:
            rows = [*plain, {"name": "x", "number": None, **one}]
            if "price" in one:
                rows = [{**row, "price": None} for row in plain] + [{"name": "x", "number": 1, **one}]
            sent.clear()
            db.bulk_insert(thing, rows)
            assert not any(statement.startswith("COPY") for statement in sent), one
            db.execute(delete(thing))
        sent.clear()
        db.bulk_insert(thing, plain[:20])
        assert not any(statement.startswith("COPY") for statement in sent)
        db.execute(delete(thing))
        sent.clear()
        db.bulk_insert(thing, plain)
        assert any(statement.startswith("COPY") for statement in sent)
        assert db.all(select(func.count(thing.stamped), func.sum(thing.made), func.sum(thing.kept))) == [(60, 420, 540)]


def test_types_without_a_common_form_are_inserted(base: Any, served: Engines) -> None:
    """Addresses and text of an extension, which drivers send in different ways."""

    class Host(base):
        address: Mapped[str] = field(INET)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db, query_budget(10) as sent:
        db.bulk_insert(Host, [{"address": f"10.0.0.{number}"} for number in range(60)])
        assert db.count(Host) == 60
    assert not any(statement.startswith("COPY") for statement in sent)
    assert copying._check(CITEXT()) is None


def test_it_is_a_write_like_any_other(thing: Any, served: Engines) -> None:
    """It begins a transaction, is rolled back with it, and seen when it is committed."""

    async def main() -> None:
        rows = [{"number": number} for number in range(100)]
        for end, count in ((AsyncDB.rollback, 0), (AsyncDB.commit, 100)):
            async with AsyncDB(served.asynchronous) as db:
                await db.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                await db.bulk_insert(thing, rows)
                await db.rollback()
                assert await db.count(thing) == 0
            async with AsyncDB(served.asynchronous) as db:
                assert await db.bulk_insert(thing, rows) == 100
                async with AsyncDB(served.asynchronous) as other:
                    assert await other.count(thing) == 0
                await end(db)
                assert await db.count(thing) == count
        await served.aclose()

    rows = [{"number": number} for number in range(100)]
    with DB(served.sync) as db:
        db.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        db.bulk_insert(thing, rows)
        db.rollback()
        assert db.count(thing) == 0
    with DB(served.sync) as db:
        db.bulk_insert(thing, rows)
        with DB(served.sync) as other:
            assert other.count(thing) == 0
        db.rollback()
        assert db.count(thing) == 0
    asyncio.run(main())


def test_refusals_are_those_of_the_database(thing: Any, served: Engines) -> None:
    """A unique rule is told with its field, a value that is too long is an error of data; the unit goes on after a
    savepoint."""
    twice = [{"code": f"n{number // 2}"} for number in range(100)]
    long = [{"name": "x" * 30} for _ in range(100)]

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            with pytest.raises(IntegrityError) as told:
                async with db.begin_nested():
                    await db.bulk_insert(thing, twice)
            violation = violation_of(told.value, thing.__base__.__base__)
            assert violation is not None
            assert (violation.kind, violation.fields) == ("unique", ("code",))
            with pytest.raises(DBAPIError, match="too long"):
                async with db.begin_nested():
                    await db.bulk_insert(thing, long)
            assert await db.bulk_insert(thing, [{"code": f"n{number}"} for number in range(100)]) == 100
        await served.aclose()

    with DB(served.sync) as db:
        with pytest.raises(IntegrityError), db.begin_nested():
            db.bulk_insert(thing, twice)
        with pytest.raises(DataError), db.begin_nested():
            db.bulk_insert(thing, long)
        assert db.count(thing) == 0
    asyncio.run(main())
