"""Pools that are exhausted: who finds no connection is told in time, and nobody waits for one who waits for him."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy import literal, select

from demijohn import App, AsyncClient, Depends
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
