"""What the document says of bodies is what the app does: bodies made from its schemas are taken, others refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from typing import Annotated, Any, Literal, TypedDict

import attrs
import jsonschema
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schema_values import values_of

from demijohn import App, Client, Meta, Schema
from demijohn.api import API


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


class Line(Schema):
    sku: Annotated[str, Meta(min_length=1, max_length=20, pattern="^[A-Z]+$")]
    amount: Annotated[int, Meta(ge=1, le=1000)]
    price: Annotated[float, Meta(ge=0)] | None = None


class Order(Schema):
    lines: Annotated[list[Line], Meta(min_length=1, max_length=3)]
    size: Size = Size.SMALL
    kind: Literal["gift", "own"] = "own"
    placed: dt.datetime | None = None
    day: dt.date | None = None
    key: uuid.UUID | None = None
    tags: dict[str, str] = {}
    note: str | None = None


class Cat(Schema, tag="cat"):
    lives: Annotated[int, Meta(ge=0, le=9)]


class Dog(Schema, tag="dog"):
    name: str
    friends: list[Cat] = []


class Tree(Schema):
    name: str
    branches: list[Tree] = []


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


@attrs.define
class Box:
    width: int
    label: str | None = None


class Movie(TypedDict, total=False):
    title: str
    year: int


class Song(pydantic.BaseModel):
    title: Annotated[str, pydantic.Field(min_length=2, max_length=10)]
    seconds: Annotated[int, pydantic.Field(gt=0, lt=10_000)] = 1


def an_app() -> App:
    app = App("generated")
    app.use(API(title="Generated", version="1"))

    @app.post("/order")
    def order(order: Order) -> Order:
        return order

    @app.post("/pet")
    async def pet(pet: Cat | Dog) -> Cat | Dog:
        return pet

    @app.post("/tree")
    def tree(tree: Tree) -> Tree:
        return tree

    @app.post("/point")
    def point(point: Point) -> Point:
        return point

    @app.post("/box")
    def box(box: Box) -> Box:
        return box

    @app.post("/movie")
    def movie(movie: Movie) -> Movie:
        return movie

    @app.post("/song")
    def song(song: Song) -> Song:
        return song

    return app


CLIENT = Client(an_app())
DOCUMENT: dict[str, Any] = CLIENT.get("/openapi.json").json()
PATHS = sorted(DOCUMENT["paths"])
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def schema_of(path: str, *, answer: bool = False) -> dict[str, Any]:
    """The schema of a body, with what it refers to beside it."""
    operation = DOCUMENT["paths"][path]["post"]
    content = operation["responses"]["200"]["content"] if answer else operation["requestBody"]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return {**schema, "components": DOCUMENT["components"]}


@pytest.mark.parametrize("path", PATHS)
def test_what_the_schema_allows_is_taken(path: str) -> None:
    """And the answer is as the document says."""
    answers = jsonschema.Draft202012Validator(schema_of(path, answer=True))

    @SETTINGS
    @given(values_of(schema_of(path), DOCUMENT))
    def check(body: Any) -> None:
        answer = CLIENT.post(path, json=body)
        assert answer.status == 200, (body, answer.text)
        answers.validate(answer.json())

    check()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("path", PATHS)
def test_what_the_schema_forbids_is_refused(path: str) -> None:
    """By a 4xx, with the place; bodies are right ones with something else in one place."""
    bodies = jsonschema.Draft202012Validator(schema_of(path))

    @SETTINGS
    @given(values_of(schema_of(path), DOCUMENT), ANYTHING, st.integers(0, 20))
    def check(body: Any, other: Any, place: int) -> None:
        body = replaced(body, other, place)
        answer = CLIENT.post(path, json=body)
        if bodies.is_valid(body):
            assert answer.status < 500
        else:
            assert answer.status in (400, 413, 422), (body, answer.status)

    check()


def replaced(body: Any, other: Any, place: int) -> Any:
    """A copy of a JSON value in which one part is another."""
    if place == 0 or not isinstance(body, dict | list) or not body:
        return other
    keys = list(body) if isinstance(body, dict) else list(range(len(body)))
    key = keys[place % len(keys)]
    copy = body.copy()
    copy[key] = replaced(body[key], other, place // 2)
    return copy
