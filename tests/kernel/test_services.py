"""Services: made once per exchange or once per app, shared, closed innermost first."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import pytest

from demijohn import App, Client, Depends, Request, SetupError
from demijohn.kernel import layers


class Clock:
    """A service."""


class Diary:
    """A service made of others."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock


def test_a_service_is_made_once_per_exchange():
    """Everybody who asks in one exchange gets the same one; the next exchange gets another."""
    app, made = App(bare=True), []

    @app.provide
    def clock() -> Clock:
        made.append(Clock())
        return made[-1]

    @app.provide
    def diary(clock: Clock) -> Diary:
        return Diary(clock)

    def around(clock: Clock):
        made.append(clock)
        yield

    @app.get("/", around=[around])
    def home(clock: Clock, diary: Diary):
        assert diary.clock is clock is made[-1] is made[-2]
        return "x"

    client = Client(app)
    assert client.get("/").status == client.get("/").status == 200
    assert len({id(each) for each in made}) == 2


def test_a_service_that_swallows_an_error_undoes_nothing():
    """The exchange has failed, whatever a provider does about it."""
    app = App(bare=True)

    @app.provide
    def clock() -> Iterator[Clock]:
        try:
            yield Clock()
        except LookupError:
            return

    @app.get("/")
    def home(clock: Clock):
        raise LookupError

    assert Client(app, raise_errors=False).get("/").status == 500


@pytest.mark.parametrize("is_async", [False, True])
def test_a_provider_that_yields_twice_is_told(is_async):
    """One yield, then the clean-up: a second is an error, not a service."""
    app = App(bare=True)
    if is_async:

        @app.provide
        async def clock_async() -> AsyncIterator[Clock]:
            yield Clock()
            yield Clock()
    else:

        @app.provide
        def clock() -> Iterator[Clock]:
            yield Clock()
            yield Clock()

    @app.get("/")
    def home(clock: Clock):
        return "x"

    with pytest.raises(RuntimeError, match="yielded twice"):
        Client(app).get("/")


def test_an_apps_service_may_use_an_exchanges_while_it_is_made():
    """It is made once, within the first exchange that asks for it."""
    app = App(bare=True)
    made = []

    @app.provide
    def clock() -> Clock:
        return Clock()

    @app.provide(scope="app")
    def diary(clock: Clock) -> Diary:
        made.append(clock)
        return Diary(None)

    @app.get("/")
    def home(diary: Diary):
        return "x"

    client = Client(app)
    assert [client.get("/").status for _ in range(2)] == [200, 200]
    assert len(made) == 1


def test_an_apps_service_cannot_be_made_of_a_request():
    """What lives as long as the app must not keep one request's things: that is a mistake."""

    def home(diary: Diary):
        return "x"

    other = App(bare=True)

    @other.provide(scope="app")
    def of_request(request: Request) -> Diary: ...

    other.get("/")(home)
    with pytest.raises(SetupError):
        other.seal()


def test_an_async_service_of_the_app_is_a_mistake():
    """It would belong to the loop of the first request."""
    app = App(bare=True)

    @app.provide(scope="app")
    async def clock() -> Clock:
        return Clock()

    @app.get("/")
    async def home(clock: Clock):
        return "x"

    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0313"


def test_depends_is_called_once_unless_told_otherwise():
    """As in FastAPI: cached within an exchange."""
    app, calls = App(bare=True), []

    def number():
        calls.append(1)
        return len(calls)

    @app.get("/")
    def home(a: int = Depends(number), b: int = Depends(number), c: int = Depends(number, use_cache=False)):
        return [a, b, c]

    assert Client(app).get("/").json() == [1, 1, 2]


def test_tests_replace_services():
    """`provide=` puts a value or a factory in a service's place, in a copy of the app."""
    app = App(bare=True)

    @app.provide
    def clock() -> Clock:
        raise AssertionError("the real one")

    @app.get("/")
    def home(clock: Clock):
        return type(clock).__name__

    class Fake(Clock):
        pass

    assert Client(app, provide={Clock: Fake()}).get("/").text == "Fake"
    assert Client(app, provide={Clock: lambda: Fake()}).get("/").text == "Fake"
    assert Client(app, raise_errors=False).get("/").status == 500


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_depends_of_an_around_is_the_parameters_too(asynchronous):
    """Called once, like FastAPI's `dependencies=[Depends(f)]` beside a parameter of the same function."""
    calls = []
    app = App(bare=True)

    def user(request: Request):
        calls.append("sync")
        return "ann"

    async def user_async(request: Request):
        calls.append("async")
        return "ann"

    depends = Depends(user_async if asynchronous else user)
    app.around(depends)

    @app.get("/", around=[depends])
    def home(name: Annotated[str, depends]):
        return name

    assert Client(app).get("/").text == "ann"
    assert calls == ["async" if asynchronous else "sync"]


def test_a_depends_that_is_not_cached_is_called_each_time():
    """`use_cache=False` means that here too."""
    calls = []
    app = App(bare=True)

    def user():
        calls.append(1)
        return "ann"

    @app.get("/", around=[Depends(user, use_cache=False)])
    def home(name: Annotated[str, Depends(user, use_cache=False)]):
        return name

    assert Client(app).get("/").text == "ann"
    assert calls == [1, 1]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_generator_of_an_around_is_the_parameters_too(kind, asynchronous):
    """It is made once, and closed when the around leaves: by the error, if there was one."""
    told = []
    app = App(bare=True)

    def user():
        told.append("made")
        try:
            yield "ann"
        except LookupError:
            told.append("failed")
            raise
        told.append("closed")

    async def user_async():
        told.append("made")
        try:
            yield "ann"
        except LookupError:
            told.append("failed")
            raise
        told.append("closed")

    depends = Depends(user_async if asynchronous else user)
    app.around(depends)

    if kind == "def":

        @app.get("/{name}", around=[depends])
        def home(name: str, user: Annotated[str, depends]):
            return {user: user}[name]
    else:

        @app.get("/{name}", around=[depends])
        async def home_async(name: str, user: Annotated[str, depends]):
            return {user: user}[name]

    assert Client(app).get("/ann").text == "ann"
    assert told == ["made", "closed"]
    told.clear()
    assert Client(app, raise_errors=False).get("/bob").status == 500
    assert told == ["made", "failed"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_depends_that_ends_before_its_yield(kind):
    """Is told what it is: a value, and no around."""
    app = App(bare=True)

    def guard():
        if app:
            return "early", 403
        yield

    def home():
        return "x"

    async def home_async():
        return "x"

    app.get("/", around=[Depends(guard)])(home if kind == "def" else home_async)
    with pytest.raises(RuntimeError, match=r"guard\(\) ended before its yield.*around=\[guard\]"):
        Client(app).get("/")


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_an_around_with_services_is_compiled_once(kind, monkeypatch):
    """What wraps is made when the app is sealed; a request only makes the services."""
    app = App(bare=True)

    @app.provide
    def clock() -> Clock:
        return Clock()

    @app.around
    def around(clock: Clock):
        response = yield
        response.headers["x-clock"] = type(clock).__name__

    @app.around
    def guard(clock: Clock):
        return None

    def home():
        return "x"

    async def home_async():
        return "x"

    app.get("/")(home if kind == "def" else home_async)
    client = Client(app)
    assert client.get("/").headers["x-clock"] == "Clock"
    for name in ("wrap_sync", "wrap_async", "_guard_sync", "_guard_async"):
        monkeypatch.setattr(layers, name, None)
    assert client.get("/").headers["x-clock"] == "Clock"
