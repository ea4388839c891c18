"""What the document says of answers that may be one of several."""

from collections.abc import Mapping
from typing import Any, Literal

from openapi_spec_validator import validate
from typing_extensions import TypeAliasType

from demijohn import API, App, Page, Response, Schema
from demijohn.api import make_document


class Cat(Schema):
    """One."""

    name: str


class Dog(Schema):
    """Another."""

    barks: int


class Small(Schema, tag=True):
    """Told apart by its tag."""

    size: int


class Large(Schema, tag=True):
    """The other."""

    size: int


CAT, DOG = {"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}


def answers(*annotations: Any) -> list[Any]:
    """The answers that the document promises for handlers with these annotations."""
    app = App()
    for number, annotation in enumerate(annotations):

        def handler() -> Any: ...

        handler.__annotations__["return"] = annotation
        app.get(f"/{number}", name=f"number{number}")(handler)
    document = make_document(API(), app.seal())
    validate(document)
    paths = [document["paths"][f"/{number}"]["get"]["responses"] for number in range(len(annotations))]
    return [{status: said.get("content") for status, said in path.items() if status[0] == "2"} for path in paths]


def test_each_member_is_there() -> None:
    """In lists and mappings, too; tagged ones say by what they are told apart."""
    one, tagged, many, named = answers(Cat | Dog | None, Small | Large, list[Cat | Dog], dict[str, Cat | Dog | None])
    assert one == {"200": {"application/json": {"schema": {"anyOf": [CAT, DOG]}}}}
    assert tagged["200"]["application/json"]["schema"]["discriminator"]["propertyName"] == "type"
    assert many["200"]["application/json"]["schema"] == {"type": "array", "items": {"anyOf": [CAT, DOG]}}
    schema = named["200"]["application/json"]["schema"]
    assert schema == {"type": "object", "additionalProperties": {"anyOf": [CAT, DOG, {"type": "null"}]}}


def test_a_body_with_its_status() -> None:
    """Is described as the body alone, at the status that is said."""
    plain, said, chosen = answers(tuple[Cat, int], tuple[Cat, Literal[201]] | Response, tuple[Cat | Dog, Literal[202]])
    assert plain == {"200": {"application/json": {"schema": CAT}}}
    assert said["201"] == {"application/json": {"schema": CAT}}
    assert chosen == {"202": {"application/json": {"schema": {"anyOf": [CAT, DOG]}}}}


def test_a_page_of_several() -> None:
    """Has them as its items."""
    (page,) = answers(Page[Cat | Dog])
    schema = page["200"]["application/json"]["schema"]
    assert schema["properties"]["items"] == {"type": "array", "items": {"anyOf": [CAT, DOG]}}
    assert schema["required"] == ["items", "page", "size", "total", "pages"]


def test_a_tuple_of_records() -> None:
    """Says each of its items."""
    (each,) = answers(tuple[Cat, Dog])
    schema = each["200"]["application/json"]["schema"]
    assert (schema["prefixItems"], schema["items"]) == ([CAT, DOG], False)


class Den(Schema):
    """Holds one of several, and its own kind."""

    who: Cat | Dog
    others: list["Den"] = []


def test_a_record_that_holds_a_choice() -> None:
    """Is a component with the choice in it; a name for a choice, and an abstract mapping, are what they stand for."""
    one, named, mapping = answers(Den, TypeAliasType("Choice", Cat | Dog), Mapping[str, Cat | Dog])
    assert one["200"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Den"}
    assert named["200"]["application/json"]["schema"] == {"anyOf": [CAT, DOG]}
    assert mapping["200"]["application/json"]["schema"] == {
        "type": "object",
        "additionalProperties": {"anyOf": [CAT, DOG]},
    }
    app = App()
    app.get("/")(_den)
    den = make_document(API(), app.seal())["components"]["schemas"]["Den"]["properties"]
    assert den["who"] == {"anyOf": [CAT, DOG]}
    assert den["others"] == {"type": "array", "items": {"$ref": "#/components/schemas/Den"}}


def _den() -> Den: ...
