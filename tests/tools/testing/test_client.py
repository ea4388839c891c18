"""The test clients: the same cases through the WSGI and the ASGI gateway."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated, Any

import pytest

from demijohn import App, Config, FormField, HTTPError, Request, Response, Schema, SetupError, UploadedFile, redirect
from demijohn.testing import AsyncClient, Client


class Note(Schema):
    """A JSON body."""

    title: str
    stars: int = 0


class Clock:
    """A service."""

    def __init__(self, now: str) -> None:
        self.now = now


class Shop(Config, prefix="SHOP_"):
    """Settings."""

    currency: str = "EUR"


class Unforeseen(Exception):
    """What no handler handles."""


def make_app() -> App:
    """An app with one of each kind of route."""
    app = App()

    @app.provide
    def clock() -> Clock:
        return Clock("now")

    @app.get("/echo")
    def echo(request: Request) -> dict[str, Any]:
        return {
            "query": request.query.multi_items(),
            "cookies": request.cookies,
            "agent": request.headers.get("x-agent"),
        }

    @app.post("/notes", status=201)
    async def add(note: Note) -> Note:
        return note

    @app.post("/files")
    def files(title: Annotated[str, FormField()], photo: UploadedFile) -> dict[str, Any]:
        return {"title": title, "name": photo.filename, "size": len(photo.read())}

    @app.get("/time")
    def time(clock: Clock, shop: Shop) -> str:
        return f"{clock.now} {shop.currency}"

    @app.get("/boom")
    def boom() -> None:
        raise Unforeseen("boom")

    @app.get("/aboom")
    async def aboom() -> None:
        raise Unforeseen("aboom")

    @app.get("/gone")
    def gone() -> None:
        raise HTTPError(410)

    @app.get("/login")
    def login(request: Request) -> Response:
        response = redirect("/echo")
        response.set_cookie("session", "s3", path="/")
        response.set_cookie("old", "x", path="/", max_age=60)
        return response

    @app.get("/logout")
    def logout() -> Response:
        response = Response(b"", 204)
        response.delete_cookie("session", path="/")
        return response

    @app.get("/loop")
    def loop() -> Response:
        return redirect("/loop")

    @app.get("/away")
    def away() -> Response:
        return redirect("https://example.org/", status=302)

    @app.get("/{name}")
    def named(name: str) -> str:
        return name

    return app


class Blocking:
    """An `AsyncClient` that is driven like a `Client`, so that one set of tests serves both."""

    def __init__(self, app: Any, **options: Any) -> None:
        self.client = AsyncClient(app, **options)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.client, name)
        if not asyncio.iscoroutinefunction(value):
            return value
        return lambda *arguments, **options: asyncio.run(value(*arguments, **options))


@pytest.fixture(params=[Client, Blocking], ids=["wsgi", "asgi"])
def kind(request: pytest.FixtureRequest) -> Any:
    """A client class."""
    return request.param


@pytest.fixture
def client(kind: Any) -> Any:
    """A client of the whole app."""
    return kind(make_app())


def test_query_headers_and_cookies_arrive(client):
    """What a test says of a request is what the handler sees."""
    answer = client.get("/echo?a=1", query={"b": [2, "ü"]}, headers={"X-Agent": "me"}, cookies={"c": "3"})
    assert answer.status == answer.status_code == 200
    assert answer.json() == {"query": [["a", "1"], ["b", "2"], ["b", "ü"]], "cookies": {"c": "3"}, "agent": "me"}
    assert client.get("/echo", params={"x": "y"}).json()["query"] == [["x", "y"]]
    assert "c" not in client.cookies


def test_json_body_and_answer(client):
    """A body is encoded, an answer decoded."""
    answer = client.post("/notes", json={"title": "x"})
    assert (answer.status, answer.json()) == (201, {"title": "x", "stars": 0})
    assert client.post("/notes", json={}).status == 422


def test_forms_and_files(client):
    """A form with a file is read by the gateway as one from a browser."""
    answer = client.post("/files", data={"title": "t"}, files={"photo": ("a.png", b"123", "image/png")})
    assert answer.json() == {"title": "t", "name": "a.png", "size": 3}


def test_every_method(client):
    """Each has its own name; HEAD and OPTIONS are the kernel's manners."""
    assert client.head("/echo").content == b""
    assert "GET" in client.options("/echo").headers["allow"]
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)("/echo").status == 405


def test_an_error_is_raised_in_the_test(client):
    """An exception that nothing in the app handles reaches the test as itself, with the handler in its traceback."""
    for path in ("/boom", "/aboom"):
        with pytest.raises(Unforeseen) as caught:
            client.get(path)
        assert caught.traceback[-1].name == path[1:]
        shown = [each.path.as_posix() for each in caught.traceback if not each.ishidden(caught)]
        assert not [path for path in shown if "/demijohn/" in path]


def test_or_it_is_the_answer_a_visitor_gets(kind):
    """With raise_errors=False the 500 is to be looked at."""
    answer = kind(make_app(), raise_errors=False).get("/boom")
    assert answer.status == 500
    assert "Unforeseen" not in answer.text


def test_a_mistake_of_the_app_is_told_without_frames(kind):
    """It says where it is; how it was found is nobody's concern."""
    app = App()

    @app.get("/<int:id>")
    def show(id): ...

    with pytest.raises(SetupError) as caught:
        kind(app)
    shown = [each for each in caught.traceback if not each.ishidden(caught)]
    assert {each.path.name for each in shown} <= {"test_client.py", "client.py"}
    assert str(caught.value).startswith("DMJ0203")


def test_an_error_of_the_framework_keeps_its_lines(kind):
    """No line of the user's leads to it: a redirect to a route that does not exist is found out after the handler."""
    app = App()

    @app.get("/")
    def home():
        return redirect("nowhere")

    with pytest.raises(LookupError, match="nowhere") as caught:
        kind(app).get("/")
    assert caught.traceback[-1].path.name == "links.py"


def test_errors_for_visitors_are_answers(client):
    """An HTTPError is no crash."""
    assert client.get("/gone").status == 410


def test_cookies_are_kept_between_requests(client):
    """As in a browser; a deleted one is gone."""
    answer = client.get("/login")
    assert answer.cookies == {"session": "s3", "old": "x"}
    assert client.get("/echo").json()["cookies"] == {"session": "s3", "old": "x"}
    assert client.get("/logout").cookies == {}
    assert dict(client.cookies) == {"old": "x"}


def test_redirects_are_followed_when_asked(client):
    """By default a redirect is the answer; followed, it is the history, and cookies go along."""
    assert client.get("/login").headers["location"] == "/echo"
    answer = client.get("/login", follow_redirects=True)
    assert answer.url == "http://localhost/echo"
    assert [step.status for step in answer.history] == [303]
    assert answer.json()["cookies"]["session"] == "s3"


def test_a_client_may_follow_always(kind):
    """What the client is told can be taken back for one request."""
    client = kind(make_app(), follow_redirects=True)
    assert client.get("/login").status == 200
    assert client.get("/login", follow_redirects=False).status == 303


def test_endless_redirects_end(client):
    """After twenty it is said where they lead."""
    with pytest.raises(RuntimeError, match="redirected 20 times, at last to http://localhost/loop"):
        client.get("/loop", follow_redirects=True)


def test_redirects_to_other_hosts_are_answers(client):
    """Only one app is there to ask."""
    assert client.get("/away", follow_redirects=True).status == 302


def test_headers_of_the_client_go_with_each_request(kind):
    """Those of a request come after them."""
    assert kind(make_app(), headers={"X-Agent": "all"}).get("/echo").json()["agent"] == "all"


@pytest.mark.parametrize(("path", "status"), [("/%ff", 400), ("/a%20b", 200), ("/zürich", 200)])
def test_paths_as_browsers_write_them(client, path, status):
    """Any bytes can be sent, so that bad ones can be tested."""
    assert client.get(path).status == status


def test_an_answer_that_is_not_json_says_what_it_is(client):
    """The message has the beginning of the text."""
    with pytest.raises(ValueError, match="starts: 'plain'"):
        client.get("/plain").json()


def test_services_are_replaced(kind):
    """By value or by factory; the app itself stays as it was."""
    app = make_app()
    assert kind(app, provide={Clock: Clock("then")}).get("/time").text == "then EUR"

    def factory() -> Clock:
        return Clock("made")

    assert kind(app, provide={Clock: factory}).get("/time").text == "made EUR"
    assert kind(app).get("/time").text == "now EUR"


def test_settings_are_overridden(kind, monkeypatch):
    """The client's settings go before the environment."""
    monkeypatch.setenv("SHOP_CURRENCY", "USD")
    assert kind(make_app(), config={"SHOP_CURRENCY": "CHF"}).get("/time").text == "now CHF"


def test_setup_mistakes_come_when_the_client_is_made(kind):
    """Not at the first request."""
    app = App()

    @app.get("/")
    def home(x): ...  # without an annotation

    with pytest.raises(SetupError, match="DMJ0301"):
        kind(app)


def living_app(events: list[str]) -> App:
    """An app that notes its start and its stop."""
    app = App()

    @app.lifespan
    def life():
        events.append("start")
        yield
        events.append("stop")

    @app.get("/")
    def home() -> str:
        events.append("request")
        return "ok"

    return app


def test_with_starts_and_stops_the_app():
    """Start before the first request, stop at the end of the block."""
    events: list[str] = []
    with Client(living_app(events)) as client:
        assert events == ["start"]
        client.get("/")
    assert events == ["start", "request", "stop"]


def test_without_with_it_starts_at_the_first_request():
    """And stops when the client is closed."""
    events: list[str] = []
    client = Client(living_app(events))
    assert events == []
    client.get("/")
    client.get("/")
    client.close()
    assert events == ["start", "request", "request", "stop"]


def test_async_with_starts_and_stops_the_app():
    """Over the lifespan protocol of ASGI."""
    events: list[str] = []

    async def use() -> None:
        async with AsyncClient(living_app(events)) as client:
            assert events == ["start"]
            await client.get("/")

    asyncio.run(use())
    assert events == ["start", "request", "stop"]


def test_a_start_that_fails_is_raised():
    """Both clients show the reason itself."""
    app = App()

    @app.lifespan
    def life():
        raise Unforeseen("no database")
        yield

    with pytest.raises(Unforeseen), Client(app):
        pass

    async def use() -> None:
        async with AsyncClient(app):
            pass

    with pytest.raises(Unforeseen):
        asyncio.run(use())


def test_async_requests_run_side_by_side():
    """Two handlers that wait for each other both finish: nothing is serialised by the client."""
    app = App()
    both = threading.Barrier(2, timeout=10)

    @app.get("/")
    def meet() -> str:
        both.wait()
        return "met"

    async def use() -> list[str]:
        client = AsyncClient(app)
        answers = await asyncio.gather(client.get("/"), client.get("/"))
        return [answer.text for answer in answers]

    assert asyncio.run(use()) == ["met", "met"]


def test_any_wsgi_callable_may_be_asked():
    """A middleware before a door, say; overrides need the app."""

    def door(environ, start_response):
        start_response("200 OK", [("x-path", environ["PATH_INFO"])])
        yield environ["wsgi.input"].read()

    answer = Client(door).post("/x", content=b"body")
    assert (answer.headers["x-path"], answer.body) == ("/x", b"body")
    with pytest.raises(TypeError, match="need the App itself"):
        Client(door, config={"A": "1"})


def test_a_streamed_answer_is_read_whole_and_closed(kind):
    """The generator runs to its end."""
    events: list[str] = []
    app = App()

    @app.get("/")
    def stream():
        try:
            yield "a"
            yield "b"
        finally:
            events.append("closed")

    assert kind(app).get("/").text == "ab"
    assert events == ["closed"]


def test_headers_of_other_apps_are_found_in_any_case():
    """A WSGI app that is not ours writes its names as it likes."""

    def other(environ, start_response):
        start_response("302 Found", [("Location", "/there"), ("Set-Cookie", "theme=dark")])
        return []

    answer = Client(other).get("/")
    assert answer.headers["location"] == "/there"
    assert answer.is_redirect
    assert answer.cookies == {"theme": "dark"}


@pytest.mark.parametrize(
    ("owner", "name", "told"),
    [
        ("answer", "data", "Write answer.content"),
        ("answer", "get_json", "Write answer.json()"),
        ("client", "session_transaction", "Write a request that sets it"),
        ("client", "force_login", "the cookies are kept"),
        ("client", "nothing_of_the_kind", "has no attribute 'nothing_of_the_kind'"),
    ],
)
def test_names_of_other_test_clients_are_told(owner, name, told):
    """What Flask's and Django's users type ends in the line to write; other names are missing as ever."""
    app = App(bare=True)
    app.get("/")(lambda: "")
    client = Client(app)
    thing = client if owner == "client" else client.get("/")
    with pytest.raises(AttributeError) as found:
        getattr(thing, name)
    assert told in str(found.value)
    assert not hasattr(thing, name)
