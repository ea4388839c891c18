"""Models in answers that may be one of several: each in its shape, and private columns in none of them."""

from typing import Any

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from demijohn import App, Client, Database, Page, Response, Schema
from demijohn.database import field

URL = {"DATABASE_URL": "sqlite://"}


@pytest.fixture
def app(base: Any) -> App:
    """Two models, with a shape and without."""

    class Author(base):
        name: Mapped[str]
        secret: Mapped[str] = field(private=True)

    class Post(base):
        title: Mapped[str]
        secret: Mapped[str] = field(private=True)

    class PostOut(Schema, model=Post):
        title: str

    class AuthorOut(Schema, model=Author):
        name: str

    app = App()
    app.use(Database(create_tables="never"))
    made: dict[str, Any] = {
        "post": Post(title="p", secret="x"), "author": Author(name="a", secret="x"),
        "dict": {"name": "d", "secret": "x"},
    }  # fmt: skip

    def route(path: str, annotation: Any, many: bool = False) -> None:
        def handler(kind: str) -> Any:
            return [made[kind]] if many else made[kind]

        handler.__annotations__["return"] = annotation
        app.get(path + "/{kind}", name=path)(handler)

    route("/models", Post | Author)
    route("/shapes", PostOut | AuthorOut)
    route("/mixed", PostOut | Author | None)
    route("/response", PostOut | Response)
    route("/list", list[PostOut | AuthorOut], many=True)

    @app.get("/page/{kind}")
    def page(kind: str) -> Page[PostOut | Author]:
        return Page(items=[made[kind]], page=1, size=1, total=1)

    return app


def test_each_in_its_shape(app: App) -> None:
    """A model by its class, in the shape that is its own, or else the default one."""
    with Client(app, config=URL) as client:
        assert client.get("/models/post").json() == {"id": None, "title": "p"}
        assert client.get("/models/author").json() == {"id": None, "name": "a"}
        assert client.get("/shapes/post").json() == {"title": "p"}
        assert client.get("/shapes/author").json() == {"name": "a"}
        assert client.get("/mixed/post").json() == {"title": "p"}
        assert client.get("/mixed/author").json() == {"id": None, "name": "a"}
        assert client.get("/response/post").json() == {"title": "p"}
        assert client.get("/list/author").json() == [{"name": "a"}]
        assert client.get("/page/post").json()["items"] == [{"title": "p"}]
        assert client.get("/page/author").json() == {
            "items": [{"id": None, "name": "a"}], "page": 1, "size": 1, "total": 1, "pages": 1,
        }  # fmt: skip


def test_what_is_neither(app: App) -> None:
    """Is not sent."""
    with Client(app, config=URL, raise_errors=False) as client:
        assert client.get("/shapes/dict").status == 500


def test_mapped_dataclasses() -> None:
    """Which JSON would write whole, relations and all."""

    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class Card(Base):
        __tablename__ = "card"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        secret: Mapped[str] = mapped_column(info={"private": True})

    class Other(Schema):
        x: int

    app = App()
    app.use(Database(create_tables="never"))

    @app.get("/plain")
    def plain() -> Any:
        return Card(id=1, title="t", secret="x")

    @app.get("/choice")
    def choice() -> Card | Other:
        return Card(id=1, title="t", secret="x")

    with Client(app, config=URL) as client:
        assert client.get("/choice").json() == client.get("/plain").json()
    Base.registry.dispose()
