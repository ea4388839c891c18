"""Handlers that write and then fail, half-way through their answers or for want of a client: all is kept, or nothing,
and no connection is lost. What many write at once is there once. Names that a visitor gives are no SQL."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Mapped

from demijohn import App, AsyncClient
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, field

PATHS = ["/raise", "/async/raise", "/stream", "/async/stream"]


@pytest.fixture
def mail(base: Any, served: Engines) -> Any:
    """A model with a unique name."""

    class Mail(base):
        name: Mapped[str] = field(max_length=40, unique=True)
        number: Mapped[int] = field(default=0)

    base.metadata.create_all(served.sync)
    return Mail


def make_app(served: Engines, mail: Any, waiting: asyncio.Event) -> App:
    """An app whose handlers write, and end badly."""
    app = App()
    app.use(Database(url=served.url.render_as_string(hide_password=False), create_tables="never", pool_size=2))

    @app.post("/raise")
    def fail(db: DB) -> str:
        db.save(mail(name="lost"))
        raise RuntimeError("amid the handler")

    @app.post("/async/raise")
    async def fail_async(db: AsyncDB) -> str:
        await db.save(mail(name="lost"))
        raise RuntimeError("amid the handler")

    @app.post("/stream")
    def stream(db: DB) -> Iterator[str]:
        db.save(mail(name="lost"))
        yield "half"
        raise RuntimeError("amid the stream")

    @app.post("/async/stream")
    async def stream_async(db: AsyncDB) -> AsyncIterator[str]:
        await db.save(mail(name="lost"))
        yield "half"
        raise RuntimeError("amid the stream")

    @app.post("/async/wait")
    async def wait(db: AsyncDB) -> str:
        await db.save(mail(name="lost"))
        waiting.set()
        await asyncio.Event().wait()
        return "never"

    @app.get("/held")
    def held(db: DB) -> Any:
        return [db.get_bind().engine.pool.checkedout(), db.count(mail)]

    @app.get("/async/held")
    async def held_async(db: AsyncDB) -> Any:
        return [await db.run(lambda own: own.get_bind().engine.pool.checkedout()), await db.count(mail)]

    return app


def test_who_fails_leaves_nothing(mail: Any, served: Engines) -> None:
    """Neither rows nor connections: raised amid the handler or its stream, or left by the client."""

    async def main() -> None:
        waiting = asyncio.Event()
        async with AsyncClient(make_app(served, mail, waiting), raise_errors=False) as client:
            for path in PATHS * 2:
                try:
                    assert (await client.post(path)).status == (200 if "stream" in path else 500)
                except RuntimeError as error:
                    assert "amid the stream" in str(error)  # noqa: PT017 - what the server would cut the stream by
            left = asyncio.create_task(client.post("/async/wait"))
            await asyncio.wait_for(waiting.wait(), 60)
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)
            for path in ("/held", "/async/held"):
                assert (await client.get(path)).json() == [0, 0]

    asyncio.run(main())


def test_what_many_add_at_once_is_there_once(mail: Any, served: Engines) -> None:
    """Threads that add the same name, or count it up: one row, and nobody's unit fails."""
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def work(number: int) -> None:
        try:
            start.wait(60)
            for each in range(5):
                with DB(served.sync) as db:
                    db.upsert(mail, [{"name": f"ann-{each}", "number": number}], by=["name"])
                    db.commit()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    with DB(served.sync) as db:
        assert sorted(db.all(select(mail.name))) == [f"ann-{each}" for each in range(5)]


NAMES = [
    'x" FROM users--', "a.b", "a%b", "a\x00b", "a\nb", "a;b", "a`b", "[a]", "a--", "/*", "id;drop table mail", "?", "",
    "_connector", "_negated", "self", "using", "pk__in__x", "name__startswith", "metadata", "__class__", "__table__",
]  # fmt: skip


def test_names_that_are_no_columns_reach_no_sql(mail: Any, served: Engines) -> None:
    """Where rows are mappings, their names may be a visitor's: they are refused before anything is sent."""
    said: list[str] = []
    event.listen(served.sync, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    with DB(served.sync) as db:
        for name in NAMES:
            row = {"name": "ann", name: 1}
            with pytest.raises(TypeError):
                db.bulk_insert(mail, [row])
            with pytest.raises(TypeError):
                db.bulk_update(mail, [{"id": 1, **row}])
            with pytest.raises(TypeError):
                db.upsert(mail, [row], by=["name"])
            with pytest.raises(TypeError):
                db.upsert(mail, [{"name": "ann"}], by=[name])
            with pytest.raises(TypeError):
                db.upsert(mail, [{"name": "ann"}], by=["name"], change=[name])
            with pytest.raises(TypeError):
                mail(**row)
        assert said == []
        assert db.count(mail) == 0
