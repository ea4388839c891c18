"""Schemas: each kind of type, in both directions."""

from __future__ import annotations

import datetime as dt
import enum
import sys
import types
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, NewType

import msgspec
import pydantic
import pytest

from demijohn import Meta, Schema
from demijohn.batteries.api.schemas import Schemas

UserId = NewType("UserId", int)


class PydanticModel(pydantic.BaseModel):
    x: int = pydantic.Field(ge=3)


@pydantic.dataclasses.dataclass
class PydanticRecord:
    x: int = pydantic.Field(ge=3)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Spot(NamedTuple):
    x: int
    y: int = 0


class Renamed(Schema, rename="camel"):
    first_name: str
    last_name: str | msgspec.UnsetType = msgspec.UNSET


class Tree(Schema):
    left: Tree | None = None
    right: Tree | None = None


class Sparse(Schema, omit_defaults=True):
    a: int
    b: int = 1


def schema(annotation: Any, direction: Any = "output") -> Any:
    """A schema as it stands in a document, with its component if it is a reference."""
    schemas = Schemas()
    found, components = schemas.resolve(schemas.of(annotation, direction))
    return components[found["$ref"].rpartition("/")[2]] if "$ref" in found else found


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (bytes, {"type": "string", "contentEncoding": "base64"}),
        (dt.datetime, {"type": "string", "format": "date-time"}),
        (dt.date, {"type": "string", "format": "date"}),
        (dt.timedelta, {"type": "string", "format": "duration"}),
        (uuid.UUID, {"type": "string", "format": "uuid"}),
        (Any, {}),
        (UserId, {"type": "integer"}),
        (str | None, {"type": ["string", "null"]}),
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (tuple[int, str], {
            "type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2,
        }),
        (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Mapping[str, Any], {"type": "object"}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[1, "b"], {"enum": [1, "b"]}),
        (Colour, {"type": "string", "enum": ["blue", "red"]}),
        (Annotated[int, Meta(gt=0, lt=9, multiple_of=2)], {
            "type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9, "multipleOf": 2,
        }),
        (Annotated[str, Meta(min_length=1, pattern="^a", description="It.")], {
            "type": "string", "minLength": 1, "pattern": "^a", "description": "It.",
        }),
        (Annotated[list[int], Meta(max_length=3)], {"type": "array", "items": {"type": "integer"}, "maxItems": 3}),
        pytest.param(object(), {}, id="an object"),
    ],
    ids=str,
)  # fmt: skip
def test_kinds_of_types(annotation, expected):
    """Each annotation has its JSON Schema; one that nothing is known of may be anything."""
    found = schema(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        found = {**found, "enum": sorted(found["enum"])}
    assert found == expected


def test_names_on_the_wire_and_fields_that_may_be_missing():
    """A renamed field has its name in JSON; one that is UNSET may be left out, and is no null."""
    assert schema(Renamed) == {
        "type": "object", "required": ["firstName"],
        "properties": {"firstName": {"type": "string"}, "lastName": {"type": "string"}},
    }  # fmt: skip


def test_a_record_that_holds_itself():
    """It refers to itself, in both directions."""
    schemas = Schemas()
    found = [schemas.of(Tree, "input"), schemas.of(Tree, "output")]
    resolved, components = schemas.resolve(found)
    for reference in resolved:
        name = reference["$ref"].rpartition("/")[2]
        assert components[name]["properties"]["left"] == (
            {"anyOf": [reference, {"type": "null"}], **({"default": None} if name.endswith("Input") else {})}
        )


def test_defaults_are_told_of_what_comes_in():
    """What goes out has every field, so that it is required there; unless defaults are left out."""
    assert schema(Sparse, "input")["required"] == ["a"]
    assert schema(Sparse, "input")["properties"]["b"] == {"type": "integer", "default": 1}
    assert schema(Sparse, "output")["required"] == ["a"]
    assert set(schema(Renamed, "output")["required"]) == {"firstName"}


def test_a_named_tuple_is_a_list():
    """As it is in JSON."""
    found = schema(Spot)
    assert (found["type"], len(found["prefixItems"])) == ("array", 2)


def test_a_record_alike_in_both_directions_is_one_component():
    """It is split only where it differs."""

    class Same(Schema):
        a: int

    schemas = Schemas()
    _, components = schemas.resolve([schemas.of(Same, "input"), schemas.of(Same, "output")])
    assert list(components) == ["Same"]


def test_two_records_of_one_name_are_told_apart():
    """By their modules."""
    made = [types.new_class("Thing", (Schema,), exec_body=_body(module, name)) for module, name in
            (("shop.a", "x"), ("shop.b", "y"))]  # fmt: skip
    schemas = Schemas()
    _, components = schemas.resolve([schemas.of(cls, "output") for cls in made])
    assert list(components) == ["shop.a.Thing", "shop.b.Thing"]


def _body(module: str, name: str) -> Any:
    return lambda namespace: namespace.update(__module__=module, __annotations__={name: int})


def test_tagged_unions_have_a_discriminator(document):
    """The tag is a constant of each record, and tells them apart."""
    payment = document["components"]["schemas"]["Order"]["properties"]["payment"]
    assert payment["discriminator"]["mapping"]["card"] == "#/components/schemas/Card"
    assert document["components"]["schemas"]["Card"]["properties"]["type"] == {"const": "card"}
    assert "type" in document["components"]["schemas"]["Card"]["required"]


def test_all_kinds_of_records_are_described(document):
    """Struct, dataclass, attrs, TypedDict, Pydantic and a model: with what they say of themselves."""
    schemas = document["components"]["schemas"]
    assert schemas["Item"]["description"] == "Something that is sold."
    assert schemas["PointInput"]["required"] == ["x"]
    assert schemas["BoxInput"]["properties"]["height"] == {"type": "integer", "default": 2}
    assert "required" not in schemas["Weather"]
    assert schemas["Customer"]["properties"]["address"] == {"$ref": "#/components/schemas/Address"}
    assert schemas["Customer"]["properties"]["name"]["maxLength"] == 40
    assert schemas["Order"]["additionalProperties"] is False
    assert schemas["Pages_Item"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Item"}


def test_a_model_shows_its_columns_but_private_ones(document):
    """As its default shape does; a column that may be empty may be null."""
    author = document["components"]["schemas"]["Author"]
    assert author["properties"] == {
        "id": {"type": "integer"},
        "name": {"type": "string", "maxLength": 120, "description": "In full."},
        "born": {"type": ["string", "null"], "format": "date"},
    }
    assert "secret" not in author["properties"]


def test_pydantic_is_not_imported_for_others():
    """Describing other records does not load it."""
    import subprocess

    code = (
        "import sys; from demijohn import Schema; from demijohn.batteries.api.schemas import Schemas\n"
        "class A(Schema):\n    a: int\nSchemas().of(A, 'input'); sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_types_of_pydantic_are_described_by_it():
    """Models and dataclasses, with their bounds."""
    number = {"minimum": 3, "title": "X", "type": "integer"}
    for kind in (PydanticModel, PydanticRecord):
        assert schema(kind, "input") == {
            "properties": {"x": number}, "required": ["x"], "title": kind.__name__, "type": "object",
        }  # fmt: skip
