"""Forms as records: what is missing, empty or repeated, and what is no form at all."""

import datetime
import enum
import json
from typing import Annotated

import pydantic
import pytest

from demijohn import App, Body, Client, FormField, Meta, Schema

FORM = "application/x-www-form-urlencoded"


class Entry(Schema):
    """A record that a form fills."""

    name: Annotated[str, Meta(min_length=1)]
    agree: bool
    age: int | None = None
    day: datetime.date | None = None
    tags: list[str] = []
    sizes: set[int] = set()
    note: str = "none"


class Strict(Schema, forbid_unknown_fields=True):
    """One that takes nothing else, and needs a list."""

    tags: list[int]
    count: int


class Model(pydantic.BaseModel):
    """A model of Pydantic's."""

    name: str = pydantic.Field(min_length=2)
    age: int = 0


class Size(enum.Enum):
    """A choice whose values are numbers."""

    SMALL = 1
    LARGE = 2


class Grade(enum.IntEnum):
    """Another."""

    GOOD = 1


class Bottle(Schema):
    """A record with choices, and a box whose default is ticked."""

    size: Size
    grade: Grade = Grade.GOOD
    sizes: list[Size] = []
    corked: bool = True
    chilled: bool | None = None


class Basket(pydantic.BaseModel):
    """The same in Pydantic's words."""

    size: Size
    corked: bool = True
    chilled: bool | None = None
    tags: list[str] = []
    sizes: list[Size] = []
    count: int = 3
    most: int | None = 1
    name: str = pydantic.Field("x", alias="Name")


app = App()


@app.post("/entry")
def entry(entry: Entry, page: int = 1):
    return entry


@app.post("/basket")
def basket(basket: Basket):
    return basket.model_dump(mode="json")


@app.post("/parameters")
def parameters(
    corked: Annotated[bool, FormField()] = True, chilled: Annotated[bool | None, FormField()] = None, size: int = 0
):
    return {"corked": corked, "chilled": chilled}


@app.post("/choices")
def of_choices(choices: dict[str, Size]):
    return choices


@app.post("/strict")
def strict(entry: Strict):
    return entry


@app.post("/map")
def a_map(values: dict[str, int]):
    return values


@app.post("/bounded")
def bounded(values: Annotated[dict[str, int], Meta(max_length=2)]):
    return values


@app.post("/model")
def model(model: Model):
    return model


@app.post("/maybe")
def maybe(model: Annotated[Model | None, Body()] = None):
    return {"given": model is not None}


@app.post("/described")
def described(entry: Annotated[Entry, Meta(description="What a form fills.")]):
    return entry


@app.post("/bottle")
def bottle(bottle: Bottle):
    return bottle


client = Client(app)


def send(target: str, text: str, kind: str = FORM):
    """The answer to a form."""
    return client.post(target, content=text.encode(), headers={"content-type": kind})


def where(answer) -> list[str]:
    """Where a 422 says that something is wrong."""
    assert answer.status == 422, answer.text
    return [error["where"] for error in answer.json()["errors"]]


def test_what_is_left_out_or_empty() -> None:
    """A checkbox that is not ticked is not sent; an empty field is None where that may be, and else the default."""
    assert send("/entry", "name=a").json() == {
        "name": "a",
        "agree": False,
        "age": None,
        "day": None,
        "tags": [],
        "sizes": [],
        "note": "none",
    }
    assert send("/entry", "name=a&agree=on&age=&day=&note=").json()["note"] == ""
    assert send("/entry", "name=a&age=3&day=2026-05-31&tags=p&tags=q&sizes=1&sizes=1").json()["tags"] == ["p", "q"]
    assert where(send("/entry", "agree=maybe&age=x&day=x&sizes=x")) == [
        "body.name",
        "body.agree",
        "body.age",
        "body.day",
        "body.sizes",
    ]
    assert where(send("/entry", "name=")) == ["body.name"]
    assert send("/described", "name=a&age=3").json()["age"] == 3
    assert where(send("/described", "age=x")) == ["body.name", "body.age"]
    assert where(send("/strict", "")) == ["body.count"]
    assert where(send("/strict", "count=")) == ["body.count"]
    assert send("/strict", "count=1&tags=1&other=x").json() == {"tags": [1], "count": 1}


def test_mistakes_of_the_query_and_of_the_form_come_together() -> None:
    """One answer for all; and a good form beside a bad query."""
    assert where(send("/entry?page=x", "")) == ["query.page", "body.name"]
    assert where(send("/entry?page=x", "name=a")) == ["query.page"]


def test_maps() -> None:
    """Each value is read as the type says, and bounds hold."""
    assert send("/map", "a=1&b=2&a=3").json() == {"a": 3, "b": 2}
    assert where(send("/map", "a=x&b=1&c=")) == ["body.a", "body.c"]
    assert send("/bounded", "a=1&b=2").status == 200
    assert where(send("/bounded", "a=1&b=2&c=3")) == ["body"]


def test_models_of_pydantic() -> None:
    """Forms and JSON alike."""
    assert send("/model", "name=ab&age=3").json() == {"name": "ab", "age": 3}
    assert where(send("/model", "name=a&age=x")) == ["body.name", "body.age"]
    assert where(send("/model", '{"name":"a"}', "application/json")) == ["body.name"]
    assert send("/model", "{", "application/json").status == 400
    assert client.post("/maybe").json() == {"given": False}
    assert send("/maybe", '{"name":"ab"}', "application/json").json() == {"given": True}


@pytest.mark.parametrize("text", ['{"name":"a"}', ' [{"name":"a"}]'])
def test_json_that_says_it_is_a_form(text: str) -> None:
    """What `curl -d` sends: 415 with the right option."""
    answer = send("/entry", text)
    assert answer.status == 415
    assert "curl: --json" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["{", "[1", "1", "{}&name=", json.dumps("x"), "[" * 100])
def test_what_is_neither(text: str) -> None:
    """A form that lacks its fields."""
    assert "body.name" in where(send("/entry", text))


def test_choices_whose_values_are_numbers() -> None:
    """Read by their values, one and several."""
    answer = send("/bottle", "size=2&grade=1&sizes=1&sizes=2")
    assert answer.json() == {"size": 2, "grade": 1, "sizes": [1, 2], "corked": False, "chilled": None}
    assert where(send("/bottle", "size=3")) == ["body.size"]


@pytest.mark.parametrize("path", ["/bottle", "/basket", "/parameters"])
def test_a_box_that_is_not_sent_is_not_ticked(path: str) -> None:
    """Whatever its default, as browsers send nothing for it; one that may be None is no box. JSON has the default."""
    assert send(path, "size=1").json()["corked"] is False
    assert send(path, "size=1&corked=on").json()["corked"] is True
    assert send(path, "size=1").json()["chilled"] is None
    if path != "/parameters":
        assert send(path, '{"size": 1}', "application/json").json()["corked"] is True


def test_a_form_for_a_model_of_pydantics() -> None:
    """All of a list, and what was left empty is left out, or None."""
    answer = send("/basket", "size=2&tags=a&tags=b&sizes=1&sizes=2&count=&most=&chilled=")
    assert answer.json() == {
        "size": 2, "corked": False, "chilled": None, "tags": ["a", "b"], "sizes": [1, 2], "count": 3,
        "most": None, "name": "x",
    }  # fmt: skip
    assert send("/basket", "size=1&Name=y").json()["name"] == "y"
    assert where(send("/basket", "size=")) == ["body.size"]


def test_a_map_of_choices() -> None:
    """Values of members of an Enum, by name."""
    assert send("/choices", "a=1").json() == {"a": 1}
    assert where(send("/choices", "a=7")) == ["body.a"]
