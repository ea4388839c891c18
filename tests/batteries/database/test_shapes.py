"""What is sent of a model by default."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Mapped, Session, load_only

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.shapes import default_shape, row_shape, shown_names
from demijohn.database import DB, AsyncDB, belongs_to, field, has_many


def test_private_columns_and_relations_stay_out(base: Any, engine: Engine) -> None:
    """Keys of relations are columns, and are sent unless the relation is private."""

    class User(base):
        name: Mapped[str]
        password: Mapped[str] = field(private=True)
        posts: Mapped[list[Post]] = has_many(by="author")

    class Post(base):
        author: Mapped[User] = belongs_to()
        auditor: Mapped[User | None] = belongs_to(default=None, private=True)

    assert set(shown_names(User)) == {"id", "name"}
    assert set(shown_names(Post)) == {"id", "author_id"}
    base.metadata.create_all(engine)
    with DB(engine) as db:
        user = db.save(User(name="ann", password="x"))
        assert default_shape(user) == {"id": 1, "name": "ann"}
        row = db.execute(select(User.id, User.name)).one()
        assert row_shape(row) == {"id": 1, "name": "ann"}


def test_an_unsaved_object_has_empty_values(base: Any) -> None:
    """It has no key yet, and says so."""

    class Tag(base):
        name: Mapped[str]

    assert default_shape(Tag(name="x")) == {"id": None, "name": "x"}


def test_deferred_columns_are_not_loaded_for_it(base: Any, engine: Engine) -> None:
    """A large column that was not asked for is not fetched to be sent; an expired one is."""

    class Book(base):
        title: Mapped[str]
        text: Mapped[str] = field(deferred=True)

    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Book(title="t", text="long"))
        session.commit()
    with DB(engine) as db:
        book = db.get_or_404(Book, 1)
        assert default_shape(book) == {"id": 1, "title": "t"}
        assert book.text == "long"
        assert default_shape(book) == {"id": 1, "title": "t", "text": "long"}
        db.expire(book, ["title"])
        assert default_shape(book)["title"] == "t"


def test_an_added_object_is_saved_to_be_sent(base: Any, engine: Engine) -> None:
    """What was only added has its key in the answer, as the answer is written before the commit."""

    class Tag(base):
        name: Mapped[str]

    base.metadata.create_all(engine)
    with DB(engine) as db:
        tag = Tag(name="x")
        db.add(tag)
        assert default_shape(tag) == {"id": 1, "name": "x"}


def test_async_code_is_told_what_to_await(base: Any, engines: Engines) -> None:
    """No query can be made while the answer is written: the error names the line that is missing."""

    class Tag(base):
        name: Mapped[str]

    base.metadata.create_all(engines.sync)

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            tag = Tag(name="x")
            db.add(tag)
            with pytest.raises(RuntimeError, match=r"await db\.save"):
                default_shape(tag)
            await db.save(tag)
            await db.execute(update(Tag).values(name=func.upper(Tag.name)))
            db.expire(tag, ["name"])
            with pytest.raises(RuntimeError, match=r"\(name\): write await db\.refresh"):
                default_shape(tag)
            await db.refresh(tag)
            assert default_shape(tag) == {"id": 1, "name": "X"}
        await engines.aclose()

    asyncio.run(main())


def test_what_was_never_set_is_empty(base: Any, engine: Engine) -> None:
    """An object that was inserted without a value has NULL there; one that was loaded in part shows that part."""

    class Note(base):
        title: Mapped[str]
        text: Mapped[str | None]

    base.metadata.create_all(engine)
    with DB(engine) as db:
        note = db.save(Note(title="t"))
        assert default_shape(note) == {"id": 1, "title": "t", "text": None}
        assert note.text is None
        db.commit()
    with DB(engine) as db:
        part = db.scalars(select(Note).options(load_only(Note.title))).one()
        assert default_shape(part) == {"id": 1, "title": "t"}
