"""Components of Pydantic's types: named after their classes, each class once, whoever holds it."""

from __future__ import annotations

import enum
from typing import Any, Generic, TypeVar

import pydantic

from demijohn import API, App, Client, Schema

T = TypeVar("T")


class Colour(enum.Enum):
    """Of Pydantic's models and of others."""

    RED = "red"
    BLUE = "blue"


class Line(pydantic.BaseModel):
    """Held by two."""

    colour: Colour
    amount: int = 1


class Order(pydantic.BaseModel):
    """Holds lines."""

    lines: list[Line]


class Tree(pydantic.BaseModel):
    """Holds itself."""

    name: str
    branches: list[Tree] = []


class Batch(pydantic.BaseModel, Generic[T]):
    """Generic."""

    items: list[T]


class Own(Schema):
    """Ours, with the same enum."""

    colour: Colour


def _same_name(module: str, **fields: Any) -> Any:
    return type("Item", (pydantic.BaseModel,), {"__module__": module, "__annotations__": fields})


def _schemas(*kinds: Any) -> tuple[dict[str, Any], list[str]]:
    """The components, and the names of what each address takes."""
    app = App()
    app.use(API())
    for number, kind in enumerate(kinds):

        def handler(item: Any) -> None: ...

        handler.__annotations__ = {"item": kind, "return": None}
        app.post(f"/{number}", name=f"h{number}")(handler)
    document = Client(app).get("/openapi.json").json()
    bodies = [document["paths"][f"/{number}"]["post"]["requestBody"] for number in range(len(kinds))]
    taken = [each["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] for each in bodies]
    return document["components"]["schemas"], taken


def test_an_enum_is_one_component_wherever_it_stands():
    components, taken = _schemas(Order, Line, Own)
    assert taken == ["Order", "Line", "Own"]
    assert [name for name in components if "Colour" in name] == ["Colour"]
    assert components["Line"]["properties"]["colour"] == {"$ref": "#/components/schemas/Colour"}
    assert components["Order"]["properties"]["lines"]["items"] == {"$ref": "#/components/schemas/Line"}


def test_two_classes_of_one_name_are_two_components():
    first, second = _same_name("one", a=int), _same_name("two", b=str)
    components, taken = _schemas(first, second)
    assert taken == ["one.Item", "two.Item"]
    assert list(components["one.Item"]["properties"]) == ["a"]
    assert list(components["two.Item"]["properties"]) == ["b"]


def test_they_may_stand_in_one_another():
    inner = _same_name("inner", a=int)
    outer = _same_name("outer", first=inner, second=_same_name("other", b=int))
    components, taken = _schemas(outer, inner)
    assert taken == ["outer.Item", "inner.Item"]
    assert components["outer.Item"]["properties"]["first"] == {"$ref": "#/components/schemas/inner.Item"}
    assert components["outer.Item"]["properties"]["second"] == {"$ref": "#/components/schemas/other.Item"}


def test_what_holds_itself_and_what_is_generic():
    components, taken = _schemas(Tree, Batch[Line])
    assert taken[0] == "Tree"
    assert components["Tree"]["properties"]["branches"]["items"] == {"$ref": "#/components/schemas/Tree"}
    assert components[taken[1]]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Line"}
