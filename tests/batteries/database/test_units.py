"""The verbs of `DB` and `AsyncDB`."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Row, event, func, select, text
from sqlalchemy.orm import Mapped, joinedload

from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, belongs_to, field, has_many
from demijohn.foundation.http.errors import NotFound


@pytest.fixture
def models(base: Any, bare: Any, engine: Engine) -> Any:
    """Two authors, five posts, a key of two columns, one of text and one of UUID."""

    class Author(base):
        name: Mapped[str] = field(max_length=20)
        posts: Mapped[list[BlogPost]] = has_many()

    class BlogPost(base):
        title: Mapped[str]
        author: Mapped[Author] = belongs_to()

    class Seat(bare):
        row: Mapped[int] = field(primary_key=True)
        number: Mapped[int] = field(primary_key=True)

    class Land(bare):
        code: Mapped[str] = field(max_length=2, primary_key=True)

    class Order(bare):
        id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid.uuid4)

    base.metadata.create_all(engine)
    with DB(engine) as db:
        ann, bob = db.save(Author(name="ann")), db.save(Author(name="bob"))
        for number in range(5):
            db.save(BlogPost(title=f"p{number}", author=ann if number % 2 else bob))
        db.add_all([Seat(row=1, number=2), Land(code="at")])
        db.commit()
    return {cls.__name__: cls for cls in (Author, BlogPost, Seat, Land, Order)}


def test_save_gives_the_key_and_commits_nothing(models: Any, engine: Engine) -> None:
    """The object comes back with its key; a rollback still undoes it."""
    author = models["Author"]
    with DB(engine) as db:
        saved = db.save(author(name="eve"))
        assert saved.id == 3
        db.rollback()
        assert db.scalar(select(func.count()).select_from(author)) == 2


def test_objects_stay_readable_after_the_commit(models: Any, engine: Engine) -> None:
    """What was saved can be shown without a query, also when the unit is closed."""
    with DB(engine) as db:
        saved = db.save(models["Author"](name="eve"))
        db.commit()
    assert saved.name == "eve"


def test_no_connection_before_the_first_query(models: Any, engine: Engine) -> None:
    """A unit that asks nothing costs the pool nothing."""
    taken: list[Any] = []
    event.listen(engine, "checkout", lambda *_: taken.append(1))
    with DB(engine) as db:
        db.add(models["Author"](name="x"))
        assert taken == []
        db.flush()
        assert taken == [1]


def test_get_or_404(models: Any, engine: Engine) -> None:
    """One row by its key, of one column or several; what is not there says what it is."""
    with DB(engine) as db:
        assert db.get_or_404(models["BlogPost"], 1).title == "p0"
        assert db.get_or_404(models["Seat"], (1, 2)).number == 2
        assert db.get_or_404(models["Seat"], {"row": 1, "number": 2}).number == 2
        with pytest.raises(NotFound, match="no such blog post"):
            db.get_or_404(models["BlogPost"], 99)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("BlogPost", 2**63),
        ("BlogPost", -(2**63) - 1),
        ("BlogPost", 10**100),
        ("Seat", (1, 10**30)),
        ("Seat", {"row": 10**30, "number": 1}),
        ("Land", "a\x00"),
        ("Land", "\ud800"),
        ("Order", uuid.UUID(int=0)),
    ],
)
def test_keys_that_no_column_holds_are_not_found(models: Any, engine: Engine, name: str, key: Any) -> None:
    """A visitor's absurd key is a 404, on every database alike."""
    with DB(engine) as db, pytest.raises(NotFound):
        db.get_or_404(models[name], key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.integers() | st.text(max_size=5))
def test_any_key_is_found_or_not(models: Any, engine: Engine, key: Any) -> None:
    """No number and no text makes an error of the database."""
    with DB(engine) as db:
        with contextlib.suppress(NotFound):
            db.get_or_404(models["BlogPost" if isinstance(key, int) else "Land"], key)


def test_all_takes_models_and_statements(models: Any, engine: Engine) -> None:
    """One thing per row comes as itself, several as rows, text too."""
    post, author = models["BlogPost"], models["Author"]
    with DB(engine) as db:
        assert len(db.all(post)) == 5
        assert db.all(select(post.title).order_by(post.id).limit(2)) == ["p0", "p1"]
        (row, *_) = db.all(select(post, author.name).join(post.author).order_by(post.id))
        assert isinstance(row, Row)
        assert (row.BlogPost.title, row.name) == ("p0", "bob")
        assert db.all(text("SELECT 1")) == [1]
        assert db.all(select(post).where(post.id > 99)) == []


def test_joined_collections_come_once(models: Any, engine: Engine) -> None:
    """Eager loading by a join does not repeat its parents, and asks for no unique()."""
    author = models["Author"]
    with DB(engine) as db:
        found = db.all(select(author).options(joinedload(author.posts)).order_by(author.id))
        assert sorted(len(one.posts) for one in found) == [2, 3]
        assert len(db.page(select(author).options(joinedload(author.posts)).order_by(author.id), size=1)) == 1


def test_page_counts_and_cuts(models: Any, engine: Engine) -> None:
    """A page knows its items and the whole; models go by their key."""
    post, author = models["BlogPost"], models["Author"]
    with DB(engine) as db:
        page = db.page(post, page=2, size=2)
        assert ([one.title for one in page], page.total, page.pages) == (["p2", "p3"], 5, 3)
        titles = db.page(select(post.title).order_by(post.title.desc()), size=2)
        assert titles.items == ["p4", "p3"]
        pairs = db.page(select(post.title, author.name).join(post.author).order_by(post.id), page=3, size=2)
        assert [tuple(row) for row in pairs] == [("p4", "bob")]
        distinct = db.page(select(post.author_id).distinct().order_by(post.author_id))
        assert (distinct.items, distinct.total) == ([1, 2], 2)
        union = select(post.id).union(select(author.id)).order_by("id")
        assert db.page(union).total == 5
        empty = db.page(select(post).where(post.id > 99))
        assert (empty.items, empty.pages) == ([], 1)


@pytest.mark.parametrize("number", [0, -1, 4, 2**31, 2**63, 10**40, -(10**40)])
def test_pages_that_do_not_exist_are_not_found(models: Any, engine: Engine, number: int) -> None:
    """Whatever a visitor asks for, no number overflows."""
    with DB(engine) as db, pytest.raises(NotFound, match="no such page"):
        db.page(models["BlogPost"], page=number, size=2)


@pytest.mark.parametrize(("size", "expected"), [(0, 1), (-5, 1), (10**40, 1000), (2**63, 1000)])
def test_sizes_are_brought_into_bounds(models: Any, engine: Engine, size: int, expected: int) -> None:
    """A visitor's page size is neither an error nor the whole table."""
    with DB(engine) as db:
        assert db.page(models["BlogPost"], size=size).size == expected
        assert db.page(models["BlogPost"], size=size, max_size=3).size == min(expected, 3)


def test_a_limit_of_its_own_is_refused(models: Any, engine: Engine) -> None:
    """page() would silently drop it."""
    with DB(engine) as db, pytest.raises(ValueError, match="sets limit and offset itself"):
        db.page(select(models["BlogPost"]).limit(3))


def test_the_same_verbs_awaited(models: Any, engines: Engines) -> None:
    """AsyncDB does what DB does, and run() hands a sync function the same unit."""
    post = models["BlogPost"]

    def titles(db: DB, first: int, *, last: int) -> list[str]:
        assert isinstance(db, DB)
        return [one.author.name for one in db.all(select(post).where(post.id.between(first, last)))]

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            saved = await db.save(models["Author"](name="eve"))
            assert saved.id == 3
            assert (await db.get_or_404(post, 2)).title == "p1"
            with pytest.raises(NotFound):
                await db.get_or_404(post, 10**30)
            assert len(await db.all(post)) == 5
            assert (await db.page(post, 3, 2)).items == [await db.get(post, 5)]
            with pytest.raises(NotFound):
                await db.page(post, 10**30)
            assert await db.run(titles, 1, last=2) == ["bob", "ann"]
            await db.commit()
            assert saved.name == "eve"
        await engines.aclose()

    asyncio.run(main())
