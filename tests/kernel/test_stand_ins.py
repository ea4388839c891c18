"""What a test puts in the place of a function that something depends on, or that stands around routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest

from demijohn import App, Blueprint, Client, Depends, Forbidden, Header
from demijohn.api import HTTPBearer

bearer = HTTPBearer()
log: list[str] = []


class Visitor:
    """Who asks."""

    def __init__(self, name: str) -> None:
        self.name = name


class Paging:
    """A dependency that is a class."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset


def token(given: Annotated[str, Depends(bearer)]) -> str:
    """Below the visitor."""
    return given


def visitor(held: Annotated[str, Depends(token)]) -> Visitor:
    """The dependency that tests replace."""
    return Visitor(held)


def guard(x_key: Annotated[str, Header()] = "") -> None:
    """A guard in a Depends."""
    if x_key != "key":
        raise Forbidden("No.")


def around() -> Iterator[None]:
    """An around of a blueprint."""
    log.append("around")
    yield


app = App()
inner = Blueprint("inner", prefix="/inner", around=[around])


@app.get("/me")
def me(who: Annotated[Visitor, Depends(visitor)]) -> str:
    """Sync."""
    return who.name


@app.get("/me/async")
async def me_async(who: Annotated[Visitor, Depends(visitor)], again: Annotated[Visitor, Depends(visitor)]) -> str:
    """Async, asked for twice."""
    return f"{who.name} {who is again}"


@inner.get("/guarded", around=[Depends(guard)])
def guarded(key: Annotated[Any, Depends(guard)]) -> str:
    """What the guard gives is kept for the parameter."""
    return f"in {key}"


@app.get("/page")
def page(paging: Annotated[Paging, Depends()]) -> str:
    """A class."""
    return str(paging.offset)


app.include(inner)


async def made() -> AsyncIterator[Visitor]:
    """As a stand-in may be: async, with clean-up."""
    yield Visitor("Eve")
    log.append("closed")


async def allow() -> str:
    """Async in the place of a sync one."""
    return "allowed"


@pytest.mark.parametrize("instead", [Visitor("Eve"), lambda: Visitor("Eve"), made], ids=["value", "factory", "async"])
def test_a_function_is_replaced_with_all_below_it(instead):
    """Neither the token nor the header is asked for any more; the app itself is as before."""
    with Client(app, provide={visitor: instead}) as client:
        assert client.get("/me").text == "Eve"
        assert client.get("/me/async").text == "Eve True"
    with Client(app) as client:
        assert client.get("/me").status == 401
        assert client.get("/me", headers={"authorization": "Bearer Ann"}).text == "Ann"


def test_one_deeper_down_is_replaced():
    """A dependency of a dependency, and a security scheme."""
    with Client(app, provide={token: lambda: "deep"}) as client:
        assert client.get("/me").text == "deep"
    with Client(app, provide={bearer: "scheme"}) as client:
        assert client.get("/me").text == "scheme"


def test_a_stand_in_has_parameters_of_its_own():
    """They are filled like those of any other dependency."""

    def named(name: str) -> Visitor:
        return Visitor(name)

    with Client(app, provide={visitor: named}) as client:
        assert client.get("/me?name=Bob").text == "Bob"
        assert client.get("/me").status == 422


@pytest.mark.parametrize("instead", [lambda: "allowed", allow, "allowed"], ids=["sync", "async", "value"])
def test_guards_are_replaced(instead):
    """In a Depends around a route; what is given instead is what a parameter gets."""
    with Client(app) as client:
        assert client.get("/inner/guarded").status == 403
    with Client(app, provide={guard: instead}) as client:
        assert client.get("/inner/guarded").text == "in allowed"


def test_arounds_are_replaced():
    """By their function."""
    log.clear()
    with Client(app, provide={around: lambda: None}) as client:
        assert client.get("/inner/guarded", headers={"x-key": "key"}).text == "in None"
    assert log == []
    with Client(app) as client:
        client.get("/inner/guarded", headers={"x-key": "key"})
    assert log == ["around"]


def test_a_class_is_replaced_by_a_value():
    """Where it is depended on, though nothing provides it."""
    with Client(app, provide={Paging: Paging(7)}) as client:
        assert client.get("/page?offset=3").text == "7"
