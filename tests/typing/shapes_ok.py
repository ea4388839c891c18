"""What type checkers understand of bodies, changes and shapes of models: checked by mypy --strict and pyright, and run.

The lines that must be refused carry an ignore, and an ignore that is not needed is itself an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, assert_type

from demijohn import DB, App, Body, Client, Database, Page, Patch, Schema
from demijohn.database import Mapped, Model, belongs_to, field, key


class User(Model):
    """Who writes."""

    name: Mapped[str] = field(max_length=40)


class Post(Model):
    """What is written."""

    title: Mapped[str] = field(max_length=80)
    author: Mapped[User] = belongs_to()
    author_id: Mapped[int] = key()


class UserOut(Schema, model=User):
    """A relation nests by the schema of its model."""

    name: str


class PostOut(Schema, model=Post, rename="camel"):
    """The model is named beside what msgspec takes."""

    id: int
    title: str
    author: UserOut


class Counted(PostOut, model=None):
    """Fields of another source."""

    comments: int


app = App()
app.use(Database(url="sqlite://"))


@app.post("/posts", status=201)
def create(post: Annotated[Post, Body(exclude="author_id")], db: DB) -> PostOut:
    """A body is a post, for checkers too."""
    assert_type(post, Post)
    post.author = User(name="ann")
    saved = db.save(post)
    return PostOut(id=saved.id, title=saved.title, author=UserOut(name=saved.author.name))


@app.patch("/posts/{post}")
def change(post: Post, changes: Patch[Post], db: DB) -> Annotated[Post, PostOut]:
    """Changes are of posts, and give a post back."""
    assert_type(changes, Patch[Post])
    assert_type(changes.sent, Mapping[str, Any])
    assert_type(changes.apply(post), Post)
    if TYPE_CHECKING:
        changes.apply(post.author)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return post


@app.get("/posts")
def index(db: DB) -> Page[Post]:
    """A page of posts."""
    shown = db.read(PostOut, Post)
    assert_type(shown, list[PostOut])
    assert_type(shown[0].author.name, str)
    assert_type(Counted(id=1, title="x", author=UserOut(name="y"), comments=2).comments, int)
    return db.page(Post)


def main() -> None:
    """Run it."""
    with Client(app) as client:
        assert client.post("/posts", json={"title": "a"}).json() == {"id": 1, "title": "a", "author": {"name": "ann"}}
        changed = client.patch("/posts/1", json={"title": "b"}).json()
        assert changed == {"id": 1, "title": "b", "author": {"name": "ann"}}
        assert client.get("/posts").json()["items"] == [{"id": 1, "title": "b", "author_id": 1}]
    assert_type(Patch(Post, {"title": "x"}), Patch[Post])
    print("ok")


if __name__ == "__main__":
    main()
