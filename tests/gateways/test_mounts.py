"""Mounted apps, through every door: an `App`, WSGI callables and ASGI callables."""

import asyncio
import contextvars
import io
import logging
from typing import Any

import pytest
from contract_doors import Got, Sent, ask_asgi, ask_rsgi, ask_wsgi

from demijohn import App, Blueprint, Client, Depends, Forbidden, Limits, Request, SetupError, current, url
from demijohn.gateways import mount_asgi

DOORS = ("wsgi", "asgi", "rsgi")
WIDE = ("asgi", "rsgi")


def ask(app: App, door: str, *sent: Sent) -> list[Got]:
    if door == "wsgi":
        return [ask_wsgi(app.wsgi, one) for one in sent]

    async def all_of_it() -> list[Got]:
        found = []
        for one in sent:
            found.append(await (ask_asgi(app.asgi, one) if door == "asgi" else ask_rsgi(app.rsgi, one)))
        await asyncio.sleep(0)
        return found

    return asyncio.run(all_of_it())


# An App ------------------------------------------------------------------------------------------------------


def a_house(log: list[str]) -> App:
    """An app with a mounted one; both have routes, arounds and lifespans."""
    outer, inner = App("outer", bare=True), App("inner", bare=True, limits=Limits(body=10))

    @outer.around
    def outside(request: Request):
        yield
        log.append(f"around {request.path}")

    @inner.lifespan
    def life():
        log.append("inner starts")
        yield
        log.append("inner stops")

    @inner.get("/")
    def home(request: Request):
        return f"{request.root_path}|{request.path}|{request.url}|{url(page, id=3)}"

    @inner.get("/pages/{id}", name="page")
    async def page(id: int):
        return {"id": id}

    @inner.post("/")
    def post(request: Request):
        return request.text

    @inner.on_error(404)
    def lost(request: Request):
        return "the inner one has not got it", 404

    @outer.get("/in/pages/1")
    def mine():
        return "the outer one's"

    outer.mount("/in", inner)
    return outer


@pytest.mark.parametrize("door", DOORS)
def test_an_app_below_a_prefix(door: str) -> None:
    """It sees paths without the prefix, makes links with it, and answers by its own rules."""
    log: list[str] = []
    got = ask(
        a_house(log), door, Sent("GET", "/in/"), Sent("GET", "/in/pages/4"), Sent("GET", "/in/nothing"),
        Sent("POST", "/in/", (("content-type", "text/plain"),), b"x" * 11), Sent("HEAD", "/in/pages/4"),
    )  # fmt: skip
    assert got[0].text == "/in|/|http://example.com/in/|/in/pages/3"
    assert got[1].text == '{"id":4}'
    assert (got[2].status, got[2].text) == (404, "the inner one has not got it")
    assert (got[3].status, got[4].status) == (413, 405)
    assert log == ["inner starts"], "the outer app's arounds are its own"


@pytest.mark.parametrize("door", DOORS)
def test_routes_go_before_mounts(door: str) -> None:
    """The method that the outer app's route has is its own, the others are the mounted app's."""
    got = ask(a_house([]), door, Sent("GET", "/in/pages/1"), Sent("GET", "/in/pages/2"), Sent("PUT", "/in/pages/2"))
    assert [answer.text for answer in got[:2]] == ["the outer one's", '{"id":2}']
    assert got[2].status == 405


def test_a_mounted_app_lives_with_the_outer_one() -> None:
    """It starts and stops with it."""
    log: list[str] = []
    with Client(a_house(log)):
        assert log == ["inner starts"]
    assert log == ["inner starts", "inner stops"]


def test_an_app_may_be_mounted_twice_and_deeper() -> None:
    """Each place has a kernel of its own; prefixes add up."""
    leaf, middle, root = App("leaf"), App("middle"), App("root")

    @leaf.get("/")
    def home(request: Request):
        return request.root_path

    middle.mount("/leaf", leaf)
    root.mount("/one", middle)
    root.mount("/two", leaf)
    client = Client(root)
    assert [client.get(path).text for path in ("/one/leaf/", "/two/")] == ["/one/leaf", "/two"]


def test_the_prefix_alone_leads_to_its_slash() -> None:
    """As relative links of the page would lead elsewhere."""
    app, inner = App("app"), App("inner")
    inner.get("/")(lambda: "in")
    app.mount("/in", inner)
    assert Client(app).get("/in").headers["location"] == "/in/"


def test_a_mount_may_be_bound_to_a_host() -> None:
    """Other hosts do not see it."""
    app, inner = App("app", bare=True), App("inner", bare=True)
    inner.get("/")(lambda: "in")
    app.get("/")(lambda: "out")
    app.mount("/", inner, host="in.example.com")
    got = ask(app, "asgi", Sent("GET", "/", host="in.example.com"), Sent("GET", "/", host="example.com"))
    assert [answer.text for answer in got] == ["in", "out"]


# A WSGI callable ---------------------------------------------------------------------------------------------


class Pieces:
    """What a WSGI app returns: pieces, and whether it was closed."""

    def __init__(self, pieces: list[bytes], log: list[str]) -> None:
        self._pieces = iter(pieces)
        self._log = log

    def __iter__(self) -> "Pieces":
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        self._log.append("closed")


place: contextvars.ContextVar[str] = contextvars.ContextVar("place")


def old(log: list[str]) -> Any:
    """A WSGI app that shows what it was asked."""

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        headers = [("Content-Type", "text/plain"), ("Connection", "close"), ("Set-Cookie", "a=1")]
        if path == "/write":
            write = start_response("200 OK", headers)
            write(b"written ")
            return Pieces([b"", b"then returned"], log)
        if path == "/late":

            def late():
                start_response("201 Made Late", headers)
                yield b"late"

            return late()
        if path == "/context":

            def in_context():
                token = place.set("here")
                yield b"one "
                yield b"two " + place.get().encode()
                place.reset(token)

            start_response("200 OK", headers)
            return in_context()
        if path == "/fails":
            raise ValueError("the old app fails")
        if path == "/breaks":
            start_response("200 OK", headers)
            return broken()
        if path == "/never":
            return []
        body = environ["wsgi.input"].read()
        start_response("200 OK", headers)
        said = f"{environ['REQUEST_METHOD']} {environ['SCRIPT_NAME']}|{path}|{environ['QUERY_STRING']}|"
        said += f"{environ['HTTP_HOST']}|{environ.get('HTTP_X_ONE')}|{len(body)}|{environ.get('CONTENT_LENGTH')}"
        return Pieces([said.encode(), b"|", current.request.interface.encode()], log)

    def broken():
        yield b"some"
        raise ValueError("broken")

    return app


def with_old(log: list[str], **options: Any) -> App:
    app = App("new", bare=True)
    app.get("/")(lambda: "new")
    app.mount("/old", old(log), **options)
    return app


@pytest.mark.parametrize("door", DOORS)
def test_a_wsgi_app_sees_its_request(door: str) -> None:
    """Prefix, path, query, headers and body as PEP 3333 has them; what it returns is closed."""
    log: list[str] = []
    sent = Sent("POST", "/old/caf%C3%A9?q=1", (("X-One", "1"), ("content-type", "text/plain")), b"x" * 100_000)
    (got,) = ask(with_old(log), door, sent)
    assert got.text == f"POST /old|/cafÃ©|q=1|example.com|1|100000|100000|{door}"
    assert got.headers == (("content-type", "text/plain"), ("set-cookie", "a=1"))
    assert log == ["closed"]


@pytest.mark.parametrize("door", DOORS)
def test_a_body_without_length_and_a_large_one(door: str) -> None:
    """What comes in chunks is read to its end, and what is large goes through the disk."""
    got = ask(
        with_old([], body_limit=5_000_000), door, Sent("POST", "/old/", chunks=(b"ab", b"cd")),
        Sent("POST", "/old/", body=b"x" * 4_000_000), Sent("POST", "/old/", body=b"x" * 5_000_001),
    )  # fmt: skip
    assert [answer.text.split("|")[5] for answer in got[:2]] == ["4", "4000000"]
    assert got[2].status == 413


@pytest.mark.parametrize("door", DOORS)
def test_the_ways_of_wsgi(door: str) -> None:
    """The old `write`, a late `start_response`, and one context for all pieces."""
    log: list[str] = []
    got = ask(with_old(log), door, *(Sent("GET", f"/old/{path}") for path in ("write", "late", "context")))
    assert [answer.text for answer in got] == ["written then returned", "late", "one two here"]
    assert got[1].status == 201
    assert log == ["closed"]


@pytest.mark.parametrize("door", DOORS)
def test_head_has_no_body(door: str) -> None:
    """Whatever the app gives; it is closed all the same."""
    log: list[str] = []
    (got,) = ask(with_old(log), door, Sent("HEAD", "/old/"))
    assert (got.status, got.body) == (200, b"")
    assert log == ["closed"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", ["/old/fails", "/old/never"])
def test_a_wsgi_app_that_fails_is_an_error_of_ours(door: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """Logged, and answered as a handler's error is."""
    with caplog.at_level(logging.ERROR):
        (got,) = ask(with_old([]), door, Sent("GET", path))
    assert got.status == 500
    assert "the old app fails" in caplog.text or "start_response" in caplog.text


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_that_breaks_is_not_made_whole(door: str) -> None:
    """The error goes to the server, which cuts the connection: nobody takes half an answer for all of it."""
    with pytest.raises(ValueError, match="broken"):
        ask(with_old([]), door, Sent("GET", "/old/breaks"))


@pytest.mark.parametrize("door", DOORS)
def test_arounds_guard_what_is_mounted(door: str) -> None:
    """Those of the mount, and the app's own."""

    def no_entry(request: Request) -> None:
        if request.query.get("key") != "1":
            raise Forbidden("No entry.")

    got = ask(with_old([], around=[Depends(no_entry)]), door, Sent("GET", "/old/"), Sent("GET", "/old/?key=1"))
    assert [answer.status for answer in got] == [403, 200]


def test_the_rest_goes_to_the_old_app() -> None:
    """Mounted at "/", it gets what no route answers: that is how one moves house."""
    app = App("new", bare=True)
    app.get("/")(lambda: "new")
    app.mount("/", old([]))
    client = Client(app)
    assert client.get("/").text == "new"
    assert client.get("/anything").text.startswith("GET |/anything|")
    assert client.post("/").text.startswith("POST |/|")


def test_a_route_leaves_its_other_methods_to_the_old_app() -> None:
    """An address is taken over method by method, wherever it lies; of two mounts the nearer is asked."""
    app = App("new", bare=True)

    @app.get("/posts/{id}")
    def show(id: int):
        return f"new {id}"

    app.get("/near/posts")(lambda: "new")
    app.mount("/", old([]))
    app.mount("/near", old([]))
    app.mount("/", old([]), host="elsewhere.example.com")
    client = Client(app)
    assert client.get("/posts/1").text == "new 1"
    assert client.put("/posts/1").text.startswith("PUT |/posts/1|")
    assert client.post("/near/posts").text.startswith("POST /near|/posts|")


def test_a_wsgi_server_hands_over_its_environ() -> None:
    """What the server alone knows is there for the old app too."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    outer = App("new", bare=True)
    outer.mount("/old", app)
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/srv", "PATH_INFO": "/old/a", "QUERY_STRING": "", "HTTP_HOST": "x",
        "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "https", "server.secret": 1,
    }  # fmt: skip
    assert list(outer.wsgi(environ, lambda status, headers: None)) == [b""]
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["server.secret"]) == ("/srv/old", "/a", 1)


# An ASGI callable --------------------------------------------------------------------------------------------


def modern(log: list[str]) -> Any:
    """An ASGI app that shows what it was asked."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["born"] = "yes"
            await send({"type": "lifespan.startup.complete"})
            log.append("up")
            await receive()
            log.append("down")
            await send({"type": "lifespan.shutdown.complete"})
            return
        path = scope["path"].removeprefix(scope["root_path"])
        if path == "/fails":
            raise ValueError("the modern app fails")
        if path == "/silent":
            return
        size, more = 0, True
        while more and path != "/unread":
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        headers = [(b"Content-Type", b"text/plain"), (b"x-size", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if path == "/endless":
            gone = asyncio.ensure_future(receive())
            while not gone.done():
                await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
                log.append("piece")
            log.append("told")
            return
        said = f"{scope['method']} {scope['root_path']}|{path}|{scope['state'].get('born')}"
        await send({"type": "http.response.body", "body": said.encode(), "more_body": path == "/pieces"})
        if path == "/pieces":
            for number in range(5):
                await send({"type": "http.response.body", "body": f" {number}".encode(), "more_body": True})
            await send({"type": "http.response.body"})
        assert (await receive())["type"] == "http.disconnect"
        log.append("after")

    return app


def with_modern(log: list[str]) -> App:
    app = App("new", bare=True)
    app.mount("/modern", modern(log))
    return app


@pytest.mark.parametrize("door", DOORS)
def test_an_asgi_app_sees_its_request(door: str) -> None:
    """Its lifespan runs, it reads the body, and may work on when its answer is sent."""
    log: list[str] = []
    got = ask(
        with_modern(log),
        door,
        Sent("POST", "/modern/a", body=b"x" * 100_000),
        Sent("POST", "/modern/b", chunks=(b"1",)),
    )
    assert [answer.text for answer in got] == ["POST /modern|/a|yes", "POST /modern|/b|yes"]
    assert [answer.header("x-size") for answer in got] == ["100000", "1"]
    assert log[0] == "up"


@pytest.mark.parametrize("door", DOORS)
def test_an_answer_in_pieces(door: str) -> None:
    """They come in order, and HEAD has none."""
    got = ask(with_modern([]), door, Sent("GET", "/modern/pieces"), Sent("HEAD", "/modern/pieces"))
    assert [answer.text for answer in got] == ["GET /modern|/pieces|yes 0 1 2 3 4", ""]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", ["/modern/fails", "/modern/silent"])
def test_an_asgi_app_that_fails_is_an_error_of_ours(door: str, path: str) -> None:
    """Before its answer began, so that there can be another."""
    assert ask(with_modern([]), door, Sent("GET", path))[0].status == 500


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_is_too_large_is_refused(door: str) -> None:
    """By the limit of the mount, also where the app would read it."""
    app = App("new", bare=True)
    app.mount("/modern", modern([]), body_limit=10)
    got = ask(app, door, Sent("POST", "/modern/", body=b"x" * 11), Sent("POST", "/modern/", chunks=(b"x" * 6,) * 2))
    assert [answer.status for answer in got] == [413, 413]


def test_an_app_waits_for_its_reader_and_is_told_that_it_left() -> None:
    """It is never more than a few pieces ahead of a slow client."""
    log: list[str] = []
    app = with_modern(log)

    async def leave() -> None:
        async with asyncio.timeout(10):
            served = mount_asgi.ServedASGI(modern(log), "modern")
            request = Request(None, "GET", "/endless", "", "example.com")
            request.mounted_at = "/modern"

            class Empty:
                async def __anext__(self) -> bytes:
                    raise StopAsyncIteration

            answer = await served.asynchronous(request, Empty())  # type: ignore[arg-type]
            body: Any = answer.body
            chunks = aiter(body.chunks)
            await anext(chunks)
            await asyncio.sleep(0.1)
            assert log.count("piece") <= 4
            await body.close(None)

    asyncio.run(leave())
    assert "told" in log
    assert app.seal().mounts[0].prefix == "/modern"


def test_an_app_that_cannot_start_stops_all() -> None:
    """Its `lifespan.startup.failed` is an error of the start."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    app = App("new", bare=True)
    app.mount("/modern", broken, name="modern")
    with pytest.raises(RuntimeError, match="modern did not start: no database"), Client(app):
        pass


def test_an_app_without_lifespan_starts_all_the_same() -> None:
    """It may raise at the word; it is asked for HTTP alone then."""

    async def plain(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"plain"})

    app = App("new", bare=True)
    app.mount("/plain", plain)
    with Client(app) as client:
        assert client.get("/plain/").text == "plain"


# What cannot be mounted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "thing", "code"),
    [
        ("old", App("old"), "DMJ0151"),
        ("/old/", App("old"), "DMJ0151"),
        ("/{id}", App("old"), "DMJ0151"),
        ("/old", Blueprint("old"), "DMJ0150"),
        ("/old", App, "DMJ0150"),
        ("/old", lambda: None, "DMJ0150"),
        ("/old", "old:app", "DMJ0150"),
    ],
)
def test_mistakes_are_told_at_the_line(prefix: str, thing: Any, code: str) -> None:
    """What is no app, and what is no prefix."""
    with pytest.raises(SetupError, match=code) as found:
        App("new").mount(prefix, thing)
    assert found.value.where[0].file == __file__


def test_an_app_has_its_own_arounds() -> None:
    """They are said of it, not of the place."""
    with pytest.raises(SetupError, match="DMJ0152"):
        App("new").mount("/in", App("in"), around=[lambda: None])


def test_circles_are_found() -> None:
    """An app below itself has no end: told by the mount that closes the circle."""
    app, inner, innermost = App("round", bare=True), App("inner", bare=True), App("innermost", bare=True)
    with pytest.raises(SetupError, match="round is mounted in itself"):
        app.mount("/round", app)
    app.mount("/in", inner)
    inner.mount("/in", innermost)
    with pytest.raises(SetupError, match="round is mounted in itself") as found:
        innermost.mount("/round", app)
    assert found.value.where[0].file == __file__
    app.seal()


def test_mistakes_of_a_mounted_app_are_told_with_the_others() -> None:
    """All at once, at the start."""
    app, inner = App("app", bare=True), App("inner", bare=True)
    inner.get("/{id}")(lambda: "")
    app.mount("/in", inner)
    with pytest.raises(SetupError, match="id"):
        app.seal()


def test_a_sealed_mount_takes_no_more_routes() -> None:
    """They would be nowhere."""
    app, inner = App("app", bare=True), App("inner", bare=True)
    app.mount("/in", inner)
    app.seal()
    with pytest.raises(SetupError, match="DMJ0101"):
        inner.get("/")(lambda: "")
