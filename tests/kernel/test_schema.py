"""Schemas: keyword-only records, whatever they inherit from."""

from typing import Annotated

import pytest

from demijohn import App, Client, Meta, Query, Schema


class Base(Schema):
    """A record with a default."""

    stars: int = 0


class Note(Base):
    """A required field after one with a default."""

    title: Annotated[str, Meta(min_length=1)]


class Row:
    """What a database might give."""

    title = "x"
    stars = 3
    secret = "hidden"


def test_a_subclass_is_keyword_only_too():
    """Required fields may follow optional ones, and nothing is given by position."""
    assert Note(title="x") == Note(title="x", stars=0)
    with pytest.raises(TypeError):
        Note("x")  # type: ignore[misc]


def test_an_annotation_says_what_is_returned_and_what_is_shown():
    """`-> Annotated[Row, Note]` type-checks, and shapes the answer."""
    app = App()

    @app.get("/")
    def show() -> Annotated[Row, Note]:
        return Row()

    assert Client(app).get("/").json() == {"title": "x", "stars": 3}


def test_a_marker_beside_none_is_kept():
    """`Annotated[str, Query(...)] | None` has the bounds of `Annotated[str | None, Query(...)]`."""
    app = App()

    @app.get("/")
    def search(q: Annotated[str, Query(min_length=2)] | None = None) -> dict[str, str | None]:
        return {"q": q}

    client = Client(app)
    assert client.get("/").json() == {"q": None}
    assert client.get("/?q=a").json()["errors"] == [{"where": "query.q", "message": "Expected at least 2 characters."}]
