"""All mistakes of a body at once: every kind of schema, nested, and the limit of the list."""
# ruff: noqa: E501 - tables

import dataclasses
import json
from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn import App, Body, Client, Meta, Schema

T = TypeVar("T")


class Inner(Schema):
    """Nested."""

    n: Annotated[int, Meta(ge=0)]
    label: str | None = None


class Outer(Schema, forbid_unknown_fields=True):
    """Strict about names."""

    inner: Inner
    many: list[Inner] = []
    by_name: dict[str, Inner] = {}
    kind: Literal["a", "b"] = "a"


class Renamed(Schema, rename="camel"):
    """Other names on the wire."""

    first_name: str
    last_name: str = ""


class Cat(Schema, tag="cat", forbid_unknown_fields=True):
    """One of a union."""

    lives: int


class Dog(Schema, tag="dog", forbid_unknown_fields=True):
    """The other."""

    barks: bool


class Box(Schema, Generic[T]):
    """Generic."""

    content: T
    count: int


@dataclasses.dataclass
class Size:
    """A dataclass."""

    width: int
    height: int = 1


@attrs.define
class Place:
    """An attrs class."""

    city: str
    zip: int = 0


class Pair(TypedDict):
    """A typed dictionary with an optional key."""

    left: int
    right: NotRequired[int]


class Model(pydantic.BaseModel):
    """A Pydantic model."""

    name: str
    age: int = 0


app = App(bare=True)


def taking(kind: Any, path: str):
    """A route that takes a body of a type."""

    def handler(data): ...

    def take(data):
        return {"ok": True}

    take.__annotations__["data"] = kind
    app.post(path, name=path.strip("/"))(take)


KINDS = {
    "outer": Outer, "renamed": Renamed, "pet": Cat | Dog, "box": Box[int], "size": Size, "place": Place, "pair": Pair,
    "model": Model, "inners": list[Inner], "map": dict[str, int], "set": Annotated[set[int], Body()], "number": Annotated[int, Body()],
}  # fmt: skip
for name, kind in KINDS.items():
    taking(kind, f"/{name}")
client = Client(app)


def problems(name: str, body: Any) -> list[str]:
    """The places of the problems of a body; `[]` if it passes."""
    answer = client.post(f"/{name}", json=body)
    if answer.status == 200:
        return []
    assert answer.status == 422, answer.text
    return sorted(error["where"] for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("name", "body", "where"),
    [
        ("outer", {"inner": {"n": 1}}, []),
        ("outer", {"inner": {"n": -1}, "many": [{"n": 1}, {"n": "x"}, 3], "by_name": {"k": {}}, "kind": "c", "odd": 1},
         ["body.by_name.k.n", "body.inner.n", "body.kind", "body.many.1.n", "body.many.2", "body.odd"]),
        ("outer", {}, ["body.inner"]),
        ("renamed", {"firstName": "x"}, []),
        ("renamed", {"first_name": "x", "lastName": 3}, ["body.firstName", "body.lastName"]),
        ("pet", {"type": "cat", "lives": 9}, []),
        ("pet", {"type": "cow"}, ["body.type"]),
        ("pet", {"type": "cat", "lives": "x"}, ["body.lives"]),
        ("box", {"content": 1, "count": 2}, []),
        ("box", {"content": "x", "count": "y"}, ["body.content", "body.count"]),
        ("size", {"width": "x", "height": None}, ["body.height", "body.width"]),
        ("place", {"zip": "x"}, ["body.city", "body.zip"]),
        ("pair", {"left": 1}, []),
        ("pair", {"left": "x", "right": "y"}, ["body.left", "body.right"]),
        ("pair", {"right": "y"}, ["body.left", "body.right"]),
        ("model", {"name": "x"}, []),
        ("model", {"age": "x"}, ["body.age", "body.name"]),
        ("inners", [{"n": 1}, {"n": -1}, {}], ["body.1.n", "body.2.n"]),
        ("map", {"a": 1, "b": "x", "c": None}, ["body.b", "body.c"]),
        ("set", [1, "x", 2, "y"], ["body.1", "body.3"]),
        ("number", "x", ["body"]),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place(name, body, where):
    """Dotted paths from `body`, for records of all kinds and what contains them."""
    assert problems(name, body) == where


def test_the_list_has_an_end():
    """A thousand mistakes are told as a hundred."""
    assert len(problems("inners", [{"n": -1}] * 1_000)) == 100


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["inner", "n", "many", "by_name", "kind", "left", "width", "type", "name"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(KINDS)), json_values)
def test_any_json_passes_or_is_explained(name, value):
    """Whatever a client sends is taken by msgspec or refused with places; never a 500, never an empty list."""
    try:
        raw = json.dumps(value).encode()
    except (ValueError, UnicodeEncodeError):
        return
    answer = client.post(f"/{name}", content=raw, headers={"content-type": "application/json"})
    assert answer.status in (200, 400, 422), answer.text
    if answer.status == 422:
        assert answer.json()["errors"]
    if KINDS[name] is not Model and answer.status != 400:
        kind = KINDS[name].__origin__ if hasattr(KINDS[name], "__metadata__") else KINDS[name]
        try:
            msgspec.json.decode(raw, type=kind)
        except msgspec.ValidationError:
            assert answer.status == 422
        else:
            assert answer.status == 200


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["outer", "size", "place", "pair", "model", "map", "inners", "box"]), st.binary(max_size=60))
def test_any_form_passes_or_is_explained(name, raw):
    """The same for forms, whatever octets they are made of; 415 says that they are JSON."""
    answer = client.post(f"/{name}", content=raw, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status in (200, 400, 413, 422) or (answer.status == 415 and raw.lstrip()[:1] in b"{["), answer.text
