"""The access log: what each line says, when it is written, and what never stands in it."""

from __future__ import annotations

import logging
import re
import sys

import pytest

from demijohn import App, Client, FileResponse, Request, Telemetry
from demijohn.batteries.telemetry.logs import logging_set_up
from demijohn.telemetry import JSONFormatter, TextFormatter

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def app_with(**settings) -> App:
    app = App()
    app.use(Telemetry(**settings))

    @app.get("/posts/{id}")
    def show(id: int):
        return f"post {id}"

    @app.post("/posts")
    def create(request: Request):
        return request.form["title"], 201

    @app.get("/stream")
    def stream():
        yield "one"
        yield "zwölf"

    @app.get("/astream")
    async def astream():
        yield b"one"
        yield b"two"

    @app.get("/file")
    def file():
        return FileResponse(__file__)

    @app.get("/reset/{token}")
    def reset(token: str):
        logging.getLogger("shop").warning("resetting")
        raise RuntimeError("mail is down")

    return app


@pytest.fixture
def client(lines):
    return Client(app_with(), raise_errors=False)


def test_a_line_says_what_was_asked_and_answered(client, lines):
    """Method, path, query, route, status, size, time, peer, agent and id."""
    answer = client.get("/posts/5?page=2", headers={"user-agent": "curl/8", "traceparent": f"00-{TRACE}-{'1' * 16}-01"})
    (line,) = lines.access
    assert line.pop("duration_ms") >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info", "logger": "demijohn.access", "message": "request",
        "request_id": answer.headers["x-request-id"],
        "method": "GET", "path": "/posts/5", "query": "page=2", "route": "/posts/{id}", "status": 200, "bytes": 6,
        "client": "127.0.0.1", "user_agent": "curl/8", "trace_id": TRACE,
    }  # fmt: skip
    assert re.search(r'GET /posts/5\?page=2 200 6 B \d+\.\d ms 127\.0\.0\.1 [0-9a-f]{16} "curl/8"\n', lines.text)


@pytest.mark.parametrize("path", ["/stream", "/astream", "/file"])
def test_what_is_streamed_is_counted(client, lines, path):
    """The size of a stream or file is that of its bytes."""
    answer = client.get(path)
    assert lines.access[0]["bytes"] == len(answer.content) > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/posts/5", 405), ("GET", "/posts/x", 404), ("OPTIONS", "/posts", 204)],
)
def test_refusals_are_logged_too(client, lines, method, path, status):
    """What no handler saw has its line; without a route where none was found."""
    client.request(method, path)
    (line,) = lines.access
    assert (line["method"], line["path"], line["status"]) == (method, path, status)
    assert line["route"] in ("", "/posts/{id}", "/posts")
    assert (path == "/nowhere") <= (line["route"] == "")


def test_an_exception_has_the_id_of_its_request(client, lines):
    """The access line, the traceback, what the handler logged and the answer all say one id."""
    answer = client.get("/reset/S3CR3T", headers={"x-request-id": "call-9"})
    assert answer.json()["id"] == "call-9"
    assert {line["request_id"] for line in lines.json} == {"call-9"}
    failed = next(line for line in lines.json if "exception" in line)
    assert failed["level"] == "error"
    assert "mail is down" in failed["exception"]
    assert "S3CR3T" not in lines.text + str(lines.json)


def test_what_is_left_out(lines):
    """Health, the paths of `exclude` and what is below them have no line; all else has."""
    client = Client(app_with(exclude=["/posts", "/static/"]), raise_errors=False)
    for path in ("/health", "/health/live", "/static/a.css", "/posts", "/posts/5"):
        client.get(path)
    assert [line["path"] for line in lines.access] == ["/posts/5"]


def test_a_sample_keeps_errors(lines):
    """With `sample=0.0` only what went wrong is written."""
    client = Client(app_with(sample=0.0), raise_errors=False)
    for path in ("/posts/5", "/nowhere", "/reset/x"):
        client.get(path)
    assert [line["status"] for line in lines.access] == [404, 500]


def test_off_is_off(lines):
    """Without access log there are no lines, and nothing looks at a request on its way."""
    app = app_with(access_log=False, request_id=None)
    Client(app).get("/posts/5")
    assert lines.access == []
    kernel, bare = app.seal(), App().seal()
    assert kernel.plan_for.__qualname__ == bare.plan_for.__qualname__


def test_logging_is_set_up_where_nobody_has(monkeypatch, capsys):
    """JSON in production, text in development; a configuration that is there already is left alone."""
    root = logging.getLogger()
    before = root.handlers[:]
    monkeypatch.setattr(root, "handlers", [])
    for as_text, kind in ((False, JSONFormatter), (True, TextFormatter)):
        running = logging_set_up(level="INFO", as_text=as_text)
        next(running)
        (handler,) = root.handlers
        assert type(handler.formatter) is kind
        assert handler.stream is sys.stdout
        next(running, None)
        assert root.handlers == []
    mine = logging.NullHandler()
    root.addHandler(mine)
    running = logging_set_up(level="DEBUG", as_text=False)
    next(running)
    assert root.handlers == [mine]
    next(running, None)
    monkeypatch.setattr(root, "handlers", before)


def test_what_json_cannot_say_is_said_as_text(lines):
    """A caller's own values never keep a line from being written."""
    log = logging.getLogger("shop")
    log.warning("odd", extra={"big": 2**80, "self": object, "keys": {(1, 2): 3}, "bad": ["\ud800"]})
    (line,) = lines.json
    assert line["message"] == "odd"
    assert "1208925819614629174706176" in line["big"]


def test_a_caller_cannot_replace_what_a_record_says(lines):
    """`extra` adds; level, logger and message stay the record's."""
    logging.getLogger("shop").warning("sold", extra={"level": "critical", "logger": "root", "item": "sea"})
    (line,) = lines.json
    assert (line["level"], line["logger"], line["item"]) == ("warning", "shop", "sea")
