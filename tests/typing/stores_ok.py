"""What type checkers understand of stores: checked by mypy --strict and pyright, and run.

The line that must be refused carries an ignore, and an ignore that is not needed is itself an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

from demijohn import Schema, Store
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


if __name__ == "__main__":
    notes = MemoryStore(Note)
    notes.create({"text": "Milk"})
    assert [note.text for note in first(notes)] == ["Milk"]
    assert_type(make(Note), Note)
    assert_type(Factory(StoredPost).many(2), list[StoredPost])
    print("ok")
