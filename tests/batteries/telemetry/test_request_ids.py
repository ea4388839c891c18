"""Request ids: where they come from, and where they can be read."""

from __future__ import annotations

import logging
import re

import pytest

from demijohn import App, Client, Request, Security, SetupError, Telemetry, current
from demijohn.batteries.telemetry.traces import trace_id
from demijohn.telemetry import RequestFilter

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def app_with(*batteries) -> App:
    app = App()
    app.use(*batteries)

    @app.get("/id")
    def of_request(request: Request):
        return request.id

    @app.get("/async")
    async def of_context():
        return str(current.request_id)

    @app.get("/boom")
    def boom():
        raise RuntimeError("boo")

    return app


def test_every_answer_has_an_id_that_its_handler_knows():
    """The header is what `request.id` and `current.request_id` say, new for each request."""
    client = Client(app_with(Telemetry()))
    found = [client.get(path) for path in ("/id", "/async", "/id")]
    assert all(re.fullmatch(r"[0-9a-f]{16}", answer.text) for answer in found)
    assert [answer.headers["x-request-id"] for answer in found] == [answer.text for answer in found]
    assert len({answer.text for answer in found}) == 3


@pytest.mark.parametrize("path", ["/nowhere", "/boom"])
def test_errors_have_it_too(path):
    """A 404 and a 500 carry the id; the page of the 500 shows it."""
    client = Client(app_with(Telemetry()), raise_errors=False)
    answer = client.get(path, headers={"x-request-id": "support-42", "accept": "text/html"})
    assert answer.headers["x-request-id"] == "support-42"
    assert ("support-42" in answer.text) == (path == "/boom")


@pytest.mark.parametrize("said", ["7f1b", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "Root=1-67891233-abcdef", "a" * 128])
def test_an_id_that_comes_is_kept(said):
    """What load balancers and other services send goes on to the handler and back."""
    answer = Client(app_with(Telemetry())).get("/id", headers={"x-request-id": said})
    assert answer.text == answer.headers["x-request-id"] == said


@pytest.mark.parametrize("said", ["", "a" * 129, "a b", '"><script>', "a,b", "-a", "ä", "a\tb", "%0a", "{1}", "a;b"])
def test_an_id_that_is_malformed_is_replaced(said):
    """Nothing that could trip a log, a page or a shell becomes an id; the request is answered all the same."""
    answer = Client(app_with(Telemetry())).get("/id", headers={"x-request-id": said})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.text)
    assert answer.headers["x-request-id"] == answer.text


def test_two_ids_are_none():
    """Nobody can tell which of them is meant."""
    headers = [("x-request-id", "one"), ("x-request-id", "two")]
    assert re.fullmatch(r"[0-9a-f]{16}", Client(app_with(Telemetry())).get("/id", headers=headers).text)


def test_whose_ids_are_taken():
    """From anybody, from trusted proxies, or from nobody."""
    headers = {"x-request-id": "theirs"}

    def said(*batteries) -> str:
        return Client(app_with(*batteries)).get("/id", headers=headers).text

    assert said(Telemetry()) == "theirs"
    assert said(Telemetry(request_id_from="nobody")) != "theirs"
    assert said(Telemetry(request_id_from="proxies")) != "theirs"
    assert said(Telemetry(request_id_from="proxies"), Security(trusted_proxies=["loopback"])) == "theirs"


def test_the_header_can_have_another_name_or_none():
    """`request_id` names the header; None is for apps that want neither."""
    named = Client(app_with(Telemetry(request_id="X-Correlation-ID")))
    answer = named.get("/id", headers={"x-correlation-id": "c1", "x-request-id": "r1"})
    assert (answer.text, answer.headers["x-correlation-id"]) == ("c1", "c1")
    assert "x-request-id" not in answer.headers
    without = Client(app_with(Telemetry(request_id=None))).get("/id", headers={"x-request-id": "r1"})
    assert "x-request-id" not in without.headers
    assert without.text != "r1"


def test_a_handler_s_own_header_is_not_doubled():
    """The id on the answer is the exchange's."""
    app = App()
    app.use(Telemetry())
    app.get("/")(lambda: ("hi", 200, {"x-request-id": "mine"}))
    assert Client(app).get("/", headers={"x-request-id": "theirs"}).headers.getlist("x-request-id") == ["theirs"]


@pytest.mark.parametrize(
    "text",
    [
        "", "00", TRACE, PARENT.upper(), PARENT + "-more", PARENT.replace(TRACE, "0" * 32), "ff" + PARENT[2:],
        PARENT.replace("00f067aa0ba902b7", "0" * 16), PARENT.replace("-01", "-0g"), "cc" + PARENT[2:] + "x" * 600,
    ],
)  # fmt: skip
def test_a_malformed_trace_is_none(text):
    """What is not W3C's `traceparent` is not logged."""
    assert trace_id(text) == ""


def test_later_versions_of_a_trace_are_read():
    """Version 00 ends with its flags; what a later one adds is not ours to know."""
    assert trace_id(PARENT) == trace_id("cc" + PARENT[2:] + "-more") == TRACE


def test_records_can_carry_the_request(caplog):
    """`RequestFilter` serves a logging configuration of one's own, in handlers, threads and outside of requests."""
    app = app_with(Telemetry())
    log = logging.getLogger("shop")

    @app.get("/say")
    def say():
        log.warning("inside")
        return "said"

    caplog.handler.addFilter(RequestFilter())
    log.warning("outside")
    Client(app).get("/say", headers={"x-request-id": "r7", "traceparent": PARENT})
    outside, inside = (record for record in caplog.records if record.name == "shop")
    said = [vars(outside)[name] for name in ("request_id", "trace_id", "method", "path")]
    assert said == ["-", "-", "-", "-"]
    said = [vars(inside)[name] for name in ("request_id", "trace_id", "method", "path")]
    assert said == ["r7", TRACE, "GET", "/say"]


@pytest.mark.parametrize(
    "settings",
    [
        {"sample": 2.0}, {"log_level": "LOUD"}, {"log_format": "xml"}, {"health": "health"}, {"health": "/health/"},
        {"request_id": "x request id"},
    ],
)  # fmt: skip
def test_settings_that_are_not_possible_are_told(settings):
    """A wrong setting is a mistake at start, with the name of the setting."""
    app = App()
    app.use(Telemetry(**settings))
    with pytest.raises(SetupError, match="DMJ0555") as caught:
        app.seal()
    assert next(iter(settings)) in str(caught.value)
