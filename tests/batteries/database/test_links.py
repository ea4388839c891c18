"""Links to pages of models: the object stands for its key, as in the handler's signature."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy.orm import DeclarativeBase, mapped_column

from demijohn import App, Client, InlineTemplates, Templates, redirect, render
from demijohn.database import DB, AsyncDB, BareModel, Database, Mapped, Model, field, uuid7


class LinkedShelf(Model):
    """Keyed by a number."""

    name: Mapped[str] = field(max_length=20)


class LinkedBook(BareModel):
    """Keyed by a UUID."""

    id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid7)
    title: Mapped[str] = field(max_length=20)


class OwnBase(DeclarativeBase):
    """Of SQLAlchemy's own."""


class LinkedNote(OwnBase):
    """Without `Model`."""

    __tablename__ = "linked_note"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture
def app() -> App:
    """Pages of two models, one of which is asynchronous."""
    app = App()
    app.use(Database("sqlite://", create_tables="always"), Templates())
    app.register(InlineTemplates("@@ shelf.html\n{{ url('book', shelf=shelf, book=book) }}"))

    @app.get("/shelves/{shelf}/books/{book}")
    async def book(shelf: LinkedShelf, book: LinkedBook, db: AsyncDB) -> Any:
        return [shelf.name, book.title]

    @app.get("/notes/{note}")
    def note(note: LinkedNote) -> str:
        return str(note.id)

    @app.post("/books")
    def add(db: DB) -> Any:
        shelf, new = db.save(LinkedShelf(name="A")), db.save(LinkedBook(title="Emma"))
        return redirect(book, shelf=shelf, book=new)

    @app.get("/shelf")
    def shelf(db: DB) -> Any:
        return render("shelf.html", shelf=db.all(LinkedShelf)[0], book=db.all(LinkedBook)[0])

    return app


def test_a_model_stands_for_its_key(app):
    """In redirects and in templates."""
    with Client(app) as client:
        answer = client.post("/books")
        assert answer.status == 303
        assert client.get(answer.headers["location"]).json() == ["A", "Emma"]
        assert client.get("/shelf").text == answer.headers["location"]


def test_so_does_a_class_of_sqlalchemys(app):
    """By its mapper."""
    assert app.url("note", note=LinkedNote(id=7)) == "/notes/7"


def test_a_model_that_cannot_is_told(app):
    """Another one than the handler takes, and one without a key."""
    with pytest.raises(LookupError, match=r"note=.* would not be found\. Expected a LinkedNote or its key\."):
        app.url("note", note=LinkedShelf(name="A"))
    with pytest.raises(LookupError, match="This LinkedNote is not saved yet, and has no key"):
        app.url("note", note=LinkedNote())
