"""Models as stores: relations, scopes, what is deleted along, and stores as parameters."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import ForeignKey, MetaData, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from demijohn import App, AsyncClient, BadRequest, Client, Conflict, NotFound, SetupError, UnprocessableContent
from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.model import ModelBase
from demijohn.batteries.database.naming import NAMING_CONVENTION
from demijohn.batteries.database.types import ANNOTATIONS, BIG_KEY
from demijohn.database import (
    DB,
    AsyncDB,
    AsyncSQLStore,
    Database,
    SQLStore,
    belongs_to,
    field,
    has_many,
    key,
    many_to_many,
    model_shape,
)
from demijohn.stores import Choice, Protected, Query, Where

from .server_databases import server_url


class Base(ModelBase, DeclarativeBase):
    """Of this file alone."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = ANNOTATIONS


class Numbered(Base):
    """With a key."""

    __abstract__ = True
    id: Mapped[int] = field(BIG_KEY, primary_key=True, init=False, sort_order=-1000)


class Mood(enum.Enum):
    """Two moods."""

    CALM = "calm"
    ANGRY = "angry"


class Author(Numbered):
    """Has articles, which go with it, and drafts, which do not."""

    __label__ = "writer"
    name: Mapped[str] = field(max_length=40, unique=True)
    email: Mapped[str] = field(default="", private=True)
    articles: Mapped[list[Article]] = has_many(by="author")


class Label(Numbered):
    """Many to many."""

    name: Mapped[str] = field(max_length=20)


class Article(Numbered):
    """A row of many types."""

    title: Mapped[str] = field(max_length=40, min_length=2, help="In a few words.")
    body: Mapped[str] = field(default="")
    price: Mapped[Decimal | None] = field(default=None, max_digits=6, decimal_places=2, ge=0)
    mood: Mapped[Mood] = field(default=Mood.CALM)
    rank: Mapped[int] = field(default=1, choices={1: "first", 2: "second"})
    seen: Mapped[dt.datetime | None] = field(default=None)
    made: Mapped[dt.datetime] = field(auto_now_add=True)
    author: Mapped[Author] = belongs_to(on_delete="cascade")
    editor: Mapped[Author | None] = belongs_to(default=None, on_delete="set null")
    labels: Mapped[set[Label]] = many_to_many()


class Licence(Numbered):
    """Keeps its article."""

    text: Mapped[str] = field(max_length=40)
    article: Mapped[Article] = belongs_to()


class Follow(Base):
    """A key of two relations."""

    author: Mapped[Author] = belongs_to(on_delete="cascade")
    author_id: Mapped[int] = key(primary_key=True)
    label: Mapped[Label] = belongs_to(on_delete="cascade")
    label_id: Mapped[int] = key(primary_key=True)


class Plain(DeclarativeBase):
    """SQLAlchemy's own."""


class Shelf(Plain):
    """Whose books SQLAlchemy empties, and whose boxes it deletes."""

    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list[PlainBook]] = relationship(back_populates="shelf")
    boxes: Mapped[list[Box]] = relationship(cascade="all, delete-orphan")


class PlainBook(Plain):
    """Stays."""

    __tablename__ = "plain_book"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf | None] = relationship(back_populates="books")


class Box(Plain):
    """Goes."""

    __tablename__ = "box"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    name: Mapped[str] = mapped_column(String(10), default="box")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"], scope="module")
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The engines of a database of its own, with this file's tables."""
    for url in server_url(request.param, tmp_path_factory.mktemp("stores")):
        made = Engines(url, pool_size=2)
        for base in (Base, Plain):
            base.metadata.create_all(made.sync)
        yield made
        made.close()


@pytest.fixture
def db(engines: Engines) -> Iterator[DB]:
    """A unit of work; what it or another commits is deleted afterwards."""
    with DB(engines.sync) as unit:
        yield unit
    with engines.sync.begin() as connection:
        for table in [*reversed(Base.metadata.sorted_tables), *reversed(Plain.metadata.sorted_tables)]:
            connection.execute(table.delete())


@pytest.fixture
def articles(db: DB) -> SQLStore[Article]:
    """Three articles of two authors."""
    ann, ben = db.save(Author(name="Ann")), db.save(Author(name="Ben"))
    db.add_all([Label(name="news"), Label(name="art")])
    db.flush()
    store = SQLStore(Article, db)
    store.create({"title": "Wine", "author": ann, "price": "9.50", "mood": "angry"})
    store.create({"title": "Beer", "author": ben.id, "editor": ann.id})
    store.create({"title": "Water", "author_id": ann.id, "labels": [one.id for one in db.all(Label)]})
    return store


def titles(found: Any) -> list[str]:
    """What was found."""
    return [one.title for one in found]


def test_the_shape() -> None:
    """What a model says, in the words of stores."""
    shape = model_shape(Article)
    assert shape.names == (
        "id", "title", "body", "price", "mood", "rank", "seen", "made", "author", "editor", "labels",
    )  # fmt: skip
    assert (shape.label, shape.plural, shape.key) == ("article", "articles", ("id",))
    assert model_shape(Author).label == "writer"
    assert [one.name for one in shape if one.required] == ["title", "author"]
    assert [one.name for one in shape if one.generated] == ["id", "made"]
    title, price, author, labels = (shape[name] for name in ("title", "price", "author", "labels"))
    assert (title.help, title.rules.min_length, title.rules.max_length) == ("In a few words.", 2, 40)
    assert (price.type, price.nullable, price.rules.digits, price.rules.places) == (Decimal, True, 6, 2)
    assert shape["mood"].choices == (Choice(Mood.CALM, "Calm"), Choice(Mood.ANGRY, "Angry"))
    assert shape["rank"].choices == (Choice(1, "first"), Choice(2, "second"))
    assert (shape["seen"].type, shape["seen"].rules.timezone) == (dt.datetime, True)
    assert author.relation is not None
    assert (author.relation.target, author.relation.columns, author.relation.on_delete) == (
        Author, ("author_id",), "cascade",
    )  # fmt: skip
    assert labels.relation is not None
    assert labels.relation.kind == "many"
    children = model_shape(Author)["articles"].relation
    assert children is not None
    assert (children.kind, children.target, children.by) == ("children", Article, "author")
    assert model_shape(Author)["email"].private
    assert model_shape(Author)["name"].unique
    assert model_shape(Follow).key == ("author", "label")


def test_relations_as_values(articles: SQLStore[Article], db: DB) -> None:
    """By the thing, by its key, by the name of the column; many by their keys."""
    wine, beer, water = articles.page(Query(order=("id",)))
    assert [one.author.name for one in (wine, beer, water)] == ["Ann", "Ben", "Ann"]
    assert beer.editor is wine.author
    assert {one.name for one in water.labels} == {"news", "art"}
    articles.update(water, {"labels": [], "editor": None, "author": beer.author})
    assert (water.labels, water.author.name) == (set(), "Ben")


def test_relations_that_lead_nowhere(articles: SQLStore[Article]) -> None:
    """Are problems of their fields, beside all others."""
    with pytest.raises(UnprocessableContent) as caught:
        articles.create({"title": "x", "author": 10**6, "editor": "no key", "labels": [10**6], "price": "-1"})
    assert {one["where"]: one["message"] for one in caught.value.errors} == {
        "title": "Expected at least 2 characters.",
        "author": "There is no such writer.",
        "editor": "Expected a whole number, got text.",
        "labels": "There is no such label.",
        "price": "Expected 0 or more.",
    }
    with pytest.raises(UnprocessableContent) as caught:
        articles.create({"title": "Tea", "author": None, "labels": 5})
    assert {one["where"] for one in caught.value.errors} == {"author", "labels"}


def test_conditions_through_relations(articles: SQLStore[Article]) -> None:
    """By a field of the other, of any of many, by the key, and by whether there is one."""
    ann = articles.page(Query(order=("id",))).items[0].author
    news = articles.db.scalar(select(Label).where(Label.name == "news"))

    def found(*where: Where) -> list[str]:
        return titles(articles.page(Query(where=where, order=("title",))))

    assert found(Where("author.name", "eq", "Ann")) == ["Water", "Wine"]
    assert found(Where("labels.name", "in", ["news", "sport"])) == ["Water"]
    assert found(Where("author", "eq", ann)) == found(Where("author", "eq", str(ann.id))) == ["Water", "Wine"]
    assert found(Where("editor", "null", True)) == ["Water", "Wine"]
    assert found(Where("editor", "ne", ann.id)) == ["Water", "Wine"]
    assert found(Where("labels", "null", False)) == ["Water"]
    assert found(Where("labels", "ne", news)) == ["Beer", "Wine"]
    assert found(Where("price", "ge", "9.5"), Where("mood", "eq", "angry")) == ["Wine"]
    assert found(Where("price", "ne", "9.5")) == ["Beer", "Water"]
    assert found(Where("price", "in", ["9.5", None])) == ["Beer", "Water", "Wine"]
    authors = SQLStore(Author, articles.db)
    assert [one.name for one in authors.page(Query(where=(Where("articles.title", "starts", "be"),)))] == ["Ben"]
    assert titles(articles.page(Query(search="ann wine", search_in=("title", "author.name")))) == ["Wine"]


@pytest.mark.parametrize(
    "query",
    [
        Query(where=(Where("author.email", "eq", ""),)),
        Query(where=(Where("author.name.length", "eq", 1),)),
        Query(where=(Where("made", "ge", "2026-05-31T00:00"),)),
        Query(where=(Where("id", "eq", 2**70),)),
        Query(where=(Where("mood", "gt", "calm"),)),
        Query(order=("labels",)),
        Query(order=("author.name",)),
        Query(search="x", search_in=("price",)),
        Query(load=("title",)),
    ],
)
def test_questions_that_make_no_sense(query: Query) -> None:
    """400, before the database hears of them."""
    with pytest.raises(BadRequest):
        SQLStore(Article, None).page(query)  # type: ignore[arg-type]


def test_what_is_empty_comes_last(articles: SQLStore[Article]) -> None:
    """And first downwards; cursors cross the border."""
    for order, expected in (("price", ["Wine", "Beer", "Water"]), ("-price", ["Water", "Beer", "Wine"])):
        query, after, found = Query(order=(order,)), "", []
        while not found or after:
            page = articles.page(query, size=1, after=after)
            found += titles(page)
            after = page.after
        assert found == expected
    assert titles(articles.page(Query(order=("author", "title")))) == ["Water", "Wine", "Beer"]


def test_scopes(articles: SQLStore[Article]) -> None:
    """A condition, or a function of the select; they bound what is found by key as well."""
    keys = [articles.key(one) for one in articles.page(Query(order=("id",)))]
    for scope in (Article.title != "Wine", lambda statement: statement.where(Article.title != "Wine")):
        assert titles(articles.page(Query(scope=scope, order=("title",)))) == ["Beer", "Water"]
        assert titles(articles.many(keys, Query(scope=scope))) == ["Beer", "Water"]


def test_refusals_of_the_database(db: DB) -> None:
    """Are told of the fields, and the unit goes on."""
    authors = SQLStore(Author, db)
    ann = authors.create({"name": "Ann"})
    with pytest.raises(Conflict) as caught:
        authors.create({"name": "Ann"})
    assert caught.value.errors == [{"where": "name", "message": "This is there already."}]
    ben = authors.create({"name": "Ben"})
    with pytest.raises(Conflict):
        authors.update(ben, {"name": "Ann"})
    assert [one.name for one in authors.many([authors.key(ann), authors.key(ben)])] == ["Ann", "Ben"]
    label = db.save(Label(name="news"))
    follows = SQLStore(Follow, db)
    follow = follows.create({"author": ann, "label": label})
    assert follows.shape.write_key(follows.key(follow)) == f"{ann.id},{label.id}"
    db.expunge(follow)
    with pytest.raises(Conflict) as caught:
        follows.create({"author": ann.id, "label_id": label.id})
    assert {one["where"] for one in caught.value.errors} == {"author", "label"}


def test_versions(articles: SQLStore[Article], engines: Engines) -> None:
    """A change that another unit has committed is noticed, though this one has read the row before."""
    articles.db.commit()
    wine = articles.page(Query(order=("id",))).items[0]
    seen = articles.version(wine)
    articles.db.commit()
    with DB(engines.sync) as other:
        others = SQLStore(Article, other)
        others.update(others.many([articles.key(wine)])[0], {"title": "Cider"})
        other.commit()
    with pytest.raises(Conflict):
        articles.update(wine, {"title": "Mead"}, version=seen)
    articles.update(wine, {"title": "Mead"}, version=articles.version(wine))
    articles.db.delete(wine)
    articles.db.flush()
    with pytest.raises(NotFound):
        articles.update(wine, {"title": "Cider"}, version=seen)


def test_what_is_deleted_along(articles: SQLStore[Article], db: DB) -> None:
    """By the foreign keys: what goes, what is emptied, what stands in the way."""
    authors = SQLStore(Author, db)
    wine, beer, _ = articles.page(Query(order=("id",)))
    ann = wine.author
    label = db.all(Label)[0]
    SQLStore(Follow, db).create({"author": ann, "label": label})
    plan = authors.delete([ann], dry=True)
    assert plan.deleted == {"writer": 1, "articles": 2, "follow": 1}
    assert plan.emptied == {"article": 1}
    assert plan.allowed
    licence = db.save(Licence(text="free", article=wine))
    with pytest.raises(Protected) as caught:
        authors.delete([ann])
    assert caught.value.deletion.protected == {"licence": 1}
    assert "1 licence" in caught.value.detail
    db.delete(licence)
    assert authors.delete([ann]) == plan
    db.expire_all()
    assert titles(articles.page()) == ["Beer"]
    assert beer.editor is None
    assert authors.delete(authors.page().items, dry=True).deleted == {"writer": 1, "article": 1}


def test_the_cascades_of_sqlalchemy(db: DB) -> None:
    """A plain model's relations say what happens, where its foreign keys do not."""
    shelf = Shelf(books=[PlainBook(), PlainBook()], boxes=[Box()])
    db.save(shelf)
    shelves = SQLStore(Shelf, db)
    plan = shelves.delete([shelf])
    assert plan.deleted == {"shelf": 1, "box": 1}
    assert plan.emptied == {"plain books": 2}
    assert db.all(select(PlainBook.shelf_id)) == [None, None]
    assert db.all(Box) == []


class Public(SQLStore[Author]):
    """Those that everybody may see."""

    base = select(Author).where(Author.name != "Hidden")


class PublicAsync(AsyncSQLStore[Author]):
    """The same."""

    base = Public.base


def make_app(url: str) -> App:
    """An app whose handlers ask for stores."""
    app = App()
    app.use(Database(url=url, create_tables="never"))

    @app.post("/authors", status=201)
    def create(name: str, authors: SQLStore[Author]):  # type: ignore[no-untyped-def]
        return authors.create({"name": name})

    @app.get("/authors")
    def index(authors: Public):  # type: ignore[no-untyped-def]
        return [one.name for one in authors.page(Query(order=("name",)))]

    @app.post("/async/authors", status=201)
    async def create_async(name: str, authors: AsyncSQLStore[Author]):  # type: ignore[no-untyped-def]
        async with authors.unit():
            made = await authors.create({"name": name})
        return await authors.update(made, {"name": name.upper()}, version=authors.version(made))

    @app.get("/async/authors")
    async def index_async(authors: PublicAsync):  # type: ignore[no-untyped-def]
        page = await authors.page(Query(order=("name",)))
        again = await authors.many([authors.key(one) for one in page])
        return [one.name for one in again]

    @app.delete("/async/authors/{name}")
    async def delete(name: str, authors: AsyncSQLStore[Author], db: AsyncDB):  # type: ignore[no-untyped-def]
        found = await authors.page(Query(where=(Where("name", "eq", name),)))
        return (await authors.delete(found.items)).deleted

    return app


def test_stores_as_parameters(served: Engines) -> None:
    """Of sync and async handlers; they are committed with the unit."""
    if served.url.drivername.startswith("postgresql+psycopg"):
        pytest.skip("asyncpg is asked, too")
    Base.metadata.create_all(served.sync)
    app = make_app(served.url.render_as_string(hide_password=False))

    async def work() -> None:
        async with AsyncClient(app) as client:
            assert (await client.post("/authors?name=Ann")).status == 201
            assert (await client.post("/authors?name=Ann")).status == 409
            assert (await client.post("/async/authors?name=ben")).json()["name"] == "BEN"
            assert (await client.post("/async/authors?name=" + "x" * 41)).status == 422
            await client.post("/authors?name=Hidden")
            assert (await client.get("/authors")).json() == ["Ann", "BEN"]
            assert (await client.get("/async/authors")).json() == ["Ann", "BEN"]
            assert (await client.delete("/async/authors/BEN")).json() == {"writer": 1}
            assert (await client.get("/authors")).json() == ["Ann"]

    asyncio.run(work())


@pytest.mark.parametrize(("kind", "code"), [(SQLStore, "DMJ0537"), (AsyncSQLStore[Author], "DMJ0539")])
def test_stores_that_are_not_for_the_handler(kind: Any, code: str) -> None:
    """Are told when the app is sealed."""
    app = App()
    app.use(Database(url="sqlite://"))

    def index(authors):  # type: ignore[no-untyped-def]
        return []

    index.__annotations__ = {"authors": kind}
    app.get("/")(index)
    with pytest.raises(SetupError, match=code):
        Client(app)
