"""What is typed from habit, and does not apply here, ends in a message that shows the right line."""

import logging

import django_habits
import fastapi_habits
import flask_habits
import pytest
from typing_from_habit import said_of

import demijohn
from demijohn import App, Blueprint, Request, SetupError
from demijohn.foundation.http.request_habits import HABITS as _OTHERS
from demijohn.foundation.http.request_habits import Elsewhere
from demijohn.kernel.foreign import NAMES
from demijohn.kernel.habits import ATTRIBUTES
from demijohn.kernel.route_notes import _FOREIGN_OPTIONS as _PARTS
from demijohn.kernel.routes import RouteOptions
from demijohn.testing import Client

HABITS = {
    f"{framework}: {what}": (typed.lstrip("\n"), asked, said)
    for framework, module in (("Flask", flask_habits), ("Django", django_habits), ("FastAPI", fastapi_habits))
    for what, typed, asked, said in module.HABITS
}


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_is_told_the_right_line(habit, monkeypatch):
    """Word for word, with the line where it was typed."""
    monkeypatch.setattr(logging.getLogger("demijohn"), "disabled", True)
    typed, asked, said = HABITS[habit]
    assert said_of(typed, asked) == said.strip("\n")


@pytest.mark.parametrize("habit", HABITS)
def test_no_message_is_bare(habit):
    """A message of Python's own is followed by a note of ours; none is empty."""
    _, _, said = HABITS[habit]
    lines = said.strip("\n").splitlines()
    assert lines
    if any(
        part in lines[0]
        for part in ("object has no attribute", "unexpected keyword", "object is not", "object does not")
    ):
        assert len(lines) > 1 or ". Write " in lines[0]


def test_no_answer_is_given_for_what_there_is():
    """A table's entry for a name that has come to be would say that it is not there, or never be read."""
    assert not NAMES.keys() & set(demijohn.__all__)
    assert not [name for name in ATTRIBUTES if hasattr(App, name) and hasattr(Blueprint, name)]
    assert not _PARTS.keys() & RouteOptions.__annotations__.keys()
    assert not [name for name in _OTHERS if name in dir(Request) and not isinstance(vars(Request)[name], Elsewhere)]


def test_a_foreign_attribute_is_still_an_attribute_error():
    """So that `hasattr` and `getattr` with a default go on working, for names of other frameworks and for any."""
    app = App()
    assert not hasattr(app, "run")
    assert getattr(app, "config", None) is None
    assert not hasattr(Blueprint("a"), "nothing_of_the_kind")
    with pytest.raises(SetupError):
        app.run()


def test_a_subclass_may_use_the_names():
    """Names that mean nothing here are free for the apps of users."""

    class Shop(App):
        def __init__(self):
            super().__init__("shop")
            self.config = {"currency": "EUR"}

    assert Shop().config == {"currency": "EUR"}


def test_an_error_inside_of_a_property_is_its_own():
    """What goes wrong while a door is opened is not taken for a door that is missing."""
    app = App()

    @app.provide
    def broken() -> int:
        return 1

    app.routes = None
    with pytest.raises(TypeError, match="NoneType"):
        _ = app.wsgi


def test_text_that_looks_like_html_is_told_in_development(caplog):
    """A str is text/plain; in development the log shows what to write for HTML."""
    app = App(debug=True)

    @app.get("/")
    def index():
        return "<p>Hello, World!</p>"

    with caplog.at_level(logging.WARNING, logger="demijohn"):
        answer = Client(app).get("/")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    (record,) = caplog.records
    assert "index() returned a str that looks like HTML" in record.getMessage()
    assert "Write HTML('<p>Hello, World!</p>', ...), which escapes its values" in record.getMessage()


def test_text_that_looks_like_html_is_silent_in_production(caplog):
    """The log of a production server is not the place to learn."""
    app = App(debug=False)

    @app.get("/")
    def index():
        return "<p>Hello, World!</p>"

    Client(app).get("/")
    assert not caplog.records


def test_optional_without_default_is_required():
    """As in FastAPI: `Optional[str]` says what may be given, a default says what may be left out."""
    names = {"__name__": "app", "App": App}
    exec(
        "from typing import Optional\n"
        "app = App()\n"
        "@app.get('/must')\n"
        "def must(q: Optional[str]):\n    return [q]\n"
        "@app.get('/may')\n"
        "def may(q: Optional[str] = None):\n    return [q]\n",
        names,
    )
    client = Client(names["app"])
    assert client.get("/must").status == 422
    assert client.get("/may").json() == [None]
