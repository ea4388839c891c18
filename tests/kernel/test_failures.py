"""From an exception to an answer: who is asked, in which order, and what is told to nobody."""

import logging

import pytest

from demijohn import App, Blueprint, Client, HTTPError, NotFound, Request, Response, SetupError
from demijohn.kernel.failures import printable


class Base(Exception):
    """The more general."""


class Special(Base):
    """The more special."""


def asked(configure, error, path="/x") -> Client:
    """The answer to an error in an app that was configured."""
    app, blueprint = App(bare=True), Blueprint("inner")

    @blueprint.get(path)
    def fails():
        raise error

    configure(app, blueprint)
    app.include(blueprint)
    return Client(app, raise_errors=False).get(path)


def test_the_nearest_class_answers():
    """A class goes before its bases."""

    def configure(app, _):
        app.on_error(Base)(lambda error: ("base", 400))
        app.on_error(Special)(lambda error: ("special", 400))
        app.on_error(Exception)(lambda error: ("anything", 400))

    assert asked(configure, Special()).text == "special"
    assert asked(configure, Base()).text == "base"
    assert asked(configure, KeyError()).text == "anything"


def test_the_blueprint_is_asked_before_the_app():
    """Even if the app knows the class better."""

    def configure(app, blueprint):
        app.on_error(Special)(lambda error: ("app", 400))
        blueprint.on_error(Base)(lambda error: ("blueprint", 400))

    assert asked(configure, Special()).text == "blueprint"


def test_an_exact_status_goes_before_a_class():
    """And 500 stands for everything unforeseen."""

    def configure(app, _):
        app.on_error(HTTPError)(lambda error: "class")
        app.on_error(404)(lambda error: "status")
        app.on_error(500)(lambda error: "unforeseen")

    answer = asked(configure, NotFound())
    assert (answer.text, answer.status) == ("status", 404)
    answer = asked(configure, HTTPError(409))
    assert (answer.text, answer.status) == ("class", 409)
    answer = asked(configure, KeyError())
    assert (answer.text, answer.status) == ("unforeseen", 500)


def test_a_handler_may_pass():
    """None leaves it to the next, and at last to the default."""

    def configure(app, blueprint):
        blueprint.on_error(Base)(lambda error: None)
        app.on_error(Base)(lambda error: ("app", 418))

    assert asked(configure, Special()).status == 418
    assert asked(lambda _, blueprint: blueprint.on_error(Base)(lambda error: None), Special()).status == 500


@pytest.mark.parametrize(
    "handler",
    [
        lambda error, request: f"{type(error).__name__} {request.path}",
        lambda request, error: f"{type(error).__name__} {request.path}",
        lambda e, req: f"{type(e).__name__} {req.path}",
    ],
)
def test_handlers_take_what_they_like(handler):
    """The error, the request, or both, in either order."""
    assert asked(lambda app, _: app.on_error(Base)(handler), Special()).text == "Special /x"
    assert asked(lambda app, _: app.on_error(Base)(lambda: "nothing"), Special()).text == "nothing"

    def annotated(first: Request, second: Base):
        return f"{type(second).__name__} {first.path}"

    assert asked(lambda app, _: app.on_error(Base)(annotated), Special()).text == "Special /x"


def test_a_handler_that_takes_too_much():
    """Is a mistake of the app."""
    app = App(bare=True)
    app.on_error(404)(lambda a, b, c: "x")
    app.get("/")(lambda: "x")
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0121"


def test_async_handlers_answer_sync_routes():
    """A handler that awaits makes the plans around it async."""

    async def handler(error):
        return "awaited", 400

    assert asked(lambda app, _: app.on_error(Base)(handler), Special()).text == "awaited"


def test_an_http_errors_headers_stay():
    """What the error says of itself is kept, unless the handler made the response itself."""
    error = HTTPError(429, headers={"retry-after": "5"})
    assert asked(lambda app, _: app.on_error(429)(lambda e: "slow down"), error).headers["retry-after"] == "5"
    answer = asked(lambda app, _: app.on_error(429)(lambda e: Response("mine", 429)), error)
    assert "retry-after" not in answer.headers


def test_unknown_addresses_are_errors_too():
    """404 and 405 of the whole app reach its handlers, with their status and `Allow`."""
    app = App()
    app.get("/")(lambda: "x")
    app.on_error(404)(lambda error: "lost")
    app.on_error(405)(lambda error: "not so")
    client = Client(app)
    assert (client.get("/nowhere").text, client.get("/nowhere").status) == ("lost", 404)
    answer = client.post("/")
    assert (answer.text, answer.status, answer.headers["allow"]) == ("not so", 405, "GET, HEAD, OPTIONS")


def test_what_is_unforeseen_is_logged_once_on_one_line_with_its_id(caplog):
    """The visitor gets the id, the log the traceback; a path cannot write lines of its own into the log."""
    app = App(bare=True)

    @app.get("/{x}")
    def fails(x):
        raise RuntimeError("the reason")

    with caplog.at_level(logging.ERROR, "demijohn"):
        answer = Client(app, raise_errors=False).get("/a\u202eb")
    assert "the reason" not in answer.text
    (record,) = caplog.records
    assert answer.json()["id"] in record.getMessage()
    assert "\u202e" not in record.getMessage()
    assert record.exc_info[1].args == ("the reason",)


def test_what_may_stand_in_a_log():
    """Control and direction-changing characters are escaped, others kept."""
    assert printable("/caf\u00e9 ok") == "/caf\u00e9 ok"
    assert printable("a\nb\x1b[31m\u202e\u2066\x00") == "a\\nb\\x1b[31m\\u202e\\u2066\\x00"


@pytest.mark.parametrize("status", [200, 304, 399, 600, 0])
def test_an_http_error_is_an_error(status):
    """From 400 to 599; what is no error is returned, not raised."""
    with pytest.raises(ValueError, match="return a response instead"):
        HTTPError(status)
