"""`JSONResponse` writes what handlers may return as JSON, by the encoders of the app that answers."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from demijohn import App, Battery, Client, JSONResponse, Setup
from demijohn.kernel.encoders import Encoder


@dataclass
class Member:
    """A dataclass with a shape of its own: JSON would write all of it."""

    name: str
    password: str = "x"


class Shown(ABC):  # noqa: B024 - it is asked for alone
    """What a battery knows how to write."""


Shown.register(Member)


class Members(Battery):
    """Says what of a member is shown."""

    name = "members"

    def install(self, setup: Setup) -> None:
        setup.offer(Encoder(Shown, lambda member: {"name": member.name}, dataclasses=True))


def made(spelling: str) -> App:
    """An app with an encoder, which answers in both kinds of handlers, in an around and for an error."""
    app = App(bare=True)
    app.encoder(Fraction)(lambda value: spelling.format(value))

    @app.get("/sync")
    def sync() -> Any:
        return JSONResponse({"third": Fraction(1, 3)}, 203)

    @app.get("/async")
    async def asynchronous() -> Any:
        return JSONResponse([Fraction(1, 3)], headers={"x-a": "b"})

    def early() -> Any:
        yield
        return JSONResponse(Fraction(2, 3))

    @app.get("/around", around=[early])
    def around() -> Any:
        return "x"

    @app.get("/error")
    def error() -> Any:
        raise LookupError

    @app.on_error(LookupError)
    def say(error: LookupError) -> Any:
        return JSONResponse({"error": Fraction(1, 2)}, 409)

    return app


def test_by_the_encoders_of_the_app() -> None:
    """Wherever in an exchange it is made."""
    client = Client(made("{}"))
    answer = client.get("/sync")
    assert (answer.status, answer.text, answer.headers["content-type"]) == (203, '{"third":"1/3"}', "application/json")
    assert client.get("/async").json() == ["1/3"]
    assert client.get("/around").json() == "2/3"
    assert (client.get("/error").status, client.get("/error").json()) == (409, {"error": "1/2"})


def test_by_those_of_the_app_that_is_mounted() -> None:
    """Each app has its own."""
    app = made("outer {}")
    app.mount("/inner", made("inner {}"))
    client = Client(app)
    assert client.get("/async").json() == ["outer 1/3"]
    assert client.get("/inner/async").json() == ["inner 1/3"]


def test_what_batteries_keep_to_themselves() -> None:
    """A dataclass whose shape leaves a field out is not written whole."""
    app = App(bare=True)
    app.use(Members())
    app.get("/")(lambda: JSONResponse([{"member": Member("ann")}]))
    assert Client(app).get("/").json() == [{"member": {"name": "ann"}}]


def test_what_has_no_spelling_is_told_where_it_is_made() -> None:
    """With the fix; outside of a request, only what JSON knows is written."""
    app = App(bare=True)
    app.get("/")(lambda: JSONResponse(object()))
    with pytest.raises(TypeError, match="return a Schema made from it"):
        Client(app).get("/")
    assert JSONResponse({"a": 1}).body == b'{"a":1}'
    with pytest.raises(TypeError):
        JSONResponse(Fraction(1, 3))
