"""Reads in `async def` wait for the driver and for nothing else; what has to wait for more does, with the same rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import greenlet
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.async_pool import AsyncPool
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, UnitInUse, field, query
from demijohn.kernel.schema import Schema

ON_SERVER = pytest.mark.parametrize("served", ["postgresql", "psycopg"], indirect=True)
AWAITED = pytest.mark.parametrize("served", ["sqlite", "postgresql", "psycopg"], indirect=True)


class Name(Schema):
    """What is read."""

    name: str


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with two rows."""

    class Thing(base):
        name: Mapped[str] = field(max_length=10)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.add_all([Thing(name="a"), Thing(name="b")])
        db.commit()
    return Thing


def run(served: Engines, main: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop of its own, and close what it has opened there."""

    async def whole() -> None:
        try:
            await main
        finally:
            await served.aclose()

    asyncio.run(whole())


@contextmanager
def counted() -> Iterator[list[str]]:
    """The greenlets that are switched to and the tasks that are made meanwhile."""
    seen: list[str] = []
    loop = asyncio.get_running_loop()

    def make(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        seen.append("task")
        return asyncio.Task(work, loop=loop, **options)

    loop.set_task_factory(make)
    before = greenlet.settrace(lambda kind, _: seen.append(kind))
    try:
        yield seen
    finally:
        greenlet.settrace(before)
        loop.set_task_factory(None)


def pool_of(served: Engines) -> AsyncPool:
    """The pool of a database's async engine."""
    pool = served.asynchronous.sync_engine.pool
    assert isinstance(pool, AsyncPool)
    return pool


@AWAITED
def test_a_unit_that_only_reads_takes_no_greenlet(thing: Any, served: Engines) -> None:
    """From its making to its end, by a query and by a statement: nor a task."""

    @query
    def by_key(key: int) -> Any:
        return select(thing).where(thing.id == key)

    async def unit() -> None:
        db = AsyncDB(served.asynchronous)
        assert await db.read_one(Name, by_key(1)) == Name(name="a")
        assert await db.read(Name, select(thing.name).order_by(thing.id)) == [Name(name="a"), Name(name="b")]
        await db.finish()
        await db.leave()

    async def main() -> None:
        await unit()
        await unit()  # from the second time on, a statement is known by its columns
        with counted() as seen:
            for _ in range(3):
                await unit()
        assert seen == []
        assert pool_of(served).checkedout() == 0

    run(served, main())


@AWAITED
def test_who_waits_for_a_connection_takes_no_greenlet(thing: Any, served: Engines) -> None:
    """Many units and one connection: all get their rows, in turn."""
    one = Engines(served.url, pool_size=1, max_overflow=0, pool_timeout=60)

    async def unit() -> None:
        db = AsyncDB(one.asynchronous)
        assert len(await db.read(Name, thing)) == 2
        await db.leave()

    async def main() -> None:
        await unit()
        tasks = [asyncio.ensure_future(unit()) for _ in range(10)]
        with counted() as seen:
            await asyncio.gather(*tasks)
        assert seen == []

    run(one, main())


def test_columns_of_a_table_without_a_model_are_read(thing: Any, served: Engines) -> None:
    """One of them, or several."""

    async def main() -> None:
        table = thing.__table__
        for statement in (select(table.c.name), select(table.c.id, table.c.name)):
            async with AsyncDB(served.asynchronous) as db:
                assert [one.name for one in await db.read(Name, statement.order_by(table.c.id))] == ["a", "b"]

    run(served, main())


def test_what_was_added_is_read(thing: Any, served: Engines) -> None:
    """It is flushed before, and nobody else sees it; also when the read follows one that took the short way."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            assert len(await db.read(Name, thing)) == 2
            assert len(await db.read(Name, thing)) == 2
            db.add(thing(name="c"))
            assert len(await db.read(Name, thing)) == 3
            await db.rollback()
            assert len(await db.read(Name, thing)) == 2

    run(served, main())


def test_two_tasks_that_read_by_one_unit_are_told(thing: Any, served: Engines) -> None:
    """One has its rows, the other an error that says why; the unit goes on."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            await db.read(Name, thing)
            found = await asyncio.gather(db.read(Name, thing), db.read(Name, thing), return_exceptions=True)
            assert [type(one) for one in found] == [list, UnitInUse]
            assert len(await db.read(Name, thing)) == 2

    run(served, main())


@ON_SERVER
def test_a_read_that_is_cancelled_leaves_nothing_behind(thing: Any, served: Engines) -> None:
    """Neither half an answer nor a connection that is gone: the unit and the next one go on."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            await db.read(Name, thing)
            with served.sync.connect() as locking:
                locking.execute(text(f"LOCK TABLE {thing.__tablename__} IN ACCESS EXCLUSIVE MODE"))
                reading = asyncio.ensure_future(db.read(Name, thing))
                for _ in range(20):
                    await asyncio.sleep(0)
                reading.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reading
            assert len(await db.read(Name, thing)) == 2
        assert pool_of(served).checkedout() == 0

    run(served, main())


@ON_SERVER
def test_a_connection_that_is_lost_is_replaced(thing: Any, served: Engines, caplog: pytest.LogCaptureFixture) -> None:
    """While it is held and while it waits in the pool: the rows come all the same, and nothing is logged as a fault."""

    def end_others() -> None:
        with served.sync.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            await db.read(Name, thing)
            end_others()
            assert len(await db.read(Name, thing)) == 2
            assert len(await db.read(Name, thing)) == 2
        for _ in range(3):
            end_others()
            async with AsyncDB(served.asynchronous) as db:
                assert len(await db.read(Name, thing)) == 2
        assert pool_of(served).checkedout() == 0

    with caplog.at_level(logging.ERROR, logger="sqlalchemy"):
        run(served, main())
    assert caplog.records == []


@AWAITED
def test_connections_beyond_the_pool_are_closed(thing: Any, served: Engines) -> None:
    """Which has to be awaited, unlike giving one back."""
    small = Engines(served.url, pool_size=1, max_overflow=1, pool_timeout=60)

    async def main() -> None:
        for _ in range(2):
            one, other = AsyncDB(small.asynchronous), AsyncDB(small.asynchronous)
            assert len(await one.read(Name, thing)) == len(await other.read(Name, thing)) == 2
            await one.leave()
            await other.leave()
            assert (pool_of(small).checkedin(), pool_of(small).checkedout()) == (1, 0)

    run(small, main())


@AWAITED
def test_listeners_of_the_pool_may_ask_the_database(thing: Any, served: Engines) -> None:
    """Each time a connection is taken and given back; it stays the same one."""
    heard: list[str] = []
    connections = set()

    def taken(connection: Any, record: Any, _: Any) -> None:
        connections.add(id(record.driver_connection))
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        heard.append("taken")

    async def main() -> None:
        event.listen(served.asynchronous.sync_engine, "checkout", taken)
        event.listen(served.asynchronous.sync_engine, "checkin", lambda *_: heard.append("back"))
        for _ in range(3):
            db = AsyncDB(served.asynchronous)
            assert len(await db.read(Name, thing)) == 2
            await db.leave()

    run(served, main())
    assert heard == ["taken", "back"] * 3
    assert len(connections) == 1
