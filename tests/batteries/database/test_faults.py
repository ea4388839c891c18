"""Faults of databases: values that do not fit, lost connections, deadlocks, full disks; all are answered."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, DateTime, Numeric, String, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from demijohn import App, AsyncClient, Client
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.faults import answer_for, fault_of
from demijohn.database import DB, AsyncDB, Database, field


def status_of(error: BaseException) -> int:
    """What a visitor is answered; 500 for what nobody foresaw."""
    answer = answer_for(error)
    return 500 if answer is None else answer.status


@pytest.fixture
def record(bare: Any, served: Engines) -> Any:
    """A model with a column of each kind that values may not fit."""

    class Record(bare):
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str | None] = mapped_column(String(20))
        number: Mapped[int | None] = mapped_column(BigInteger)
        price: Mapped[Any] = mapped_column(Numeric(5, 2), nullable=True)
        moment: Mapped[Any] = mapped_column(DateTime, nullable=True)

    bare.metadata.create_all(served.sync)
    return Record


VALUES: dict[str, dict[str, Any]] = {
    "lone surrogate": {"name": "\ud800"},
    "NUL": {"name": "a\x00b"},
    "too long": {"name": "x" * 21},
    "too large": {"number": 2**63},
    "far too large": {"number": 10**400},
    "too many digits": {"price": 10**9},
}
KEPT = {"sqlite": {"NUL", "too long", "too many digits"}, "mariadb": {"NUL"}}
"""What a kind of database stores all the same, when it is sent past the models."""


def refusal(db: DB, statement: Any) -> int | None:
    """The status of what a statement raises, after a rollback; `None` if it is taken."""
    try:
        db.execute(statement)
    except DBAPIError as error:
        db.rollback()
        return status_of(error)
    return None


@pytest.mark.parametrize("case", VALUES)
def test_values_that_do_not_fit_are_422(record: Any, served: Engines, case: str) -> None:
    """Sent past the models' rules, in both modes; the unit is usable after a rollback."""
    expected = None if case in KEPT.get(served.url.get_backend_name(), ()) else 422
    statement = insert(record).values(**VALUES[case])
    with DB(served.sync) as db:
        assert refusal(db, statement) == expected
        assert len(db.all(select(record.id))) == (expected is None)
        db.rollback()

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            assert await db.run(refusal, statement) == expected
        await served.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("case", ["lone surrogate", "NUL", "too large", "far too large"])
def test_looking_for_what_cannot_be_stored_is_no_500(record: Any, served: Engines, case: str) -> None:
    """A visitor's search for it finds nothing, or is told that it is no value."""
    ((name, value),) = VALUES[case].items()
    statement = select(record).where(getattr(record, name) == value)

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            assert await db.run(refusal, statement) in {None, 422}
        await served.aclose()

    with DB(served.sync) as db:
        assert refusal(db, statement) in {None, 422}
    asyncio.run(main())


# Connections ------------------------------------------------------------------------------------------------------


def number_of(db: DB) -> Any:
    """What the server calls the connection of a unit."""
    postgres = db.get_bind().dialect.name == "postgresql"
    return db.scalar(text("SELECT pg_backend_pid()" if postgres else "SELECT connection_id()"))


def end(served: Engines, number: Any) -> None:
    """End a connection, from another."""
    postgres = served.url.get_backend_name() == "postgresql"
    other = Engines(served.url)
    with other.sync.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({number}, 5000)" if postgres else f"KILL {number}"))
    other.close()


def make_app(served: Engines, record: Any) -> App:
    """An app whose handlers lose their connections amid what they do."""
    app = App()
    app.use(Database(url=served.url.render_as_string(hide_password=False), create_tables="never", pool_size=2))

    @app.get("/count")
    def count(db: DB) -> int:
        return db.count(record)

    @app.get("/async/count")
    async def count_async(db: AsyncDB) -> int:
        return await db.count(record)

    @app.post("/lost")
    def lost(db: DB) -> str:
        db.execute(insert(record).values(name="lost"))
        end(served, number_of(db))
        db.execute(insert(record).values(name="lost too"))
        return "never"

    @app.post("/async/lost")
    async def lost_async(db: AsyncDB) -> str:
        await db.execute(insert(record).values(name="lost"))
        end(served, await db.run(number_of))
        await db.execute(insert(record).values(name="lost too"))
        return "never"

    @app.post("/lost-before-commit")
    def lost_at_the_end(db: DB) -> str:
        db.execute(insert(record).values(name="lost"))
        end(served, number_of(db))
        return "not committed"

    @app.post("/async/lost-before-commit")
    async def lost_at_the_end_async(db: AsyncDB) -> str:
        await db.execute(insert(record).values(name="lost"))
        end(served, await db.run(number_of))
        return "not committed"

    @app.get("/number")
    def number(db: DB) -> Any:
        return number_of(db)

    @app.get("/async/number")
    async def number_async(db: AsyncDB) -> Any:
        return await db.run(number_of)

    return app


@pytest.mark.parametrize("path", ["/lost", "/async/lost", "/lost-before-commit", "/async/lost-before-commit"])
def test_a_connection_lost_amid_a_unit_is_503_and_nothing_is_kept(record: Any, served: Engines, path: str) -> None:
    """Half of it is not committed by any other connection, and the next request is answered as ever."""
    if served.is_sqlite:
        pytest.skip("a file closes nothing")
    with Client(make_app(served, record), raise_errors=False) as client:
        answer = client.post(path)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        for prefix in ("", "/async"):
            assert client.get(f"{prefix}/count").json() == 0


@pytest.mark.parametrize("prefix", ["", "/async"])
def test_connections_lost_between_requests_are_replaced(record: Any, served: Engines, prefix: str) -> None:
    """The next request meets no error, also after all connections of the pool were ended."""
    if served.is_sqlite:
        pytest.skip("a file closes nothing")

    async def main() -> None:
        async with AsyncClient(make_app(served, record), raise_errors=False) as client:
            for _ in range(3):
                end(served, (await client.get(f"{prefix}/number")).json())
                assert (await client.get(f"{prefix}/count")).json() == 0

    asyncio.run(main())


def test_a_server_that_is_not_there_is_503(tmp_path: Path) -> None:
    """Nobody listens: each driver says so in its own way."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for kind in ("postgresql", "postgresql+asyncpg", "mariadb"):
        engines = Engines(f"{kind}://nobody@127.0.0.1:{port}/nothing")
        with pytest.raises(OperationalError) as caught, DB(engines.sync) as db:
            db.scalar(text("SELECT 1"))
        assert status_of(caught.value) == 503

        async def main(engines: Engines = engines) -> None:
            async with AsyncDB(engines.asynchronous) as db:
                with pytest.raises(OperationalError) as caught:
                    await db.scalar(text("SELECT 1"))
                assert status_of(caught.value) == 503
            await engines.aclose()

        asyncio.run(main())
        engines.close()


def test_a_deadlock_is_503_for_one_and_nothing_for_the_other(record: Any, served: Engines) -> None:
    """The database gives one of them up; who is told may come again."""
    if served.is_sqlite:
        pytest.skip("one writer at a time cannot wait for another")
    with DB(served.sync) as db:
        db.execute(insert(record), [{"name": "a"}, {"name": "b"}])
        db.commit()
        first, second = db.all(select(record.id).order_by(record.id))
    both, errors = threading.Barrier(2, timeout=30), []

    def change(keys: list[int]) -> None:
        with DB(served.sync) as db:
            db.execute(update(record).where(record.id == keys[0]).values(number=1))
            both.wait()
            try:
                db.execute(update(record).where(record.id == keys[1]).values(number=1))
                db.commit()
            except DBAPIError as error:
                errors.append(error)

    threads = [threading.Thread(target=change, args=[keys]) for keys in ([first, second], [second, first])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [status_of(error) for error in errors] == [503]


# Commits and disks ------------------------------------------------------------------------------------------------


def test_what_is_no_fault_of_the_databases_stays_a_500() -> None:
    """A statement that is wrong is ours to mend, and must be seen."""
    engines = Engines("sqlite://")
    with DB(engines.sync) as db, pytest.raises(OperationalError) as caught:
        db.execute(text("SELECT * FROM nowhere"))
    assert fault_of(caught.value) is None
    assert fault_of(ValueError()) is None
    engines.close()


@pytest.fixture
def full(base: Any, tmp_path: Path) -> Iterator[Any]:
    """An app on an SQLite file that may not grow; with what lifts that."""

    class Load(base):
        data: Mapped[str] = field()

    url = f"sqlite:///{tmp_path / 'full.sqlite'}"
    pages = [32]
    app = App()
    app.use(Database(url=url, create_tables="never"))

    @app.post("/loads", status=201)
    def add(db: DB) -> Any:
        limit = db.connection().connection.cursor()
        limit.execute(f"PRAGMA max_page_count = {pages[0]}")
        db.bulk_insert(Load, [{"data": "x" * 5_000}] * 100)
        return {"made": True}

    @app.get("/loads")
    def count(db: DB) -> int:
        return db.count(Load)

    engines = Engines(url)
    base.metadata.create_all(engines.sync)
    engines.close()
    with Client(app, raise_errors=False) as client:
        yield client, pages


def test_a_full_disk_is_507_and_over_when_there_is_room(full: Any) -> None:
    """Nothing of it is kept, reading goes on, and so does writing as soon as there is room."""
    client, pages = full
    for _ in range(2):
        refused = client.post("/loads")
        assert (refused.status, refused.json()["detail"]) == (507, "There is no room to store this.")
        assert client.get("/loads").json() == 0
    pages[0] = 100_000
    assert client.post("/loads").status == 201
    assert client.get("/loads").json() == 100


def test_who_listens_to_connecting_is_asked(served: Engines) -> None:
    """As for passwords that are made anew for each connection; in both modes."""
    if served.is_sqlite:
        pytest.skip("a file asks for no password")
    user, seen = served.url.username, []
    engines = Engines(served.url.set(username="nobody_at_all"))

    def name_user(dialect: object, record: object, arguments: Any, options: dict[str, Any]) -> None:
        seen.append(options["user"])
        options["user"] = user

    async def main() -> None:
        event.listen(engines.asynchronous.sync_engine, "do_connect", name_user)
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.scalar(text("SELECT 1")) == 1
        await engines.aclose()

    event.listen(engines.sync, "do_connect", name_user)
    with DB(engines.sync) as db:
        assert db.scalar(text("SELECT 1")) == 1
    asyncio.run(main())
    engines.close()
    assert "nobody_at_all" in seen
