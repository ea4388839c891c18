"""What is held while an answer streams: no connection, unless the handler wrote or asked for a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from demijohn import App, AsyncClient, Client, StreamingResponse
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, field
from demijohn.kernel.scope import Scope


class Oops(Exception):
    """Raised amid streams."""


def counter(db: DB) -> Callable[[], str]:
    """What tells how many connections are out."""
    pool: Any = db.get_bind().engine.pool
    return lambda: f"{pool.checkedout()} "


@pytest.fixture
def client(base: Any, tmp_path: Path) -> Iterator[Client]:
    """An app whose answers tell, piece by piece, how many connections are out while the last piece is on its way."""

    class Row(base):
        name: Mapped[str] = field(max_length=20)

    url = f"sqlite:///{tmp_path / 'a.db'}"
    engines = Engines(url)
    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.bulk_insert(Row, [{"name": "x"}] * 40)
        db.commit()
    engines.close()
    app = App()
    app.use(Database(url, create_tables="never", pool_size=1, max_overflow=0, pool_timeout=0.1))
    few = select(Row).limit(3)

    @app.get("/all")
    def list_all(db: DB) -> Iterator[str]:
        out = counter(db)
        for _ in db.all(few):
            yield out()

    @app.get("/async/all")
    async def list_all_async(db: AsyncDB) -> AsyncIterator[str]:
        out = await db.run(counter)
        for _ in await db.all(few):
            yield out()

    @app.get("/again")
    def ask_again(db: DB) -> Iterator[str]:
        out = counter(db)
        for key in (1, 2, 3):
            before = out()
            db.get_or_404(Row, key)
            db.count(Row)
            yield before

    @app.get("/async/again")
    async def ask_again_async(db: AsyncDB) -> AsyncIterator[str]:
        out = await db.run(counter)
        for key in (1, 2, 3):
            before = out()
            await db.get_or_404(Row, key)
            await db.count(Row)
            yield before

    @app.get("/stream")
    def stream(db: DB) -> Iterator[str]:
        out = counter(db)
        for _ in db.stream(few, size=1):
            yield out()

    @app.get("/async/stream")
    async def stream_async(db: AsyncDB) -> AsyncIterator[str]:
        out = await db.run(counter)
        async for _ in db.stream(few, size=1):
            yield out()

    @app.get("/batches")
    def batches(db: DB) -> Iterator[str]:
        out = counter(db)
        for _ in db.in_batches(Row, 15):
            yield out()

    @app.post("/write")
    def write(db: DB, fail: bool = False) -> Iterator[str]:
        out = counter(db)
        db.save(Row(name="new"))
        yield out()
        if fail:
            raise Oops
        yield out()

    @app.get("/returned")
    def returned(db: DB) -> Any:
        out = counter(db)
        return StreamingResponse(out() for _ in db.all(few))

    @app.get("/late")
    def late(db: DB) -> Any:
        def body() -> Iterator[str]:
            yield "begun "
            yield str(db.count(Row))

        return StreamingResponse(body())

    @app.get("/own")
    def own(scope: Scope) -> Any:
        def body() -> Iterator[str]:
            yield "begun "
            with scope(DB) as db:
                yield str(db.count(Row))

        return StreamingResponse(body())

    @app.get("/count")
    def count(db: DB) -> int:
        return db.count(Row)

    with Client(app, raise_errors=False) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("/all", "1 0 0 "),
        ("/again", "0 0 0 "),
        ("/stream", "1 1 1 "),
        ("/async/all", "1 0 0 "),
        ("/async/again", "0 0 0 "),
        ("/async/stream", "1 1 1 "),
        ("/batches", "0 0 0 "),
        ("/returned", "0 0 0 "),
    ],
)
def test_connections_that_are_out_while_an_answer_streams(client: Client, path: str, out: str) -> None:
    """None that nobody asked for; and none afterwards, however often."""
    for _ in range(3):
        assert client.get(path).text == out
    assert client.get("/count").json() == 40


def test_a_handler_that_wrote_keeps_its_transaction_to_the_end(client: Client) -> None:
    """It is committed when the stream has ended, and not at all if it breaks."""
    assert client.post("/write").text == "1 1 "
    assert client.get("/count").json() == 41
    with pytest.raises(Oops):
        client.post("/write?fail=1")
    assert client.get("/count").json() == 41


def test_a_unit_that_has_ended_says_so(client: Client) -> None:
    """A returned stream outlives its handler's unit; one of its own does what was meant."""
    with pytest.raises(RuntimeError, match="has ended with its handler"):
        client.get("/late")
    assert client.get("/own").text == "begun 40"
    assert client.get("/count").json() == 40


def test_two_tasks_in_one_unit_are_told(base: Any, tmp_path: Path) -> None:
    """Whatever the driver would make of it; the exchange ends with that error, and its connection is free."""

    class Row(base):
        name: Mapped[str] = field(max_length=20)

    url = f"sqlite:///{tmp_path / 'a.db'}"
    engines = Engines(url)
    base.metadata.create_all(engines.sync)
    engines.close()
    app = App()
    app.use(Database(url, create_tables="never", pool_size=1, max_overflow=0, pool_timeout=5))
    told: list[str] = []

    @app.get("/gather")
    async def gather(db: AsyncDB) -> Any:
        try:
            return await asyncio.gather(*[db.count(Row) for _ in range(3)])
        except RuntimeError as error:
            told.append(str(error))
            raise

    @app.get("/own")
    async def gather_own(scope: Scope) -> Any:
        async def count() -> int:
            async with scope(AsyncDB) as db:
                return await db.count(Row)

        return await asyncio.gather(*[count() for _ in range(3)])

    @app.get("/one")
    async def one_after_the_other(db: AsyncDB) -> Any:
        return [await asyncio.wait_for(db.count(Row), 30), await db.count(Row)]

    async def main() -> None:
        async with AsyncClient(app, raise_errors=False) as client:
            for _ in range(3):
                assert (await client.get("/gather")).status == 500
                assert (await client.get("/one")).json() == [0, 0]
            assert (await client.get("/own")).json() == [0, 0, 0]

    asyncio.run(main())
    assert len(told) == 3
    assert all("in use by another task" in message and "scope(AsyncDB)" in message for message in told)
