"""Pools that are exhausted: who finds no connection is told in time, and nobody waits for one who waits for him."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy import event, func, literal, select, text

from demijohn import App, AsyncClient, Depends
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database


async def somebody() -> AsyncIterator[str]:
    """A service that has to be awaited."""
    await asyncio.sleep(0)
    yield "somebody"


def make_app(folder: Path, timeout: float) -> App:
    """An app with one connection for each mode, and handlers of all kinds that want it."""
    app = App()
    url = f"sqlite:///{folder / 'a.db'}"
    app.use(Database(url, create_tables="never", pool_size=1, max_overflow=0, pool_timeout=timeout))
    one = select(literal(1))

    @app.get("/plain")
    def plain(db: DB) -> Any:
        return db.scalar(one)

    @app.get("/mixed")
    def mixed(db: DB, who: Annotated[str, Depends(somebody)]) -> Any:
        return db.scalar(one)

    @app.get("/async")
    async def awaited(db: AsyncDB) -> Any:
        return await db.scalar(one)

    @app.get("/bystander")
    async def bystander() -> str:
        return "well"

    return app


@pytest.mark.parametrize("path", ["/plain", "/mixed", "/async"])
def test_many_more_handlers_than_connections_all_get_theirs(tmp_path: Path, path: str) -> None:
    """Also where a handler's services are awaited: its connection never waits for a thread, while all threads wait for
    a connection."""

    async def main() -> None:
        async with AsyncClient(make_app(tmp_path, timeout=60), raise_errors=False) as client:
            answers = await asyncio.gather(*[client.get(path) for _ in range(200)])
            assert [answer.status for answer in answers] == [200] * 200

    asyncio.run(main())


@pytest.mark.parametrize("path", ["/plain", "/async"])
def test_who_finds_no_connection_is_told_and_others_are_not_harmed(tmp_path: Path, path: str) -> None:
    """503 with `Retry-After`; what needs no database is answered meanwhile, and all is well afterwards."""
    app = make_app(tmp_path, timeout=0.05)
    held, release = threading.Event(), threading.Event()

    @app.get("/hold")
    def hold(db: DB) -> str:
        db.scalar(select(literal(1)))
        held.set()
        release.wait(60)
        return "done"

    @app.get("/hold-async")
    async def hold_async(db: AsyncDB) -> str:
        await db.scalar(select(literal(1)))
        held.set()
        while not release.is_set():
            await asyncio.sleep(0.01)
        return "done"

    async def main() -> None:
        async with AsyncClient(app, raise_errors=False) as client:
            holder = asyncio.ensure_future(client.get("/hold" if path == "/plain" else "/hold-async"))
            while not held.is_set():
                await asyncio.sleep(0.01)
            answers = await asyncio.gather(*[client.get(path) for _ in range(20)], client.get("/bystander"))
            assert [answer.status for answer in answers] == [503] * 20 + [200]
            assert answers[0].headers["retry-after"] == "1"
            release.set()
            assert (await holder).text == "done"
            assert (await client.get(path)).status == 200

    asyncio.run(main())


@pytest.mark.parametrize("served", ["postgresql", "psycopg", "mariadb"], indirect=True)
@pytest.mark.parametrize("timeout", [0.3, 60])
def test_a_rush_on_a_server(served: Engines, timeout: float) -> None:
    """Many more requests than connections, each of which keeps one for a while: those whose time is up are told, all
    others are answered, and so is who needs none; nothing is left in use."""
    app = App()
    url = served.url.render_as_string(hide_password=False)
    app.use(Database(url, create_tables="never", pool_size=5, max_overflow=0, pool_timeout=timeout))
    nap = select(func.pg_sleep(0.2) if served.url.get_backend_name() == "postgresql" else func.sleep(0.2))

    @app.get("/plain")
    def plain(db: DB) -> str:
        db.execute(nap)
        return "done"

    @app.get("/async")
    async def awaited(db: AsyncDB) -> str:
        await db.execute(nap)
        return "done"

    @app.get("/bystander")
    async def bystander() -> str:
        return "well"

    async def main() -> None:
        async with AsyncClient(app, raise_errors=False) as client:
            kernel: Any = client._kernel
            engines: Engines = next(iter(kernel.offers(Engines)))
            for path, engine in (("/plain", engines.sync), ("/async", engines.asynchronous.sync_engine)):
                rush = [client.get(path) for _ in range(30)]
                answers, well = await asyncio.gather(asyncio.gather(*rush), client.get("/bystander"))
                assert well.status == 200
                assert {answer.status for answer in answers} == ({200, 503} if timeout < 1 else {200})
                assert {answer.headers.get("retry-after") for answer in answers if answer.status == 503} <= {"1"}
                pool: Any = engine.pool
                assert pool.checkedout() == 0
                assert (await client.get(path)).text == "done"

    asyncio.run(asyncio.wait_for(main(), 150))


@pytest.mark.parametrize("served", ["mariadb"], indirect=True)
def test_connections_that_the_server_drops_for_being_idle(served: Engines) -> None:
    """MariaDB's `wait_timeout`: whoever comes next notices nothing, in both modes."""
    app = App()
    url = served.url.render_as_string(hide_password=False)
    app.use(Database(url, create_tables="never", pool_size=2, max_overflow=0))
    number = select(func.connection_id())

    @app.get("/plain")
    def plain(db: DB) -> Any:
        return db.scalar(number)

    @app.get("/async")
    async def awaited(db: AsyncDB) -> Any:
        return await db.scalar(number)

    def be_impatient(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SET SESSION wait_timeout = 1")
        cursor.close()

    def is_gone(one: int) -> bool:
        with served.sync.connect() as connection:
            return not connection.scalar(text(f"SELECT count(*) FROM information_schema.processlist WHERE id = {one}"))

    async def main() -> None:
        async with AsyncClient(app) as client:
            kernel: Any = client._kernel
            engines: Engines = next(iter(kernel.offers(Engines)))
            event.listen(engines.sync, "connect", be_impatient)
            event.listen(engines.asynchronous.sync_engine, "connect", be_impatient)
            for path in ("/plain", "/async"):
                first = (await client.get(path)).json()
                while not await asyncio.to_thread(is_gone, first):
                    await asyncio.sleep(0.1)
                answer = await client.get(path)
                assert (answer.status, answer.json() != first) == (200, True)

    asyncio.run(asyncio.wait_for(main(), 120))
