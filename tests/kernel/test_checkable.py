"""Types whose values nothing can check are refused when the app is sealed, with what to write."""
# ruff: noqa: E501 - tables

from typing import Annotated, Any

import pydantic
import pytest

from demijohn import App, Body, Meta, Query, Schema, SetupError
from demijohn.foundation.errors import Where
from demijohn.kernel.checkable import require_checkable

HERE = Where("app.py", 1)


class Cat(Schema):
    """A record."""

    name: str


class Dog(Schema):
    """Another."""

    name: str


class Tagged(Schema, tag="tagged"):
    """One that says which it is."""

    name: str


class Other(Schema, tag="other"):
    """Another that does."""

    name: str


class Wide(Schema):
    """With a bound that no number of the wire reaches."""

    size: Annotated[int, Meta(le=2**64)]


class Model(pydantic.BaseModel):
    """Which msgspec has nothing to do with."""

    size: int = pydantic.Field(le=2**70)


@pydantic.dataclasses.dataclass
class Record:
    """Which only Pydantic checks, though msgspec could fill it."""

    size: int = pydantic.Field(le=9)


class Mixed(Schema):
    """With a model of Pydantic's in it."""

    models: list[Model]


class Filled(Schema):
    """With a dataclass of Pydantic's in it."""

    record: Record | None = None


@pytest.mark.parametrize(
    "kind",
    [int, str, Any, Cat, list[Cat], Cat | None, Tagged | Other, dict[str, Cat], Model, Record, list[Model], dict[str, Record | Model] | None,
     Annotated[int, Meta(le=2**63 - 1)],
     list[int] | None, tuple[int, ...], Annotated[str, Meta(pattern="a+")]],
)  # fmt: skip
def test_other_types_pass(kind: Any) -> None:
    """Nothing is said of them."""
    require_checkable(kind, "f(x)", HERE)


@pytest.mark.parametrize(
    ("kind", "why", "fix"),
    [
        (Wide, "it has a bound beyond 64 bits", "Leave that bound out"),
        (Annotated[int, Meta(ge=-(2**70))], "it has a bound beyond 64 bits", "Leave that bound out"),
        (Mixed, "it has Model in it, which only Pydantic checks", "Make Mixed a BaseModel, too, or Model a Schema."),
        (list[Filled], "it has Record in it, which only Pydantic checks", "or Record a Schema."),
        (Model | Cat, "Pydantic knows only a part of it", "or a Schema for each"),
        (Cat | Dog, "nothing in the JSON tells which of several records it is", 'class Cat(Schema, tag="cat")'),
        (list[Cat | Dog], "nothing in the JSON tells which", "Tag each of them"),
        (Annotated[str, Meta(ge=1)], "can only set `ge` on a numeric type", "Mend the annotation"),
        (
            Annotated[str | None, Meta(max_length=3)],
            "max_length stands beside str | None",
            "Annotated[str, Meta(max_length=3)] | None",
        ),
        (
            list[Annotated[int | None, Meta(ge=3)]],
            "ge stands beside int | None",
            "Annotated[int, Meta(ge=3)] | None",
        ),
        (list[int] | set[int], "may not contain more than one array-like", "one record for each kind of value"),
    ],
)
def test_these_are_refused(kind: Any, why: str, fix: str) -> None:
    """With the reason and the remedy."""
    with pytest.raises(SetupError) as caught:
        require_checkable(kind, "f(x)", HERE)
    assert caught.value.code == "DMJ0140"
    assert str(caught.value).startswith("DMJ0140  f(x): no value of ")
    assert why in str(caught.value)
    assert fix in str(caught.value)


@pytest.mark.parametrize("kind", [Annotated[int, Query(le=2**70)], Annotated[int, Body(ge=-(2**70))], Cat | Dog, Wide])
def test_the_app_is_not_sealed(kind: Any) -> None:
    """Whichever part of the request the value comes from."""
    app = App()

    def handler(value):
        return value

    handler.__annotations__["value"] = kind
    app.post("/")(handler)
    with pytest.raises(SetupError, match="DMJ0140"):
        app.seal()
