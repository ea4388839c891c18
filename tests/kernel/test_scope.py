"""Scopes: services for a block, made by the providers that serve handlers, and closed at its end."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import pytest

from demijohn import App, AsyncDB, Client, Config, Database, Depends, Request, Scope, SetupError


class Clock:
    """A service."""


class Diary:
    """A service made of another."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock


def an_app(log: list[str]) -> App:
    """An app whose services write down when they are made and closed."""
    app = App(bare=True)

    @app.provide
    def clock() -> Iterator[Clock]:
        log.append("clock")
        try:
            yield Clock()
        except BaseException as error:
            log.append(f"clock failed: {type(error).__name__}")
            raise
        log.append("clock closed")

    @app.provide
    async def diary(clock: Clock) -> AsyncIterator[Diary]:
        log.append("diary")
        yield Diary(clock)
        log.append("diary closed")

    return app


def test_a_block_has_services_of_its_own():
    """They are not those of the exchange, and each block makes them anew; `def` handlers use `with`."""
    log: list[str] = []
    app = an_app(log)

    @app.get("/")
    def home(scope: Scope, clock: Clock):
        with scope(Clock) as one:
            log.append("inside")
        with scope(Clock) as two:
            pass
        return str(len({one, two, clock}))

    assert Client(app).get("/").text == "3"
    assert log == ["clock", "clock", "inside", "clock closed", "clock", "clock closed", "clock closed"]


def test_several_services_share_what_they_are_made_of():
    """A tuple in the order asked for; closed innermost first."""
    log: list[str] = []
    app = an_app(log)

    @app.get("/")
    async def home(scope: Scope):
        async with scope(Diary, Clock) as (diary, clock):
            log.append("inside")
            return str(diary.clock is clock)

    assert Client(app).get("/").text == "True"
    assert log == ["clock", "diary", "inside", "diary closed", "clock closed"]


def test_an_error_ends_a_block_and_its_services_see_it():
    """They are closed with the error that ended the block; caught outside, the exchange goes on."""
    log: list[str] = []
    app = an_app(log)

    @app.get("/{kind}")
    async def home(kind: str, scope: Scope):
        try:
            if kind == "async":
                async with scope(Clock):
                    raise KeyError
            with scope(Clock):
                raise KeyError
        except KeyError:
            return "went on"

    for kind in ("async", "sync"):
        log.clear()
        assert Client(app).get(f"/{kind}").text == "went on"
        assert log == ["clock", "clock failed: KeyError"]


def test_a_service_that_fails_closes_those_before_it():
    """What was made before the one that could not be is closed with its error."""
    log: list[str] = []
    app = an_app(log)

    class Broken:
        """Cannot be made."""

    @app.provide
    def broken(clock: Clock) -> Broken:
        raise OSError("no")

    @app.get("/sync")
    def home(scope: Scope):
        with pytest.raises(OSError, match="no"), scope(Broken):
            pass

    @app.get("/async")
    async def home_async(scope: Scope):
        with pytest.raises(OSError, match="no"):
            async with scope(Broken):
                pass

    home.__annotations__["return"] = home_async.__annotations__["return"] = None
    for path in ("/sync", "/async"):
        log.clear()
        assert Client(app).get(path).status == 204
        assert log == ["clock", "clock failed: OSError"]


def test_providers_and_dependencies_may_ask_for_a_scope():
    """It is injected wherever services are."""
    log: list[str] = []
    app = an_app(log)

    def find(scope: Scope, request: Request) -> str:
        with scope(Clock) as clock:
            return f"{request.path} {type(clock).__name__}"

    @app.get("/x")
    def home(found: Annotated[str, Depends(find)]):
        return found

    assert Client(app).get("/x").text == "/x Clock"


def test_a_block_knows_the_request_and_what_lives_as_long_as_the_app():
    """Providers in a block read the same request; services of the app are not made anew."""
    app = App(bare=True)

    class Settings(Config, prefix="SCOPED_"):
        """Some settings."""

        currency: str = "EUR"

    class Wanted:
        """Read from the request."""

        def __init__(self, text: str) -> None:
            self.text = text

    @app.provide
    def wanted(request: Request, q: str = "-") -> Wanted:
        return Wanted(q)

    @app.provide(scope="app")
    def clock() -> Clock:
        return Clock()

    @app.get("/")
    def home(scope: Scope, settings: Settings, clock: Clock):
        with scope(Settings, Clock, Wanted) as (mine, same, wanted):
            return f"{mine is settings} {same is clock} {wanted.text}"

    assert Client(app).get("/?q=found").text == "True True found"


def test_a_unit_of_work_is_committed_at_the_end_of_its_block():
    """The database's unit is committed by the block, and rolled back by its error."""
    app = App(bare=True)
    app.use(Database("sqlite://"))

    @app.get("/")
    async def home(scope: Scope):
        from sqlalchemy import text

        async with scope(AsyncDB) as db:
            await db.execute(text("CREATE TABLE IF NOT EXISTS scoped (n INTEGER)"))
            await db.execute(text("INSERT INTO scoped VALUES (1)"))
        try:
            async with scope(AsyncDB) as db:
                await db.execute(text("INSERT INTO scoped VALUES (2)"))
                raise KeyError
        except KeyError:
            pass
        async with scope(AsyncDB) as db:
            return str((await db.scalars(text("SELECT n FROM scoped"))).all())

    with Client(app) as client:
        assert client.get("/").text == "[1]"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_lifespans_ask_for_a_scope(kind):
    """At the start and at the end there is no request, but there are services."""
    log: list[str] = []
    app = an_app(log)
    if kind == "sync":

        @app.lifespan
        def life(scope: Scope):
            with scope(Clock):
                log.append("starting")
            yield
            with scope(Clock):
                log.append("stopping")

    else:

        @app.lifespan
        async def life_async(scope: Scope):
            async with scope(Clock):
                log.append("starting")
            yield
            async with scope(Clock):
                log.append("stopping")

    with Client(app):
        assert log == ["clock", "starting", "clock closed"]
        log.clear()
    assert log == ["clock", "stopping", "clock closed"]


def test_what_cannot_be_had_is_told_with_the_line_that_asks():
    """A type that nobody provides, one that must be awaited, one that would block the loop: at the line itself."""
    log: list[str] = []
    app = an_app(log)
    app.use(Database("sqlite://"))
    from demijohn import DB

    told: list[SetupError] = []

    @app.get("/")
    async def home(scope: Scope) -> None:
        for kind in (int, Diary, DB):
            with pytest.raises(SetupError) as caught, scope(kind):
                pass
            told.append(caught.value)

    @app.get("/sync")
    def home_sync(scope: Scope) -> None:
        with pytest.raises(SetupError) as caught, scope(AsyncDB):
            pass
        told.append(caught.value)

    assert Client(app).get("/").status == 204
    assert Client(app).get("/sync").status == 204
    assert [error.code for error in told] == ["DMJ0322", "DMJ0322", "DMJ0314", "DMJ0314"]
    assert "nothing provides int" in told[0].what
    assert "async with scope(Diary)" in told[1].fix
    assert "scope(DB) -> DB" in told[2].what
    assert all(error.where[0].file == __file__ for error in told)


def test_a_scope_without_types_is_a_mistake():
    """`scope()` says what it takes."""
    app = App(bare=True)

    @app.get("/")
    def home(scope: Scope):
        scope()

    with pytest.raises(TypeError, match="takes the types of services"):
        Client(app).get("/")
