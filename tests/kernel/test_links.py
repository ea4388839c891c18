"""Links: from handlers and names to addresses, and what is said when there is none."""

import datetime
import enum

import pytest

from demijohn import App, Blueprint, redirect, url
from demijohn.kernel.links import LinkError


class Kind(enum.Enum):
    """A choice."""

    A = "a b"


def show(id: str) -> str:
    return id


def app_with_posts() -> App:
    app, posts = App(bare=True), Blueprint("posts")
    posts.get("/{id}", name="show")(show)
    app.include(posts, prefix="/posts")
    app.get("/", name="home")(lambda request: "x")
    app.get("/on/{day}/{kind}", name="on")(lambda day, kind: "x")
    return app


def test_values_in_path_and_query():
    """Dates, enums, booleans and lists in their plain spelling; None is left out of the query."""
    app = app_with_posts()
    assert app.url("posts.show", id=5) == "/posts/5"
    assert app.url("on", day=datetime.date(2026, 5, 31), kind=Kind.A) == "/on/2026-05-31/a%20b"
    assert app.url("home", flag=True, none=None, many=[1, 2], text="ä&") == "/?flag=true&many=1&many=2&text=%C3%A4%26"


@pytest.mark.parametrize(
    ("target", "values", "words"),
    [
        ("posts.shwo", {"id": 1}, "Did you mean posts.show"),
        ("xyz", {}, "There are: home, on, posts.show"),
        ("posts.show", {}, "needs id: its path is /posts/{id}"),
        (len, {}, "len is no handler of this app"),
    ],
)
def test_what_is_no_link(target, values, words):
    """The error says what was asked for and what there is."""
    with pytest.raises(LinkError, match=words.replace("{", r"\{").replace(".", r"\.")):
        app_with_posts().url(target, **values)


def test_outside_of_a_request():
    """`url()` says which other way there is."""
    with pytest.raises(LinkError, match=r"app\.url"):
        url("home")


@pytest.mark.parametrize("status", [200, 304, 404])
def test_a_redirect_has_a_status_of_its_own(status):
    """For handlers, names and paths alike."""
    for target in ("home", len, "/"):
        with pytest.raises(ValueError, match="is no redirect"):
            redirect(target, status=status)
