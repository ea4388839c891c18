"""`read`, `query` and objects by their key: the driver's rows and the session's are the same."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Numeric, event, func, literal_column, select, true, update
from sqlalchemy.orm import Mapped, Session, joinedload, with_loader_criteria

from demijohn import App, Client
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, belongs_to, field, query
from demijohn.foundation.http.errors import NotFound
from demijohn.kernel.schema import Schema


class Colour(enum.Enum):
    """What is stored as text, and read as a member."""

    RED = "red"
    BLUE = "blue"


class Whole(Schema):
    """All columns, in another order than the table's."""

    name: str
    id: int
    number: int | None
    price: Decimal
    flag: bool
    moment: dt.datetime
    day: dt.date | None
    colour: Colour
    data: dict[str, Any] | None
    token: uuid.UUID
    ratio: float | None
    blob: bytes | None


class Name(Schema):
    """One of them."""

    name: str


@dataclass
class Sum:
    """What no model has."""

    name: str
    total: int


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model of every kind of column, with rows; and one that belongs to it."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)
        number: Mapped[int | None] = field()
        price: Mapped[Decimal] = field(Numeric(10, 2))
        flag: Mapped[bool]
        moment: Mapped[dt.datetime]
        day: Mapped[dt.date | None] = field()
        colour: Mapped[Colour]
        data: Mapped[dict[str, Any] | None] = field()
        token: Mapped[uuid.UUID]
        ratio: Mapped[float | None] = field()
        blob: Mapped[bytes | None] = field()

    class Part(base):
        thing: Mapped[Thing] = belongs_to()

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        for number in range(1, 9):
            odd = bool(number % 2)
            one = Thing(
                name=f"n{number % 3}", number=number if odd else None, price=Decimal(number) / 4, flag=odd,
                moment=dt.datetime(2026, 1, number, tzinfo=dt.UTC), day=dt.date(2026, 1, number) if odd else None,
                colour=Colour.RED if odd else Colour.BLUE, data={"n": [number]} if odd else None,
                token=uuid.UUID(int=number), ratio=number / 8 if odd else None, blob=b"\x00\xff" if odd else None,
            )  # fmt: skip
            db.save(one)
            db.save(Part(thing=one))
        db.commit()
    Thing.part = Part
    return Thing


CONDITIONS = st.sampled_from([
    lambda t, n: t.id == n,
    lambda t, n: t.id > n,
    lambda t, n: t.number == n,
    lambda t, n: t.number.is_(None),
    lambda t, n: t.id.in_([n, n + 1]),
    lambda t, n: t.id.between(n, n + 3),
    lambda t, n: t.name.like(f"n{n % 3}%"),
    lambda t, n: t.name == f"n{n % 4}",
    lambda t, n: t.flag.is_(n % 2 == 0),
    lambda t, n: t.price > Decimal(n) / 2,
    lambda t, n: t.moment >= dt.datetime(2026, 1, 1 + n % 9, tzinfo=dt.UTC),
    lambda t, n: t.day < dt.date(2026, 1, 1 + n % 9),
    lambda t, n: t.colour == (Colour.RED if n % 2 else Colour.BLUE),
    lambda t, n: t.token == uuid.UUID(int=max(n, 0)),
    lambda t, n: func.lower(t.name) == f"n{n % 3}",
    lambda t, n: select(t.part.id).where(t.part.thing_id == t.id, t.part.id > n).correlate(t).exists(),
    lambda t, n: (t.id == n) | (t.id == n + 2),
])  # fmt: skip
CHANGES = st.sampled_from([
    lambda s, t, n: s,
    lambda s, t, n: s.limit(n % 5),
    lambda s, t, n: s.limit(1 + n % 5).offset(n % 3),
    lambda s, t, n: s.join(t.part, t.part.thing_id == t.id),
    lambda s, t, n: s.with_for_update(),
    lambda s, t, n: s.execution_options(yield_per=10),
    lambda s, t, n: s.options(with_loader_criteria(t, t.id > 2)),
])  # fmt: skip
STATEMENTS = st.tuples(
    st.lists(st.tuples(CONDITIONS, st.integers(-1, 9)), max_size=3), CHANGES, st.integers(0, 9), st.booleans(),
    st.sampled_from([Whole, Name]),
)  # fmt: skip


def _build(thing: Any, drawn: Any) -> tuple[type, Any]:
    conditions, change, number, by_column, into = drawn
    what = [getattr(thing, name) for name in into.__struct_fields__] if by_column else [thing]
    statement = select(*what).where(*[condition(thing, value) for condition, value in conditions])
    return into, change(statement.order_by(thing.id.desc()), thing, number)


def _by_sqlalchemy(engine: Any, into: Any, statement: Any) -> list[Any]:
    """What the rows are by SQLAlchemy's own session and nothing of ours."""
    with Session(engine) as session:
        rows = session.execute(statement).all()
        found = [row[0] if len(row._fields) == 1 and hasattr(row[0], "_sa_instance_state") else row for row in rows]
        return [into(**{name: getattr(one, name) for name in into.__struct_fields__}) for one in found]


_HYPOTHESIS = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_read_gives_what_the_session_gives(thing: Any, served: Engines) -> None:
    """Any statement, twice (compiled, and again), in a fresh unit and in one that has begun."""

    @_HYPOTHESIS
    @given(STATEMENTS)
    def compare(drawn: Any) -> None:
        into, statement = _build(thing, drawn)
        expected = _by_sqlalchemy(served.sync, into, statement)
        with DB(served.sync) as db:
            assert db.read(into, statement) == expected
            assert db.read(into, statement) == expected
            db.execute(update(thing).where(thing.id == 0).values(name=""))
            assert db.read(into, statement) == expected

    compare()


def test_read_gives_the_same_when_awaited(thing: Any, served: Engines) -> None:
    """Through each async driver too."""

    async def whole() -> None:
        for number in range(40):
            into, statement = _build(thing, next(drawn))
            expected = _by_sqlalchemy(served.sync, into, statement)
            async with AsyncDB(served.asynchronous) as db:
                assert await db.read(into, statement) == expected, number
                assert await db.read(into, statement) == expected
        await served.aclose()

    examples: list[Any] = []

    @settings(_HYPOTHESIS, max_examples=40)
    @given(STATEMENTS)
    def collect(one: Any) -> None:
        examples.append(one)

    collect()
    drawn = iter(examples * 40)
    asyncio.run(whole())


@pytest.fixture
def sent(served: Engines) -> Iterator[list[str]]:
    """What SQLAlchemy's engine sends; the fast way does not pass there, but listening would close it."""
    statements: list[str] = []
    original = served.sync.dialect.do_execute

    def spy(cursor: Any, sql: str, *rest: Any, **more: Any) -> Any:
        statements.append(sql)
        return original(cursor, sql, *rest, **more)

    served.sync.dialect.do_execute = spy  # type: ignore[method-assign]
    yield statements
    served.sync.dialect.do_execute = original  # type: ignore[method-assign]


def test_plain_reads_pass_by_the_session(thing: Any, served: Engines, sent: list[str]) -> None:
    """Twenty reads take one connection, begin nothing and compile once."""
    taken: list[Any] = []
    event.listen(served.sync, "checkout", lambda *_: taken.append(1))
    with DB(served.sync) as db:
        for number in range(1, 9):
            (found,) = db.read(Whole, select(thing).where(thing.id == number))
            assert found.id == number
            assert db.read(Name, select(thing.name).where(thing.id == number).limit(1))[0].name == f"n{number % 3}"
        assert not db.in_transaction()
        assert db.get_or_404(thing, 3).number == 3
        assert not db.in_transaction()
        with pytest.raises(NotFound):
            db.get_or_404(thing, 99)
    assert (len(taken), sent) == (1, [])


def test_what_is_not_plain_takes_the_session(thing: Any, served: Engines, sent: list[str]) -> None:
    """Lists of unknown length, locks, criteria, unknown functions, and a unit that has begun."""
    for statement in (
        select(thing).where(thing.id.in_([1, 2])),
        select(thing).with_for_update(),
        select(thing).options(with_loader_criteria(thing, thing.id > 1)),
        select(thing).where(literal_column("1 + 1") == thing.id),
    ):
        sent.clear()
        with DB(served.sync) as db:
            assert db.read(Whole, statement)
        assert sent, str(statement)
    sent.clear()
    with DB(served.sync) as db:
        db.add(thing.part(thing=db.get_or_404(thing, 1)))
        assert len(db.read(Sum, select(func.count().label("total"), thing.name).group_by(thing.name))) == 3
        assert len(db.all(thing.part)) == 9
    assert sent


def test_listeners_hear_of_every_statement(thing: Any, served: Engines) -> None:
    """Who watches SQL, or loading, is not passed by."""
    heard: list[str] = []
    with DB(served.sync) as db:
        db.read(Name, thing)
        event.listen(served.sync, "before_cursor_execute", lambda *a: heard.append(a[2]))
        db.read(Name, thing)
        db.get_or_404(thing, 1)
    assert len(heard) == 2
    loaded: list[Any] = []
    event.listen(thing, "load", lambda target, _: loaded.append(target))
    with DB(served.sync) as db:
        one = db.get_or_404(thing, 1)
        assert loaded == [one]


def test_an_object_by_its_key_is_the_session_s(thing: Any, served: Engines) -> None:
    """It is the same object when asked again, is saved when it changes, and its relations load."""
    with DB(served.sync) as db:
        one, part = db.get_or_404(thing, 1), db.get_or_404(thing.part, 1)
        assert one is db.get_or_404(thing, 1) is db.get(thing, 1)
        assert db.get(thing, 99) is None
        assert one is db.get(thing, 1, populate_existing=True)
        assert one is db.scalars(select(thing).where(thing.id == 1)).one()
        assert part.thing is one
        assert (one.price, one.colour, one.moment.tzinfo, one.data) == (
            Decimal("0.25"),
            Colour.RED,
            dt.UTC,
            {"n": [1]},
        )
    with DB(served.sync) as db:
        one = db.get_or_404(thing, 1)
        assert not db.dirty
        one.name = "changed"
        assert one in db.dirty
        assert db.in_transaction()
        db.commit()
    with DB(served.sync) as db:
        assert db.get_or_404(thing, 1).name == "changed"
        db.delete(db.get_or_404(thing.part, 1))
        assert db.in_transaction()
        db.commit()
        assert db.get(thing.part, 1) is None
        one = db.get_or_404(thing, 2)
        db.rollback()
        assert one.name == "n2"
    assert one not in DB(served.sync)


def test_a_query_is_built_once(thing: Any, served: Engines, sent: list[str]) -> None:
    """The function runs once, its values come by position, name or default; all, page and read take it."""
    built: list[int] = []

    @query
    def named(name: str, more_than: int = 0) -> Any:
        built.append(1)
        return select(thing).where(thing.name == name, thing.id > more_than).order_by(thing.id)

    with DB(served.sync) as db:
        assert [one.id for one in db.read(Whole, named("n1"))] == [1, 4, 7]
        assert [one.id for one in db.read(Whole, named(name="n1", more_than=3))] == [4, 7]
        assert db.read_one(Name, named("n1", 6)) == Name(name="n1")
        assert db.read_one(Name, named("n9")) is None
        with pytest.raises(ValueError, match="found 3 rows"):
            db.read_one(Name, named("n1"))
        assert sent == []
        assert [one.id for one in db.all(named("n2"))] == [2, 5, 8]
        assert db.page(named("n2"), size=2).total == 3
        assert [one.id for one in db.read(Whole, named("n0"))] == [3, 6]
    assert built == [1]
    with pytest.raises(TypeError, match="missing a required argument"):
        named()


def test_queries_that_cannot_be_built_say_so(thing: Any) -> None:
    """A function that looks at its values, takes any number, or returns something else."""
    with pytest.raises(TypeError, match="no fixed number"):
        query(lambda *ids: select(thing))
    with pytest.raises(TypeError, match=r"must return select"):
        _ = query(lambda: 1).statement  # type: ignore[type-var]
    with pytest.raises(TypeError, match="looks at name"):
        _ = query(lambda name: select(thing) if name else select(thing.id)).statement


def test_fields_that_nothing_fills_are_told(thing: Any, served: Engines) -> None:
    """With what there is, and how to name a column; whatever the way."""
    with DB(served.sync) as db:
        for statement in (select(thing), select(thing.id), select(thing).with_for_update()):
            with pytest.raises(TypeError, match=r"Sum has fields that the statement does not select: .*total"):
                db.read(Sum, statement)
        with pytest.raises(TypeError, match="Schema or a dataclass"):
            db.read(int, select(thing.id))


def test_joined_relations_do_not_repeat_rows(thing: Any, served: Engines) -> None:
    """Options that load relations change nothing of what is read."""
    with DB(served.sync) as db:
        assert len(db.read(NameOfPart, select(thing.part).options(joinedload(thing.part.thing)))) == 8


def test_columns_that_no_field_takes_still_make_rows(thing: Any, served: Engines) -> None:
    """A product of two tables and DISTINCT of two columns stay what they are."""
    with DB(served.sync) as db:
        product = select(thing.name, thing.part.id.label("part")).join(thing.part, true())
        assert len(db.read(Name, product)) == 64
        assert len(db.read(Name, select(thing.name, thing.id).distinct())) == 8
        assert len(db.read(Name, select(thing.name, thing.flag).distinct())) == 6
        assert len(db.read(Name, select(thing.name).distinct())) == 3


def test_fields_that_python_has_a_word_for(thing: Any, served: Engines) -> None:
    """Schemas made by code may have any names."""
    odd = msgspec.defstruct("Odd", [("from", str), ("id", int)])
    with DB(served.sync) as db:
        (found,) = db.read(odd, select(thing.name.label("from"), thing.id).where(thing.id == 1))
        assert (getattr(found, "from"), found.id) == ("n1", 1)


class NameOfPart(Schema):
    """A column of the model that belongs."""

    thing_id: int


def test_a_lost_connection_is_replaced_amid_reads(thing: Any, served: Engines) -> None:
    """The driver's error is not the user's: the session asks again."""
    if served.is_sqlite:
        pytest.skip("a file closes nothing")
    with DB(served.sync) as db:
        assert len(db.read(Name, thing)) == 8
        held = db._held
        assert held is not None
        driver: Any = held.connection.driver_connection
        driver.close()
        assert len(db.read(Name, thing)) == 8
        assert len(db.read(Name, thing)) == 8


def test_a_pool_of_one_is_enough(base: Any, tmp_path: Path) -> None:
    """Reads past the session and the session's own share one connection."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    engines = Engines(f"sqlite:///{tmp_path / 'one.sqlite'}", pool_size=1, max_overflow=0, pool_timeout=0.05)
    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        assert db.read(Name, Thing) == []
        db.save(Thing(name="a"))
        assert db.read(Name, Thing) == [Name(name="a")]
        db.commit()
        assert db.read(Name, Thing) == [Name(name="a")]
    engines.close()


@pytest.mark.parametrize("is_async", [False, True])
def test_a_page_of_one_row_is_one_statement_and_one_connection(base: Any, tmp_path: Path, is_async: bool) -> None:
    """Over HTTP: no BEGIN, no COMMIT, no second checkout for a model in the path, or for what is read beside it."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    app = App()
    app.use(Database(url=f"sqlite:///{tmp_path / 'one.sqlite'}", create_tables="never"))

    def show(thing: Any, db: DB) -> list[Any]:
        return [thing, *db.read(Name, Thing)]

    async def show_async(thing: Any, db: AsyncDB) -> list[Any]:
        return [thing, *await db.read(Name, Thing)]

    show.__annotations__["thing"] = show_async.__annotations__["thing"] = Thing  # no name of the module
    app.get("/sync/{thing}")(show)
    app.get("/async/{thing}")(show_async)

    engines = next(iter(app.seal().offers(Engines)))
    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.save(Thing(name="a"))
        db.commit()
    sent: list[str] = []
    taken: list[int] = []
    engine = engines.asynchronous.sync_engine if is_async else engines.sync

    def watch(connection: Any, record: Any, proxy: Any) -> None:
        taken.append(1)
        record.driver_connection.set_trace_callback(sent.append)

    event.listen(engine, "checkout", watch)
    with Client(app) as client:
        path = "/async/1" if is_async else "/sync/1"
        assert client.get(path).json() == [{"id": 1, "name": "a"}, {"name": "a"}]
        sent.clear()
        taken.clear()
        assert client.get(path).status == 200
    assert (len(taken), [one.partition(" ")[0] for one in sent]) == (1, ["SELECT", "SELECT"])
