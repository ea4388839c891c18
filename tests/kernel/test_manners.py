"""The manners that every app has, and that can be switched off one by one."""
# ruff: noqa: E501 - tables

import io
import logging

import pytest

from demijohn import App, Client, Response
from demijohn.kernel.foreign import looks_like_an_answer
from demijohn.kernel.manners import Manners


def make(**off: bool) -> Client:
    """An app whose manners are chosen."""
    app = App(bare=True)
    app.use(Manners(**off))

    @app.get("/page")
    def page():
        return Response("page", headers={"ETag": '"1"'})

    return Client(app)


def test_all_of_them() -> None:
    """HEAD without a body, OPTIONS with what is allowed, conditions, and the right spelling of a path."""
    client = make()
    assert (client.head("/page").status, client.head("/page").content) == (200, b"")
    assert client.request("OPTIONS", "/page").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.get("/page", headers={"if-none-match": '"1"'}).status == 304


@pytest.mark.parametrize(
    ("off", "method", "headers", "status"),
    [
        ({"head": False}, "HEAD", {}, 405),
        ({"options": False}, "OPTIONS", {}, 405),
        ({"conditions": False}, "GET", {"if-none-match": '"1"'}, 200),
    ],
)
def test_one_less(off: dict, method: str, headers: dict, status: int) -> None:
    """What is switched off is not done; the others are."""
    assert make(**off).request(method, "/page", headers=headers).status == status
    assert make(**off).get("/page").status == 200


def test_a_slash_too_much() -> None:
    """A redirect, or with that switched off nothing."""
    assert make().get("/page/").status == 308
    assert make(slashes=False).get("/page/").status == 404


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (("body", "404 NOT FOUND"), True), (("body", "404"), True), (("body", {"X-A": "1"}), True), (("body", "404 NOT FOUND", {}), True),
        (("body", "4040"), False), (("body", "other"), False), (("body", {"a": 1}), False), (("body", {"a": "1"}, 5), False), ((1, "404"), False),
        (("body",), False), (("a", "b", "c", "d"), False), (("body", 5.0), False),
    ],
)  # fmt: skip
def test_tuples_that_look_like_answers(value: tuple, expected: bool) -> None:
    """Flask's other spellings of a status and headers, which are lists here."""
    assert looks_like_an_answer(value) is expected


def test_they_are_told_in_development() -> None:
    """The answer is a list all the same."""
    app = App(debug=True)

    @app.get("/")
    def home():
        return "body", "404 NOT FOUND"

    stream = io.StringIO()
    log, here = logging.getLogger("demijohn"), logging.StreamHandler(stream)
    log.addHandler(here)
    try:
        answer = Client(app).get("/")
    finally:
        log.removeHandler(here)
    assert answer.json() == ["body", "404 NOT FOUND"]
    assert "home() returned a tuple without a number for its status" in stream.getvalue()
