"""The same schema without the rules of its model."""

import dataclasses
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import msgspec

from demijohn import Meta, Schema
from demijohn.kernel.rules import unruled, without_rule

T = TypeVar("T")
SHORT = Meta(max_length=3)


class Item(Schema, rename="camel"):
    """A schema with a rule of its model and one of its own."""

    __rules__: ClassVar[dict[str, Meta]] = {"full_name": SHORT}
    full_name: Annotated[str, SHORT] | None
    count: Annotated[int, Meta(ge=1)] = 1


class Plain(Schema):
    """A schema without rules."""

    name: Annotated[str, SHORT]


class Outer(Schema):
    """A schema that holds one with rules, and itself."""

    items: list[Item]
    inner: "Outer | None" = None


@dataclasses.dataclass
class Box(Generic[T]):
    """A generic record."""

    items: list[T]


def test_only_the_models_rules_go() -> None:
    """What the schema says itself stays, and so do names and defaults."""
    twin = unruled(Item)
    assert msgspec.convert({"fullName": "long name"}, twin).full_name == "long name"
    assert msgspec.convert({"fullName": None}, twin).count == 1
    for wrong in ({"fullName": "x", "count": 0}, {"fullName": 1}):
        try:
            msgspec.convert(wrong, twin)
        except msgspec.ValidationError:
            continue
        raise AssertionError(wrong)


def test_types_without_rules_are_themselves() -> None:
    """Nothing is made for them."""
    assert unruled(Plain) is Plain
    assert unruled(dict[str, Any]) == dict[str, Any]
    assert unruled(int | None) == int | None


def test_rules_go_wherever_the_schema_nests() -> None:
    """In records, lists, mappings and generic records."""
    long = {"fullName": "long name"}
    assert msgspec.convert({"items": [long]}, unruled(Outer)).items[0].full_name == "long name"
    for shape, value in ((list[Item], [long]), (dict[str, Item], {"a": long}), (Box[Item], {"items": [long]})):
        msgspec.convert(value, unruled(shape))


def test_one_rule_is_taken_from_a_type() -> None:
    """Beside it, or beside a part of it."""
    assert without_rule(Annotated[str, SHORT], SHORT) is str
    assert without_rule(Annotated[str, SHORT, "x"], SHORT) == Annotated[str, "x"]
    assert without_rule(Annotated[str, SHORT] | None, SHORT) == str | None
    assert without_rule(int, None) is int
