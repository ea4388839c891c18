"""Schemas of models: the model's rules come along, and names and types are held against it."""

import datetime as dt
import enum
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from sqlalchemy import ForeignKey, String, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from demijohn import API, App, AsyncDB, Body, Client, Meta, Schema, SetupError
from demijohn.batteries.database.outputs import check_shapes
from demijohn.database import DB, IPAddress, NotLoaded, Page, belongs_to, field, many_to_many
from demijohn.kernel.schema import SHAPES

from .test_inputs import app_of, errors


class Size(enum.Enum):
    """Sent by its values."""

    SMALL = "s"
    LARGE = "l"


@pytest.fixture(autouse=True)
def _own_shapes() -> Iterator[None]:
    """Schemas of other tests are not held against their models here."""
    others = set(SHAPES)
    SHAPES.clear()
    yield
    SHAPES.clear()
    SHAPES.update(others)


@pytest.fixture
def models(base: Any) -> Any:
    """Posts of users, with tags."""

    class User(base):
        name: Mapped[str] = field(max_length=20, label="Name")
        secret: Mapped[str] = field(private=True, default="s")

    class Tag(base):
        name: Mapped[str]

    class Post(base):
        title: Mapped[str] = field(max_length=5, min_length=2, label="Title", help="What it is called")
        price: Mapped[Decimal] = field(max_digits=5, decimal_places=2, ge=0, default=Decimal(0))
        size: Mapped[Size] = field(default=Size.SMALL)
        subtitle: Mapped[str | None] = field(max_length=3)
        at: Mapped[dt.datetime | None]
        author: Mapped[User] = belongs_to()
        tags: Mapped[set[Tag]] = many_to_many()

        @property
        def loud(self) -> str:
            return self.title.upper()

    base.User, base.Tag, base.Post = User, Tag, Post
    return base


def test_rules_come_along(models: Any) -> None:
    """Beside the types, so that whoever reads or describes the schema sees them; those written there win."""

    class PostIn(Schema, model=models.Post):
        title: Annotated[str, Meta(max_length=4)]
        subtitle: str | None = None

    title, subtitle = msgspec.structs.fields(PostIn)
    assert (
        title.type
        == Annotated[str, Meta(max_length=4), Meta(min_length=2, title="Title", description="What it is called")]
    )
    assert subtitle.type == Annotated[str, Meta(max_length=3)] | None
    assert PostIn(title="long enough to be wrong").title, "a schema that is made in code is not checked"
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"title": "abcde"}', type=PostIn)


def test_a_schema_may_stand_before_the_models_that_its_model_refers_to(base: Any) -> None:
    """As everything else in a module may: relations are looked at when the app is sealed."""

    class Letter(base):
        subject: Mapped[str] = field(max_length=5)
        writer: Mapped["Writer"] = belongs_to()  # type: ignore[name-defined]

    class LetterOut(Schema, model=Letter):
        subject: str

    with pytest.raises(msgspec.ValidationError, match="length <= 5"):
        msgspec.convert({"subject": "too long"}, LetterOut)

    class Writer(base):
        name: Mapped[str]

    assert Letter(subject="a", writer=Writer(name="b")).writer.name == "b"


def test_schemas_below_inherit_the_model_and_its_rules(models: Any) -> None:
    """Unless that is ended, for fields of another source."""

    class Brief(Schema, model=models.Post):
        title: str

    class Full(Brief):
        subtitle: str | None

    class Counted(Full, model=None):
        comments: int

    class Plain(Schema):
        anything: int

    names = {field.name: field.type for field in msgspec.structs.fields(Counted)}
    assert typing.get_origin(names["title"]) is Annotated
    assert names["subtitle"] == Annotated[str, Meta(max_length=3)] | None
    assert {one.__name__ for one in SHAPES} == {"Brief", "Full"}
    assert not hasattr(Plain, "__model__") or Plain.__model__ is None
    check_shapes()


def answers_of(models: Any, app: App) -> type:
    """The routes that answer in shapes."""

    class UserOut(Schema, model=models.User):
        name: str
        secret: str

    class TagOut(Schema, model=models.Tag):
        name: str

    class PostOut(Schema, model=models.Post):
        title: str
        author: UserOut
        tags: list[TagOut]

    class PostRow(Schema, model=models.Post):
        id: int
        title: str

    Post = models.Post

    @app.get("/start")
    def start(db: DB) -> Any:
        db.save(Post(title="abc", author=models.User(name="ann"), tags={models.Tag(name="t")}))
        return {}

    @app.get("/old")
    def old(db: DB) -> Any:
        db.execute(text("UPDATE post SET title = 'older than the rule'"))
        return {}

    @app.get("/one")
    def one(db: DB) -> PostOut:
        return db.get_or_404(Post, 1)

    @app.get("/optional")
    def optional(db: DB) -> PostRow | None:
        return db.get(Post, 1)

    @app.get("/list")
    def many(db: DB) -> list[PostOut]:
        return db.all(Post)

    @app.get("/named")
    def named(db: DB) -> dict[str, PostRow]:
        return {"object": db.get(Post, 1), "row": db.execute(select(Post.id, Post.title)).one()}

    @app.get("/page")
    def page(db: DB) -> Page[PostOut]:
        return db.page(Post)

    @app.get("/rows")
    def rows(db: DB) -> Page[PostRow]:
        return db.page(select(Post.id, Post.title, Post.size).order_by(Post.id))

    @app.get("/read")
    def read(db: DB) -> Any:
        return [db.read(PostOut, Post), db.read(PostRow, select(Post)), db.read_one(PostOut, select(Post))]

    @app.get("/async")
    async def read_async(db: AsyncDB) -> Any:
        return await db.read(PostOut, select(Post))

    return PostOut


FULL = {"title": "abc", "author": {"name": "ann", "secret": "s"}, "tags": [{"name": "t"}]}
ROW = {"id": 1, "title": "abc"}
COUNT = {"page": 1, "size": 20, "total": 1, "pages": 1}


def test_answers_are_cut_to_the_shape(models: Any, tmp_path: Path) -> None:
    """Objects, rows, lists, mappings and pages; relations nest; a private field is shown where it is named."""
    app = app_of(models, tmp_path)
    answers_of(models, app)
    with Client(app) as client:
        client.get("/start")
        assert client.get("/one").json() == FULL
        assert client.get("/optional").json() == ROW
        assert client.get("/list").json() == [FULL]
        assert client.get("/named").json() == {"object": ROW, "row": ROW}
        assert client.get("/page").json() == {"items": [FULL], **COUNT}
        assert client.get("/rows").json() == {"items": [ROW], **COUNT}
        assert client.get("/read").json() == [[FULL], [ROW], FULL]
        assert client.get("/async").json() == [FULL]


def test_rows_older_than_a_rule_are_still_shown(models: Any, tmp_path: Path) -> None:
    """Rules are for what comes in; types are still held."""
    app = app_of(models, tmp_path)
    answers_of(models, app)
    older = "older than the rule"
    with Client(app) as client:
        client.get("/start")
        client.get("/old")
        assert client.get("/one").json() == {**FULL, "title": older}
        assert client.get("/page").json() == {"items": [{**FULL, "title": older}], **COUNT}
        assert client.get("/read").json()[1] == [{**ROW, "title": older}]


def test_bodies_are_held_to_the_rules(models: Any, tmp_path: Path) -> None:
    """Inside of plain schemas too, as JSON or form, and also those that only the column knows."""

    class PostIn(Schema, model=models.Post, rename="camel"):
        title: str
        price: Decimal = Decimal(0)
        subtitle: str | None = None
        at: dt.datetime | None = None

    class Batch(Schema):
        posts: list[PostIn]

    app = app_of(models, tmp_path)

    @app.post("/one")
    def one(post: PostIn) -> Any:
        return post

    @app.post("/many")
    def many(batch: Batch) -> Any:
        return len(batch.posts)

    expected = {
        "title": "Expected at most 5 characters.",
        "price": "Expected at most 2 decimal places.",
        "subtitle": "Expected at most 3 characters.",
        "at": "Expected a time zone too, as in 2026-05-31T14:30:00Z.",
    }
    bad = {"title": "abcdef", "price": "1.555", "subtitle": "abcd", "at": "2026-01-01T00:00:00"}
    with Client(app) as client:
        told = {f"body.{name}": message for name, message in expected.items()}
        assert errors(client.post("/one", json=bad)) == told
        assert errors(client.post("/one", data=bad)) == told
        assert errors(client.post("/many", json={"posts": [{"title": "abc"}, bad]})) == {
            f"body.posts.1.{name}": message for name, message in expected.items()
        }
        assert errors(client.post("/one", json={"title": "a\0c", "price": "NaN"})) == {
            "body.title": "It contains characters that cannot be stored.",
            "body.price": "Expected a finite number.",
        }
        assert client.post("/one", json={"title": "abc", "at": "2026-01-01T00:00:00Z"}).status == 200
        assert errors(client.post("/one", json={"title": "abc", "at": "0001-01-01T00:00:00+10:00"})) == {
            "body.at": "Expected a year from 1 to 9999."
        }


def test_openapi_tells_the_rules(models: Any, tmp_path: Path) -> None:
    """Of inputs, changes and outputs."""
    from demijohn import Patch

    app = app_of(models, tmp_path)
    app.use(API())
    PostOut = answers_of(models, app)
    Post = models.Post

    @app.post("/posts")
    def create(post: Annotated[Post, Body()]) -> PostOut:
        return post

    @app.patch("/posts/{post}")
    def change(post: Post, changes: Patch[Post]) -> PostOut:
        return changes.apply(post)

    with Client(app) as client:
        document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    title = {
        "type": "string", "minLength": 2, "maxLength": 5, "title": "Title", "description": "What it is called",
    }  # fmt: skip
    assert schemas["PostOut"]["properties"]["title"] == title
    assert schemas["PostOut"]["required"] == ["title", "author", "tags"]
    assert schemas["PostInput"]["properties"]["title"] == title
    assert schemas["PostInput"]["required"] == ["title"]
    assert schemas["PostInput"]["additionalProperties"] is False
    assert set(schemas["PostInput"]["properties"]) == {"title", "price", "size", "subtitle", "at"}
    assert schemas["PostPatch"]["properties"].keys() == schemas["PostInput"]["properties"].keys()
    assert "required" not in schemas["PostPatch"]
    body = document["paths"]["/posts/{post}"]["patch"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/PostPatch"}
    assert set(body) == {"application/json", "application/x-www-form-urlencoded"}


def wrong(models: Any, name: str, annotation: Any) -> SetupError:
    """The mistake of a schema with that one field."""

    class Shape(Schema, model=models.Post):
        __annotations__ = {name: annotation}

    with pytest.raises(SetupError) as raised:
        check_shapes()
    return raised.value


class Other(Schema):
    """A schema of no model."""

    name: str


@pytest.mark.parametrize(
    ("name", "annotation", "code", "fix"),
    [
        ("titel", str, "DMJ0512", "did you mean 'title'"),
        ("title", int, "DMJ0513", "title: str"),
        ("title", str | None, "", ""),
        ("price", float, "DMJ0513", "price: Decimal"),
        ("size", str, "DMJ0513", "size: Size"),
        ("subtitle", str, "DMJ0513", "subtitle: str | None"),
        ("at", dt.date | None, "DMJ0513", "at: datetime | None"),
        ("author", int, "DMJ0513", "author: UserOut"),
        ("author", list[Other], "DMJ0513", "author: UserOut"),
        ("author", Other, "", ""),
        ("author", dict[str, Any], "", ""),
        ("tags", Other, "DMJ0513", "tags: list[TagOut]"),
        ("tags", list[int], "DMJ0513", "tags: list[TagOut]"),
        ("tags", tuple[Other, ...], "", ""),
        ("author_id", int, "", ""),
        ("author_id", float, "", ""),
        ("loud", str, "", ""),
        ("title", Any, "", ""),
    ],
)
def test_what_the_model_has_not_or_holds_otherwise(
    models: Any, name: str, annotation: Any, code: str, fix: str
) -> None:
    """The error shows the field as it must be."""
    if not code:

        class Shape(Schema, model=models.Post):
            __annotations__ = {name: annotation}

        check_shapes()
        return
    error = wrong(models, name, annotation)
    assert error.code == code
    assert fix.lower() in f"{error.what} {error.fix}".lower()


def test_a_relation_is_not_shown_by_another_models_schema(models: Any) -> None:
    """Two schemas mixed up would answer with what nobody meant."""

    class TagOut(Schema, model=models.Tag):
        name: str

    assert wrong(models, "author", TagOut).code == "DMJ0513"


def test_the_app_tells_all_at_its_start(models: Any, tmp_path: Path) -> None:
    """With all other mistakes, once the models are complete."""

    class One(Schema, model=models.Post):
        titel: str

    class Two(Schema, model=models.Post):
        title: int

    app = app_of(models, tmp_path)
    with pytest.raises(SetupError) as raised:
        app.seal()
    assert "DMJ0512" in str(raised.value)
    assert "DMJ0513" in str(raised.value)
    del One, Two


def test_what_is_no_model_is_told_where_it_is_written() -> None:
    """At once, as nothing could be made of it."""
    with pytest.raises(SetupError, match="DMJ0514"):

        class Shape(Schema, model=dict):
            name: str


def test_plain_sqlalchemy_models_have_shapes(tmp_path: Path) -> None:
    """Their columns say as much as theirs can."""

    class Base(DeclarativeBase):
        pass

    class Shelf(Base):
        __tablename__ = "shelf"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(3), comment="On the label")
        room_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))

    class ShelfOut(Schema, model=Shelf):
        name: str

    (name,) = msgspec.structs.fields(ShelfOut)
    assert name.type == Annotated[str, Meta(max_length=3, description="On the label")]
    check_shapes()


def test_relations_nest_in_bodies(models: Any, tmp_path: Path) -> None:
    """Where a schema spells them out: objects of their models, which are saved with it."""

    class UserIn(Schema, model=models.User):
        name: str

    class TagIn(Schema, model=models.Tag):
        name: str

    class PostIn(Schema, model=models.Post):
        title: str
        author: UserIn
        tags: list[TagIn] = []

    app = app_of(models, tmp_path)
    Post = models.Post

    @app.post("/posts")
    def create(post: Annotated[Post, Body(schema=PostIn)], db: DB) -> Any:
        db.save(post)
        return [post.author.name, sorted(tag.name for tag in post.tags), post.price, type(post) is Post]

    sent = {"title": "abc", "author": {"name": "ann"}, "tags": [{"name": "a"}, {"name": "b"}]}
    with Client(app) as client:
        assert client.post("/posts", json=sent).json() == ["ann", ["a", "b"], "0", True]
        sent = {"title": "x", "author": {"name": "a" * 21}, "tags": [{}]}
        assert errors(client.post("/posts", json=sent)) == {
            "body.title": "Expected at least 2 characters.",
            "body.author.name": "Expected at most 20 characters.",
            "body.tags.0.name": "This field is required.",
        }


def test_a_body_is_spelt_out_by_a_schema_of_its_model(models: Any, tmp_path: Path) -> None:
    """Told at the start, with the line."""

    class TagIn(Schema, model=models.Tag):
        name: str

    class Loose(Schema, model=models.Post):
        author: Other

    for marker in (Body(schema=TagIn), Body(schema=Other), Body(schema=Loose)):
        app = app_of(models, tmp_path)
        Post = models.Post

        @app.post("/posts")
        def create(post: Annotated[Post, marker]) -> Any:
            return post

        with pytest.raises(SetupError, match=r"DMJ0510"):
            app.seal()


@pytest.mark.parametrize("word", ["fields", "exclude", "include"])
def test_fields_are_not_listed(models: Any, word: str) -> None:
    """As in other frameworks: the error shows how they are written."""
    with pytest.raises(SetupError, match=r"(?s)DMJ0514 .*title: str"):
        type(Schema)("Shape", (Schema,), {"__module__": __name__}, model=models.Post, **{word: ["title"]})
    with pytest.raises(SetupError, match=r"(?s)DMJ0514 .*class Meta"):

        class Shape(Schema):
            class Meta:
                model = models.Post
                fields = ("title",)


def test_addresses_are_sent_as_text(base: Any, tmp_path: Path) -> None:
    """In the default shape and in a schema; one that says text would not hold what the database gives."""

    class Host(base):
        ip: Mapped[IPAddress]

    class HostOut(Schema, model=Host):
        ip: Any

    app = app_of(base, tmp_path)

    @app.post("/hosts")
    def create(host: Annotated[Host, Body()], db: DB) -> Any:
        db.save(host)
        db.refresh(host)
        return host

    @app.get("/hosts")
    def index(db: DB) -> list[HostOut]:
        return db.all(Host)

    with Client(app) as client:
        assert client.post("/hosts", json={"ip": "10.0.0.1"}).json() == {"id": 1, "ip": "10.0.0.1"}
        assert client.get("/hosts").json() == [{"ip": "10.0.0.1"}]
        assert errors(client.post("/hosts", json={"ip": "10.0.0.256"})) == {"body.ip": "Expected an IP address."}

    class Wrong(Schema, model=Host):
        ip: str

    with pytest.raises(SetupError, match=r"(?s)DMJ0513 .*ip: Any"):
        check_shapes()
    del Wrong


def test_async_code_is_told_to_load_what_nests(models: Any, tmp_path: Path) -> None:
    """No query can be made while the answer is shaped."""
    app = app_of(models, tmp_path)
    PostOut = answers_of(models, app)
    Post = models.Post

    @app.get("/unloaded")
    async def unloaded(db: AsyncDB) -> PostOut:
        return await db.get_or_404(Post, 1)

    class Lenient(Schema, model=Post):
        title: str
        tags: list[Any] = []

    @app.get("/lenient")
    async def lenient(db: AsyncDB) -> Lenient:
        return await db.get_or_404(Post, 1)

    @app.get("/unloaded-page")
    async def unloaded_page(db: AsyncDB) -> Page[PostOut]:
        return await db.page(Post)

    @app.get("/loaded")
    async def loaded(db: AsyncDB) -> PostOut:
        post = await db.get_or_404(Post, 1)
        await db.load([post], Post.author)
        await db.load([post], Post.tags)
        return post

    with Client(app) as client:
        client.get("/start")
        assert client.get("/loaded").json() == FULL
        for target, name in (("/unloaded", "author"), ("/unloaded-page", "author"), ("/lenient", "tags")):
            with pytest.raises(NotLoaded, match=name):
                client.get(target)


def test_a_model_in_a_field_with_a_choice_is_cut_to_its_shape(base: Any) -> None:
    """Nothing checks what a schema is made with: the model itself may stand there instead of its shape."""

    class Member(base):
        name: Mapped[str]
        mail: Mapped[str]

    class MemberOut(Schema, model=Member):
        name: str

    class Gone(Schema):
        why: str

    class Seat(Schema):
        taken_by: MemberOut | Gone
        was: list[MemberOut | Gone] = []
        name: MemberOut | str = ""

    def handler() -> Any:
        member: Any = Member(name="Ann", mail="x")
        return Seat(taken_by=member, was=[member], name=member)

    app = App(bare=True)
    handler.__annotations__["return"] = Seat
    app.get("/")(handler)
    shown = {"name": "Ann"}
    assert Client(app).get("/").json() == {"taken_by": shown, "was": [shown], "name": shown}
