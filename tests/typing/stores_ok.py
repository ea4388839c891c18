"""What type checkers understand of stores, and of views over them: checked by mypy --strict and pyright, and run.

The line that must be refused carries an ignore, and an ignore that is not needed is itself an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_type

from demijohn import CreateView, Form, FormView, ListView, Schema, Store, TemplateView
from demijohn.database import DB, AsyncDB, AsyncSQLStore, Mapped, Model, SQLStore, field
from demijohn.stores import MemoryStore, Query, StorePage, Where
from demijohn.testing import Factory, make


class Note(Schema):
    """A record."""

    id: int
    text: str


class StoredPost(Model):
    """A model."""

    title: Mapped[str] = field(max_length=80)


def first(store: Store[Note]) -> StorePage[Note]:
    """What is written for any store of a type."""
    return store.page(Query(where=(Where("text", "starts", "M"),)))


def checked(db: DB, asynchronous: AsyncDB) -> None:
    """Never called: only read."""
    posts: Store[StoredPost] = SQLStore(StoredPost, db)
    assert_type(posts.create({"title": "x"}), StoredPost)
    assert_type(SQLStore(StoredPost, db).page().items, Sequence[StoredPost])
    assert_type(AsyncSQLStore(StoredPost, asynchronous).model, type[StoredPost])
    first(posts)  # type: ignore[arg-type]  # pyright: ignore


class Posts(ListView):
    """Spells what it has to say with a handler's parameters."""

    model = StoredPost
    template = "posts.html"
    order = ("-title",)

    def query(self, hidden: bool, since: str = "") -> Query | None:
        """A parameter that must be given, and one that may be."""
        return None if hidden else Query(where=(Where("title", "ge", since),))

    async def context(self, db: AsyncDB) -> dict[str, Any]:
        """Awaits something."""
        return {"count": await db.count(StoredPost)}


class NewPost(CreateView):
    """May be async throughout."""

    store = AsyncSQLStore[StoredPost]
    template = "new.html"
    fields = ["title"]
    to = Posts

    async def values(self, db: AsyncDB) -> dict[str, Any]:
        """What is saved beside."""
        return {"title": str(await db.count(StoredPost))}

    async def done(self, loud: bool = False) -> str | None:
        """What is done."""
        return str(self.item) if loud else None


class NoteForm(Form[Note]):
    """A form."""


class Contact(FormView):
    """Has no store."""

    template = "contact.html"
    form = NoteForm
    to = "/thanks"

    def done(self) -> None:
        """Finds the form."""
        print(self.form.value)


class About(TemplateView):
    """Has nothing but a page."""

    template = "about.html"

    async def context(self, section: str) -> dict[str, str]:
        """What is shown."""
        return {"section": section}


if __name__ == "__main__":
    notes = MemoryStore(Note)
    notes.create({"text": "Milk"})
    assert [note.text for note in first(notes)] == ["Milk"]
    assert_type(make(Note), Note)
    assert_type(Factory(StoredPost).many(2), list[StoredPost])
    print("ok")
