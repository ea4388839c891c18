"""A database that is silent: each question has its time, and what is not answered by then is told, and thrown away."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, literal, select, text
from sqlalchemy.orm import Mapped, mapped_column

from demijohn import App, AsyncClient, Client
from demijohn.batteries.database import engines as engines_module
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.migrations.running import connected
from demijohn.database import DB, AsyncDB, Database, StatementTimeout
from demijohn.tools.db.opened import opened

from .black_holes import BlackHole, black_hole

SECONDS = 1.5
"""The time that a question has here; what is healthy takes a hundredth of it."""

servers = pytest.mark.parametrize("served", ["postgresql", "psycopg", "mariadb"], indirect=True)
both_modes = pytest.mark.parametrize("prefix", ["", "/async"])


@pytest.fixture
def entry(bare: Any, served: Engines) -> Any:
    """A model with a table that goes with its database."""

    class Entry(bare):
        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int]

    bare.metadata.create_all(served.sync)
    return Entry


@pytest.fixture
def hole(served: Engines, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[BlackHole, str]]:
    """A network before the database, and its URL through it."""
    monkeypatch.setattr(engines_module, "CONNECT_TIMEOUT", 2)
    with black_hole(served.url) as made:
        yield made


def slow(served: Engines, seconds: float) -> Any:
    """A statement that takes its time, and changes nothing."""
    return select(func.pg_sleep(seconds) if served.url.get_backend_name() == "postgresql" else func.sleep(seconds))


def make_app(url: str, entry: Any, meanwhile: Callable[[], None] = lambda: None) -> App:
    """An app that reads and writes in both modes, and has a page without a database."""
    app = App()
    app.use(
        Database(url, create_tables="never", pool_size=3, max_overflow=2, pool_timeout=5, statement_timeout=SECONDS)
    )

    @app.get("/count")
    def count(db: DB) -> Any:
        return db.count(entry)

    @app.get("/async/count")
    async def count_async(db: AsyncDB) -> Any:
        return await db.count(entry)

    @app.post("/entries", status=201)
    def add(db: DB) -> Any:
        db.execute(insert(entry).values(number=1))
        meanwhile()
        return {}

    @app.post("/async/entries", status=201)
    async def add_async(db: AsyncDB) -> Any:
        await db.execute(insert(entry).values(number=1))
        meanwhile()
        return {}

    @app.get("/bystander")
    def bystander() -> str:
        return "well"

    return app


def engines_of(client: AsyncClient | Client) -> Engines:
    """The engines of an app that is up."""
    kernel: Any = client._kernel
    found: Engines = next(iter(kernel.offers(Engines)))
    return found


@servers
def test_requests_end_while_nothing_comes_through(
    entry: Any, served: Engines, hole: tuple[BlackHole, str], caplog: pytest.LogCaptureFixture
) -> None:
    """503 with `Retry-After` for reads and writes in both modes, on connections that were open and on new ones; what
    needs no database is answered meanwhile; and all is well as soon as the network is, with no connection lost."""
    network, url = hole
    caplog.set_level(logging.WARNING, "demijohn.database")

    async def main() -> None:
        async with AsyncClient(make_app(url, entry), raise_errors=False) as client:
            for prefix in ("", "/async"):
                assert (await client.get(f"{prefix}/count")).json() == 0
            network.swallow()
            asked = [client.get("/count"), client.get("/async/count")] * 2
            asked += [client.post("/entries"), client.post("/async/entries")] * 3
            answers, bystander = await asyncio.gather(asyncio.gather(*asked), client.get("/bystander"))
            assert [answer.status for answer in answers] == [503] * len(asked)
            assert {answer.headers["retry-after"] for answer in answers} == {"1"}
            assert bystander.status == 200
            network.heal()
            for prefix in ("", "/async"):
                answers = await asyncio.gather(*[client.get(f"{prefix}/count") for _ in range(6)])
                assert [answer.status for answer in answers] == [200] * 6
            engines = engines_of(client)
            for engine in (engines.sync, engines.asynchronous.sync_engine):
                pool: Any = engine.pool
                assert pool.checkedout() == 0

    asyncio.run(asyncio.wait_for(main(), 120))
    assert "No answer within 1.5 s (statement_timeout): SELECT count" in caplog.text


@servers
@both_modes
def test_whether_it_was_committed_is_not_known(
    entry: Any, served: Engines, hole: tuple[BlackHole, str], caplog: pytest.LogCaptureFixture, prefix: str
) -> None:
    """The answer to a COMMIT is what was swallowed: the log says so, and the visitor is not told to just try again."""
    network, url = hole
    caplog.set_level(logging.WARNING, "demijohn.database")
    with Client(make_app(url, entry, network.swallow), raise_errors=False) as client:
        answer = client.post(f"{prefix}/entries")
        assert answer.status == 503
        assert answer.json()["detail"] == (
            "The database did not say whether this was saved: look before you try again."
        )
        network.heal()
        assert client.get(f"{prefix}/count").status == 200
    told = "No answer within 1.5 s (statement_timeout): the end of a transaction."
    assert f"POST {prefix}/entries: {told}" in caplog.text
    assert "whether the unit was committed is not known" in caplog.text


@servers
@both_modes
def test_a_slow_statement_is_told_to_stop(entry: Any, served: Engines, prefix: str) -> None:
    """The server works no more on what nobody waits for; other connections of the pool are as they were."""
    mark = f"silence_{time.monotonic_ns()}"
    asked = slow(served, 120).add_columns(literal(1).label(mark))
    app = make_app(served.url.render_as_string(hide_password=False), entry)

    @app.get("/slow")
    def ask(db: DB) -> Any:
        return db.execute(asked).all()

    @app.get("/async/slow")
    async def ask_async(db: AsyncDB) -> Any:
        return (await db.execute(asked)).all()

    def is_at_work() -> bool:
        postgres = served.url.get_backend_name() == "postgresql"
        table = "pg_stat_activity" if postgres else "information_schema.processlist"
        column, own = ("query", "pid <> pg_backend_pid()") if postgres else ("info", "id <> connection_id()")
        idle = "state = 'active'" if postgres else "command <> 'Sleep'"
        with served.sync.connect() as connection:
            sql = f"SELECT count(*) FROM {table} WHERE {column} LIKE '%{mark}%' AND {own} AND {idle}"
            return bool(connection.scalar(text(sql)))

    with Client(app, raise_errors=False) as client:
        assert client.get(f"{prefix}/slow").status == 503
        until = time.monotonic() + 60
        while is_at_work():
            assert time.monotonic() < until
            time.sleep(0.1)
        assert client.get(f"{prefix}/count").status == 200


@pytest.mark.parametrize("served", ["psycopg"], indirect=True)
@both_modes
def test_an_old_library_of_the_servers_stops_it_too(
    entry: Any, served: Engines, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before libpq 17 psycopg cannot cancel without waiting for ever: another connection does."""
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setattr(psycopg.capabilities, "has_cancel_safe", lambda check=False: False)
    test_a_slow_statement_is_told_to_stop(entry, served, prefix)


@servers
def test_what_reads_past_the_session_is_bounded_too(entry: Any, served: Engines, hole: tuple[BlackHole, str]) -> None:
    """By key: nobody asks again, who would wait as long once more."""
    network, url = hole
    engines = Engines(url, statement_timeout=SECONDS)

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.get(entry, 1) is None
            assert await db.get(entry, 1) is None
            network.swallow()
            with pytest.raises(StatementTimeout):
                await db.get(entry, 1)
        network.heal()
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.get(entry, 1) is None
        await engines.aclose()

    with DB(engines.sync) as db:
        assert db.get(entry, 1) is None
        assert db.get(entry, 1) is None
        network.swallow()
        with pytest.raises(StatementTimeout):
            db.get(entry, 1)
    network.heal()
    asyncio.run(main())
    engines.close()


@servers
def test_a_block_or_a_statement_may_take_longer(entry: Any, served: Engines) -> None:
    """In both modes; a block in a block has the last word, and the connection goes back as it was."""
    engines = Engines(served.url, pool_size=1, max_overflow=0, statement_timeout=0.5)
    slower = slow(served, 1.2)

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            with db.statement_timeout(None):
                await db.execute(slower)
                await db.commit()
                with db.statement_timeout(60):
                    await db.execute(slower)
                await db.execute(slower)
            await db.execute(slower, execution_options={"statement_timeout": 60})
            await db.rollback()
        async with AsyncDB(engines.asynchronous) as db:
            with pytest.raises(StatementTimeout):
                await db.execute(slower)
        await engines.aclose()

    with DB(engines.sync) as db:
        with db.statement_timeout(None):
            db.execute(slower)
            db.commit()
            with db.statement_timeout(60):
                db.execute(slower)
            db.execute(slower)
        db.execute(slower, execution_options={"statement_timeout": 60})
        with pytest.raises(StatementTimeout):
            db.execute(slower)
    with DB(engines.sync) as db, pytest.raises(StatementTimeout):
        db.execute(slower)
    asyncio.run(main())
    engines.close()


@servers
def test_a_stream_has_its_own_time(entry: Any, served: Engines) -> None:
    """That of streams, until its last row."""
    engines = Engines(served.url, statement_timeout=0.5, stream_timeout=60)

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            assert len([row async for row in db.stream(slow(served, 1.2))]) == 1
        await engines.aclose()

    with DB(engines.sync) as db:
        assert len(list(db.stream(slow(served, 1.2)))) == 1
        with pytest.raises(StatementTimeout):
            db.execute(slow(served, 10))
    asyncio.run(main())
    engines.close()


def test_no_time_is_refused_that_is_none(engines: Engines) -> None:
    """Neither a negative number nor a word; and SQLite takes no notice of what is one."""
    with DB(engines.sync) as db:
        for wrong in (-1, "60", True):
            with pytest.raises(ValueError, match="a number of seconds"), db.statement_timeout(wrong):  # type: ignore[arg-type]
                pass
        with db.statement_timeout(60):
            assert db.scalar(select(literal(1))) == 1


@servers
def test_all_the_time_there_is(entry: Any, served: Engines) -> None:
    """Is as good as no limit, though not every driver knows that number."""
    with DB(served.sync) as db, db.statement_timeout(float("inf")):
        assert db.count(entry) == 0


def test_who_types_a_command_waits_as_long_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of the app, and one of `demijohn db`; a server's statements have their time."""
    (tmp_path / "app.py").write_text(
        "from demijohn import App, Database\n"
        "from demijohn.batteries.database.engines import Engines\n"
        "app = App()\n"
        "app.use(Database('sqlite://', statement_timeout=7))\n"
        "@app.command\n"
        "def told() -> str:\n"
        "    return str(next(app.seal().offers(Engines)).statement_timeout)\n"
    )
    served = [sys.executable, "-c", "from app import *; print(next(app.seal().offers(Engines)).statement_timeout)"]
    for words, answer in ((["-m", "demijohn", "told"], "None"), (served[1:], "7")):
        ran = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert ran.stdout.strip() == answer, ran.stderr
    monkeypatch.chdir(tmp_path)
    with opened("app:app") as found:
        assert found.history.engines.statement_timeout is None


def test_a_migration_has_no_time(engine: Engine) -> None:
    """Wherever it is run."""
    with connected(engine) as connection:
        assert connection.get_execution_options()["statement_timeout"] is None
