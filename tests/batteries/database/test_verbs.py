"""`exists`, `count`, `get_many`, the bulk verbs and batches, on each database."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Numeric, event, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.exc import StaleDataError

from demijohn.batteries.database import verbs
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, field, query


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with a unique name, a default and a stamp; and one with a key of two columns."""

    class Thing(base):
        name: Mapped[str] = field("title", max_length=20, unique=True)
        number: Mapped[int] = field(default=7)
        changed: Mapped[dt.datetime] = field(auto_now=True)

    class Seat(base.__base__):
        row: Mapped[int] = field(primary_key=True)
        place: Mapped[int] = field(primary_key=True)

    base.metadata.create_all(served.sync)
    Thing.seat = Seat
    return Thing


def _rows(count: int) -> list[dict[str, Any]]:
    return [{"name": f"n{number}", "number": number} for number in range(count)]


def test_exists_and_count(thing: Any, served: Engines) -> None:
    """Of models, statements and queries; limits are kept, orders do not matter, counting can stop."""

    @query
    def over(number: int) -> Any:
        return select(thing).where(thing.number > number).order_by(thing.id)

    with DB(served.sync) as db:
        assert (db.exists(thing), db.count(thing)) == (False, 0)
        assert db.bulk_insert(thing, _rows(10)) == 10
        assert (db.exists(thing), db.count(thing)) == (True, 10)
        assert (db.exists(over(8)), db.exists(over(9)), db.count(over(3))) == (True, False, 6)
        assert db.count(select(thing.number).order_by(thing.id).limit(4)) == 4
        assert (db.count(thing, at_most=3), db.count(thing, at_most=30)) == (3, 10)


def test_get_many(thing: Any, served: Engines) -> None:
    """By key, in the order asked for, without those that are not there or that no column holds."""
    with DB(served.sync) as db:
        db.bulk_insert(thing, _rows(1200))
        ids = db.all(select(thing.id).order_by(thing.number))
        found = db.get_many(thing, [ids[3], ids[1], 10**30, ids[3], -1])
        assert list(found) == [ids[3], ids[1]]
        assert [one.number for one in found.values()] == [3, 1]
        assert len(db.get_many(thing, reversed(ids))) == 1200
        assert db.get_many(thing, []) == {}
        db.bulk_insert(thing.seat, [{"row": 1, "place": place} for place in range(3)])
        assert [one.place for one in db.get_many(thing.seat, [(1, 2), (1, 0), (2, 0)]).values()] == [2, 0]


def test_bulk_insert_applies_defaults_and_shapes(thing: Any, served: Engines) -> None:
    """Rows may differ in what they give; any iterable will do; what the model lacks is told."""
    with DB(served.sync) as db:
        assert db.bulk_insert(thing, iter([{"name": "a"}, {"name": "b", "number": 2}, {"name": "c"}])) == 3
        assert [(one.name, one.number) for one in db.all(select(thing).order_by(thing.name))] == [
            ("a", 7),
            ("b", 2),
            ("c", 7),
        ]
        assert db.bulk_insert(thing, []) == 0
        with pytest.raises(TypeError, match=r"Thing has no column title\. It has: .*name"):
            db.bulk_insert(thing, [{"title": "x"}])


def test_bulk_inserts_are_few_statements(thing: Any, served: Engines) -> None:
    """A thousand rows of one shape are two calls of the driver, or one COPY, which is nobody's to hear."""
    sent: list[bool] = []
    event.listen(served.sync, "before_cursor_execute", lambda *a: sent.append(a[5]))
    with DB(served.sync) as db:
        db.bulk_insert(thing, _rows(1000))
    assert sent == ([] if served.sync.dialect.name == "postgresql" else [True, True])


def test_bulk_update(thing: Any, served: Engines) -> None:
    """By the key among the values; nothing else changes, and nothing happens without a key."""
    with DB(served.sync) as db:
        db.bulk_insert(thing, _rows(6))
        ids = db.all(select(thing.id).order_by(thing.number))
        db.bulk_update(thing, [{"id": ids[0], "number": 100}, {"id": ids[2], "name": "z"}, {"id": ids[3]}])
        db.commit()
        rows = db.all(select(thing.name, thing.number).order_by(thing.id))
        assert [tuple(row) for row in rows[:4]] == [("n0", 100), ("n1", 1), ("z", 2), ("n3", 3)]
        with pytest.raises(TypeError, match="id is missing"):
            db.bulk_update(thing, [{"number": 1}])
        with pytest.raises(TypeError, match="no column nmber"):
            db.bulk_update(thing, [{"id": 1, "nmber": 1}])


def test_bulk_updates_do_the_same_at_once_and_one_by_one(thing: Any, served: Engines) -> None:
    """One statement where the database takes arrays; keys that come twice, values that do not fit and rows that are not
    there are what they are elsewhere."""
    many: list[bool] = []
    event.listen(served.sync, "before_cursor_execute", lambda *a: many.append(a[5]))
    at_once = served.sync.dialect.name == "postgresql"
    with DB(served.sync) as db:
        db.bulk_insert(thing, _rows(4))
        ids = db.all(select(thing.id).order_by(thing.number))
        db.commit()
        many.clear()
        db.bulk_update(thing, [{"id": one, "number": 50, "name": f"%s {one}"} for one in reversed(ids)])
        assert many == [not at_once]
        assert db.all(select(thing.name).order_by(thing.id)) == [f"%s {one}" for one in ids]
        db.bulk_update(thing, [{"id": ids[0], "number": number} for number in (1, 2, 3)])
        assert db.scalar(select(thing.number).where(thing.id == ids[0])) == 3
        db.commit()
        if served.sync.dialect.supports_sane_multi_rowcount:
            with pytest.raises(StaleDataError, match=r"expected to update 2 row\(s\); 1 were matched"):
                db.bulk_update(thing, [{"id": one, "number": 5} for one in (ids[0], -1)])
            db.rollback()
        if not served.is_sqlite:
            with pytest.raises(DataError):
                db.bulk_update(thing, [{"id": one, "name": "x" * 21} for one in ids])


def test_bulk_updates_of_all_types(base: Any, served: Engines) -> None:
    """What arrays hold comes back as it was given, by each driver; and so does what they do not."""

    class Kind(base):
        flag: Mapped[bool | None] = field()
        day: Mapped[dt.date | None] = field()
        moment: Mapped[dt.datetime | None] = field()
        at: Mapped[dt.time | None] = field()
        price: Mapped[Decimal | None] = field(Numeric(10, 2))
        ratio: Mapped[float | None] = field()
        token: Mapped[uuid.UUID | None] = field()
        note: Mapped[str | None] = field()
        data: Mapped[dict[str, Any] | None] = field()

    full: dict[str, Any] = {
        "flag": True, "day": dt.date(2026, 1, 2), "moment": dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC),
        "at": dt.time(4, 5), "price": Decimal("1.25"), "ratio": 0.5, "token": uuid.UUID(int=7), "note": "%(x)s {1,2}",
    }  # fmt: skip
    given = [{"id": 1, **full}, {"id": 2, **dict.fromkeys(full)}, {"id": 3, **full, "note": "\N{SNOWMAN}"}]
    base.metadata.create_all(served.sync)
    columns = [getattr(Kind, name) for name in given[0]]

    def check(db: DB) -> None:
        assert [row._asdict() for row in db.execute(select(*columns).order_by(Kind.id))] == given
        db.bulk_update(Kind, [{"id": key, "data": {"n": key}, "flag": None} for key in (1, 2, 3)])
        assert [tuple(row) for row in db.all(select(Kind.data, Kind.flag).order_by(Kind.id))] == [
            ({"n": key}, None) for key in (1, 2, 3)
        ]

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            await db.bulk_update(Kind, given)
            await db.run(check)
        await served.aclose()

    with DB(served.sync) as db:
        db.bulk_insert(Kind, [{"id": key} for key in (1, 2, 3)])
        db.commit()
        db.bulk_update(Kind, given)
        check(db)
    asyncio.run(main())


@pytest.mark.parametrize("own", [True, False])
def test_upsert(thing: Any, served: Engines, own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """New rows come, known ones change in all, in some, or in nothing; stamps follow. By the database's own statement,
    and as where there is none."""
    if not own:
        monkeypatch.setattr(verbs, "_upsert", lambda *_: None)
    with DB(served.sync) as db:
        db.upsert(thing, [{"name": "a", "number": 1}, {"name": "b", "number": 2}], by=["name"])
        first = db.all(select(thing.changed).where(thing.name == "a"))
        db.upsert(thing, [{"name": "a", "number": 10}, {"name": "c", "number": 3}], by=["name"])
        assert _numbers(db, thing) == {"a": 10, "b": 2, "c": 3}
        assert db.all(select(thing.changed).where(thing.name == "a")) > first
        db.upsert(thing, [{"name": "a", "number": 11}, {"name": "d", "number": 4}], by=["name"], change=[])
        assert _numbers(db, thing) == {"a": 10, "b": 2, "c": 3, "d": 4}
        db.upsert(thing, [{"name": "d", "number": 5}], by=["name"], change=["number"])
        assert _numbers(db, thing)["d"] == 5
        with pytest.raises(TypeError, match="no column title"):
            db.upsert(thing, [{"name": "x"}], by=["title"])


def _numbers(db: DB, thing: Any) -> dict[str, int]:
    return dict(tuple(row) for row in db.all(select(thing.name, thing.number)))


def test_batches_go_through_all_and_hold_no_connection(thing: Any, served: Engines) -> None:
    """Each row once, in the order of keys, a connection per batch; objects stay the unit's, and are saved."""
    with DB(served.sync) as db:
        db.bulk_insert(thing, _rows(7))
        db.bulk_insert(thing.seat, [{"row": row, "place": place} for row in range(2) for place in range(3)])
        db.commit()
    out: list[int] = []
    event.listen(served.sync, "checkout", lambda *_: out.append(1))
    event.listen(served.sync, "checkin", lambda *_: out.append(-1))
    with DB(served.sync) as db:
        sizes = []
        for batch in db.in_batches(select(thing).where(thing.number > 0), size=2):
            assert sum(out) == 0
            sizes.append(len(batch))
        assert sizes == [2, 2, 2]
        seats = [(one.row, one.place) for batch in db.in_batches(thing.seat, size=4) for one in batch]
        assert seats == [(row, place) for row in range(2) for place in range(3)]
        for batch in db.in_batches(thing, size=3):
            for one in batch:
                one.number += 100
        db.commit()
        assert min(_numbers(db, thing).values()) == 100
        for statement in (select(thing.id), select(thing).limit(3), select(thing).order_by(thing.name)):
            with pytest.raises(ValueError, match="in_batches"):
                next(db.in_batches(statement))


def test_the_same_verbs_awaited(thing: Any, served: Engines) -> None:
    """AsyncDB does what DB does."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            assert await db.bulk_insert(thing, _rows(5)) == 5
            await db.upsert(thing, [{"name": "n0", "number": 50}], by=["name"])
            one = (await db.all(select(thing.id).where(thing.number == 50)))[0]
            await db.bulk_update(thing, [{"id": one, "number": 60}])
            assert (await db.get_many(thing, [one]))[one].number == 60
            assert (await db.exists(thing), await db.count(thing), await db.count(thing, at_most=2)) == (True, 5, 2)
            sizes = [len(batch) async for batch in db.in_batches(thing, size=2)]
            assert sizes == [2, 2, 1]
            await db.commit()
        await served.aclose()

    asyncio.run(main())
