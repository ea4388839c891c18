"""Reading what is not loaded: for all rows at once in sync code, told in words in async code."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, event, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    attribute_keyed_dict,
    defaultload,
    load_only,
    mapped_column,
    raiseload,
    relationship,
    selectinload,
    with_loader_criteria,
)
from sqlalchemy.orm.exc import DetachedInstanceError

from demijohn import App, Client
from demijohn.batteries.database import loading
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, NotLoaded, belongs_to, field, has_many, has_one, key, many_to_many


@pytest.fixture
def shop(base: Any, served: Engines) -> Any:
    """Models with every kind of relation, and rows."""

    class Country(base.__base__):
        code: Mapped[str] = field(max_length=2, primary_key=True)
        people: Mapped[list[Person]] = has_many(order_by=lambda: Person.name)

    class Person(base):
        name: Mapped[str] = field(max_length=20)
        notes: Mapped[str] = field(deferred=True, default="")
        country: Mapped[Country | None] = belongs_to(default=None)
        boss: Mapped[Person | None] = belongs_to(default=None)
        staff: Mapped[list[Person]] = has_many(by="boss", order_by=lambda: Person.id)
        friends: Mapped[list[Person]] = many_to_many(order_by=lambda: Person.id)
        card: Mapped[Card | None] = has_one()
        posts: Mapped[list[Post]] = has_many(order_by=lambda: Post.id.desc())
        odd_posts: Mapped[list[Post]] = relationship(
            lambda: Post,
            primaryjoin=lambda: (Post.author_id == Person.id) & (Post.number % 2 == 1),
            viewonly=True,
            order_by=lambda: Post.id,
        )

    class Card(base):
        person: Mapped[Person] = belongs_to(unique=True)

    class Tag(base):
        name: Mapped[str] = field(max_length=20)

    class Post(base):
        number: Mapped[int]
        author: Mapped[Person | None] = belongs_to(default=None)
        tags: Mapped[set[Tag]] = many_to_many()

    class Hall(base.__base__):
        house: Mapped[int] = field(primary_key=True)
        number: Mapped[int] = field(primary_key=True)
        seats: Mapped[list[Seat]] = has_many(order_by=lambda: Seat.id)

    class Seat(base):
        hall: Mapped[Hall] = belongs_to()
        hall_house: Mapped[int] = key()
        hall_number: Mapped[int] = key()

    base.metadata.create_all(served.sync)
    models = SimpleNamespace(
        Country=Country, Person=Person, Card=Card, Tag=Tag, Post=Post, Hall=Hall, Seat=Seat
    )  # fmt: skip
    with DB(served.sync) as db:
        countries = [Country(code=code) for code in ("at", "ch")]
        people: list[Any] = []
        for n in range(8):
            boss = people[n // 2] if n > 1 else people[0] if people else None
            people.append(db.save(Person(name=f"p{n}", country=countries[n % 2] if n % 3 else None, boss=boss)))
        for number, person in enumerate(people):
            person.friends = people[number + 1 :: 3]
            if number % 2:
                db.save(Card(person=person))
        tags = [Tag(name=f"t{n}") for n in range(4)]
        for n in range(20):
            db.save(Post(number=n, author=people[n % 5] if n % 4 else None, tags=set(tags[n % 5 :])))
        halls = [Hall(house=n, number=n % 2) for n in range(3)]
        db.add_all(Seat(hall=halls[n % 2]) for n in range(7))
        db.add_all([*people, *halls])
        db.commit()
    return models


@contextmanager
def _sent(engines: Engines) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    statements: list[str] = []

    def hear(*args: Any) -> None:
        statements.append(args[2])

    event.listen(engines.sync, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(engines.sync, "before_cursor_execute", hear)


RELATIONS = {
    "many to one": ("Post", "author", 1),
    "many to one, of text": ("Person", "country", 1),
    "many to one, to itself": ("Person", "boss", 0),
    "many to one, of two columns": ("Seat", "hall", 1),
    "one to many": ("Person", "posts", 1),
    "one to many, of text": ("Country", "people", 1),
    "one to many, to itself": ("Person", "staff", 1),
    "one to many, of two columns": ("Hall", "seats", 1),
    "one to many, with a condition": ("Person", "odd_posts", 1),
    "one to one": ("Person", "card", 1),
    "the same from its key": ("Card", "person", 1),
    "many to many": ("Post", "tags", 1),
    "many to many, to itself": ("Person", "friends", 1),
}
"""The model, the relation and how many queries it takes for all rows (all people are loaded: no boss is missing)."""


def _plain(value: Any) -> Any:
    """What a relation holds, told by keys: in order for lists."""
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, set | frozenset):
        return {_plain(one) for one in value}
    return [_plain(one) for one in value] if isinstance(value, list) else value._sa_instance_state.identity


def test_a_relation_is_loaded_for_all_rows(shop: Any, served: Engines) -> None:
    """With as many queries for all as for one, the same objects in the same order as SQLAlchemy loads them."""
    for owner, relation, queries in RELATIONS.values():
        everything = _everything(shop, owner)
        with Session(served.sync) as session:
            expected = [_plain(getattr(one, relation)) for one in session.scalars(everything)]
        assert any(expected)
        with DB(served.sync) as db:
            rows = db.all(everything)
            with _sent(served) as sent:
                assert (relation, [_plain(getattr(one, relation)) for one in rows]) == (relation, expected)
            assert (relation, len(sent)) == (relation, queries), sent
            assert not db.dirty


def test_load_is_for_rows_that_are_there(shop: Any, served: Engines) -> None:
    """`load` does the same ahead; from then on nothing is sent, in sync and in async code."""

    async def main() -> None:
        for owner, relation, queries in RELATIONS.values():
            attribute = getattr(getattr(shop, owner), relation)
            with DB(served.sync) as db:
                rows = db.all(_everything(shop, owner))
                with _sent(served) as sent:
                    db.load(rows, attribute)
                    db.load(rows, attribute)
                    expected = [_plain(getattr(one, relation)) for one in rows]
                assert (relation, len(sent)) == (relation, queries), sent
            async with AsyncDB(served.asynchronous) as asynchronous:
                rows = await asynchronous.all(_everything(shop, owner))
                await asynchronous.load(rows, attribute)
                assert [_plain(getattr(one, relation)) for one in rows] == expected
        await served.aclose()

    asyncio.run(main())


def _everything(shop: Any, name: str) -> Any:
    model = getattr(shop, name)
    return select(model).order_by(*model.__mapper__.primary_key)


def test_a_query_has_five_hundred_keys(shop: Any, served: Engines) -> None:
    """Eleven hundred rows are three queries."""
    with DB(served.sync) as db:
        db.bulk_insert(shop.Person, [{"name": "x"} for _ in range(1092)])
        people = db.all(shop.Person)
        assert len(people) == 1100
        with _sent(served) as sent:
            assert sum(len(one.posts) for one in people) == 15
        assert len(sent) == 3


def test_what_lies_deeper_is_loaded_for_all_too(shop: Any, served: Engines) -> None:
    """Three loops in one another are three queries more."""
    with DB(served.sync) as db:
        people = db.all(shop.Person)
        with _sent(served) as sent:
            seen = {tag.name for one in people for post in one.posts for tag in post.tags}
        assert seen == {"t0", "t1", "t2", "t3"}
        assert len(sent) == 2


def test_who_has_none_is_known_behind_an_eager_inner_join(base: Any, served: Engines) -> None:
    """A join that the target's class asks for drops owners that lead to nothing; they are not asked for one by one."""

    class Country(base.__base__):
        code: Mapped[str] = field(max_length=2, primary_key=True)
        seat: Mapped[City | None] = has_one(by="capital_of")

    class City(base):
        country: Mapped[Country] = belongs_to(via="country_code", lazy="joined", innerjoin=True)
        capital_of: Mapped[Country | None] = belongs_to(via="capital_of_code", default=None, unique=True)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        countries = [Country(code=f"c{number}") for number in range(6)]
        db.add_all([*countries, *(City(country=one, capital_of=one) for one in countries[:3])])
        db.commit()
    with DB(served.sync) as db, _sent(served) as statements:
        found = {one.code: one.seat for one in db.all(Country)}
        assert [code for code, seat in sorted(found.items()) if seat is None] == ["c3", "c4", "c5"]
        assert len(statements) == 3


def test_options_of_the_rows_travel_along(shop: Any, served: Engines) -> None:
    """Criteria and options for what lies deeper, as with SQLAlchemy's own loading."""
    few = with_loader_criteria(shop.Post, shop.Post.number < 7)
    deep = defaultload(shop.Person.posts).options(load_only(shop.Post.author_id), selectinload(shop.Post.tags))
    for load in (_read, _load_first):
        with DB(served.sync) as db:
            people = db.all(select(shop.Person).order_by(shop.Person.id).options(few, deep))
            with _sent(served) as sent:
                load(db, people, shop.Person.posts)
                assert sorted(post.id for one in people for post in one.posts) == [2, 3, 4, 6, 7]
                assert all(post._sa_instance_state.unloaded == {"number", "author"} for post in people[1].posts)
            assert len(sent) == 2
    with DB(served.sync) as db:
        refused = db.all(select(shop.Person).where(shop.Person.id <= 3).options(raiseload(shop.Person.posts)))
        others = db.all(select(shop.Person).where(shop.Person.id > 3))
        assert sum(len(one.posts) for one in others) == 6
        with pytest.raises(InvalidRequestError, match="raise"):
            _ = refused[0].posts


def _read(db: DB, rows: list[Any], attribute: Any) -> None:
    _ = getattr(rows[0], attribute.key)


def _load_first(db: DB, rows: list[Any], attribute: Any) -> None:
    db.load(rows, attribute)


def test_listeners_see_what_is_loaded(shop: Any, served: Engines) -> None:
    """Criteria that a listener adds to what is asked hold for relations as they do in SQLAlchemy."""

    class Own(DB):
        """A class whose sessions show few posts."""

    def only_few(state: Any) -> None:
        if state.is_select and not state.is_column_load and not state.is_relationship_load:
            state.statement = state.statement.options(with_loader_criteria(shop.Post, shop.Post.number < 7))

    event.listen(Own, "do_orm_execute", only_few)
    with Own(served.sync) as db:
        people = db.all(shop.Person)
        assert sum(len(one.posts) for one in people) == 5
        db.load(people, shop.Person.odd_posts)
        assert sum(len(one.odd_posts) for one in people) == 3


def test_unsaved_changes_are_kept(shop: Any, served: Engines) -> None:
    """What was added to a relation that is not loaded is there when it is, and is saved."""
    with DB(served.sync) as db:
        people = db.all(select(shop.Person).order_by(shop.Person.id))
        mine, other = shop.Post(number=50, author=people[1]), shop.Post(number=51)
        other.author = people[2]
        with db.no_autoflush:
            assert mine in people[1].posts
            assert other in people[2].posts
            assert len(people[3].posts) == 3
        db.add_all([mine, other])
        db.commit()
    with DB(served.sync) as db:
        assert db.count(select(shop.Post).where(shop.Post.number >= 50, shop.Post.author_id.is_not(None))) == 2


def test_changed_keys_are_followed(shop: Any, served: Engines) -> None:
    """A foreign key that was set leads to the new object, before and after it is sent."""
    with DB(served.sync) as db:
        posts = db.all(select(shop.Post).order_by(shop.Post.id).limit(3))
        posts[0].author_id, posts[1].author_id = 3, 4
        assert [post.author and post.author.id for post in posts] == [3, 4, 3]


def test_one_row_is_left_to_sqlalchemy(shop: Any, served: Engines) -> None:
    """As are rows that are gone, expired or detached."""
    with DB(served.sync) as db:
        people = db.all(select(shop.Person).order_by(shop.Person.id))
        db.expire(people[0])
        with _sent(served) as sent:
            assert (people[1].card is None, people[0].name) == (False, "p0")
        assert len(sent) == 2
        db.expunge(people[0])
        with pytest.raises(DetachedInstanceError):
            _ = people[0].posts
        db.expire(people[2], ["card"])
        assert people[2].card is None
    with DB(served.sync) as db:
        post = db.get_or_404(shop.Post, 2)
        assert post.author.name == "p1"
        del post
        gc.collect()
        assert db.get_or_404(shop.Post, 3).author.name == "p2"
        db.execute(shop.Card.__table__.delete())
        people = db.all(shop.Person)
        db.delete(people[7])
        assert [one.card for one in people] == [None] * 8


def test_deleting_one_loads_nothing_for_others(base: Any, served: Engines) -> None:
    """What SQLAlchemy must know to delete, it asks for that object alone; strict units delete too."""

    class Parent(base):
        children: Mapped[list[Child]] = has_many(cascade="all, delete-orphan", passive_deletes=False)

    class Child(base):
        parent: Mapped[Parent] = belongs_to()

    base.metadata.create_all(served.sync)
    for options in ({}, {"strict_loading": True}):
        with DB(served.sync, **options) as db:
            made = [Parent(), Parent()]
            db.add_all([*made, *[Child(parent=one) for one in made]])
            db.commit()
        with DB(served.sync, **options) as db:
            parents = db.all(Parent)
            db.delete(parents[0])
            db.flush()
            assert "children" in parents[1]._sa_instance_state.unloaded
            assert db.count(Child) == len(parents) - 1
            db.rollback()
            db.execute(Child.__table__.delete())
            db.execute(Parent.__table__.delete())
            db.commit()


def test_classes_of_plain_sqlalchemy(served: Engines) -> None:
    """Inheritance, a dictionary of children, a relation by a column that is no key: nothing of ours in them."""

    class Plain(DeclarativeBase):
        """Their base."""

    class Unit(Plain):
        __tablename__ = "plain_unit"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(String(10))
        code: Mapped[int] = mapped_column(unique=True)
        parts: Mapped[dict[str, Part]] = relationship(
            lambda: Part, collection_class=attribute_keyed_dict("name"), back_populates="unit"
        )
        coded: Mapped[list[Coded]] = relationship(lambda: Coded, back_populates="unit")
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "unit"}

    class Troop(Unit):
        __tablename__ = "plain_troop"
        id: Mapped[int] = mapped_column(ForeignKey("plain_unit.id"), primary_key=True)
        size: Mapped[int]
        __mapper_args__ = {"polymorphic_identity": "troop"}

    class Part(Plain):
        __tablename__ = "plain_part"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(10))
        unit_id: Mapped[int] = mapped_column(ForeignKey("plain_unit.id"))
        unit: Mapped[Unit] = relationship(back_populates="parts")

    class Coded(Plain):
        __tablename__ = "plain_coded"
        id: Mapped[int] = mapped_column(primary_key=True)
        code: Mapped[int]
        unit: Mapped[Unit] = relationship(back_populates="coded")
        __table_args__ = (ForeignKeyConstraint(["code"], ["plain_unit.code"]),)

    Plain.metadata.create_all(served.sync)
    with Session(served.sync) as session:
        units = [Unit(code=n + 10) if n % 2 else Troop(code=n + 10, size=n) for n in range(4)]
        session.add_all(units)
        session.add_all(Part(name=f"a{n}", unit=units[n % 3]) for n in range(6))
        session.add_all(Coded(unit=units[n % 3]) for n in range(6))
        session.commit()
    reads: list[tuple[Any, Callable[[Any], Any], int]] = [
        (Unit, lambda one: sorted(one.parts), 1),
        (Troop, lambda one: sorted(one.parts), 1),
        (Part, lambda one: (type(one.unit).__name__, one.unit.code), 1),
        (Coded, lambda one: one.unit.code, 1),
        (Unit, lambda one: sorted(coded.id for coded in one.coded), 1),
    ]
    for model, read, queries in reads:
        with Session(served.sync) as session:
            expected = [read(one) for one in session.scalars(select(model).order_by(model.id))]
        with DB(served.sync) as db:
            rows = db.all(select(model).order_by(model.id))
            with _sent(served) as sent:
                assert [read(one) for one in rows] == expected
            assert len(sent) == queries, sent
    Plain.metadata.drop_all(served.sync)


def test_async_code_is_told_how_to_load(shop: Any, served: Engines) -> None:
    """Each of the ways that the error names works."""

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            posts = await db.all(select(shop.Post).order_by(shop.Post.id))
            with pytest.raises(NotLoaded, match=r"Post\.author is not loaded") as told:
                _ = posts[1].author
            assert "select(Post).options(selectinload(Post.author))" in str(told.value)
            assert "await db.load(rows, Post.author)" in str(told.value)
            await db.load(posts, shop.Post.author, shop.Post.tags)
            assert posts[1].author.name == "p1"
            assert len(posts[1].tags) == 3
            with pytest.raises(NotLoaded, match=r"await db\.load\(rows, Person\.notes\)"):
                _ = posts[1].author.notes
            await db.load([post.author for post in posts], shop.Person.notes)
            assert posts[1].author.notes == ""
            await db.load(posts[1], selectinload(shop.Post.author).selectinload(shop.Person.staff))
            assert [one.name for one in posts[1].author.staff] == ["p2", "p3"]
            with pytest.raises(NotLoaded, match=r"Person\.posts"):
                _ = posts[1].author.posts
            assert await db.run(lambda sync: len(posts[1].author.posts)) == 3
            db.expire(posts[1])
            with pytest.raises(NotLoaded, match=r"Post\.\w+ is not loaded .*expired.*await db\.load"):
                _ = posts[1].number
            await db.refresh(posts[1])
            assert posts[1].number == 1
            with pytest.raises(NotLoaded, match=r"await db\.all"):
                db.sync_session.scalars(select(shop.Post))
        async with AsyncDB(served.asynchronous) as db:
            (found,) = await db.all(
                select(shop.Person).where(shop.Person.id == 2).options(selectinload(shop.Person.posts))
            )
            assert len(found.posts) == 3
        await served.aclose()

    asyncio.run(main())


def test_dynamic_relations_are_told_too(base: Any, served: Engines) -> None:
    """A collection that is a query of its own cannot be asked in async code."""

    class Parent(base):
        children: DynamicMapped[Child] = relationship(lambda: Child, viewonly=True)

    class Child(base):
        parent: Mapped[Parent] = belongs_to()

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.save(Child(parent=Parent()))
        db.commit()
        assert db.get_or_404(Parent, 1).children.count() == 1

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            parent = await db.get_or_404(Parent, 1)
            for read in (list, lambda query: query.count(), lambda query: query.first()):
                with pytest.raises(NotLoaded, match="dynamic"):
                    read(parent.children)
            assert await db.run(lambda _: parent.children.count()) == 1
        await served.aclose()

    asyncio.run(main())


def test_strict_units_load_nothing(shop: Any, served: Engines) -> None:
    """What was not selected raises, also where it is one row; `load` and objects that are there still do."""
    with DB(served.sync, strict_loading=True) as db:
        posts = db.all(select(shop.Post).order_by(shop.Post.id))
        with pytest.raises(NotLoaded, match=r"Post\.author is not loaded.*strict.* db\.load\(rows, Post\.author\)"):
            _ = posts[1].author
        assert posts[0].author is None
        db.load(posts, shop.Post.author)
        assert posts[1].author.name == "p1"
        assert posts[1].author.notes == ""
        posts[1].author.name = "changed"
        db.commit()

    async def main() -> None:
        async with AsyncDB(served.asynchronous, strict_loading=True) as db:
            with pytest.raises(NotLoaded, match=r"await db\.load\(rows, Person\.posts\)"):
                await db.run(lambda sync: sync.get_or_404(shop.Person, 1).posts)
        await served.aclose()

    asyncio.run(main())


def test_load_says_what_it_cannot_do(shop: Any, served: Engines) -> None:
    """Attributes of another class, things that are no objects, objects of another unit."""
    with DB(served.sync) as db:
        posts = db.all(shop.Post)
        with pytest.raises(TypeError, match=r"Post objects, and Person\.staff is not theirs"):
            db.load(posts, shop.Person.staff)
        with pytest.raises(TypeError, match="attributes of models"):
            db.load(posts, "author")
        with pytest.raises(TypeError, match="int is none"):
            db.load([1], shop.Post.author)
        with pytest.raises(InvalidRequestError, match="not in the database of this unit"):
            db.load(shop.Post(number=1), shop.Post.author)
        db.load([], shop.Post.author)
        db.load([None], shop.Post.author, selectinload(shop.Post.tags))
        with _sent(served) as sent:
            db.load(db.page(shop.Post, size=3), shop.Post.author)
        assert len(sent) == 3


def test_the_log_names_the_line_once(shop: Any, served: Engines, caplog: pytest.LogCaptureFixture) -> None:
    """In development, where rows came without a relation that was read."""
    caplog.set_level(logging.INFO, "demijohn.database")
    loading._TOLD.clear()
    for _ in range(2):
        with DB(served.sync, log_loading=True) as db:
            posts = db.all(shop.Post)
            assert [post.author for post in posts]
    (record,) = caplog.records
    text = record.getMessage()
    assert "test_loading.py:" in text
    assert "Post.author" in text
    assert "all 19 of them" in text
    assert "select(Post).options(selectinload(Post.author))" in text
    with DB(served.sync) as db:
        assert all(len(post.tags) < 5 for post in db.all(shop.Post))
    assert len(caplog.records) == 1


def test_a_relation_may_say_how_it_is_loaded(base: Any, served: Engines) -> None:
    """With its row, in a query after it, or never by itself."""

    class Parent(base):
        name: Mapped[str] = field(max_length=10)

    class Child(base):
        joined: Mapped[Parent] = belongs_to(load="joined")
        after: Mapped[Parent] = belongs_to(load="selectin")
        never: Mapped[Parent] = belongs_to(load="raise")

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.add_all(Child(joined=Parent(name="a"), after=Parent(name="b"), never=Parent(name="c")) for _ in range(3))
        db.commit()
    with DB(served.sync) as db:
        with _sent(served) as sent:
            children = db.all(Child)
        assert len(sent) == 2
        with _sent(served) as sent:
            assert {(one.joined.name, one.after.name) for one in children} == {("a", "b")}
        assert sent == []
        with pytest.raises(InvalidRequestError, match="raise"):
            _ = children[0].never
        db.load(children, Child.never)
        assert children[2].never.name == "c"


@pytest.mark.parametrize("strict", [False, True])
def test_the_battery_says_it_for_all_units(base: Any, engines: Engines, strict: bool) -> None:
    """Its setting reaches sync and async units."""

    class Parent(base):
        """What is read."""

    class Child(base):
        parent: Mapped[Parent] = belongs_to()

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.add_all(Child(parent=Parent()) for _ in range(2))
        db.commit()
    app = App()
    url = engines.url.render_as_string(hide_password=False)
    app.use(Database(url=url, create_tables="never", strict_loading=strict))

    @app.get("/sync")
    def sync(db: DB) -> list[int]:
        return [child.parent.id for child in db.all(Child)]

    @app.get("/async")
    async def asynchronous(db: AsyncDB) -> int:
        child = await db.get_or_404(Child, 1)
        return await db.run(lambda _: child.parent.id)

    with Client(app, raise_errors=False) as client:
        for path in ("/sync", "/async"):
            assert client.get(path).status == (500 if strict else 200)
