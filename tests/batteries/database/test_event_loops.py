"""One app and several event loops: after each other, as tests have them, or side by side; each has connections of its
own, and none outlives its loop."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, literal, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped
from sqlalchemy.util.concurrency import await_

from demijohn import App, AsyncClient, Client
from demijohn.batteries.database.async_pool import AsyncPool
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, field
from demijohn.kernel.schema import Schema


class Name(Schema):
    """What is read."""

    name: str


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with a row."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.save(Thing(name="a"))
        db.commit()
    return Thing


async def ask(served: Engines, thing: Any) -> None:
    """Read and write in several units at once, past the session and through it."""

    async def one() -> None:
        async with AsyncDB(served.asynchronous) as db:
            assert await db.read(Name, select(thing.name).where(thing.id == 1)) == [Name(name="a")]
            assert (await db.get_or_404(thing, 1)).name == "a"
            await db.save(thing(name="b"))
            await db.rollback()
            assert await db.count(thing) == 1

    await asyncio.gather(*[one() for _ in range(4)])


def pool_of(served: Engines) -> AsyncPool:
    """The pool of `AsyncDB`."""
    pool = served.asynchronous.sync_engine.pool
    assert isinstance(pool, AsyncPool)
    return pool


def require_few_connections(served: Engines) -> None:
    """Wait until the server knows of no connection to the database but the one that asks."""
    if served.is_sqlite:
        return
    postgres = served.url.get_backend_name() == "postgresql"
    table, column = ("pg_stat_activity", "datname") if postgres else ("information_schema.processlist", "db")
    own = "current_database()" if postgres else "database()"
    until = time.monotonic() + 60
    with served.sync.connect() as connection:
        while (count := connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {column} = {own}"))) != 1:
            assert time.monotonic() < until, f"{count} connections are open"
            connection.rollback()  # PostgreSQL shows the same as long as a transaction lasts.
            time.sleep(0.05)


def test_loops_after_each_other(thing: Any, served: Engines) -> None:
    """Each by `asyncio.run`, which leaves nothing open."""
    for _ in range(3):
        asyncio.run(ask(served, thing))
        assert (pool_of(served).checkedin(), pool_of(served).checkedout()) == (0, 0)
    require_few_connections(served)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_loops_that_end_without_a_word(thing: Any, served: Engines) -> None:
    """Closed by whoever made them, with all connections open: the next one cuts them off."""
    for _ in range(2):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(ask(served, thing))
        loop.close()
        assert pool_of(served).checkedin() > 0
    asyncio.run(ask(served, thing))
    assert pool_of(served).checkedin() == 0
    gc.collect()
    require_few_connections(served)


def test_loops_side_by_side(thing: Any, served: Engines) -> None:
    """In threads, at the same time: none is handed what belongs to another."""
    errors: list[BaseException] = []

    async def many() -> None:
        for _ in range(5):
            await ask(served, thing)

    def run() -> None:
        try:
            asyncio.run(many())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert (pool_of(served).checkedin(), pool_of(served).checkedout()) == (0, 0)
    require_few_connections(served)


def test_who_listens_later_is_heard(thing: Any, served: Engines) -> None:
    """Also of a loop that has connections by then."""
    heard: list[str] = []

    async def main() -> None:
        await ask(served, thing)
        listeners = {name: partial(hear, name) for name in ("connect", "checkout", "checkin")}
        for name, listener in listeners.items():
            event.listen(served.asynchronous.sync_engine, name, listener)
        async with AsyncDB(served.asynchronous) as db:
            assert (await db.get_or_404(thing, 1)).name == "a"
        assert heard == ["checkout", "checkin"]
        await asyncio.gather(*[held() for _ in range(5)])
        assert "connect" in heard
        for name, listener in listeners.items():
            event.remove(served.asynchronous.sync_engine, name, listener)
        heard.clear()
        await ask(served, thing)
        assert heard == []

    def hear(name: str, *_: object) -> None:
        heard.append(name)

    async def held() -> None:
        async with AsyncDB(served.asynchronous) as db:
            await db.scalar(text("SELECT 1"))
            await together.wait()

    together = asyncio.Barrier(5)
    asyncio.run(main())


def test_one_loop_closes_the_pool_while_another_runs(thing: Any, served: Engines) -> None:
    """The other's connections are closed on it, and it goes on with new ones."""
    asked, closed = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    async def other() -> None:
        await ask(served, thing)
        asked.set()
        while not closed.is_set():
            await asyncio.sleep(0.01)
        await ask(served, thing)

    async def closing() -> None:
        await ask(served, thing)
        await served.aclose()

    def run() -> None:
        try:
            asyncio.run(other())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert asked.wait(60)
    asyncio.run(closing())
    closed.set()
    thread.join(60)
    assert errors == []
    require_few_connections(served)


def test_one_app_and_clients_of_both_kinds(thing: Any, served: Engines) -> None:
    """After each other, and one in the other."""
    app = App()
    app.use(Database(served.url.render_as_string(hide_password=False), create_tables="never"))

    @app.get("/things")
    async def things(db: AsyncDB) -> Any:
        return await db.scalar(select(func.count()).select_from(thing))

    async def main(inner: bool) -> None:
        async with AsyncClient(app) as client:
            assert (await client.get("/things")).json() == 1
            if inner:
                await asyncio.to_thread(plain)
            assert (await client.get("/things")).json() == 1

    def plain() -> None:
        with Client(app) as client:
            assert client.get("/things").json() == 1

    asyncio.run(main(inner=False))
    asyncio.run(main(inner=True))
    plain()
    asyncio.run(main(inner=False))
    require_few_connections(served)


# Who waits while another fails to connect -------------------------------------------------------------------------


def test_a_thread_that_cannot_connect_leaves_its_place_to_the_next(tmp_path: Path) -> None:
    """Who waits in line does so no longer than until then."""
    engines = Engines(f"sqlite:///{tmp_path / 'one.sqlite'}", pool_size=1, max_overflow=0, pool_timeout=600)
    pool: Any = engines.sync.pool
    seen: list[Any] = []

    @event.listens_for(engines.sync, "do_connect")
    def fail_once(*_: Any) -> None:
        if not seen:
            seen.append("failed")
            while len(pool._pool._waiting) < 2:
                time.sleep(0.01)
            raise OperationalError("", None, Exception("nobody there"))

    def unit() -> None:
        with DB(engines.sync) as db:
            try:
                seen.append(db.scalar(select(literal(1))))
            except OperationalError:
                seen.append("told")

    threads = [threading.Thread(target=unit, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(str, seen)) == ["1", "1", "failed", "told"]
    assert pool.checkedout() == 0
    engines.close()


def test_a_task_that_cannot_connect_leaves_its_place_to_the_next(tmp_path: Path) -> None:
    """The same on a loop."""
    engines = Engines(f"sqlite:///{tmp_path / 'one.sqlite'}", pool_size=1, max_overflow=0, pool_timeout=600)
    failed: list[str] = []

    async def unit() -> Any:
        async with AsyncDB(engines.asynchronous) as db:
            return await db.scalar(select(literal(1)))

    async def main() -> None:
        @event.listens_for(engines.asynchronous.sync_engine, "do_connect")
        def fail_once(*_: Any) -> None:
            if not failed:
                failed.append("failed")
                line: Any = pool_of(engines).here()._pool
                while len(line._waiting) < 2:
                    await_(asyncio.sleep(0))
                raise OperationalError("", None, Exception("nobody there"))

        found = await asyncio.gather(*[unit() for _ in range(3)], return_exceptions=True)
        assert [str(one) if isinstance(one, int) else type(one).__name__ for one in found] == [
            "OperationalError", "1", "1",
        ]  # fmt: skip
        assert pool_of(engines).checkedout() == 0
        await engines.aclose()

    asyncio.run(asyncio.wait_for(main(), 60))
