"""Services of lifespan functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from demijohn import App, Client, Config, SetupError


class Settings(Config, prefix="STARTUP_"):
    """Settings of the apps below."""

    size: int = 3


class Tap:
    """A service that notes when it is opened and closed."""

    log: list[str]


def app_with_tap() -> tuple[App, list[str]]:
    """An app that provides a `Tap`, and what happened in it."""
    app, log = App(), []

    @app.provide
    def tap(settings: Settings) -> Iterator[Tap]:
        log.append(f"open {settings.size}")
        try:
            yield Tap()
        except ValueError:
            log.append("failed")
            raise
        log.append("close")

    app.get("/")(lambda: "Hello")
    return app, log


def test_function_runs_at_start_with_its_services() -> None:
    """A function without yield gets its services, which are closed when it returns."""
    app, log = app_with_tap()

    @app.lifespan
    def start(tap: Tap, settings: Settings) -> None:
        log.append(f"start {settings.size}")

    with Client(app, config={"STARTUP_SIZE": 5}) as client:
        assert client.get("/").text == "Hello"
        assert log == ["open 5", "start 5", "close"]


def test_services_of_a_generator_are_closed_at_its_yield() -> None:
    """A transaction of the start does not last as long as the app."""
    app, log = app_with_tap()

    @app.lifespan
    def live(tap: Tap) -> Iterator[None]:
        log.append("start")
        yield
        log.append("stop")

    with Client(app):
        assert log == ["open 3", "start", "close"]
    assert log[3:] == ["stop"]


def test_async_functions_and_services() -> None:
    """An async lifespan may ask for what has to be awaited."""
    app, log = app_with_tap()

    @app.provide
    async def size(tap: Tap) -> AsyncIterator[int]:
        yield 7
        log.append("close size")

    @app.lifespan
    async def live(number: int) -> AsyncIterator[None]:
        log.append(f"start {number}")
        yield
        log.append("stop")

    with Client(app):
        pass
    assert log == ["open 3", "start 7", "close size", "close", "stop"]


def test_service_sees_that_the_start_failed() -> None:
    """An error at the start reaches the services, so that a transaction is rolled back, and whoever starts."""
    app, log = app_with_tap()

    @app.lifespan
    def start(tap: Tap) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), Client(app):
        pass
    assert log == ["open 3", "failed"]


def test_parameters_of_a_request_are_refused() -> None:
    """There is no request at the start."""
    app, _ = app_with_tap()

    @app.lifespan
    def start(q: str) -> None: ...

    with pytest.raises(SetupError, match=r"DMJ0315.*start\(\) asks for q"):
        app.seal()


def test_awaited_service_in_a_plain_function_is_refused() -> None:
    """A def cannot await its services."""
    app, _ = app_with_tap()

    @app.provide
    async def size() -> int:
        return 7

    @app.lifespan
    def start(number: int) -> None: ...

    with pytest.raises(SetupError, match=r"(?s)DMJ0316.*async def start"):
        app.seal()
