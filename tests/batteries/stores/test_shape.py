"""What shapes say of records."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Annotated, Literal

import pytest

from demijohn import Schema, UnprocessableContent
from demijohn.kernel.schema import Meta
from demijohn.stores import Choice, Field, Rules, Shape, checked_value, checked_values, record_shape


class Size(enum.Enum):
    """Two sizes."""

    SMALL = "s"
    EXTRA_LARGE = "xl"


class Shirt(Schema):
    """A record of many types."""

    id: int
    title: Annotated[str, Meta(max_length=10, min_length=2, description="As it is printed.")]
    price: Annotated[float, Meta(ge=0, lt=1000)] = 9.5
    size: Size = Size.SMALL
    colour: Literal["red", "blue"] | None = None
    sold: Annotated[dt.datetime, Meta(tz=True, title="Sold at")] | None = None


SHAPE = record_shape(Shirt)


def test_fields() -> None:
    """Types, rules, labels, choices, defaults and who fills them in."""
    assert SHAPE.names == ("id", "title", "price", "size", "colour", "sold")
    assert SHAPE.key == ("id",)
    assert SHAPE["id"].generated
    title = SHAPE["title"]
    assert (title.type, title.required, title.nullable, title.help) == (str, True, False, "As it is printed.")
    assert title.rules == Rules(min_length=2, max_length=10)
    assert SHAPE["price"].initial is not None
    assert SHAPE["price"].initial() == 9.5
    assert SHAPE["size"].choices == (Choice(Size.SMALL, "Small"), Choice(Size.EXTRA_LARGE, "Extra large"))
    assert SHAPE["colour"].nullable
    assert [choice.value for choice in SHAPE["colour"].choices] == ["red", "blue"]
    assert SHAPE["sold"].rules.timezone
    assert SHAPE["sold"].label == "Sold at"
    assert [one.name for one in SHAPE.settable] == ["title", "price", "size", "colour", "sold"]


def test_a_name_that_is_nearly_right() -> None:
    """The error says which was meant."""
    with pytest.raises(KeyError, match="Did you mean 'title'"):
        SHAPE["titel"]


def test_everything_wrong_is_told_at_once() -> None:
    """One problem for each field."""
    values = {"title": "x", "price": 1000, "size": "m", "colour": "green", "sold": "2026-05-31T00:00:00", "id": 3,
              "weight": 1}  # fmt: skip
    with pytest.raises(UnprocessableContent) as caught:
        checked_values(SHAPE, values)
    assert {one["where"]: one["message"] for one in caught.value.errors} == {
        "title": "Expected at least 2 characters.",
        "price": "Expected less than 1000.",
        "size": "'m' is not one of the choices.",
        "colour": "'green' is not one of the choices.",
        "sold": "Expected a time zone, such as the Z of 2026-05-31T14:30:00Z.",
        "id": "This field cannot be set.",
        "weight": "There is no such field.",
    }


def test_what_is_missing() -> None:
    """Is wrong when a thing is made, and left alone when it is changed."""
    with pytest.raises(UnprocessableContent) as caught:
        checked_values(SHAPE, {})
    assert caught.value.errors == [{"where": "title", "message": "This field is required."}]
    assert checked_values(SHAPE, {}, partial=True) == {}


def test_values_of_json_become_those_of_python() -> None:
    """As JSON has no dates, decimals or enums."""
    found = checked_values(SHAPE, {"title": "Plain", "size": "xl", "sold": "2026-05-31T14:30:00Z", "price": 3})
    assert found["size"] is Size.EXTRA_LARGE
    assert found["sold"] == dt.datetime(2026, 5, 31, 14, 30, tzinfo=dt.UTC)
    assert isinstance(found["price"], float)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field(name="a"), "nul\x00"),
        (Field(name="a"), "\ud800"),
        (Field(name="a"), None),
        (Field(name="a"), 5),
        (Field(name="a", type=int), True),
        (Field(name="a", type=int), "5"),
        (Field(name="a", type=int), 2**63),
        (Field(name="a", type=int, choices=(Choice(1, "one"),)), 2),
        (Field(name="a", rules=Rules(pattern="^[a-z]+$")), "A"),
        (Field(name="a", type=Decimal, rules=Rules(digits=5, places=2)), Decimal("1000")),
        (Field(name="a", type=Decimal, rules=Rules(digits=5, places=2)), Decimal("1.005")),
        (Field(name="a", type=Decimal), Decimal("NaN")),
        (Field(name="a", type=complex), 5),
    ],
)
def test_values_that_do_not_fit(field: Field, value: object) -> None:
    """Each is refused in words."""
    with pytest.raises(ValueError, match=r"^[A-Z]"):
        checked_value(field, value)


def test_decimals_that_fit() -> None:
    """Zeros at the end take no places."""
    field = Field(name="a", type=Decimal, rules=Rules(digits=5, places=2, gt=0))
    assert checked_value(field, Decimal("999.9900")) == Decimal("999.99")
    assert checked_value(field, "3.5") == Decimal("3.5")
    assert checked_value(Field(name="a", type=complex), 1j) == 1j


@pytest.mark.parametrize("key", [("a,b", 7), ("ä/%", -1), ("", 0)])
def test_keys_of_several_parts_go_there_and_back(key: tuple[str, int]) -> None:
    """Whatever is in them."""
    shape = Shape(model=dict, name="Seat", fields=(Field(name="row", key=True), Field(name="n", type=int, key=True)))
    assert shape.read_key(shape.write_key(key)) == key
    assert shape.read_key("a") is None
    assert shape.read_key("a,b") is None
    assert shape.read_key("a,1,2") is None
