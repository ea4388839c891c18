"""Many requests at once while connections are lost: what was acknowledged is there, and all is well afterwards."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from demijohn import App, AsyncClient
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database


@pytest.fixture
def entry(bare: Any, served: Engines) -> Any:
    """A model that counts."""

    class Entry(bare):
        id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
        number: Mapped[int]

    bare.metadata.create_all(served.sync)
    return Entry


def make_app(served: Engines, entry: Any) -> App:
    """An app that reads and writes entries, in both modes."""
    app = App()
    url = served.url.render_as_string(hide_password=False)
    app.use(Database(url, create_tables="never", pool_size=3, max_overflow=0, pool_timeout=30))

    @app.post("/entries/{number}", status=201)
    def add(number: int, db: DB) -> Any:
        db.execute(insert(entry).values(id=number, number=0))
        return {}

    @app.post("/async/entries/{number}", status=201)
    async def add_async(number: int, db: AsyncDB) -> Any:
        await db.execute(insert(entry).values(id=number, number=0))
        return {}

    @app.get("/entries")
    def count(db: DB) -> Any:
        return db.count(entry)

    @app.get("/async/entries")
    async def count_async(db: AsyncDB) -> Any:
        return await db.count(entry)

    return app


def end_all(served: Engines) -> None:
    """End every connection to the database but the one that asks."""
    with served.sync.connect() as connection:
        if served.url.get_backend_name() == "postgresql":
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            return
        found = connection.execute(
            text("SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()")
        )
        for number in found.scalars().all():
            try:
                connection.execute(text(f"KILL {number}"))
            except Exception as error:
                assert "Unknown thread" in str(error)  # noqa: PT017 - it has gone by itself


@pytest.mark.parametrize("served", ["postgresql", "psycopg", "mariadb"], indirect=True)
def test_connections_are_lost_amid_traffic(entry: Any, served: Engines) -> None:
    """Each answer is a success or a 503; acknowledged writes are there; with quiet, all succeed at once."""

    async def main() -> None:
        async with AsyncClient(make_app(served, entry), raise_errors=False) as client:
            acknowledged: list[int] = []
            for wave in range(6):
                numbers = range(wave * 100, wave * 100 + 12)
                writes = [client.post(f"{'/async' * (one % 2)}/entries/{one}") for one in numbers]
                reads = [client.get(f"{'/async' * (one % 2)}/entries") for one in numbers]
                *answers, _ = await asyncio.gather(*writes, *reads, asyncio.to_thread(end_all, served))
                assert {answer.status for answer in answers} <= {200, 201, 503}
                acknowledged += [one for one, answer in zip(numbers, answers, strict=False) if answer.status == 201]
            for prefix in ("", "/async"):
                assert [(await client.get(f"{prefix}/entries")).status for _ in range(4)] == [200] * 4
            with DB(served.sync) as db:
                assert set(acknowledged) <= set(db.all(select(entry.id)))

    asyncio.run(main())


def test_counting_by_the_database_loses_nothing(entry: Any, served: Engines) -> None:
    """Units in many threads that add one, by a statement."""
    with DB(served.sync) as db:
        db.execute(insert(entry).values(id=1, number=0))
        db.commit()

    def work() -> None:
        for _ in range(25):
            with DB(served.sync) as db:
                db.execute(update(entry).values(number=entry.number + 1))
                db.commit()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    with DB(served.sync) as db:
        assert db.scalar(select(entry.number)) == 100
