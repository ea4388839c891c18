"""Keyset pages: every row once, whatever comes or goes meanwhile; cursors are checked like any input."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, Numeric, delete, func, select
from sqlalchemy.orm import Mapped, joinedload

from demijohn import App, Client
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.keyset import Part, _read
from demijohn.database import DB, AsyncDB, Database, KeysetPage, belongs_to, field, has_many, query
from demijohn.foundation.http.errors import NotFound


class Colour(enum.Enum):
    """What is stored as text."""

    RED = "red"
    BLUE = "blue"


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with many equal values, and empty ones."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)
        number: Mapped[int | None] = field()
        price: Mapped[Decimal] = field(Numeric(10, 2))
        flag: Mapped[bool]
        moment: Mapped[dt.datetime | None] = field()
        colour: Mapped[Colour]
        parts: Mapped[list[Part]] = has_many()

    class Part(base):
        thing: Mapped[Thing] = belongs_to()

    base.metadata.create_all(served.sync)
    Thing.part = Part
    return Thing


def _row(seed: int) -> dict[str, Any]:
    return {
        "name": f"n{seed % 3}", "number": None if seed % 4 == 0 else seed % 5 - 2, "price": Decimal(seed % 7) / 4,
        "flag": bool(seed % 2), "moment": None if seed % 5 == 0 else dt.datetime(2026, 1, 1 + seed % 4, tzinfo=dt.UTC),
        "colour": Colour.RED if seed % 3 else Colour.BLUE,
    }  # fmt: skip


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["name", "number", "price", "flag", "moment", "colour", "id"]),
        st.sampled_from(["", "asc", "desc"]),
        st.sampled_from(["", "nulls_first", "nulls_last"]),
    ),
    max_size=3,
    unique_by=lambda one: one[0],
)


def _ordered(thing: Any, order: Any, engines: Engines) -> Any:
    clauses = []
    for name, way, nulls in order:
        clause = getattr(thing, name)
        clause = getattr(clause, way)() if way else clause
        if nulls and engines.sync.dialect.name not in {"mysql", "mariadb"}:
            clause = getattr(clause, nulls)()
        clauses.append(clause)
    return select(thing).order_by(*clauses)


def test_every_row_is_seen_once(thing: Any, served: Engines) -> None:
    """Forward and backward, by any order, while rows are inserted; without inserts in the statement's own order."""

    @settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(ORDERS, st.integers(0, 9), st.integers(1, 4), st.lists(st.integers(0, 30), max_size=4))
    @example([("number", "desc", ""), ("name", "", "")], 9, 2, [0, 4, 1])
    @example([("moment", "", ""), ("id", "desc", "")], 9, 1, [5, 10])
    def walk(order: Any, count: int, size: int, inserted: list[int]) -> None:
        statement = _ordered(thing, order, served)
        with DB(served.sync) as db:
            db.execute(delete(thing))
            db.bulk_insert(thing, [_row(seed) for seed in range(count)])
            expected = [one.id for one in db.all(statement.order_by(_tie(thing, order)))]
            if not inserted:
                page = db.keyset_page(statement, size=size)
                assert [one.id for one in page] == expected[:size]
            seen, page = [], db.keyset_page(statement, size=size)
            assert page.previous is None
            while True:
                assert len(page) <= size
                seen += [one.id for one in page]
                if inserted:
                    db.bulk_insert(thing, [_row(inserted.pop())])
                if page.next is None:
                    break
                page = db.keyset_page(statement, page.next, size)
            assert len(set(seen)) == len(seen)
            assert set(expected) <= set(seen)
            assert [one for one in seen if one in set(expected)] == expected
            back = [one.id for one in reversed(page.items)]
            while page.previous is not None:
                page = db.keyset_page(statement, page.previous, size)
                back += [one.id for one in reversed(page.items)]
            assert len(set(back)) == len(back)
            assert [one for one in back if one in set(expected)] == expected[::-1]

    walk()


def _tie(thing: Any, order: Any) -> Any:
    return thing.id.desc() if order and order[-1][1] == "desc" else thing.id


def test_back_and_forth_is_the_same_page(thing: Any, served: Engines) -> None:
    """The page before the next one is this one; from an emptied end the way leads back."""
    with DB(served.sync) as db:
        db.bulk_insert(thing, [_row(seed) for seed in range(7)])
        first = db.keyset_page(thing, size=3)
        second = db.keyset_page(thing, first.next, 3)
        again = db.keyset_page(thing, second.previous, 3)
        assert (first.items, first.next, first.has_previous, first.has_next) == (again.items, again.next, False, True)
        assert again.previous is None
        last = db.keyset_page(thing, second.next, 3)
        assert (len(last), last.next, last.has_previous) == (1, None, True)
        db.execute(delete(thing).where(thing.id == last.items[0].id))
        empty = db.keyset_page(thing, second.next, 3)
        assert (list(empty), empty.next) == ([], None)
        assert db.keyset_page(thing, empty.previous, 3).items == second.items
        db.execute(delete(thing).where(thing.id <= first.items[-1].id))
        assert db.keyset_page(thing, second.previous, 3).items == second.items
        assert KeysetPage(items=[], size=3, next=None, previous=None) == db.keyset_page(
            select(thing).where(thing.id < 0), size=3
        )


def test_statements_of_every_kind(thing: Any, served: Engines) -> None:
    """Columns, expressions, joins, eager relations, queries; the rows are the statement's own."""

    @query
    def over(number: int) -> Any:
        return select(thing).where(thing.number > number).order_by(thing.number.desc())

    with DB(served.sync) as db:
        db.bulk_insert(thing, [_row(seed) for seed in range(9)])
        ids = db.all(select(thing.id).order_by(thing.id))
        db.bulk_insert(thing.part, [{"thing_id": ids[0]}, {"thing_id": ids[0]}, {"thing_id": ids[1]}])
        statements = [
            select(thing.id, thing.name).order_by(func.lower(thing.name).desc(), thing.price),
            select(thing.name).order_by(thing.number + 1),
            select(thing, thing.part).outerjoin(thing.part, thing.part.thing_id == thing.id).order_by(thing.part.id),
            select(thing).options(joinedload(thing.parts)).order_by(thing.name),
            select(thing.__table__).order_by(thing.__table__.c.name),
            select(thing.id, (thing.price * 2).label("twice")).order_by((thing.price * 2).label("twice").desc()),
            over(0),
        ]
        for statement in statements:
            everything = db.all(statement)
            seen: list[Any] = []
            page = db.keyset_page(statement, size=2)
            seen += page
            while page.next:
                page = db.keyset_page(statement, page.next, 2)
                seen += page
            assert sorted(map(repr, seen)) == sorted(map(repr, everything))
        (row, *_) = db.keyset_page(select(thing.id, thing.name).order_by(thing.name), size=1)
        assert (row.id, row.name) == (ids[0], "n0")


def test_what_cannot_be_paged_is_told(thing: Any, served: Engines) -> None:
    """To its developer: limits, groups, names in place of columns, statements without a key."""
    with DB(served.sync) as db:
        for statement, words in [
            (select(thing).limit(3), "sets the limit"),
            (select(thing.name).distinct(), "DISTINCT"),
            (select(thing.name).group_by(thing.name), "GROUP BY"),
            (select(thing).order_by("name"), "write the column"),
            (select(func.now()), "no table"),
        ]:
            with pytest.raises(ValueError, match=words):
                db.keyset_page(statement)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=40), st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_nonsense_is_no_page(text: str) -> None:
    """Nothing that a visitor sends as a cursor is more than not found."""
    with pytest.raises(NotFound):
        _read(text or "-", [Part(Column("a", Integer), False, False, False, False)])


def test_cursors_of_others_are_not_found(thing: Any, served: Engines) -> None:
    """Changed values, other orders, values that no column holds: 404, on each database, and the app goes on."""
    with DB(served.sync) as db:
        db.bulk_insert(thing, [_row(seed) for seed in range(5)])
        db.commit()
        by_name = select(thing).order_by(thing.name, thing.moment, thing.number, thing.price, thing.colour)
        cursor = db.keyset_page(by_name, size=2).next
        assert cursor is not None
        with pytest.raises(NotFound):
            db.keyset_page(select(thing).order_by(thing.name.desc()), cursor)
        made_for, mode, values = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        changes: list[tuple[int, Any]] = [
            (0, "a\x00b"), (0, 7), (0, ["x"]), (1, "2026-01-01T00:00:00"), (1, "soon"), (1, 10**400), (2, 10**30),
            (2, "1"), (2, 1.5), (3, "much"), (4, "green"), (4, {}), (5, True), (5, 2**63),
        ]  # fmt: skip
        for place, value in changes:
            wrong = [made_for, mode, [*values[:place], value, *values[place + 1 :]]]
            with pytest.raises(NotFound):
                db.keyset_page(by_name, base64.urlsafe_b64encode(msgspec.json.encode(wrong)).decode())
        for wrong in ([made_for, "sideways", values], [made_for, mode, values[1:]], {}, [made_for, mode]):
            with pytest.raises(NotFound):
                db.keyset_page(by_name, base64.urlsafe_b64encode(msgspec.json.encode(wrong)).decode())
        assert len(db.keyset_page(by_name, cursor, 2)) == 2


def test_over_http(thing: Any, served: Engines) -> None:
    """A page is JSON with its cursors; async units do the same; a bad cursor is a 404."""
    with DB(served.sync) as db:
        db.bulk_insert(thing, [_row(seed) for seed in range(5)])
        db.commit()
    app = App()
    app.use(Database(url=served.url.render_as_string(hide_password=False), create_tables="never"))

    @app.get("/")
    async def things(db: AsyncDB, cursor: str = "", size: int = 2) -> Any:
        return await db.keyset_page(select(thing.id).order_by(thing.id.desc()), cursor, size)

    with Client(app) as client:
        first = client.get("/").json()
        assert (len(first["items"]), first["size"], first["previous"]) == (2, 2, None)
        second = client.get("/", query={"cursor": first["next"]}).json()
        assert second["items"][0] < first["items"][1]
        assert client.get("/", query={"cursor": second["previous"]}).json()["items"] == first["items"]
        assert client.get("/?cursor=abc").status == 404
        assert client.get("/?size=0").json()["size"] == 1


def test_first_or_404(thing: Any, served: Engines) -> None:
    """The first by its order, or by the key; else the answer 404."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            assert (await db.first_or_404(thing)).name == "n0"
            with pytest.raises(NotFound, match="no such thing here"):
                await db.first_or_404(select(thing).where(thing.name == "x"))
        await served.aclose()

    with DB(served.sync) as db:
        db.bulk_insert(thing, [_row(seed) for seed in range(3)])
        db.commit()
        assert db.first_or_404(select(thing).order_by(thing.name.desc())).name == "n2"
        assert db.first_or_404(select(thing.name, thing.flag).order_by(thing.name)).flag is False
        with pytest.raises(NotFound, match="no such thing here"):
            db.first_or_404(thing.part)
    asyncio.run(main())
