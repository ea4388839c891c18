"""Tests that leave nothing behind, and databases of a worker's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped

from demijohn import App, AsyncClient, Client
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY
from demijohn.database import DB, AsyncDB, Database, NotLoaded, belongs_to, field
from demijohn.testing import rollback, worker_database

from .server_databases import server_url


class Base(ModelBase, DeclarativeBase):
    """Of this file alone."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = ANNOTATIONS


class Writer(Base):
    """A row."""

    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False)
    name: Mapped[str] = field(max_length=40, unique=True)


class Text(Base):
    """A row that has one."""

    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False)
    writer: Mapped[Writer] = belongs_to()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"], scope="module")
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """A database with the tables, and nobody in them."""
    for url in server_url(request.param, tmp_path_factory.mktemp("rollback")):
        made = Engines(url, pool_size=2)
        Base.metadata.create_all(made.sync)
        yield made
        made.close()


def make_app(engines: Engines) -> App:
    """Handlers that commit, roll back, fail and wait."""
    app = App()
    app.use(Database(url=engines.url.render_as_string(hide_password=False), create_tables="never"))

    @app.post("/writers")
    def create(name: str, db: DB):  # type: ignore[no-untyped-def]
        db.save(Writer(name=name))
        db.commit()
        return len(db.all(Writer))

    @app.post("/async/writers")
    async def create_async(name: str, db: AsyncDB):  # type: ignore[no-untyped-def]
        async with db.transaction(isolation="SERIALIZABLE"):
            await db.save(Writer(name=name))
        await db.commit()
        return len(await db.all(Writer))

    @app.post("/broken")
    def broken(name: str, db: DB):  # type: ignore[no-untyped-def]
        db.save(Writer(name=name))
        raise ZeroDivisionError

    @app.post("/undone")
    async def undone(db: AsyncDB):  # type: ignore[no-untyped-def]
        await db.save(Writer(name="kept"))
        await db.commit()
        await db.save(Writer(name="undone"))
        await db.rollback()
        return [one.name for one in await db.all(select(Writer).order_by(Writer.id))]

    @app.get("/texts")
    async def texts(db: AsyncDB):  # type: ignore[no-untyped-def]
        return [one.writer.name for one in await db.all(Text)]

    @app.post("/renamed")
    def rename(db: DB) -> None:
        for writer in db.all(Writer):
            writer.name = writer.name.upper()

    return app


def names(engines: Engines) -> list[str]:
    """What others see in the database."""
    with DB(engines.sync) as db:
        return db.all(select(Writer.name).order_by(Writer.id))


@pytest.mark.parametrize("_again", range(2))
def test_nothing_is_kept(engines: Engines, _again: int) -> None:
    """Of what the test saves and the app commits, in sync and async handlers, which see each other's."""
    with Client(make_app(engines)) as client, rollback(client) as db:
        db.save(Writer(name="from the test"))
        assert client.post("/writers?name=ann").json() == 2
        assert client.post("/async/writers?name=ben").json() == 3
        assert db.all(select(Writer.name).order_by(Writer.id)) == ["from the test", "ann", "ben"]
        db.commit()
        assert client.post("/writers?name=ann").status == 409
        assert client.post("/async/writers?name=ann").status == 409
        assert db.count(Writer) == 3
    assert names(engines) == []


def test_rollbacks_of_the_app(engines: Engines) -> None:
    """Take back what the unit has done since its last commit, and nothing else."""
    with Client(make_app(engines), raise_errors=False) as client, rollback(client) as db:
        first = db.save(Writer(name="first"))
        assert client.post("/broken?name=ann").status == 500
        assert client.post("/undone").json() == ["first", "kept"]
        db.rollback()
        assert client.post("/writers?name=last").json() in {1, 2}
        assert first not in db
    assert names(engines) == []


def test_the_test_sees_what_the_app_has_changed(engines: Engines) -> None:
    """Its objects are read again, unless it has changed them itself."""
    with Client(make_app(engines)) as client, rollback(client) as db:
        ann = db.save(Writer(name="ann"))
        client.post("/renamed")
        assert ann.name == "ANN"


def test_async_code_is_as_strict_as_ever(engines: Engines) -> None:
    """Reading what is not loaded fails in a test as it would in production."""
    with Client(make_app(engines)) as client, rollback(client) as db:
        db.save(Text(writer=Writer(name="ann")))
        db.commit()
        db.expunge_all()
        with pytest.raises(NotLoaded):
            client.get("/texts")


def test_clients_that_are_awaited(engines: Engines) -> None:
    """And an engine that is asked directly."""

    async def work() -> None:
        app = make_app(engines)
        async with AsyncClient(app) as client:
            with rollback(client) as db:
                assert (await client.post("/async/writers?name=ann")).json() == 1
                assert (await client.post("/writers?name=ben")).json() == 2
                assert db.count(Writer) == 2
                own: Any = next(iter(app.seal().offers(Engines)))
                async with own.asynchronous.connect() as connection:
                    assert len((await connection.execute(text("SELECT id FROM writer"))).all()) == 2

    asyncio.run(work())
    assert names(engines) == []


def test_an_app_without_a_database() -> None:
    """Is told so."""
    with pytest.raises(TypeError, match="finds no database"), rollback(Client(App())):
        pass


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_a_database_of_a_workers_own(kind: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is empty, named after the worker, and gone afterwards."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw7")
    for beside in server_url(kind, tmp_path):
        for _ in range(2):
            with worker_database(beside) as url:
                assert "gw7" in url
                made = Engines(url, pool_size=1)
                assert inspect(made.sync).get_table_names() == []
                Base.metadata.create_all(made.sync)
                made.close()
        if kind != "sqlite":
            server = Engines(beside, pool_size=1)
            query = "SELECT datname FROM pg_database" if kind == "postgresql" else "SHOW DATABASES"
            with server.sync.connect() as connection:
                assert not [name for (name,) in connection.execute(text(query)) if name.endswith("gw7")]
            server.close()
