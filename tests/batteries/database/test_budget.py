"""`query_budget`: what is sent is counted, in every kind of unit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from demijohn import App, Client
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, belongs_to, field, query_budget
from demijohn.kernel.schema import Schema


class Name(Schema):
    """What is read past the session."""

    name: str


@pytest.fixture
def models(base: Any, served: Engines) -> Any:
    """Five books on two shelves."""

    class Shelf(base):
        name: Mapped[str] = field(max_length=10)

    class Book(base):
        name: Mapped[str] = field(max_length=10)
        shelf: Mapped[Shelf] = belongs_to()

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        shelves = [Shelf(name="a"), Shelf(name="b")]
        db.add_all(Book(name=str(n), shelf=shelves[n % 2]) for n in range(5))
        db.commit()
    return Shelf, Book


def test_statements_are_counted(models: Any, served: Engines) -> None:
    """Through the session and past it, sync and async; transactions are not; many rows are one."""
    shelf, book = models

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            with query_budget(3) as sent:
                books = await db.all(book)
                await db.load(books, book.shelf)
                await db.read(Name, book)
            assert len(sent) == 3
        await served.aclose()

    with DB(served.sync) as db:
        db.read(Name, book)
        with query_budget(4) as sent:
            db.read(Name, book)
            assert [one.shelf.name for one in db.all(book)]
            db.bulk_insert(shelf, [{"name": str(n)} for n in range(100)])
        assert len(sent) == 4
        assert sent[-1].startswith(("INSERT", "COPY"))
    asyncio.run(main())


def test_what_is_too_much_is_listed(models: Any, served: Engines) -> None:
    """With the statements in order; a budget inside a budget counts for both."""
    shelf, book = models
    with DB(served.sync) as db, query_budget(5) as outer:
        with pytest.raises(AssertionError, match=r"2 statements were sent, and the budget is 1:\n  1\. SELECT") as told:
            _two_statements(db, 1, shelf, book)
        assert "count(*)" in str(told.value)
        with pytest.raises(ZeroDivisionError):
            _fail(db, shelf)
        assert len(outer) == 3
    with query_budget(0) as sent:
        pass
    with DB(served.sync) as db:
        db.count(shelf)
    assert sent == []


def _two_statements(db: DB, most: int, shelf: Any, book: Any) -> None:
    with query_budget(most):
        db.all(select(book.id))
        db.count(shelf)


def _fail(db: DB, shelf: Any) -> None:
    with query_budget(0):
        db.count(shelf)
        _ = 1 / 0


def test_an_app_is_asked_inside(models: Any, served: Engines) -> None:
    """What its handlers send counts, and names which."""
    _, book = models
    app = App()
    app.use(Database(url=served.url.render_as_string(hide_password=False), create_tables="never"))

    @app.get("/sync")
    def sync(db: DB) -> list[str]:
        return [one.shelf.name for one in db.all(book)]

    @app.get("/async")
    async def asynchronous(db: AsyncDB) -> int:
        return await db.count(book)

    with Client(app) as client:
        with query_budget(2) as sent:
            assert len(client.get("/sync").json()) == 5
        assert len(sent) == 2
        with query_budget(1) as sent:
            assert client.get("/async").json() == 5
        assert len(sent) == 1
