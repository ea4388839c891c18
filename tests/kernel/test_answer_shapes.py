"""Answers whose annotation leaves a choice: each value is cut to the member that it is."""

from __future__ import annotations

import re
from collections import OrderedDict, namedtuple
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NewType, TypedDict, TypeVar

import msgspec
import pydantic
import pytest
from typing_extensions import TypeAliasType

from demijohn import HTML, App, Client, Page, Response, Schema, SetupError, redirect

T = TypeVar("T")


class Cat(Schema):
    """One member."""

    name: str


class Lion(Cat):
    """More than a cat, which nobody is to see."""

    prey: str = "you"


class Dog(Schema):
    """Another member."""

    barks: int


class Small(Schema, tag=True):
    """Told apart by its tag."""

    size: int


class Large(Schema, tag=True):
    """The other."""

    size: int


class Nest(Schema):
    """Holds a record that may be more than it should."""

    cat: Cat


class Litter(Schema, Generic[T]):
    """A record of records."""

    items: list[T]
    count: int = msgspec.field(default=1, name="more")


@dataclass
class Bird:
    """A dataclass."""

    wings: int = 2


class Eagle(Bird):
    """More than a bird."""


class Fish(pydantic.BaseModel):
    """Of Pydantic's."""

    fins: int


class Shark(Fish):
    """More than a fish."""

    teeth: int = 100


class Plant(TypedDict):
    """A dict by its fields."""

    leaves: int


class Den(Schema):
    """Holds one of several, which no tag tells apart."""

    who: Cat | Dog
    others: list[Den] = []


class Lair(Schema, tag="lair", rename="camel"):
    """The same, with a tag and other names in JSON."""

    who_else: list[Cat | Dog]


@dataclass
class Perch:
    """The same of dataclasses."""

    who: Bird | Dog


class Pond(Schema):
    """Holds what Pydantic writes."""

    fish: Fish
    more: dict[str, list[Fish]] = {}


class Shelf(Schema):
    """Holds abstract collections, and tuples."""

    by_name: Mapping[str, Cat]
    many: Sequence[Cat] = ()
    pair: tuple[int, Cat] | None = None


Named = NewType("Named", Cat)
Choice = TypeAliasType("Choice", Cat | Dog)
Many = TypeAliasType("Many", list[T], type_params=(T,))
Endless = TypeAliasType("Endless", "dict[str, Endless] | str")


class Row:
    """An object of a class that is no member."""

    name = "Row"
    secret = "x"


class Record(namedtuple("Named", "name secret")):
    """A row, as of a database."""

    @property
    def _mapping(self) -> dict[str, Any]:
        return self._asdict()


class Zoo:
    """What a keeper sees; visitors get a `Cat`."""

    name = "Zoo"
    secret = "x"


PAGE = {"items": [{"cat": {"name": "a"}}], "page": 1, "size": 1, "total": 1, "pages": 1}


def sent(annotation: Any, value: Any, *, asynchronous: bool = False, status: int = 200) -> Any:
    """What is sent of a value by a handler with an annotation."""
    app = App(bare=True)

    def handler() -> Any:
        return value

    async def handler_async() -> Any:
        return value

    chosen = handler_async if asynchronous else handler
    chosen.__annotations__["return"] = annotation
    app.get("/", status=status)(chosen)
    return Client(app).get("/")


def _shown(value: object) -> str:
    """The same in each process: without addresses."""
    return re.sub(r" object at 0x\w+", "", str(value))[:60]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("annotation", "value", "body"),
    [
        (Cat | Dog, Cat(name="a"), {"name": "a"}),
        (Cat | Dog, Lion(name="a"), {"name": "a"}),
        (Cat | Dog, Dog(barks=1), {"barks": 1}),
        (Cat | Dog | None, Lion(name="a"), {"name": "a"}),
        (Lion | Cat, Lion(name="a"), {"name": "a", "prey": "you"}),
        (Nest | Dog, Nest(cat=Lion(name="a")), {"cat": {"name": "a"}}),
        (Bird | Dog, Eagle(), {"wings": 2}),
        (Fish | Dog, Shark(fins=3), {"fins": 3}),
        (Plant | Dog, {"leaves": 3, "secret": 1}, {"leaves": 3}),
        (Small | Large, {"type": "Small", "size": 1, "secret": 1}, {"type": "Small", "size": 1}),
        (Small | Large, Large(size=2), {"type": "Large", "size": 2}),
        (list[Cat | Dog], [Lion(name="a"), Dog(barks=1)], [{"name": "a"}, {"barks": 1}]),
        (Sequence[Cat | Dog], (Lion(name="a"),), [{"name": "a"}]),
        (list[Cat | None], [None, Lion(name="a")], [None, {"name": "a"}]),
        (list[Cat | Dog | None], [None, Lion(name="a")], [None, {"name": "a"}]),
        (dict[str, Cat | Dog], {"x": Lion(name="a")}, {"x": {"name": "a"}}),
        (dict[str, list[Cat | Dog]], {"x": [Lion(name="a")]}, {"x": [{"name": "a"}]}),
        (list[Cat] | Dog, [Lion(name="a")], [{"name": "a"}]),
        (
            Litter[Cat | Dog],
            Litter(items=[Lion(name="a"), Dog(barks=1)]),
            {"items": [{"name": "a"}, {"barks": 1}], "more": 1},
        ),
        (Litter[Cat | Dog], {"items": [Lion(name="a")], "secret": 1}, {"items": [{"name": "a"}]}),
        (Litter[Nest], Litter(items=[Nest(cat=Lion(name="a"))]), {"items": [{"cat": {"name": "a"}}], "more": 1}),
        (Page[Nest], Page(items=[Nest(cat=Lion(name="a"))], page=1, size=1, total=1), PAGE),
        (Page[Nest | Dog], Page(items=[Nest(cat=Lion(name="a"))], page=1, size=1, total=1), PAGE),
        (Litter[Cat | Dog] | None, Litter(items=[], count=2), {"items": [], "more": 2}),
        (list[Cat] | Dog, [{"name": "a", "secret": 1}], [{"name": "a"}]),
        (list[Cat] | Dog, {"barks": 1, "secret": 1}, {"barks": 1}),
        (tuple[Cat, Dog], (Lion(name="a"), {"barks": 1, "secret": 2}), [{"name": "a"}, {"barks": 1}]),
        (Cat | Response, {"name": "a", "secret": 1}, {"name": "a"}),
        (Cat | Response, Row(), {"name": "Row"}),
        (Cat | str, Record("b", "x"), {"name": "b"}),
        (Cat | int, 7, 7),
        (Cat | Literal[7, 8], 8, 8),
        (Cat | dict[str, int], {"free": 1}, {"free": 1}),
        (Cat | dict[str, int], Lion(name="a"), {"name": "a"}),
        (list[Cat] | Cat, Record("b", "x"), {"name": "b"}),
        (Annotated[Zoo, Cat] | Dog, Zoo(), {"name": "Zoo"}),
        (Annotated[Row | Zoo, Cat | Dog], Lion(name="a"), {"name": "a"}),
        (Cat | Any, Lion(name="a"), {"name": "a"}),
        (Den, Den(who=Lion(name="a")), {"who": {"name": "a"}, "others": []}),
        (Den, {"who": Lion(name="a"), "secret": 1}, {"who": {"name": "a"}}),
        (Den | Bird, Den(who=Lion(name="a")), {"who": {"name": "a"}, "others": []}),
        (
            list[Den],
            [Den(who=Dog(barks=1), others=[Den(who=Lion(name="a"))])],
            [{"who": {"barks": 1}, "others": [{"who": {"name": "a"}, "others": []}]}],
        ),
        (Lair, Lair(who_else=[Lion(name="a")]), {"type": "lair", "whoElse": [{"name": "a"}]}),
        (Lair, {"whoElse": [Dog(barks=1)]}, {"type": "lair", "whoElse": [{"barks": 1}]}),
        (Perch, Perch(Eagle()), {"who": {"wings": 2}}),
        (Pond, Pond(fish=Shark(fins=3)), {"fish": {"fins": 3}, "more": {}}),
        (
            Pond,
            {"fish": {"fins": 3}, "more": {"x": [Shark(fins=3)]}},
            {"fish": {"fins": 3}, "more": {"x": [{"fins": 3}]}},
        ),
        (dict[str, Fish], {"x": Shark(fins=3)}, {"x": {"fins": 3}}),
        (list[Fish | None], [Shark(fins=3), None], [{"fins": 3}, None]),
        (Litter[Fish], Litter(items=[Shark(fins=3)]), {"items": [{"fins": 3}], "more": 1}),
        (
            Shelf,
            Shelf(by_name={"x": Lion(name="a")}, many=[Lion(name="b")], pair=(1, Lion(name="c"))),
            {"by_name": {"x": {"name": "a"}}, "many": [{"name": "b"}], "pair": [1, {"name": "c"}]},
        ),
        (Shelf, Shelf(by_name={}, pair=(1, Cat(name="c"))), {"by_name": {}, "many": [], "pair": [1, {"name": "c"}]}),
        (Mapping[str, Cat], {"x": Lion(name="a")}, {"x": {"name": "a"}}),
        (OrderedDict[str, Cat | Dog], {"x": Lion(name="a")}, {"x": {"name": "a"}}),
        (list[Annotated[Cat, "note"]], [Lion(name="a")], [{"name": "a"}]),
        (list[Annotated[Zoo, Cat] | None], [Zoo(), None], [{"name": "Zoo"}, None]),
        (dict[str, Annotated[Zoo, Cat]], {"x": Zoo()}, {"x": {"name": "Zoo"}}),
        (list[list[Cat | Dog] | None], [[Lion(name="a")], None], [[{"name": "a"}], None]),
        (Named, Lion(name="a"), {"name": "a"}),
        (Choice, Lion(name="a"), {"name": "a"}),
        (list[Choice], [Lion(name="a")], [{"name": "a"}]),
        (Many[Cat], [Lion(name="a")], [{"name": "a"}]),
        (Choice | Bird, Lion(name="a"), {"name": "a"}),
        (Cat | Endless, {"x": {"y": "z"}}, {"x": {"y": "z"}}),
    ],
    ids=_shown,
)
def test_each_value_is_cut_to_what_it_is(annotation: Any, value: Any, body: Any, asynchronous: bool) -> None:
    """What more it has is not sent."""
    assert sent(annotation, value, asynchronous=asynchronous).json() == body


def test_what_is_no_json_is_sent_as_ever() -> None:
    """Texts, pages, responses and streams beside records."""
    assert sent(Cat | str, "text").headers["content-type"] == "text/plain; charset=utf-8"
    assert sent(Cat | HTML, HTML("<p>{}</p>", "<")).text == "<p>&lt;</p>"
    assert sent(Cat | Response, redirect("/x")).status == 303
    assert sent(Cat | Iterator[str], iter(["a", "b"])).text == "ab"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (tuple[Cat, int], (Lion(name="a"), 202)),
        (tuple[Cat, int, dict[str, str]], ({"name": "a", "secret": 1}, 202, {"x-a": "b"})),
        (tuple[Cat, Literal[202]] | Response, ({"name": "a", "secret": 1}, 202)),
        (tuple[Cat | Dog, int], (Lion(name="a"), 202)),
        (Dog | tuple[Cat, int], (Lion(name="a"), 202)),
    ],
    ids=str,
)
def test_a_body_with_its_status(annotation: Any, value: Any) -> None:
    """Is cut as the body alone would be."""
    answer = sent(annotation, value)
    assert (answer.status, answer.json()) == (202, {"name": "a"})


@pytest.mark.parametrize(
    ("annotation", "value", "says"),
    [
        (Cat | Dog, {"name": "a"}, "returned a dict, which may be several of"),
        (Cat | Dog, Row(), "returned a Row, which may be several of"),
        (Small | Large, {"type": "None"}, "returned a dict"),
        (Cat | Response, {"title": "a"}, "does not fit its annotation -> Cat"),
        (list[Cat | Dog], Cat(name="a"), "does not fit its annotation -> list"),
        (dict[str, Cat | Dog], [1], "does not fit its annotation -> dict"),
        (tuple[Cat, Dog], [Cat(name="a")], "a list of 1 items"),
        (Cat | None, None, "returned nothing"),
        (Cat | Dog | None, None, "returned nothing"),
    ],
    ids=_shown,
)
def test_what_it_could_not_be_is_an_error(annotation: Any, value: Any, says: str) -> None:
    """Rather than sent as it is; None means nothing but by `-> None`."""
    with pytest.raises(TypeError, match=says):
        sent(annotation, value)


@pytest.mark.parametrize(
    "annotation",
    [list[Cat] | list[Dog], Page[Cat] | Page[Dog], Plant | dict[str, Any], dict[str, Cat] | Plant, Cat | Any | object],
    ids=str,
)
def test_what_no_value_could_decide(annotation: Any) -> None:
    """Is a mistake at start, at the handler, if it matters which."""
    if annotation == (Cat | Any | object):
        assert sent(annotation, 1).json() == 1  # Both are sent as they are.
        return
    app = App(bare=True)

    def handler() -> Any: ...

    handler.__annotations__["return"] = annotation
    app.get("/")(handler)
    with pytest.raises(SetupError, match="nothing in what it returns tells which it is") as caught:
        app.seal()
    assert (caught.value.code, caught.value.where[0].line) == ("DMJ0141", handler.__code__.co_firstlineno)


def test_handlers_of_errors_are_shaped_so_too() -> None:
    """And told at start."""
    app = App(bare=True)

    @app.get("/")
    def fails() -> Any:
        raise LookupError

    @app.on_error(LookupError)
    def say(error: LookupError) -> Cat | Dog:
        return Lion(name="a")

    assert Client(app).get("/").json() == {"name": "a"}
    app = App(bare=True)
    app.get("/")(lambda: "x")

    @app.on_error(404)
    def lost(error: Exception) -> list[Cat] | list[Dog]:
        return []

    with pytest.raises(SetupError, match="lost"):
        app.seal()


def test_records_of_a_member_make_no_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are as they are to be sent: as quick as with one class."""
    from demijohn.kernel import replies

    app = App()

    @app.get("/")
    def show() -> Cat | Dog:
        return Dog(barks=1)

    client = Client(app)
    assert client.get("/").json() == {"barks": 1}
    monkeypatch.setattr(replies, "Response", None)
    assert msgspec.json.decode(client.get("/").content) == {"barks": 1}


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(("status", "is_sent"), [(200, 204), (201, 201), (202, 202)])
def test_nothing_has_no_type(status: int, is_sent: int, asynchronous: bool) -> None:
    """`-> None` is 204, or the status of the route, without a body and without a word of what it would be."""
    answer = sent(None, None, status=status, asynchronous=asynchronous)
    assert (answer.status, answer.content, "content-type" in answer.headers) == (is_sent, b"", False)


def test_what_lacks_a_field_is_told() -> None:
    """In a record with a choice too, whose fields are taken one by one."""
    with pytest.raises(TypeError, match="without 'who'"):
        sent(Den, {"others": []})
