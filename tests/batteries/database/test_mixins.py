"""Timestamps, rows deleted in name only, and versions against lost updates."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import ForeignKey, delete, event, exists, func, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError

from demijohn import App, Client, Schema
from demijohn.batteries.database.direct import OWN_LISTENERS
from demijohn.batteries.database.engines import Engines
from demijohn.database import (
    DB,
    AsyncDB,
    Database,
    Model,
    SoftDelete,
    Timestamps,
    Versioned,
    belongs_to,
    field,
    has_many,
    query,
)
from demijohn.foundation.http.errors import Conflict


class MixedPage(SoftDelete, Versioned, Timestamps, Model):
    """A model of these tests with all mixins; it stands on the common base."""

    title: Mapped[str] = field(max_length=20)


class Line(Schema):
    """What is read of a page."""

    id: int
    title: str


# Timestamps ---------------------------------------------------------------------------------------


def test_timestamps_are_set_and_renewed(base: Any, served: Engines) -> None:
    """When first saved, whenever saved, and in bulk too."""

    class Note(Timestamps, base):
        text: Mapped[str] = field(max_length=9)

    base.metadata.create_all(served.sync)
    before = dt.datetime.now(dt.UTC)
    with DB(served.sync) as db:
        note = db.save(Note(text="a"))
        assert before <= note.created_at <= dt.datetime.now(dt.UTC)
        created, updated = note.created_at, note.updated_at
        assert updated - created < dt.timedelta(minutes=1)
        db.execute(update(Note).values(updated_at=created - dt.timedelta(days=1), created_at=created))
        db.expire_all()
        note.text = "b"
        db.flush()
        db.refresh(note)
        assert (note.created_at, note.updated_at >= updated) == (created, True)
        db.bulk_insert(Note, [{"text": "c"}])
        assert db.scalar(select(Note.created_at).where(Note.text == "c")) >= before


def test_timestamps_are_not_the_callers(base: Any) -> None:
    """They are read-only to forms, and the constructor's types do not have them."""
    from demijohn.database import spec_of

    class Note(Timestamps, base):
        pass

    assert [spec_of(column).readonly for column in Note.__table__.c if column.name.endswith("_at")] == [True, True]
    Note()


# Soft deletion ------------------------------------------------------------------------------------


@pytest.fixture
def blog(base: Any, served: Engines) -> Any:
    """An author with three posts, of which the second is deleted."""

    class Author(base):
        name: Mapped[str] = field(max_length=9)
        posts: Mapped[list[Post]] = has_many(order_by="Post.id")

    class Post(SoftDelete, base):
        title: Mapped[str] = field(max_length=9)
        author: Mapped[Author | None] = belongs_to(default=None)

    globals()["Post"] = Post
    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        author = Author(name="Ann")
        posts = [db.save(Post(title=f"p{number}", author=author)) for number in (1, 2, 3)]
        db.delete(posts[1])
        db.commit()
        assert posts[1].is_deleted
        base.keys = [post.id for post in posts]
    Post.author_class = Author
    yield Post
    del globals()["Post"]


def _titles(found: Any) -> list[str]:
    return sorted(post.title for post in found)


def test_deleted_rows_are_left_out_everywhere(blog: Any, served: Engines) -> None:
    """Of selects, counts, pages, batches, joins, subqueries and keys."""
    author_class, keys = blog.author_class, blog.__mro__[2].keys
    with DB(served.sync) as db:
        assert _titles(db.all(blog)) == ["p1", "p3"]
        assert (db.count(blog), db.page(blog).total, len(db.page(blog).items)) == (2, 2, 2)
        assert db.scalar(select(func.count()).select_from(blog)) == 2
        assert db.scalar(select(func.count(blog.id))) == 2
        assert not db.exists(select(blog).where(blog.title == "p2"))
        assert _titles(one for batch in db.in_batches(blog, size=1) for one in batch) == ["p1", "p3"]
        assert list(db.get_many(blog, keys)) == [keys[0], keys[2]]
        assert db.get(blog, keys[1]) is None
        assert db.all(select(author_class).join(blog).where(blog.title == "p2")) == []
        assert db.all(select(author_class).where(exists().where(blog.title == "p2"))) == []
        inner = select(func.count(blog.id)).where(blog.author_id == author_class.id).scalar_subquery()
        assert db.all(select(inner)) == [2]


@pytest.mark.parametrize("load", ["lazy", "select", "joined"])
def test_relations_leave_them_out(blog: Any, served: Engines, load: str) -> None:
    """However they are loaded."""
    author_class = blog.author_class
    options = {"select": selectinload, "joined": joinedload}.get(load)
    statement = select(author_class)
    if options is not None:
        statement = statement.options(options(author_class.posts))
    with DB(served.sync) as db:
        (author,) = db.all(statement)
        assert _titles(author.posts) == ["p1", "p3"]


def test_the_fast_path_leaves_them_out(blog: Any, served: Engines) -> None:
    """Schemas, queries and keys fall back to the session, where the rows are hidden."""

    @query
    def titled(title: str) -> Any:
        return select(blog).where(blog.title == title)

    with DB(served.sync) as db:
        assert sorted(line.title for line in db.read(Line, select(blog))) == ["p1", "p3"]
        assert db.read(Line, select(blog.id, blog.title).where(blog.title == "p2")) == []
        assert db.read(Line, titled("p2")) == []
        assert [line.title for line in db.read(Line, titled("p3"))] == ["p3"]
        inside = select(blog.author_class.id, blog.author_class.name.label("title")).where(
            exists().where(blog.title == "p2")
        )
        assert db.read(Line, inside) == []
        assert len(db.dispatch.do_orm_execute) == OWN_LISTENERS


def test_other_models_keep_the_fast_path(blog: Any, served: Engines) -> None:
    """That one model hides rows costs the others nothing: no statement goes through the session."""
    author_class = blog.author_class
    heard: list[Any] = []
    with DB(served.sync) as db:
        statement = select(author_class.id, author_class.name.label("title"))
        assert [line.title for line in db.read(Line, statement)] == ["Ann"]
        assert not db.in_transaction()
        event.listen(db, "do_orm_execute", heard.append)
        assert [line.title for line in db.read(Line, statement)] == ["Ann"]
        assert len(heard) == 1, "with a listener of somebody else's it goes through the session"


def test_the_condition_is_said_once(blog: Any, served: Engines) -> None:
    """Rows bring it along to what is loaded for them, which is not told again."""
    statements: list[str] = []
    with DB(served.sync) as db:
        (author,) = db.all(blog.author_class)
        event.listen(served.sync, "before_cursor_execute", lambda *told: statements.append(told[2]))
        assert _titles(author.posts) == ["p1", "p3"]
    assert [statement.count("deleted_at IS NULL") for statement in statements] == [1]


def test_who_asks_sees_them(blog: Any, served: Engines) -> None:
    """By an option of the statement; what was loaded can be refreshed, and restored."""
    keys = blog.__mro__[2].keys
    with DB(served.sync) as db:
        everything = select(blog).order_by(blog.id).execution_options(with_deleted=True)
        assert _titles(db.all(everything)) == ["p1", "p2", "p3"]
        assert (db.count(everything), db.page(everything).total, len(db.page(everything).items)) == (3, 3, 3)
        assert db.exists(everything.where(blog.title == "p2"))
        assert [line.title for line in db.read(Line, everything)] == ["p1", "p2", "p3"]
        db.expunge_all()
        post = db.get(blog, keys[1], execution_options={"with_deleted": True})
        db.refresh(post)
        assert post.is_deleted
        post.restore()
        db.commit()
    with DB(served.sync) as db:
        assert _titles(db.all(blog)) == ["p1", "p2", "p3"]


def test_sql_deletes_in_earnest(blog: Any, served: Engines) -> None:
    """As do sessions of SQLAlchemy's own, which also see all rows."""
    keys = blog.__mro__[2].keys
    with DB(served.sync) as db:
        db.execute(delete(blog).where(blog.id == keys[1]))
        db.commit()
    with Session(served.sync) as session:
        assert len(session.scalars(select(blog)).all()) == 2
        session.delete(session.get(blog, keys[0]))
        session.commit()
        assert len(session.scalars(select(blog)).all()) == 1


def test_a_new_object_that_is_deleted_is_forgotten(blog: Any, served: Engines) -> None:
    """A second deletion renews nothing but the time, and a deleted row is not written twice."""
    with DB(served.sync) as db:
        (post, _) = db.all(select(blog).order_by(blog.id))
        db.delete(post)
        db.flush()
        first = post.deleted_at
        assert first is not None
        db.delete(post)
        db.flush()
        assert post.deleted_at >= first
        assert post in db


def test_async_units_hide_rows(blog: Any, served: Engines) -> None:
    """Through each driver."""

    async def main() -> tuple[list[str], int]:
        try:
            async with AsyncDB(served.asynchronous) as db:
                posts = await db.all(select(blog).order_by(blog.id))
                await db.delete(posts[0])
                await db.commit()
                return _titles(await db.all(blog)), len(await db.read(Line, blog))
        finally:
            await served.aclose()

    assert asyncio.run(main()) == (["p3"], 1)


def test_subclasses_hide_rows(base: Any, served: Engines) -> None:
    """Joined and single-table children of a model that is deleted softly."""

    class Item(SoftDelete, base):
        kind: Mapped[str] = field(max_length=9, init=False)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "item"}

    class Book(Item):
        id: Mapped[int] = field(ForeignKey("item.id"), primary_key=True, init=False)
        pages: Mapped[int]
        __mapper_args__ = {"polymorphic_identity": "book"}

    class Map(Item):
        __mapper_args__ = {"polymorphic_identity": "map"}

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        kept, gone, sheet = Book(pages=1), Book(pages=2), Map()
        db.add_all([kept, gone, sheet])
        db.flush()
        db.delete(gone)
        db.delete(sheet)
        db.commit()
    with DB(served.sync) as db:
        assert [one.pages for one in db.all(Book)] == [1]
        assert db.all(Map) == []
        assert db.count(Item) == 1


# Versions -----------------------------------------------------------------------------------------


def test_a_version_counts_changes(base: Any, served: Engines) -> None:
    """From one, and only when something changed; it is nobody's to give."""

    class Note(Versioned, base):
        text: Mapped[str] = field(max_length=9)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        note = db.save(Note(text="a"))
        assert note.version == 1
        note.text = "b"
        db.flush()
        db.flush()
        assert note.version == 2
        note.require_version(2)
        for seen in (1, None):
            with pytest.raises(Conflict, match="Somebody else changed it"):
                note.require_version(seen)


@pytest.mark.parametrize("order", ["mixin first", "mixin last"])
def test_of_two_changes_at_once_the_second_is_refused(base: Any, served: Engines, order: str) -> None:
    """Wherever the mixin stands, and beside other words to the mapper."""
    bases = (Versioned, base) if order == "mixin first" else (base, Versioned)

    class Note(*bases):  # type: ignore[misc]
        kind: Mapped[str] = field(max_length=9, init=False)
        text: Mapped[str] = field(max_length=9)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "note"}

    class Memo(Note):
        __mapper_args__ = {"polymorphic_identity": "memo"}

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        key = db.save(Memo(text="a")).id
        db.commit()
    with DB(served.sync) as first:
        mine = first.get_one(Memo, key)
        with DB(served.sync) as second:
            second.get_one(Note, key).text = "second"
            second.commit()
        mine.text = "first"
        with pytest.raises(StaleDataError):
            first.flush()
        first.rollback()
        assert (mine.text, mine.version) == ("second", 2)


def test_a_lost_update_is_answered_409(tmp_path: Any) -> None:
    """What another unit changed between reading and writing is a conflict, not an error of the server."""
    app = App()
    app.use(Database(url=f"sqlite:///{tmp_path / 'app.sqlite'}", create_tables="always"))

    @app.post("/pages")
    def create(db: DB) -> Any:
        return db.save(MixedPage(title="first"))

    @app.post("/pages/{page}")
    def change(page: MixedPage, engines_free: int = 0) -> Any:
        # Another unit is faster: as this one only read, it holds nothing.
        with DB(page_engine()) as other:
            other.get_one(MixedPage, page.id).title = "faster"
            other.commit()
        page.title = "slower"
        return page

    @app.post("/pages/{page}/checked")
    def checked(page: MixedPage, seen: int) -> Any:
        page.require_version(seen)
        return page

    def page_engine() -> Any:
        return engines.sync

    engines = Engines(f"sqlite:///{tmp_path / 'app.sqlite'}")
    with Client(app) as client:
        made = client.post("/pages").json()
        assert {"version": 1, "deleted_at": None, "title": "first"}.items() <= made.items()
        answer = client.post(f"/pages/{made['id']}")
        assert answer.status == 409
        assert "Somebody else changed it" in answer.json()["detail"]
        assert client.post(f"/pages/{made['id']}/checked?seen=1").status == 409
        assert client.post(f"/pages/{made['id']}/checked?seen=2").json()["title"] == "faster"
    engines.close()
