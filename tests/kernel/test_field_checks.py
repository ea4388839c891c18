"""Checks of fields beyond what msgspec can say: found wherever a record nests."""

from collections.abc import Callable
from typing import ClassVar

import msgspec

from demijohn import App, Client, Schema
from demijohn.kernel.field_checks import checks_in, holds_checks, problems_by_checks


def even(value: int) -> str | None:
    """A rule that msgspec has no words for."""
    return "Expected an even number." if value % 2 else None


class Pair(Schema, rename="camel"):
    """A record with a check."""

    __checks__: ClassVar[dict[str, Callable[[int], str | None]]] = {"first_one": even}
    first_one: int
    other: int | None = None


class Box(Schema):
    """A record without, that holds some with."""

    pairs: list[Pair] = []
    by_name: dict[str, Pair] = {}


class Tree(Schema):
    """A record that holds itself, and nothing to be checked."""

    children: list["Tree"] = []


def test_types_without_checks_are_known_beforehand() -> None:
    """They pay nothing when requests come."""
    assert holds_checks(Box)
    assert holds_checks(list[Pair] | None)
    assert not holds_checks(Tree)
    assert not holds_checks(dict[str, int])


def test_names_are_those_on_the_wire() -> None:
    """As visitors know no others."""
    assert dict(checks_in(Pair)) == {"firstOne": even}


def test_values_are_walked() -> None:
    """Lists and mappings; what is not there is not checked."""
    box = Box(pairs=[Pair(first_one=2), Pair(first_one=3)], by_name={"x": Pair(first_one=5)})
    assert problems_by_checks(box, "body") == [
        {"where": "body.pairs.1.firstOne", "message": "Expected an even number."},
        {"where": "body.by_name.x.firstOne", "message": "Expected an even number."},
    ]
    assert problems_by_checks(Pair(first_one=msgspec.UNSET), "body") == []  # type: ignore[arg-type]


def test_they_are_told_with_all_other_mistakes() -> None:
    """In JSON and in forms."""
    app = App()

    @app.post("/")
    def take(pair: Pair) -> Pair:
        return pair

    expected = {"body.firstOne": "Expected an even number.", "body.other": "Expected a whole number, got text."}
    with Client(app) as client:
        answer = client.post("/", json={"firstOne": 3, "other": "x"})
        assert {each["where"]: each["message"] for each in answer.json()["errors"]} == expected
        answer = client.post("/", data={"firstOne": "3", "other": "x"})
        assert {each["where"] for each in answer.json()["errors"]} == set(expected)
        assert client.post("/", json={"firstOne": 3}).status == 422
        assert client.post("/", json={"firstOne": 4}).json() == {"firstOne": 4, "other": None}
