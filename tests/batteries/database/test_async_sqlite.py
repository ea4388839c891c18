"""SQLite in `async def`: a question is one hop to a worker, or none, and the loop waits for no lock, nor for long."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Mapped

from demijohn import App, Client
from demijohn.batteries.database import async_sqlite, glance
from demijohn.batteries.database.async_sqlite import Driver
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.glance import Glance, GlancingPool
from demijohn.batteries.database.sqlite import DatabaseBusy
from demijohn.database import DB, AsyncDB, Database, field, query
from demijohn.kernel.schema import Schema

FILES = Path("/proc/self/fd")
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


class Name(Schema):
    """What is read."""

    name: str


class Total(Schema):
    """A sum."""

    total: int


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    """A file of a test's own."""
    engines = Engines(f"sqlite:///{tmp_path / 'a.sqlite'}")
    yield engines
    engines.close()


@pytest.fixture
def thing(base: Any, engines: Engines) -> Any:
    """A model with a hundred rows."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)
        price: Mapped[Decimal] = field(default=Decimal("1.50"))
        made: Mapped[datetime] = field(default=datetime(2026, 1, 2, tzinfo=UTC))

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.add_all([Thing(name=f"n{number}") for number in range(1, 101)])
        db.commit()
    return Thing


def run(engines: Engines, main: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop of its own, and close what it has opened there."""

    async def whole() -> None:
        try:
            await main
        finally:
            await engines.aclose()

    asyncio.run(whole())


def pool_of(engines: Engines) -> GlancingPool:
    """The pool of a database's async engine."""
    pool = engines.asynchronous.sync_engine.pool
    assert isinstance(pool, GlancingPool)
    return pool


def glance_of(engines: Engines) -> Glance:
    """What the loop reads with."""
    found = pool_of(engines).glance
    assert found is not None
    return found


@contextlib.contextmanager
def hops() -> Iterator[list[Any]]:
    """What is handed to workers meanwhile."""
    seen: list[Any] = []
    submit = async_sqlite.WORKERS.submit

    def counted(job: Callable[[], object]) -> bool:
        seen.append(job)
        return submit(job)

    async_sqlite.WORKERS.submit = counted  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        del async_sqlite.WORKERS.submit


async def warm(engines: Engines, thing: Any) -> None:
    """Open what the loop reads with."""
    async with AsyncDB(engines.asynchronous) as db:
        assert (await db.get_or_404(thing, 1)).name == "n1"


# What a question costs ----------------------------------------------------------------------------


def test_a_row_by_its_key_is_no_hop(thing: Any, engines: Engines) -> None:
    """Nor is a query, nor a short list; values are what the session makes of them."""

    @query
    def by_name(name: str) -> Any:
        return select(thing).where(thing.name == name)

    async def main() -> None:
        await warm(engines, thing)
        with hops() as seen:
            db = AsyncDB(engines.asynchronous)
            found = await db.get_or_404(thing, 7)
            assert (found.name, found.price, found.made) == ("n7", Decimal("1.50"), datetime(2026, 1, 2, tzinfo=UTC))
            assert await db.get(thing, 7) is found
            assert await db.get(thing, 1000) is None
            assert await db.read_one(Name, by_name("n9")) == Name(name="n9")
            listed = await db.read(Name, select(thing).order_by(thing.id).limit(20))
            assert [one.name for one in listed] == [f"n{number}" for number in range(1, 21)]
            await db.finish()
            await db.leave()
        # What is in the unit already is asked of the session, and waits for nothing either.
        assert seen == []
        assert pool_of(engines).checkedout() == 0

    run(engines, main())


def test_a_model_in_the_path_is_no_hop(thing: Any, engines: Engines) -> None:
    """Over HTTP, from the request to its answer; one that is not there is a 404, or `None` where it may be."""
    app = App()
    app.use(Database(url=str(engines.url), create_tables="never"))

    async def show(thing: Any) -> Any:
        return thing

    async def has(thing: Any) -> Any:
        return {"there": thing is not None}

    show.__annotations__["thing"] = thing  # no name of the module
    has.__annotations__["thing"] = thing | None
    app.get("/things/{thing}")(show)
    app.get("/there/{thing}")(has)
    with Client(app) as client:
        assert client.get("/things/3").json()["name"] == "n3"
        with hops() as seen:
            assert client.get("/things/4").json()["name"] == "n4"
            assert client.get("/things/1000").status == 404
            assert client.get(f"/things/{2**70}").status == 404
            assert [client.get(f"/there/{key}").json()["there"] for key in (1, 1000)] == [True, False]
        assert seen == []


def test_a_statement_with_its_rows_is_one_hop(thing: Any, engines: Engines) -> None:
    """And giving the connection back is none."""

    async def main() -> None:
        await warm(engines, thing)
        async with AsyncDB(engines.asynchronous) as db:
            with hops() as seen:
                assert len(await db.all(select(thing))) == 100
            assert len(seen) == 1
        with hops() as seen:
            db = AsyncDB(engines.asynchronous)
            assert await db.scalar(select(func.max(thing.id))) == 100
            await db.finish()
            await db.leave()
        assert len(seen) == 1

    run(engines, main())


def test_a_row_is_written_in_two_hops(thing: Any, engines: Engines) -> None:
    """BEGIN goes out with the first statement; COMMIT is the second. Undoing is one more, too."""

    async def write(end: str) -> int:
        with hops() as seen:
            db = AsyncDB(engines.asynchronous)
            await db.save(thing(name="new"))
            await getattr(db, end)()
            await db.leave()
        return len(seen)

    async def main() -> None:
        await warm(engines, thing)
        assert await write("rollback") == 2
        assert await write("finish") == 2
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.count(thing) == 101

    run(engines, main())


def test_a_stream_is_a_hop_for_each_part(thing: Any, engines: Engines) -> None:
    """Not for each row; and what is left of it is given up."""

    async def main() -> None:
        await warm(engines, thing)
        with hops() as seen:
            async with AsyncDB(engines.asynchronous) as db:
                assert len([row async for row in db.stream(select(thing.name), size=25)]) == 100
        assert len(seen) < 12
        async with AsyncDB(engines.asynchronous) as db:
            async for _ in db.stream(select(thing.name), size=25):
                break
        assert pool_of(engines).checkedout() == 0
        async with AsyncDB(engines.asynchronous) as db:
            assert [len(batch) async for batch in db.in_batches(thing, size=40)] == [40, 40, 20]

    run(engines, main())


def test_the_standard_library_is_enough(thing: Any, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other driver is looked for."""
    monkeypatch.setitem(sys.modules, "aiosqlite", None)
    engines.check_driver(asynchronous=True)
    run(engines, warm(engines, thing))


def test_many_rows_are_inserted_in_one_hop(thing: Any, engines: Engines) -> None:
    """By `executemany`, with BEGIN before it."""

    async def main() -> None:
        await warm(engines, thing)
        async with AsyncDB(engines.asynchronous) as db:
            connection = await db.connection()
            with hops() as seen:
                await connection.execute(text("INSERT INTO other (id) VALUES (:id)"), [{"id": 1}, {"id": 2}])
                await db.commit()
            assert len(seen) == 2

    with DB(engines.sync) as db:
        db.execute(text("CREATE TABLE other (id INTEGER)"))
        db.commit()
    run(engines, main())


# What is seen at a glance -------------------------------------------------------------------------


def test_what_is_committed_is_seen_at_once(thing: Any, engines: Engines) -> None:
    """By oneself or by others; what is not yet, only by the unit that wrote it."""

    async def names(db: AsyncDB) -> list[str]:
        return [one.name for one in await db.read(Name, select(thing).where(thing.id <= 2).order_by(thing.id))]

    async def main() -> None:
        await warm(engines, thing)
        async with AsyncDB(engines.asynchronous) as db, AsyncDB(engines.asynchronous) as other:
            (await db.get_or_404(thing, 1)).name = "changed"
            assert await names(db) == ["changed", "n2"]
            assert await names(other) == ["n1", "n2"]
            await db.commit()
            assert await names(other) == await names(db) == ["changed", "n2"]

    run(engines, main())


def test_a_long_answer_is_left_to_a_worker(thing: Any, engines: Engines) -> None:
    """It is begun at a glance once, and then not tried again for a while; short ones still are."""
    one, other = thing.__table__.alias(), thing.__table__.alias()
    long = select(func.sum(one.c.id + other.c.id).label("total"))

    async def main() -> None:
        await warm(engines, thing)
        async with AsyncDB(engines.asynchronous) as db:
            for _ in range(3):
                with hops() as seen:
                    assert await db.read_one(Total, long) == Total(total=1_010_000)
                assert len(seen) == 1
            with hops() as seen:
                assert (await db.get_or_404(thing, 3)).name == "n3"
            assert seen == []

    run(engines, main())


def test_what_was_too_long_is_looked_at_again(engines: Engines, thing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its pause is over."""
    sql = f"SELECT count(*) FROM {thing.__tablename__} WHERE name <> ?"
    driver = Driver(str(engines.url.database))
    looking = Glance(driver)
    for pause, again in ((0.0, [(99,)]), (glance.PAUSE, None)):
        monkeypatch.setattr(glance, "PAUSE", pause)
        driver.set_progress_handler(lambda: 1, 1)
        assert looking.look(sql, ("n1",)) is None
        driver.set_progress_handler(None, 0)
        assert looking.look(sql, ("n1",)) == again
    driver.close()


def test_there_are_only_so_many_steps_to_a_look(engines: Engines, thing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a statement was asked before, each time it has as many."""
    monkeypatch.setattr(glance, "BUDGET", 100)
    driver = Driver(str(engines.url.database))
    looking = Glance(driver)
    for _ in range(100):
        assert looking.look(f"SELECT name FROM {thing.__tablename__} WHERE id = ?", (5,)) == [("n5",)]
    assert looking.look(f"SELECT name FROM {thing.__tablename__}", ()) is None
    driver.close()


def test_what_may_take_any_time_in_one_step_is_never_looked_at(engines: Engines, thing: Any) -> None:
    """To count a whole table is one step, and to search an index of full text."""
    driver = Driver(str(engines.url.database))
    driver.execute("CREATE VIRTUAL TABLE pages USING fts5(body)")
    look = Glance(driver).look
    assert look(f"SELECT count(*) FROM {thing.__tablename__}", ()) is None
    assert look("SELECT body FROM pages WHERE pages MATCH ?", ("word",)) is None
    assert look(f"SELECT name FROM {thing.__tablename__} WHERE id = ?", (5,)) == [("n5",)]
    driver.close()


def test_what_is_slow_time_and_again_is_left_to_a_worker(
    engines: Engines, thing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few steps it takes; once is forgiven, when it is quick the next time."""
    driver = Driver(str(engines.url.database))
    looking = Glance(driver)
    sql = f"SELECT name FROM {thing.__tablename__} WHERE id = ?"
    monkeypatch.setattr(glance, "SLOW", -1.0)
    for _ in range(glance.STRIKES - 1):
        assert looking.look(sql, (5,)) == [("n5",)]
    monkeypatch.setattr(glance, "SLOW", 60.0)
    assert looking.look(sql, (5,)) == [("n5",)]
    monkeypatch.setattr(glance, "SLOW", -1.0)
    for _ in range(glance.STRIKES):
        assert looking.look(sql, (5,)) == [("n5",)]
    assert looking.look(sql, (5,)) is None
    driver.close()


def test_no_more_is_remembered_than_there_is_room_for(
    engines: Engines, thing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements that a visitor's choices make are without number."""
    monkeypatch.setattr(glance, "MAX_STATEMENTS", 3)
    driver = Driver(str(engines.url.database))
    looking = Glance(driver)
    for number in range(20):
        assert looking.look(f"SELECT {number}", ()) == [(number,)]
        assert looking.look(f"nonsense {number}", ()) is None
    assert len(looking._until) <= 4
    driver.close()


def test_a_database_without_wal_is_not_looked_at(base: Any, tmp_path: Path) -> None:
    """There a reader waits for a writer."""
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        made.execute("INSERT INTO things (name) VALUES ('a')")
    made.close()
    engines = Engines(f"sqlite:///file:{path}?mode=ro&uri=true")

    class Thing(base):
        __tablename__ = "things"
        name: Mapped[str] = field()

    async def main() -> None:
        for _ in range(2):
            async with AsyncDB(engines.asynchronous) as db:
                assert (await db.get_or_404(Thing, 1)).name == "a"
            assert pool_of(engines).glance is None

    run(engines, main())


def test_the_loop_waits_for_no_lock(thing: Any, engines: Engines) -> None:
    """Somebody who has the whole database to himself is waited for in a worker."""

    async def main() -> None:
        await warm(engines, thing)
        look = glance_of(engines).look
        sql = f"SELECT name FROM {thing.__tablename__} WHERE id = ?"
        assert look(sql, (5,)) == [("n5",)]
        assert glance_of(engines).driver.execute("PRAGMA busy_timeout").fetchone() == (0,)
        assert glance_of(engines).driver.execute("PRAGMA query_only").fetchone() == (1,)

    run(engines, main())


def test_listeners_of_connections_reach_the_one_of_the_loop(thing: Any, engines: Engines) -> None:
    """It is made as all others are."""
    heard: list[Any] = []

    async def main() -> None:
        event.listen(engines.asynchronous.sync_engine, "connect", lambda made, _: heard.append(made.driver_connection))
        await warm(engines, thing)
        assert glance_of(engines).driver in heard

    run(engines, main())


def test_values_that_cannot_be_sent_are_no_fault_of_the_statement(thing: Any, engines: Engines) -> None:
    """Whoever sends one is told, and all others are answered as before."""

    async def main() -> None:
        await warm(engines, thing)
        async with AsyncDB(engines.asynchronous) as db:
            with pytest.raises(DataError):
                await db.get(thing, 2**70)
        with hops() as seen:
            await warm(engines, thing)
        assert seen == []

    run(engines, main())


def test_rows_that_cannot_be_read_keep_nothing_open(thing: Any, engines: Engines) -> None:
    """What others write goes from the log to the file."""

    async def main() -> None:
        with DB(engines.sync) as db:
            db.execute(text(f"UPDATE {thing.__tablename__} SET name = CAST(x'ff' AS TEXT) WHERE id > 98"))
            db.commit()
        await warm(engines, thing)
        look = glance_of(engines).look
        assert look(f"SELECT id, name FROM {thing.__tablename__} WHERE id > ?", (98,)) is None
        with contextlib.closing(sqlite3.connect(str(engines.url.database), timeout=0)) as other:
            other.execute(f"DELETE FROM {thing.__tablename__} WHERE id > 98")
            other.commit()
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0

    run(engines, main())


def test_it_is_closed_with_its_pool_and_opened_again(thing: Any, engines: Engines) -> None:
    """Also on another loop; and no file stays open."""

    def opened() -> int:
        gc.collect()
        links = []
        for file in FILES.iterdir():
            with contextlib.suppress(OSError):
                links.append(str(file.readlink()))
        return sum(str(engines.url.database) in link for link in links)

    engines.close()
    for _ in range(2):
        run(engines, warm(engines, thing))
        if FILES.is_dir():
            assert opened() == 0


def test_several_loops_may_share_an_engine(thing: Any, engines: Engines) -> None:
    """As tests do that begin a loop each."""

    async def read() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            assert (await db.get_or_404(thing, 4)).name == "n4"
            assert await db.count(thing) == 100

    for _ in range(3):
        asyncio.run(read())
    run(engines, read())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_looks_with_a_connection_of_its_own(thing: Any, engines: Engines) -> None:
    """SQLite's belong to the process that opened them."""
    asyncio.run(warm(engines, thing))
    parents = glance_of(engines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: fork in a process with threads
        child = os.fork()
    if child == 0:
        try:
            asyncio.run(warm(engines, thing))
            os._exit(0 if glance_of(engines).driver is not parents.driver else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert glance_of(engines) is parents
    run(engines, warm(engines, thing))


# Waiting, and giving up ---------------------------------------------------------------------------


def test_the_loop_goes_on_while_a_worker_waits(thing: Any, engines: Engines) -> None:
    """For as long as it takes."""
    gate = threading.Event()

    async def main() -> None:
        event.listen(
            engines.asynchronous.sync_engine, "connect",
            lambda made, _: made.create_function("wait", 0, lambda: int(gate.wait(60))),
        )  # fmt: skip
        async with AsyncDB(engines.asynchronous) as db:
            asking = asyncio.ensure_future(db.scalar(text("SELECT wait()")))
            for _ in range(50):
                await asyncio.sleep(0)
            assert not asking.done()
            gate.set()
            assert await asking == 1

    run(engines, main())


def test_who_is_cancelled_has_his_question_stopped(thing: Any, engines: Engines) -> None:
    """One that would never end; the unit and others go on, and no connection is left in use."""

    async def main() -> None:
        await warm(engines, thing)
        async with AsyncDB(engines.asynchronous) as db:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await db.execute(text(ENDLESS))
            await db.rollback()
            assert await db.count(thing) == 100
        assert pool_of(engines).checkedout() == 0

    run(engines, main())


def test_who_is_cancelled_amid_a_write_leaves_no_half_of_it(thing: Any, engines: Engines) -> None:
    """Neither rows nor a lock."""

    async def main() -> None:
        await warm(engines, thing)
        writing = asyncio.ensure_future(write())
        for _ in range(200):
            await asyncio.sleep(0.001)
            if begun:
                break
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.count(thing) == 100
            await db.save(thing(name="free"))
            await db.commit()
        assert pool_of(engines).checkedout() == 0

    begun: list[bool] = []

    async def write() -> None:
        db = AsyncDB(engines.asynchronous)
        try:
            await db.save(thing(name="half"))
            begun.append(True)
            await db.execute(text(f"INSERT INTO {thing.__tablename__} (name) {ENDLESS}"))
            await db.finish()
        finally:
            await db.leave()

    run(engines, main())


def test_who_is_cancelled_before_his_turn_to_write_writes_nothing(thing: Any, engines: Engines) -> None:
    """He waits for a lock when he is told, and what he would have written takes long."""
    waits, written = threading.Event(), threading.Event()
    long = ENDLESS.replace("SELECT count", "SELECT written() || count").replace("FROM n)", "FROM n LIMIT 100000000)", 1)

    def trace(sql: str) -> None:
        if sql.startswith("BEGIN"):
            waits.set()

    def prepare(made: Any, _: object) -> None:
        made.set_trace_callback(trace)
        made.create_function("written", 0, written.set)

    async def write() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            await db.execute(text(f"INSERT INTO {thing.__tablename__} (name) {long}"))

    async def main() -> None:
        event.listen(engines.asynchronous.sync_engine, "connect", prepare)
        with contextlib.closing(sqlite3.connect(str(engines.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            task = asyncio.ensure_future(write())
            while not waits.is_set():
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.sleep(0)
            other.execute("ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not written.is_set()

    run(engines, main())


def test_to_forget_an_error_waits_for_nobody(thing: Any, engines: Engines) -> None:
    """Its connection is somebody else's by then, who waits; the loop goes on."""
    inside, gate = threading.Event(), threading.Event()
    kept: list[BaseException] = []

    def wait() -> int:
        inside.set()
        return int(gate.wait(20))

    def prepare(made: Any, _: object) -> None:
        made.execute("PRAGMA busy_timeout = 0")
        made.create_function("wait", 0, wait)

    async def main() -> None:
        event.listen(engines.asynchronous.sync_engine, "connect", prepare)
        with contextlib.closing(sqlite3.connect(str(engines.url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with AsyncDB(engines.asynchronous) as db:
                try:
                    await db.save(thing(name="late"))
                except DatabaseBusy as error:
                    kept.append(error)
        assert kept
        async with AsyncDB(engines.asynchronous) as db:
            asking = asyncio.ensure_future(db.scalar(text("SELECT wait()")))
            while not inside.is_set():
                await asyncio.sleep(0.001)
            kept.clear()
            gc.collect()
            gate.set()
            assert await asking == 1

    run(engines, main())


def test_a_stream_that_is_cancelled_ends(thing: Any, engines: Engines, caplog: pytest.LogCaptureFixture) -> None:
    """Its connection is free, and nothing is logged as a fault."""
    reading: list[int] = []

    async def read() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            async for number in db.stream(text(ENDLESS.replace("count(*)", "i")), size=10):
                reading.append(number)

    async def main() -> None:
        await warm(engines, thing)
        task = asyncio.ensure_future(read())
        while not reading:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pool_of(engines).checkedout() == 0
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.count(thing) == 100

    run(engines, main())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_writers_who_wait_do_not_keep_the_first_from_committing(base: Any, tmp_path: Path) -> None:
    """Each waits in a thread, and there is one more for the commit that all of them wait for."""
    engines = Engines(f"sqlite:///{tmp_path / 'busy.sqlite'}", pool_size=40, pool_timeout=60)

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(engines.sync)

    async def write(number: int) -> None:
        async with AsyncDB(engines.asynchronous) as db:
            await db.save(Thing(name=str(number)))
            await db.commit()

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as first:
            await first.save(Thing(name="first"))
            others = [asyncio.ensure_future(write(number)) for number in range(30)]
            while pool_of(engines).checkedout() < 31:
                await asyncio.sleep(0.001)
            await first.commit()
            await asyncio.gather(*others)
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.count(Thing) == 31

    run(engines, main())
    engines.close()


def test_a_connection_that_is_forgotten_is_closed(thing: Any, engines: Engines) -> None:
    """By the collector, which can wait for nobody."""

    async def main() -> None:
        await warm(engines, thing)
        units = [AsyncDB(engines.asynchronous)]
        await units[0].execute(text(f"UPDATE {thing.__tablename__} SET name = 'lost' WHERE id = 1"))
        units.clear()
        with pytest.warns(Warning, match="garbage collector"):
            gc.collect()
        async with AsyncDB(engines.asynchronous) as other:
            await other.save(thing(name="free"))
            await other.commit()
            assert (await other.get_or_404(thing, 1)).name == "n1"

    run(engines, main())
