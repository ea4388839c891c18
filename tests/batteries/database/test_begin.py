"""What a unit of work sends: BEGIN when it must, COMMIT and ROLLBACK if it began, seen from the driver."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, literal_column, select, text, update
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.begin import wire_of
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, field


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with one row."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.save(Thing(name="one"))
        db.commit()
    return Thing


def _begun(db: DB) -> bool:
    """Whether the driver is in a transaction."""
    engine = db.get_bind()
    assert isinstance(engine, Engine)
    wire = wire_of(engine)
    assert wire is not None
    pooled: Any = db.connection().connection
    return wire.in_transaction(pooled.driver_connection)


def test_reads_begin_nothing_and_writes_do(thing: Any, served: Engines) -> None:
    """A select, an aggregate and a known function are outside of any transaction; what writes is in one."""
    with DB(served.sync) as db:
        one = db.get(thing, 1)
        assert one is not None
        assert db.scalar(select(func.count()).select_from(thing)) == 1
        assert db.scalar(select(func.lower(thing.name)).where(select(thing.id).exists())) == "one"
        assert not _begun(db)
        one.name = "two"
        db.flush()
        assert _begun(db)
        db.rollback()
        assert not _begun(db)
        assert db.get_one(thing, 1).name == "one"


def test_writes_are_committed_together_or_not_at_all(thing: Any, served: Engines) -> None:
    """Delaying BEGIN gives up nothing of it."""
    with DB(served.sync) as db:
        db.get_one(thing, 1)
        db.execute(insert(thing).values(name="a"))
        db.execute(update(thing).values(name="b"))
        db.rollback()
        assert db.all(select(thing.name)) == ["one"]
        db.execute(insert(thing).values(name="a"))
        db.commit()
    with DB(served.sync) as db:
        assert sorted(db.all(select(thing.name))) == ["a", "one"]


def test_what_is_not_plainly_a_read_begins(thing: Any, served: Engines) -> None:
    """Locks, savepoints, text (but SQLite's SELECT), unknown functions and columns written as text."""
    on_sqlite = served.is_sqlite
    statements: list[tuple[Any, bool]] = [
        (select(thing).with_for_update(), True),
        (select(literal_column("1 + 1")), True),
        (select(thing.id).where(text("1 = 1")), True),
        (text("SELECT 1"), not on_sqlite),
        (select(thing.id).where(thing.id.in_(select(thing.id).with_for_update().subquery().select())), True),
        (select(func.count("*")), False),
        (select(thing.id).union(select(thing.id)), False),
        (select(func.max(thing.id), func.coalesce(thing.name, "x")).group_by(thing.name), False),
    ]
    if not on_sqlite:
        name = "pg_backend_pid" if "postgresql" in served.url.drivername else "connection_id"
        statements.append((select(getattr(func, name)()), True))
    for statement, begins in statements:
        with DB(served.sync) as db:
            db.execute(statement).all()
            assert _begun(db) is begins, str(statement)
    with DB(served.sync) as db, db.begin_nested():
        assert _begun(db)


def test_a_chosen_isolation_level_is_kept_and_not_delayed(thing: Any, served: Engines) -> None:
    """Who asks for SERIALIZABLE gets it from the first read on, and the next user of the connection does not."""
    if served.is_sqlite:
        pytest.skip("SQLite knows one level")
    with DB(served.sync) as db:
        db.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        db.get_one(thing, 1)
        assert _begun(db) or served.url.get_backend_name() == "mariadb"
        db.commit()
    with DB(served.sync) as db:
        db.get_one(thing, 1)
        assert not _begun(db)


def test_async_units_do_the_same(thing: Any, served: Engines) -> None:
    """Through each async driver: reads begin nothing, writes roll back whole, savepoints nest."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            one = await db.get(thing, 1)
            assert one is not None
            assert not await db.run(_begun)
            one.name = "two"
            await db.flush()
            await db.scalar(select(func.count()).select_from(thing))
            assert await db.run(_begun)
            await db.rollback()
            assert not await db.run(_begun)
            await db.refresh(one)
            assert one.name == "one"
            async with db.begin_nested():
                db.add(thing(name="nested"))
            await db.commit()
            assert not await db.run(_begun)
            assert await db.scalar(select(func.count()).select_from(thing)) == 2

    async def whole() -> None:
        await main()
        await served.aclose()

    asyncio.run(whole())


@pytest.mark.parametrize("served", ["sqlite", "postgresql"], indirect=True)
def test_reads_and_their_commit_send_nothing_but_the_reads(thing: Any, served: Engines, tmp_path: Path) -> None:
    """Counted on the wire: two reads, a commit and a return to the pool are two statements."""
    sent: list[str] = []
    trace = tmp_path / "trace"
    with trace.open("wb") as file, DB(served.sync) as db:
        pooled: Any = db.connection().connection
        driver = pooled.driver_connection
        if served.is_sqlite:
            driver.set_trace_callback(sent.append)
        else:
            driver.pgconn.trace(file.fileno())
        db.get_one(thing, 1)
        db.scalar(select(func.count()).select_from(thing))
        db.commit()
        db.close()
        if not served.is_sqlite:
            driver.pgconn.untrace()
    sent += [line for line in trace.read_text().splitlines() if "\tParse\t" in line or "\tQuery\t" in line]
    assert len(sent) == 2, sent
    assert all("SELECT" in line for line in sent)


def test_a_connection_that_the_server_closed_is_replaced(thing: Any, served: Engines) -> None:
    """The next request meets no error, and no ping is sent to a connection that is well."""
    if served.is_sqlite:
        pytest.skip("a file closes nothing")
    postgres = served.url.get_backend_name() == "postgresql"
    with DB(served.sync) as db:
        number = db.scalar(text("SELECT pg_backend_pid()" if postgres else "SELECT connection_id()"))
    other = Engines(served.url)
    with other.sync.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({number}, 5000)" if postgres else f"KILL {number}"))
    other.close()
    with DB(served.sync) as db:
        assert db.get_one(thing, 1).name == "one"
