"""What clients write into logs, through every door: never a line of their own, and never somebody's secret."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import App, NotFound, Request, Security, Telemetry
from demijohn.telemetry import JSONFormatter, TextFormatter

FORGED = "2026-11-20 INFO admin login"
# What moves the cursor, ends a line, hides text or turns its direction.
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
BAD = [
    "%0a",
    "%0d",
    "%0d%0a",
    "%1b[2J",
    "%1b]0;owned%07",
    "%00",
    "%e2%80%a8",
    "%e2%80%ae",
    "%c2%85",
    "%7f",
    "%ff",
    "%e2%81%a6",
]


class Written:
    """The output of a server that logs text, and of one that logs JSON."""

    def __init__(self) -> None:
        self.files = [io.StringIO(), io.StringIO()]
        self.handlers = [logging.StreamHandler(file) for file in self.files]
        self.handlers[0].setFormatter(TextFormatter())
        self.handlers[1].setFormatter(JSONFormatter())

    @property
    def text(self) -> str:
        return self.files[0].getvalue()

    @property
    def all(self) -> str:
        return self.text + self.files[1].getvalue()

    @property
    def json(self) -> list[dict]:
        return [json.loads(line) for line in self.files[1].getvalue().split("\n") if line]


@pytest.fixture
def written() -> Iterator[Written]:
    """All that is logged while a test runs."""
    written, root = Written(), logging.getLogger()
    level = root.level
    for handler in written.handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(level)
    logging.getLogger("demijohn.access").setLevel(logging.NOTSET)
    for handler in written.handlers:
        root.removeHandler(handler)


@pytest.fixture(scope="module")
def app():
    """An app that logs what it is given, and fails."""
    app = App()
    app.use(Telemetry(), Security(hosts=["*"]))  # which is warned of once, if nothing is said
    log = logging.getLogger("shop")

    @app.get("/{name}")
    def show(name: str, request: Request, q: str = ""):
        log.warning("%s asked for %s with %s", request.headers.get("user-agent"), name, q)
        return "shown"

    @app.get("/boom/{rest:path}")
    def boom(rest: str, request: Request):
        raise RuntimeError(f"cannot show {rest} to {request.headers.get('user-agent')}")

    @app.post("/login")
    def login(request: Request):
        raise RuntimeError(f"no such user: {request.form['username']}")

    @app.get("/database")
    def database():
        raise ConnectionError("(psycopg.OperationalError) postgresql://shop:S3CR3T@db:5432/shop refused")

    @app.post("/upload")
    def upload(request: Request):
        return str(len(request.files))

    @app.get("/cookies")
    def cookies(request: Request):
        return str(len(request.cookies))

    @app.get("/missing")
    def missing():
        raise NotFound

    return app


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("target", ["/a{}", "/boom/a{}", "/nix/at/all{}", "/a?q=b{}"])
def test_nobody_writes_a_line_of_his_own(app, written, door, bad, target):
    """One line in the access log, in which what was sent stands escaped, and no other line that it could begin."""
    ask(app, door, Sent("GET", target.format(bad + FORGED.replace(" ", "%20"))))
    assert not UNSAFE.search(written.all)
    assert not [line for line in written.text.split("\n") if line.startswith(FORGED[:10])]
    access = [line for line in written.json if line["logger"] == "demijohn.access"]
    assert len(access) == 1
    assert "admin" in access[0]["path"] + access[0]["query"]


@pytest.mark.parametrize("door", ["wsgi", "asgi"])
@pytest.mark.parametrize(
    "agent", ["a\nb", "a\rb", "\x1b[2J", "\x00", "\x85", "\x9b2J", "é", '","level":"critical', '" 200']
)
def test_a_header_is_one_line_too(app, written, door, agent):
    """Servers refuse most of these; one that does not is no danger to a log."""
    ask(app, door, Sent("GET", "/page", headers=(("user-agent", agent),)))
    assert not UNSAFE.search(written.all)
    assert [line["level"] for line in written.json] == ["warning", "info"]
    line = written.json[1]
    assert line["status"] == 200
    assert len([line for line in written.text.split("\n") if "GET /page 200" in line]) == 1
    assert written.text.split("\n")[-2].count('"') == 2


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "field", ["%22,%22level%22:%22critical", "%22%7D%0a%7B%22level%22:%22critical%22%7D", "\\%22,"]
)
def test_json_stays_json(app, written, door, field):
    """What a client sends is one string in its line; level and status are the record's."""
    ask(app, door, Sent("GET", f"/a?q={field}"))
    assert len(written.json) == 2
    assert [line["level"] for line in written.json] == ["warning", "info"]


@pytest.mark.parametrize("door", DOORS)
def test_a_name_in_a_form_is_one_line(app, written, door):
    """Values of a form reach the log in an exception's message: what follows a line end there is indented."""
    body = f"username=ann%0a{FORGED.replace(' ', '+')}%1b[2J&password=S3CR3T".encode()
    ask(app, door, Sent("POST", "/login", (("content-type", "application/x-www-form-urlencoded"),), body))
    assert "no such user: ann" in written.text
    assert f"\n{FORGED}" not in written.text
    assert not UNSAFE.search(written.all)
    assert "S3CR3T" not in written.all


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "sent",
    [
        Sent("GET", "/a?token=S3CR3T&password=S3CR3T&access_token=S3CR3T&api_key=S3CR3T&code=S3CR3T&sig=S3CR3T"),
        Sent("GET", "/a?%74oken=S3CR3T&PassWord=S3CR3T&client_secret=S3CR3T&x[token]=S3CR3T"),
        Sent("GET", "/boom/x?token=S3CR3T", (("authorization", "Bearer S3CR3T"), ("cookie", "session=S3CR3T"))),
        Sent("GET", "/boom/x", (("proxy-authorization", "Basic S3CR3T"), ("x-api-key", "S3CR3T"))),
        Sent("GET", "/a", (("referer", "https://example.com/reset?token=S3CR3T"), ("x-csrf-token", "S3CR3T"))),
        Sent("GET", "/database"),
    ],
    ids=["query", "disguised", "signed-in", "keys", "referer", "database"],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_no_secret_is_logged_or_shown(written, app, door, sent, accept):
    """What signs somebody in stands in no log and on no page of an error."""
    headers = (*sent.headers, ("accept", accept))
    answer = ask(app, door, Sent(sent.method, sent.target, headers))
    if "q=" not in sent.target and "/a" not in sent.target:
        assert answer.status == 500
    assert written.json
    assert "S3CR3T" not in written.all
    assert b"S3CR3T" not in answer.body


@pytest.mark.parametrize("door", DOORS)
def test_no_request_is_a_storm(app, written, door):
    """Thousands of mistakes in one request are one line, and a refused request is no warning."""
    part = b'--b\r\nContent-Disposition: form-data; name="\xff"; filename=\r\nX: \x01\r\n\r\nx\r\n'
    multipart = (("content-type", "multipart/form-data; boundary=b"),)
    requests = [
        Sent("POST", "/upload", multipart, part * 1000 + b"--b--\r\n"),
        Sent("POST", "/upload", multipart, b"--b\r\n\r\n" * 1000),
        Sent("GET", "/cookies", (("cookie", "; ".join(f'b\x01d{n}="x' for n in range(300))),)),
        Sent("GET", "/missing"),
        Sent("GET", "/nowhere/at/all"),
        Sent("GET", "/a", host="a b"),
        Sent("BREW", "/a"),
    ]
    for sent in requests:
        before = len(written.json)
        ask(app, door, sent)
        lines = written.json[before:]
        assert len([line for line in lines if line["level"] == "warning"]) <= 1, sent
        assert [line["logger"] for line in lines if line["logger"] != "shop"] == ["demijohn.access"], sent


@pytest.mark.parametrize("door", DOORS)
def test_a_line_has_an_end(app, written, door):
    """However long what was sent is, its line is not."""
    ask(app, door, Sent("GET", "/a" + "b" * 3000 + "?c=" + "d" * 4000, (("user-agent", "e" * 7000),)))
    access = next(line for line in written.json if line["logger"] == "demijohn.access")
    assert len(json.dumps(access)) < 5000
