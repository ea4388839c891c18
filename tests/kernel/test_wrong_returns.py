"""What a handler gives back and should not have: the log says what to write, and the visitor nothing."""
# ruff: noqa: E501, SIM105 - tables; and what swallows an error is written out

import asyncio
import io
import logging
from typing import Any

import pydantic
import pytest

from demijohn import App, Client, Request, Response
from demijohn.foundation.http.errors import NotFound


async def waits() -> int:
    """Not awaited."""
    return 1


class Model(pydantic.BaseModel):
    """A model of Pydantic's."""

    x: int


class Money:
    """A type that JSON does not know."""

    def __init__(self, cents: int) -> None:
        self.cents = cents


class Euro(Money):
    """One that its base's encoder writes."""


class Page:
    """What has markup."""

    def __html__(self) -> str:
        return "<p>page</p>"


def answer(value: Any, *, is_async: bool = False, **options: Any) -> tuple[Response, str]:
    """The answer to a handler that returns a value, and what was logged."""
    app = App(debug=False)
    app.encoder(Money)(lambda money: {"cents": money.cents})
    if is_async:

        @app.get("/", **options)
        async def handler():
            return value() if callable(value) else value
    else:

        @app.get("/", **options)
        def handler():
            return value() if callable(value) else value

    stream = io.StringIO()
    log, here = logging.getLogger("demijohn"), logging.StreamHandler(stream)
    log.addHandler(here)
    try:
        found = Client(app, raise_errors=False).get("/")
    finally:
        log.removeHandler(here)
    return found, stream.getvalue()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("value", "why"),
    [
        (lambda: [NotFound()], "NotFound was returned: an error is raised. Write raise NotFound"),
        (lambda: {"a": waits()}, "waits() was called and not awaited. Write await before the call."),
        (lambda: {"a": object()}, "object"),
        (lambda: None, "returned nothing: a branch ends without return"),
    ],
)
def test_mistakes(value: Any, why: str, is_async: bool) -> None:
    """A 500 whose reason is in the log."""
    found, log = answer(value, is_async=is_async)
    assert found.status == 500
    assert why in log


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("value", "body", "kind"),
    [
        (lambda: {"price": Money(5)}, b'{"price":{"cents":5}}', "application/json"),
        (lambda: [Euro(5)], b'[{"cents":5}]', "application/json"),
        (lambda: {"model": Model(x=1)}, b'{"model":{"x":1}}', "application/json"),
        (lambda: Model(x=1), b'{"x":1}', "application/json"),
        (lambda: Page(), b"<p>page</p>", "text/html; charset=utf-8"),
        (lambda: bytearray(b"x"), b"x", "application/octet-stream"),
        (lambda: memoryview(b"x"), b"x", "application/octet-stream"),
        (lambda: iter(["a", "b"]), b"ab", "text/plain; charset=utf-8"),
        (lambda: ("made", 201, {"x-a": "1"}), b"made", "text/plain; charset=utf-8"),
        (lambda: (Response("made"), 201, {"x-a": "1"}), b"made", "text/plain; charset=utf-8"),
        (lambda: (None, 204), b"", None),
    ],
)
def test_unusual_values(value: Any, body: bytes, kind: str | None, is_async: bool) -> None:
    """Encoders by the nearest base, models in other values, things with markup, bytes in other clothes."""
    found, _ = answer(value, is_async=is_async)
    assert (found.content, found.headers.get("content-type")) == (body, kind)


def test_arounds_that_end_too_early_or_too_late() -> None:
    """Each mistake has its own words, with a handler that waits and one that does not."""
    app = App(debug=False)

    def never(request: Request):
        return
        yield

    def twice(request: Request):
        yield
        yield

    def swallows(request: Request):
        try:
            yield
        except KeyError:
            pass

    async def never_async(request: Request):
        return
        yield

    async def thrice_async(request: Request):
        yield
        yield None

    async def swallows_async(request: Request):
        try:
            yield
        except KeyError:
            pass

    async def answers_async(request: Request):
        yield "early"

    async def replaces_errors_async(request: Request):
        try:
            yield
        except KeyError:
            yield "late"

    arounds = [never, twice, swallows, never_async, thrice_async, swallows_async, answers_async, replaces_errors_async]

    def fails():
        raise KeyError("x")

    async def fails_async():
        await asyncio.sleep(0)
        raise KeyError("x")

    for around in arounds:
        app.get(f"/{around.__name__}", around=[around])(fails)
        app.get(f"/{around.__name__}/waiting", around=[around])(fails_async)
        app.get(f"/{around.__name__}/good", around=[around])(lambda: "good")
    client = Client(app, raise_errors=False)
    words = {
        "never": "ended before its yield", "never_async": "ended before its yield", "swallows": "KeyError", "swallows_async": "KeyError",
    }  # fmt: skip
    stream = io.StringIO()
    log, here = logging.getLogger("demijohn"), logging.StreamHandler(stream)
    log.addHandler(here)
    try:
        for around in arounds:
            name = around.__name__
            for path in (f"/{name}", f"/{name}/waiting"):
                stream.seek(stream.truncate(0))
                found = client.get(path)
                if name in ("answers_async", "replaces_errors_async"):
                    assert (found.status, found.text) == (200, "early" if name == "answers_async" else "late")
                else:
                    assert found.status == 500
                    assert words.get(name, "") in stream.getvalue()
            stream.seek(stream.truncate(0))
            found = client.get(f"/{name}/good")
            if name in ("twice", "thrice_async", "never", "never_async"):
                assert found.status == 500
                assert ("yielded" in stream.getvalue()) or ("yield" in stream.getvalue())
            else:
                assert found.text == ("early" if name == "answers_async" else "good")
    finally:
        log.removeHandler(here)
