"""What handlers of errors are given: the error, the request, and services of their own."""

import asyncio
import functools
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from demijohn import (
    App,
    BackgroundTasks,
    Blueprint,
    Body,
    BodyStream,
    Client,
    Config,
    Depends,
    Header,
    HTTPError,
    NotFound,
    Query,
    Request,
    Response,
    Schema,
    SetupError,
    Unauthorized,
)


class Broken(Exception):
    """What handlers fail with."""


class Clock:
    """A service of the app."""

    def __init__(self, time: str = "noon") -> None:
        self.time = time


class Unit:
    """A service of an exchange, which tells how it ended."""

    def __init__(self) -> None:
        self.ended = "open"


class Note(Schema):
    """A body."""

    text: str


def provided() -> tuple[App, list[Unit]]:
    """An app with two services, and all units that were made."""
    app, units = App(bare=True), []

    @app.provide(scope="app")
    def clock() -> Clock:
        return Clock()

    @app.provide(scope="app", name="utc")
    def utc() -> Clock:
        return Clock("midnight")

    @app.provide
    def unit() -> Iterator[Unit]:
        units.append(Unit())
        try:
            yield units[-1]
            units[-1].ended = "committed"
        except BaseException as error:
            units[-1].ended = f"rolled back: {type(error).__name__}"
            raise

    return app, units


def fails_in(app: App, *, is_async: bool, **options: Any) -> None:
    """A route that takes a unit and fails."""
    if is_async:

        @app.get("/", **options)
        async def fails_async(unit: Unit):
            raise Broken("it")
    else:

        @app.get("/", **options)
        def fails(unit: Unit):
            raise Broken("it")


@pytest.mark.parametrize("route", ["def", "async def"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_services_of_their_own(route, kind):
    """The exchange's unit was closed by the error; the handler's is new, and closed when its answer is made."""
    app, units = provided()
    fails_in(app, is_async=route == "async def")

    def say(error: Broken, request: Request, unit: Unit, clock: Annotated[Clock, "utc"]):
        assert unit is units[-1]
        assert [each.ended for each in units] == ["rolled back: Broken", "open"]
        return {"error": str(error), "path": request.path, "time": clock.time}, 409

    async def say_async(unit: Unit, clock: Annotated[Clock, "utc"], error: Broken, request: Request):
        await asyncio.sleep(0)
        return say(error, request, unit, clock)

    app.on_error(Broken)(say if kind == "def" else say_async)
    answer = Client(app).get("/")
    assert (answer.status, answer.json()) == (409, {"error": "it", "path": "/", "time": "midnight"})
    assert [each.ended for each in units] == ["rolled back: Broken", "committed"]


@pytest.mark.parametrize("route", ["def", "async def"])
@pytest.mark.parametrize("around", [False, True])
def test_a_handler_that_fails(route, around, caplog):
    """Ends in the plain 500; it is not asked about its own error, and the log has both."""
    app, units = provided()
    fails_in(app, is_async=route == "async def")
    asked = []

    def passes():
        yield

    if around:
        app.around(passes)

    @app.on_error(Exception)
    def fails_too(error: Exception, unit: Unit):
        asked.append(error)
        raise ValueError("the second")

    with caplog.at_level(logging.ERROR, "demijohn"):
        answer = Client(app, raise_errors=False).get("/")
    assert (answer.status, answer.json()["detail"]) == (500, "Something went wrong on our side.")
    assert [type(error) for error in asked] == [Broken]
    assert [each.ended for each in units] == ["rolled back: Broken", "rolled back: ValueError"]
    assert [type(record.exc_info[1]) for record in caplog.records] == [Broken, ValueError]
    assert "fails_too" in caplog.records[0].getMessage()
    assert answer.json()["id"] in caplog.records[0].getMessage()
    assert caplog.records[1].exc_info[1].__context__ is caplog.records[0].exc_info[1]


def test_an_around_of_a_battery_does_not_ask_twice():
    """Outside of the error handlers a failed handler is an answer, no error."""
    from demijohn import Battery

    seen = []

    class Watching(Battery):
        name = "watching"

        def install(self, setup):
            def watch():
                try:
                    seen.append((yield).status)
                except Exception as error:
                    seen.append(error)
                    raise

            setup.around(watch)

    app, _ = provided()
    app.use(Watching())
    fails_in(app, is_async=False)
    asked = []

    @app.on_error(500)
    def fails_too(error):
        asked.append(error)
        raise ValueError("the second")

    assert Client(app, raise_errors=False).get("/").status == 500
    assert (len(asked), seen) == (1, [500])


@pytest.mark.parametrize("takes", ["nothing", "a unit"])
def test_an_error_may_be_made_one_for_visitors(takes):
    """What a handler raises for visitors is the answer; raising the error again leaves it to the next."""
    app, units = provided()
    fails_in(app, is_async=False)

    def translate(error: Broken):
        raise NotFound("It is gone.") from error

    def translate_with(error: Broken, unit: Unit):
        raise NotFound("It is gone.") from error

    app.on_error(Broken)(translate if takes == "nothing" else translate_with)
    assert Client(app).get("/").json()["detail"] == "It is gone."
    if takes == "a unit":
        assert units[-1].ended == "rolled back: NotFound"


def test_raising_the_error_again_passes_it_on():
    """As giving None does."""
    app, inner = App(bare=True), Blueprint("inner")

    @inner.get("/")
    def fails():
        raise Broken("it")

    @inner.on_error(Broken)
    def passes(error: Broken):
        raise error

    @app.on_error(Broken)
    def answers(error: Broken):
        return "outer", 409

    app.include(inner)
    assert Client(app).get("/").text == "outer"


def test_a_service_that_refuses_the_visitor():
    """Leaves the first error with its plain answer: what was wrong is neither hidden nor told as something else."""
    app = App(bare=True)

    def member() -> str:
        raise Unauthorized

    @app.get("/{what}")
    def fails(what: str):
        raise NotFound("No such thing.") if what == "lost" else Broken("it")

    @app.on_error(404)
    @app.on_error(500)
    def for_members(error: Exception, name: Annotated[str, Depends(member)]):
        raise AssertionError("It is not called.")

    client = Client(app, raise_errors=False)
    assert (client.get("/lost").status, client.get("/lost").json()["detail"]) == (404, "No such thing.")
    assert client.get("/broken").status == 500
    with pytest.raises(Broken):
        Client(app).get("/broken")


def test_each_handler_that_is_asked_has_services_of_its_own():
    """One that passes has its unit closed before the next."""
    app, units = provided()
    inner = Blueprint("inner")

    @inner.get("/")
    def fails():
        raise Broken

    @inner.on_error(Broken)
    def passes(unit: Unit) -> None:
        return None

    @app.on_error(Broken)
    def answers(unit: Unit):
        return f"{len(units)} {units[0].ended}"

    app.include(inner)
    assert Client(app, raise_errors=False).get("/").text == "2 committed"


def test_services_of_a_blueprint():
    """A blueprint's handler sees its services, the app's those of the app."""
    app, _ = provided()
    inner = Blueprint("inner")

    @inner.provide
    def own() -> Clock:
        return Clock("one")

    @inner.get("/{kind}")
    def fails(kind: str):
        raise Broken if kind == "own" else LookupError

    @inner.on_error(Broken)
    def in_blueprint(clock: Clock):
        return clock.time

    @app.on_error(LookupError)
    def in_app(clock: Clock):
        return clock.time

    app.include(inner)
    client = Client(app)
    assert (client.get("/own").text, client.get("/other").text) == ("one", "noon")


def test_settings_background_tasks_and_headers():
    """Config classes are filled, tasks begin after the answer, and a marker reads a header."""
    app, done = App(bare=True), []

    class Shop(Config, prefix="SHOP_"):
        support: str = "help@example.com"

    @app.get("/")
    def fails():
        raise Broken

    @app.on_error(Broken)
    def say(shop: Shop, tasks: BackgroundTasks, agent: Annotated[str, Header(alias="user-agent")] = "none"):
        tasks.add_task(done.append, agent)
        return f"Write to {shop.support}."

    with Client(app) as client:
        assert client.get("/", headers={"user-agent": "me"}).text == "Write to help@example.com."
    assert done == ["me"]


def test_a_service_that_is_awaited():
    """Makes the plan async, as it does for routes, and a def handler is called on a thread from there."""
    app = App(bare=True)
    threads = []

    @app.provide
    async def clock() -> AsyncIterator[Clock]:
        threads.append(threading.get_ident())
        yield Clock()

    @app.get("/")
    def fails():
        raise Broken

    @app.on_error(Broken)
    def say(clock: Clock):
        threads.append(threading.get_ident())
        return clock.time

    assert Client(app).get("/").text == "noon"
    assert threads[0] != threads[1]


def test_a_plain_handler_does_not_block_the_loop():
    """In an async route a def handler runs on a thread."""
    app, threads = App(bare=True), []

    @app.get("/")
    async def fails():
        threads.append(threading.get_ident())
        raise Broken

    @app.on_error(Broken)
    def say(error):
        threads.append(threading.get_ident())
        return "said"

    assert Client(app).get("/").text == "said"
    assert threads[0] != threads[1]


def test_addresses_that_are_not_there():
    """Have no route, and handlers with services all the same."""
    app, _ = provided()

    @app.on_error(404)
    def lost(error: NotFound, clock: Clock):
        return f"Nothing here at {clock.time}."

    app.get("/")(lambda: "x")
    answer = Client(app).get("/nowhere")
    assert (answer.status, answer.text) == (404, "Nothing here at noon.")
    assert app.seal().refusal(Request(None, "GET", "/nowhere", ""), NotFound()).blocking


def test_refusals_need_no_thread_without_services():
    """A handler that takes none is called where the refusal is made."""
    app = App(bare=True)
    app.on_error(404)(lambda error: "lost")
    app.get("/")(lambda: "x")
    assert not app.seal().refusal(Request(None, "GET", "/nowhere", ""), NotFound()).blocking


def test_an_annotated_answer_is_shaped():
    """As that of a route is."""
    app = App(bare=True)

    class Problem(Schema):
        detail: str

    @app.get("/")
    def fails():
        raise HTTPError(418, headers={"x-why": "tea"})

    @app.on_error(418)
    def say(error: HTTPError) -> Problem:
        return {"detail": "Short and stout.", "secret": 1}

    answer = Client(app).get("/")
    assert (answer.status, answer.json(), answer.headers["x-why"]) == (418, {"detail": "Short and stout."}, "tea")


def test_a_stream_keeps_its_services():
    """They are closed when it has ended."""
    app, units = provided()
    fails_in(app, is_async=False)

    @app.on_error(Broken)
    def lines(unit: Unit):
        yield f"{unit.ended}\n"

    assert Client(app, raise_errors=False).get("/").text == "open\n"
    assert units[-1].ended == "committed"


def test_what_may_be_given_by_others():
    """Defaults, partials, objects that are called and functions of C take what they took."""
    app = App(bare=True)

    @dataclass
    class Says:
        def __call__(self, error: Broken, clock: Clock):
            return f"{error} at {clock.time}"

    def with_word(error, word: str, clock: Clock, unsaid="!"):
        return f"{word} {clock.time}{unsaid}"

    @app.provide
    def clock() -> Clock:
        return Clock()

    @app.get("/{kind}")
    def fails(kind: str):
        raise {"object": Broken("it"), "partial": LookupError(), "c": KeyError("it")}[kind]

    app.on_error(Broken)(Says())
    app.on_error(LookupError)(functools.partial(with_word, word="It is"))
    app.on_error(KeyError)(repr)
    client = Client(app)
    assert client.get("/object").text == "it at noon"
    assert client.get("/partial").text == "It is noon!"
    assert client.get("/c").text == "KeyError('it')"


def body(error: Broken, note: Note): ...
def marked(error: Broken, note: Annotated[Note, Body()]): ...
def stream(error: Broken, stream: BodyStream): ...
def query(error: Broken, page: int): ...
def text(error: Broken, template: str = "x.html"): ...


def of_body(note: Note) -> str:
    return note.text


def below(error: Broken, text: Annotated[str, Depends(of_body)]): ...
def unknown(error, code): ...


@pytest.mark.parametrize(
    ("handler", "code", "says"),
    [
        (body, "DMJ0131", "body() takes note: Note of the body"),
        (marked, "DMJ0131", "marked() takes note: Note of the body"),
        (stream, "DMJ0131", "stream() takes stream: BodyStream of the body"),
        (query, "DMJ0131", "query() takes page: int of the query"),
        (text, "DMJ0131", "text() takes template: str of the query"),
        (below, "DMJ0131", "below() takes note: Note of the body"),
        (unknown, "DMJ0121", "unknown() takes 'code', and nothing says what that is"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_they_cannot_have(handler, code, says):
    """Is a mistake at start, at the line of the handler."""
    app = App(bare=True)
    app.on_error(Broken)(handler)
    app.get("/a")(lambda: "x")
    app.get("/b", name="b")(lambda: "x")
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert (caught.value.code, caught.value.where[0].line) == (code, handler.__code__.co_firstlineno)
    assert says in caught.value.what


def test_values_of_a_path():
    """Belong to one route: neither a handler nor a service of it is given them."""
    app = App(bare=True)

    class Tenant:
        pass

    @app.provide
    def tenant_of(tenant: str) -> Tenant:
        return Tenant()

    @app.get("/{tenant}")
    def home(tenant: Tenant, request):
        return "home"

    @app.on_error(Broken)
    def say(tenant: Tenant):
        return "x"

    with pytest.raises(SetupError, match="tenant: str of the path") as caught:
        app.seal()
    assert caught.value.code == "DMJ0131"


def test_a_marked_query_is_read():
    """Who asks for it by a marker means it; where it is missing, the error has its plain answer."""
    app = App(bare=True)
    app.get("/")(lambda: Response("x", 200))

    @app.on_error(404)
    def lost(page: Annotated[int, Query()]):
        return f"page {page}"

    client = Client(app)
    assert client.get("/nowhere?page=2").text == "page 2"
    assert client.get("/nowhere").status == 404


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_a_handler_fails_with_is_the_batteries_to_answer(kind):
    """A page for developers, say; a handler of theirs that fails is not asked again either."""
    from demijohn import Battery

    asked = []

    class Showing(Battery):
        name = "showing"

        def install(self, setup):
            setup.on_error(Exception, self.show)

        def show(self, request, error):
            asked.append(type(error))
            if isinstance(error, LookupError):
                raise error
            if isinstance(error, OSError):
                raise ValueError
            return f"shown: {error}", 500

    app, _ = provided()
    app.use(Showing())

    @app.get("/{what}")
    def fails(what: str):
        raise {"own": Broken, "passed": LookupError, "theirs": OSError}[what]("it")

    def fails_too(error: Broken, unit: Unit):
        raise RuntimeError("the second")

    async def fails_too_async(error: Broken, unit: Unit):
        raise RuntimeError("the second")

    app.on_error(Broken)(fails_too if kind == "def" else fails_too_async)
    client = Client(app, raise_errors=False)
    assert client.get("/own").text == "shown: the second"
    assert client.get("/passed").json()["detail"] == "Something went wrong on our side."
    assert client.get("/theirs").json()["detail"] == "Something went wrong on our side."
    assert asked == [RuntimeError, LookupError, OSError]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_the_session_is_that_of_the_visitor(kind):
    """Of all services it is not made anew: what the handler wrote is there, and is kept with the answer."""
    from demijohn.sessions import Session, Sessions

    app = App()
    app.use(Sessions(store="memory"))

    @app.get("/")
    def fails(session: Session):
        session["count"] = session.get("count", 0) + 1
        raise Broken

    def say(error: Broken, session: Session):
        session["told"] = True
        return dict(session), 409

    async def say_async(error: Broken, session: Session):
        return say(error, session)

    app.on_error(Broken)(say if kind == "def" else say_async)
    with Client(app) as client:
        assert client.get("/").json() == {"count": 1, "told": True}
        assert client.get("/").json() == {"count": 2, "told": True}
