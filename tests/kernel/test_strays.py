"""What is inside of an answer is cut to its declaration too: a subclass has fields that nobody meant to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypedDict, TypeVar

import pytest

from demijohn import App, Client, Schema
from demijohn.kernel.strays import has_strays

T = TypeVar("T")


class Shown(Schema):
    """What visitors may see of somebody."""

    name: str


class Full(Shown):
    """All there is."""

    secret: str = "hidden"


class Box(Schema, rename="camel"):
    """With somebody in every way that one can be held."""

    one_user: Shown
    perhaps: Shown | None = None
    many: list[Shown] = []
    named: dict[str, list[Shown]] = {}


class Outer(Schema):
    """With a box."""

    box: Box


class Paged(Schema, Generic[T]):
    """Of anything."""

    items: list[T]


class Cat(Schema, tag="cat"):
    """One of several."""

    user: Shown


class Dog(Schema, tag="dog"):
    """Another."""

    name: str


class Hound(Dog, tag="dog"):
    """More than a dog."""

    secret: str = "hidden"


class Count(TypedDict):
    """A dict."""

    total: int


class Zoo(Schema):
    """With one of several, and its own kind."""

    animals: list[Cat | Dog]
    best: int | Cat | None = None
    inner: Zoo | None = None
    pages: Paged[Shown] | None = None
    counts: Count | None = None


@dataclass
class Plain:
    """A dataclass."""

    user: Shown
    users: list[Shown] = field(default_factory=list)


def zoo(user: Shown) -> Zoo:
    cat, inner = Cat(user=user), Zoo(animals=[Hound(name="Rex"), Dog(name="Rex")], best=3)
    return Zoo(animals=[cat], best=cat, inner=inner, pages=Paged(items=[user]), counts={"total": 1})


def box(user: Shown) -> Box:
    return Box(one_user=user, perhaps=user, many=[user], named={"a": [user]})


SHOWN: dict[str, Any] = {"name": "Ann"}
BOX: dict[str, Any] = {"oneUser": SHOWN, "perhaps": SHOWN, "many": [SHOWN], "named": {"a": [SHOWN]}}

CAT: dict[str, Any] = {"type": "cat", "user": SHOWN}
DOG: dict[str, Any] = {"type": "dog", "name": "Rex"}
ZOO: dict[str, Any] = {
    "animals": [CAT], "best": CAT, "pages": {"items": [SHOWN]}, "counts": {"total": 1},
    "inner": {"animals": [DOG, DOG], "best": 3, "inner": None, "pages": None, "counts": None},
}  # fmt: skip


@pytest.mark.parametrize("user", [Shown(name="Ann"), Full(name="Ann")], ids=["as declared", "more than declared"])
@pytest.mark.parametrize(
    ("annotation", "make", "expected"),
    [
        (Shown, lambda user: user, SHOWN),
        (Box, box, BOX),
        (Box | None, box, BOX),
        (Outer, lambda user: Outer(box=box(user)), {"box": BOX}),
        (list[Outer], lambda user: [Outer(box=box(user))], [{"box": BOX}]),
        (dict[str, Box], lambda user: {"a": box(user)}, {"a": BOX}),
        (dict[str, list[Box]], lambda user: {"a": [box(user)]}, {"a": [BOX]}),
        (Paged[Box], lambda user: Paged(items=[box(user)]), {"items": [BOX]}),
        (Zoo, zoo, ZOO),
        (Plain, lambda user: Plain(user, [user]), {"user": SHOWN, "users": [SHOWN]}),
    ],
    ids=[
        "itself",
        "fields",
        "perhaps",
        "deeper",
        "list",
        "dict",
        "dict of lists",
        "generic",
        "one of several",
        "dataclass",
    ],
)
def test_only_declared_fields_are_sent(annotation: Any, make: Any, expected: Any, user: Shown) -> None:
    """Wherever the record is."""
    app = App(bare=True)

    def show() -> Any:
        return make(user)

    show.__annotations__["return"] = annotation
    app.get("/")(show)
    with Client(app) as client:
        assert client.get("/").json() == expected


def test_what_is_as_declared_is_not_taken_apart() -> None:
    """It is sent as it is: nothing is made for it."""
    assert not has_strays(Outer(box=box(Shown(name="Ann"))), Outer)
    assert not has_strays(Zoo(animals=[Cat(user=Shown(name="Ann"))], best=3), Zoo)
    assert has_strays(Outer(box=box(Full(name="Ann"))), Outer)
