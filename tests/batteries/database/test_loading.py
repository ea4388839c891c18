"""Reading what is not loaded: by itself in sync code, told in words in async code."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped, selectinload

from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, NotLoaded, belongs_to, field, has_many


@pytest.fixture
def models(base: Any, engines: Engines) -> Any:
    """A shelf with two books."""

    class Shelf(base):
        name: Mapped[str]
        notes: Mapped[str] = field(deferred=True, default="")
        books: Mapped[list[Book]] = has_many()

    class Book(base):
        shelf: Mapped[Shelf] = belongs_to()

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        shelf = Shelf(name="s")
        db.add_all([Book(shelf=shelf), Book(shelf=shelf)])
        db.commit()
    return Shelf, Book


def test_sync_code_loads_when_it_reads(models: Any, engines: Engines) -> None:
    """As SQLAlchemy does."""
    shelf, book = models
    with DB(engines.sync) as db:
        assert len(db.get_or_404(shelf, 1).books) == 2
        assert db.get_or_404(shelf, 1).notes == ""
        assert db.get_or_404(book, 1).shelf.name == "s"


def test_async_code_is_told_how_to_load(models: Any, engines: Engines) -> None:
    """Each of the ways that the error names works."""
    shelf, book = models

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            one = await db.get_or_404(book, 1)
            with pytest.raises(NotLoaded, match=r"Book\.shelf is not loaded.*selectinload\(Book\.shelf\)"):
                _ = one.shelf
            await db.refresh(one, ["shelf"])
            assert one.shelf.name == "s"
            with pytest.raises(NotLoaded, match=r"await db\.refresh"):
                _ = one.shelf.notes
            with pytest.raises(NotLoaded, match=r"Shelf\.books"):
                _ = one.shelf.books
            assert await db.run(lambda sync: len(one.shelf.books)) == 2
        async with AsyncDB(engines.asynchronous) as db:
            (found,) = await db.all(select(shelf).options(selectinload(shelf.books)))
            assert len(found.books) == 2
        await engines.aclose()

    asyncio.run(main())
