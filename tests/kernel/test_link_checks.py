"""Links by name in handlers, before anybody follows them."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable

import pytest

from demijohn import App, Client, redirect
from demijohn.foundation.errors import SetupError
from demijohn.kernel.checks import Check
from demijohn.kernel.links import LinkError

SOURCE = """
from demijohn import App, Blueprint, redirect, url

app = App()
posts = Blueprint("posts", prefix="/posts")
def elsewhere(name, **values): ...

@posts.get("/")
def index():
    return "posts"

@posts.get("/{id}")
def show(id: int):
    RETURN

@app.get("/")
def home():
    return "home"

app.include(posts)
"""


@pytest.fixture
def found(tmp_path, monkeypatch) -> Callable[[str], list[SetupError]]:
    """The mistakes of an app in which a blueprint's handler returns something."""

    def found(returned: str) -> list[SetupError]:
        name = f"linked_{uuid.uuid4().hex}"
        (tmp_path / f"{name}.py").write_text(SOURCE.replace("RETURN", returned))
        monkeypatch.syspath_prepend(str(tmp_path))
        kernel = importlib.import_module(name).app.seal()
        return [error for check in kernel.offers(Check) for error in check.run(kernel)]

    return found


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        ("return redirect('hme')", "No route is called 'hme'. Did you mean home"),
        ("x = {'next': url('posts.shw', id=1)}; return x", "No route is called 'posts.shw'. Did you mean posts.show"),
        ("return redirect('posts.show')", "redirect('posts.show') needs id: its path is /posts/{id}."),
        ("return redirect('posts.show', status=301)", "redirect('posts.show') needs id: its path is /posts/{id}."),
    ],
)
def test_a_link_that_leads_nowhere_is_told(found, returned, what):
    """With its line and its handler."""
    (error,) = found(returned)
    assert error.code == "DMJ0215"
    assert error.what.startswith(what)
    assert (error.where[0].line, error.where[0].name) == (14, "show")


@pytest.mark.parametrize(
    "returned",
    [
        "return redirect('index')",
        "return redirect('home')",
        "return redirect('posts.show', id=1)",
        "values = {'id': 1}; return redirect('posts.show', **values)",
        "return redirect('/nowhere/of/ours')",
        "return redirect('https://example.org')",
        "return redirect('?page=2')",
        "return redirect(show, id=1)",
        "name = 'hme'; return redirect(name)",
        "return elsewhere('hme')",
    ],
)
def test_what_may_lead_somewhere_is_left_alone(found, returned):
    """Names of the own blueprint, places, and what is known at run time alone."""
    assert not found(returned)


def test_a_redirect_to_nowhere_says_who_returned_it():
    """The handler has ended when its target is looked up: no line of it is in the traceback."""
    app = App()

    @app.get("/")
    def home():
        name = "nowhere"
        return redirect(name)

    with pytest.raises(LinkError) as caught:
        Client(app).get("/")
    (note,) = caught.value.__notes__
    assert note.startswith("Returned by ")
    assert note.endswith("test_a_redirect_to_nowhere_says_who_returned_it.<locals>.home.")
