"""A commit that fails is an error answer, on every door and in both modes, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from demijohn import App
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database

sys.path.append(str(Path(__file__).parents[2] / "contract"))
from contract_doors import Sent, ask_asgi, ask_rsgi, ask_wsgi


@pytest.fixture
def node(bare: Any, served: Engines) -> Any:
    """A model whose reference is looked at by the commit alone."""

    class Node(bare):
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", deferrable=True, initially="DEFERRED"))

    bare.metadata.create_all(served.sync)
    return Node


def make_app(served: Engines, node: Any, called: list[str]) -> App:
    """An app whose answers are made, and then not committed."""
    app = App()
    app.use(Database(served.url.render_as_string(hide_password=False), create_tables="never"))

    @app.post("/lost", status=201)
    def lost(db: DB) -> Any:
        db.on_commit(lambda: called.append("sync"))
        db.save(node(parent_id=99))
        return {"made": True}

    @app.post("/async/lost", status=201)
    async def lost_async(db: AsyncDB) -> Any:
        db.on_commit(lambda: called.append("async"))
        await db.save(node(parent_id=99))
        return {"made": True}

    @app.get("/count")
    def count(db: DB) -> Any:
        return db.scalar(select(func.count()).select_from(node))

    return app


@contextmanager
def stopped(app: App, runner: asyncio.Runner, door: str) -> Iterator[None]:
    """Stop the app afterwards, as the server of a door does."""
    try:
        yield
    finally:
        life: Any = app._life
        if door == "wsgi":
            life.stop_sync()
        else:
            runner.run(life.stop())


@pytest.mark.parametrize("served", ["sqlite", "postgresql", "psycopg"], indirect=True)
@pytest.mark.parametrize("path", ["/lost", "/async/lost"])
@pytest.mark.parametrize("door", ["wsgi", "asgi", "rsgi"])
def test_a_failed_commit_is_an_error_answer(node: Any, served: Engines, path: str, door: str) -> None:
    """The rule is the database's and the visitor's to keep: 422 on each door, and what waited for the commit is not
    done; the connection is as good as before."""
    called: list[str] = []
    app = make_app(served, node, called)

    def ask(method: str, path: str) -> Any:
        sent = Sent(method, path)
        if door == "wsgi":
            return ask_wsgi(app.wsgi, sent)
        return runner.run(ask_asgi(app.asgi, sent) if door == "asgi" else ask_rsgi(app.rsgi, sent))

    with asyncio.Runner() as runner, stopped(app, runner, door):
        for _ in range(2):
            assert ask("POST", path).status == 422
            assert ask("GET", "/count").body == b"0"
    assert called == []
