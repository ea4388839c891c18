"""Models from bodies: what may be set, what is refused, and what is told."""

import datetime as dt
import enum
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from demijohn import App, AsyncDB, Body, Client, SetupError
from demijohn.database import DB, Database, Model, belongs_to, field, has_many, many_to_many


class Kind(enum.Enum):
    """Sent by its values."""

    SHORT = "short"
    LONG = "long"


@pytest.fixture
def blog(base: Any) -> SimpleNamespace:
    """Posts that have of everything."""

    class User(base):
        name: Mapped[str] = field(max_length=20)
        is_admin: Mapped[bool] = field(default=False, readonly=True)
        secret: Mapped[str] = field(private=True, default="")
        posts: Mapped[list["Post"]] = has_many(by="author")

    class Tag(base):
        name: Mapped[str]

    class Post(base):
        title: Mapped[str] = field(max_length=5, min_length=2, pattern="^[a-z]+$")
        stars: Mapped[int] = field(ge=1, le=5)
        price: Mapped[Decimal] = field(max_digits=5, decimal_places=2, ge=0, default=Decimal(0))
        kind: Mapped[Kind] = field(default=Kind.SHORT)
        colour: Mapped[str] = field(choices={"r": "Red", "g": "Green"}, default="r")
        notes: Mapped[list[str]] = field(default_factory=list)
        subtitle: Mapped[str | None]
        at: Mapped[dt.datetime | None]
        views: Mapped[int] = field(init=False, database_default=0)
        hidden: Mapped[str | None] = field(private=True)
        author: Mapped[User] = belongs_to()
        tags: Mapped[set[Tag]] = many_to_many()

    return SimpleNamespace(User=User, Tag=Tag, Post=Post)


GOOD = {"title": "abc", "stars": 3}


def app_of(base: Any, folder: Path) -> App:
    """An app on a file, with the tables."""
    url = f"sqlite:///{folder / 'inputs.sqlite'}"
    app = App()
    app.use(Database(url=url, create_tables="never"))

    @app.lifespan
    def tables() -> Iterator[None]:
        from sqlalchemy import create_engine

        engine = create_engine(url)
        base.metadata.create_all(engine)
        engine.dispose()
        yield

    return app


def errors(answer: Any) -> dict[str, str]:
    """What is wrong, by place."""
    assert answer.status == 422, answer.text
    return {each["where"]: each["message"] for each in answer.json()["errors"]}


def test_a_body_becomes_an_unsaved_object(base: Any, blog: Any, tmp_path: Path) -> None:
    """What was sent is set, defaults are those of the model, and the handler sets the rest."""
    app = app_of(base, tmp_path)
    Post, User = blog.Post, blog.User

    @app.post("/posts", status=201)
    def create(post: Annotated[Post, Body()], db: DB) -> Any:
        assert post.id is None
        post.author = User(name="ann")
        return db.save(post)

    with Client(app) as client:
        answer = client.post(
            "/posts", json={**GOOD, "price": "1.50", "kind": "long", "at": "2026-01-01T00:00:00+01:00"}
        )
        assert answer.status == 201
        assert answer.json() == {
            "id": 1, "title": "abc", "stars": 3, "price": "1.50", "kind": "long", "colour": "r", "notes": [],
            "subtitle": None, "at": "2026-01-01T00:00:00+01:00", "views": 0, "author_id": 1,
        }  # fmt: skip


@pytest.mark.parametrize("how", ["json", "form", "multipart"])
def test_everything_wrong_is_told_at_once(base: Any, blog: Any, tmp_path: Path, how: str) -> None:
    """Rules of the fields, in the same words whatever the body is."""
    app = app_of(base, tmp_path)
    Post = blog.Post

    @app.post("/posts")
    def create(post: Annotated[Post, Body()]) -> Any:
        return post

    bad = {"title": "ABC", "price": "1.555", "kind": "wide", "colour": "blue", "id": "7", "at": "2026-01-01T00:00:00"}
    options: dict[str, Any] = {"json": {"json": bad}, "form": {"data": bad}, "multipart": {"data": bad}}[how]
    if how == "multipart":
        options["files"] = {"cover": ("a.png", b"x")}
    with Client(app) as client:
        found = errors(client.post("/posts", **options))
    assert found.pop("body.kind")
    assert found.pop("body.colour")
    assert found == {
        "body.title": "Expected the pattern ^[a-z]+$.",
        "body.stars": "This field is required.",
        "body.price": "Expected at most 2 decimal places.",
        "body.at": "Expected a time zone too, as in 2026-05-31T14:30:00Z.",
        "body.id": "This field cannot be set here.",
    }


REFUSED = {
    "id": 7, "views": 9, "author_id": 1, "author": {"name": "eve"}, "tags": [1], "hidden": "x", "is_admin": True,
    "__class__": "x",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_the_visitors_is_refused_by_name(base: Any, blog: Any, tmp_path: Path, name: str) -> None:
    """Keys, what the database fills in, relations, private and unknown names: 422, and nothing is set."""
    app = app_of(base, tmp_path)
    Post = blog.Post
    called = []

    @app.post("/posts")
    def create(post: Annotated[Post, Body()]) -> Any:
        called.append(post)

    with Client(app) as client:
        found = errors(client.post("/posts", json={**GOOD, name: REFUSED[name]}))
    hidden = name in ("hidden", "is_admin", "__class__")
    assert found == {f"body.{name}": "There is no such field." if hidden else "This field cannot be set here."}
    assert not called


def test_a_form_may_have_other_fields(base: Any, blog: Any, tmp_path: Path) -> None:
    """Buttons and tokens are passed over; names of the model are refused, private ones too."""
    app = app_of(base, tmp_path)
    Post = blog.Post

    @app.post("/posts")
    def create(post: Annotated[Post, Body()]) -> Any:
        return {"title": post.title}

    with Client(app) as client:
        assert client.post("/posts", data={**GOOD, "submit": "Save", "csrf_token": "x"}).json() == {"title": "abc"}
        found = errors(client.post("/posts", data={**GOOD, "author_id": "1", "hidden": "x"}))
    assert found == {"body.author_id": "This field cannot be set here.", "body.hidden": "There is no such field."}


def test_named_keys_and_relations_come_by_key(base: Any, blog: Any, tmp_path: Path) -> None:
    """A column takes the key as it is; a relation is looked up, and what is not there is told."""
    app = app_of(base, tmp_path)
    Post, Tag, User = blog.Post, blog.Tag, blog.User

    @app.post("/posts")
    def create(post: Annotated[Post, Body(include=("title", Post.stars, "author", "tags"))], db: DB) -> Any:
        db.save(post)
        return {"author": post.author.name, "tags": sorted(tag.name for tag in post.tags)}

    @app.post("/async")
    async def create_async(post: Annotated[Post, Body(include=(..., "author_id", "tags"))], db: AsyncDB) -> Any:
        await db.save(post)
        return {"author_id": post.author_id, "tags": len(post.tags)}

    @app.post("/start")
    def start(db: DB) -> Any:
        db.add_all([User(name="ann"), Tag(name="a"), Tag(name="b")])

        return {}

    with Client(app) as client:
        client.post("/start")
        answer = client.post("/posts", json={**GOOD, "author": 1, "tags": [2, 1]})
        assert answer.json() == {"author": "ann", "tags": ["a", "b"]}
        assert client.post("/async", json={**GOOD, "author_id": 1, "tags": [2]}).json() == {"author_id": 1, "tags": 1}
        found = errors(client.post("/posts", json={**GOOD, "author": 9, "tags": [1, 8]}))
        assert found == {"body.author": "There is no such user.", "body.tags.1": "There is no such tag."}
        assert errors(client.post("/posts", json={**GOOD, "tags": ["x"]})) == {
            "body.author": "This field is required.",
            "body.tags.0": "Expected a whole number, got text.",
        }
        assert errors(client.post("/posts", json={**GOOD, "author": 1, "subtitle": "x"})) == {
            "body.subtitle": "This field cannot be set here."
        }


def test_lists_optional_bodies_and_services(base: Any, blog: Any, tmp_path: Path) -> None:
    """A body may be a list, may be missing, and may be asked for by a service."""
    app = app_of(base, tmp_path)
    Post = blog.Post

    @app.post("/many")
    async def many(posts: Annotated[list[Post], Body()]) -> Any:
        return [post.title for post in posts]

    @app.post("/maybe")
    def maybe(post: Annotated[Post | None, Body()] = None) -> Any:
        return None if post is None else post.title

    with Client(app) as client:
        assert client.post("/many", json=[GOOD, GOOD]).json() == ["abc", "abc"]
        assert errors(client.post("/many", json=[GOOD, {**GOOD, "stars": 9, "id": 1}])) == {
            "body.1.stars": "Expected 5 or less.",
            "body.1.id": "This field cannot be set here.",
        }
        assert client.post("/maybe", json=GOOD).text == "abc"


def test_a_constructor_of_ones_own_is_called(base: Any, tmp_path: Path) -> None:
    """Also where a body does not give all that the model needs."""

    class Note(base):
        title: Mapped[str]
        slug: Mapped[str]
        owner: Mapped[int]

        def __init__(self, **values: Any) -> None:
            super().__init__(**values)
            self.slug = self.title.lower()

    app = app_of(base, tmp_path)

    @app.post("/notes")
    def create(note: Annotated[Note, Body(exclude=["slug", Note.owner])]) -> Any:
        return note.slug

    with Client(app) as client:
        assert client.post("/notes", json={"title": "ABC"}).text == "abc"
    with pytest.raises(TypeError, match="missing owner"):
        Note(title="x", slug="x")


def test_plain_sqlalchemy_models_are_taken(tmp_path: Path) -> None:
    """Their columns say as much as theirs can."""

    class Base(DeclarativeBase):
        pass

    class Shelf(Base):
        __tablename__ = "shelf"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(3))
        room_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))

    app = app_of(Base, tmp_path)

    @app.post("/shelves")
    def create(shelf: Annotated[Shelf, Body()]) -> Any:
        return shelf.name

    with Client(app) as client:
        assert client.post("/shelves", json={"name": "abc"}).text == "abc"
        assert errors(client.post("/shelves", json={"name": "abcd", "room_id": 1})) == {
            "body.name": "Expected at most 3 characters.",
            "body.room_id": "This field cannot be set here.",
        }


def test_a_strict_constructor_is_told_at_start(tmp_path: Path) -> None:
    """A dataclass that wants its foreign key would fail at each request."""

    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class Shelf(Base):
        __tablename__ = "shelf"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        name: Mapped[str] = mapped_column(String(3))
        room_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))

    app = app_of(Base, tmp_path)

    @app.post("/shelves")
    def create(shelf: Annotated[Shelf, Body()]) -> Any:
        return shelf.name

    with pytest.raises(SetupError, match=r"(?s)DMJ0511 .*room_id.*include=\(..., 'room_id'\)"):
        app.seal()


@pytest.mark.parametrize(
    ("marker", "code", "words"),
    [
        (Body(exclude="titel"), "DMJ0510", "did you mean 'title'"),
        (Body(include=("nothing",)), "DMJ0510", "no field 'nothing'"),
        (Body(include=("title",), exclude=("stars",)), "DMJ0510", "nothing to take away"),
        (Body(exclude=("title", "stars", "price", "kind", "colour", "notes", "subtitle", "at")), "DMJ0511", "nothing"),
    ],
)  # fmt: skip
def test_what_no_body_can_mean_is_told_at_start(
    base: Any, blog: Any, tmp_path: Path, marker: Body, code: str, words: str
) -> None:
    """Names that are not there, with the nearest one; a list and what is to be taken away from it."""
    app = app_of(base, tmp_path)
    Post = blog.Post

    @app.post("/posts")
    def create(post: Annotated[Post, marker]) -> Any:
        return post

    with pytest.raises(SetupError, match=rf"(?si){code} .*{words}"):
        app.seal()


def test_without_the_battery_it_is_named(blog: Any) -> None:
    """A forgotten battery is told as such."""
    app = App()
    Post = blog.Post

    @app.post("/posts")
    def create(post: Annotated[Post, Body()]) -> Any:
        return post

    with pytest.raises(SetupError, match=r"(?s)DMJ0309 .*app\.use\(Database\(\)\)"):
        app.seal()


def test_fields_are_chosen_of_models_only() -> None:
    """A Schema has the fields that are meant."""
    app = App()

    @app.post("/names")
    def create(names: Annotated[dict[str, str], Body(include={"a"})]) -> Any:
        return names

    with pytest.raises(SetupError, match=r"DMJ0510"):
        app.seal()


class OpenBounds(Model):
    """Whole numbers with bounds that they may not reach."""

    pages: Mapped[int] = field(gt=0)
    floor: Mapped[int | None] = field(lt=10, default=None)


def test_open_bounds_of_whole_numbers() -> None:
    """They go beside the size of the column."""
    app = App()
    app.use(Database("sqlite://"))

    @app.post("/")
    def add(item: Annotated[OpenBounds, Body()]) -> Any:
        return {"pages": item.pages}

    with Client(app) as client:
        assert client.post("/", json={"pages": 1, "floor": -5}).json() == {"pages": 1}
        wrong = client.post("/", json={"pages": 0, "floor": 10}).json()["errors"]
        assert [each["where"] for each in wrong] == ["body.pages", "body.floor"]
        assert client.post("/", json={"pages": 2**31}).status == 422
