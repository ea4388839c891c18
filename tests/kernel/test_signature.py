"""Signatures: where each parameter comes from, and the exact words about those that come from nowhere."""

import dataclasses
import datetime
import decimal
import enum
import functools
import uuid
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import attrs
import msgspec
import pytest

from demijohn import App, Body, Client, Cookie, Depends, FormField, Header, Path, Query, Request, Schema, UploadedFile
from demijohn.foundation.errors import SetupError, SetupErrors
from demijohn.kernel.signature import Surroundings, read_signature


class Item(Schema):
    """A schema."""

    name: str


@dataclasses.dataclass
class Size:
    """A dataclass."""

    width: int


@attrs.define
class Place:
    """An attrs class."""

    city: str


class Colour(enum.Enum):
    """A choice."""

    RED = "red"


class Clock:
    """Provided by nobody."""


class Mapped:
    """What SQLAlchemy would have mapped."""

    __tablename__ = "mapped"


class Missing:
    """A type of a battery that is not in use."""

    __provided_by__ = "demijohn.auth:Auth"


def sources(function, *names: str) -> dict[str, str]:
    """Where each parameter comes from."""
    return {each.name: each.source for each in read_signature(function, Surroundings(names, {}, []))}


def refused(function, *names: str) -> SetupError:
    """The mistake in a signature."""
    with pytest.raises(SetupError) as caught:
        read_signature(function, Surroundings(names, {}, []))
    return caught.value


def test_where_parameters_come_from():
    """Path names, the request, schemas, files, simple types; in that order."""

    def handler(
        id: int, request, other: Request, item: Item, q: str, day: datetime.date | None, photo: UploadedFile,
        photos: list[UploadedFile], tags: list[str], kind: Literal["a", 1], colour: Colour, key: uuid.UUID,
        price: decimal.Decimal, wait: datetime.timedelta, either: int | str, *, flag: bool = False,
    ): ...  # fmt: skip

    found = sources(handler, "id")
    assert found.pop("id") == "path"
    assert found.pop("request") == found.pop("other") == "request"
    assert found.pop("item") == "body"
    assert found.pop("photo") == found.pop("photos") == "file"
    assert set(found.values()) == {"query"}


@pytest.mark.parametrize("kind", [Item, Size, Place, list[Item], dict[str, int], Item | None, dict, list[Size]])
def test_records_are_the_body(kind):
    """Structs, dataclasses, attrs classes, and containers of them."""

    def handler(data: kind): ...

    assert sources(handler) == {"data": "body"}


def test_markers_decide():
    """A marker says where, under which name and within which bounds; as annotation or as default."""

    def handler(
        a: Annotated[str, Header()],
        b: Annotated[str, Cookie(alias="c")],
        c: Annotated[int, Query(ge=1)] = 2,
        d: str = Query("x", max_length=5),
        e: Annotated[str, FormField] = "",
        f: Annotated[list, Body()] = [],  # noqa: B006
        x_token: str = Header(),
        g: Annotated[int, Path()] = 0,
        h: Any = Depends(int),
    ): ...

    found = {each.name: each for each in read_signature(handler, Surroundings(("g",), {}, []))}
    assert {name: each.source for name, each in found.items()} == {
        "a": "header", "b": "cookie", "c": "query", "d": "query", "e": "form", "f": "body", "x_token": "header",
        "g": "path", "h": "depends",
    }  # fmt: skip
    assert found["b"].wire == "c"
    assert found["x_token"].wire == "x-token"
    assert (found["c"].default, found["d"].default) == (2, "x")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(0, found["c"].type)


def unannotated(q): ...
def starred(*args): ...
def keywords(**options): ...
def takes_self(self): ...
def takes_req(req): ...
def takes_clock(clock: Clock): ...
def takes_model(mapped: Mapped): ...
def takes_missing(user: Missing): ...
def takes_lost(x: "Lost"): ...  # noqa: F821
def schema_in_path(item: Item): ...
def path_marker(id: Annotated[int, Path()]): ...
def query_in_path(id: Annotated[int, Query()]): ...


MESSAGES = [
    (unannotated, (), """DMJ0301  unannotated() takes 'q', which has no annotation and is not in the path.
  Fix: def unannotated(q: str)   for a query parameter ?q=..."""),
    (unannotated, ("id", "slug"), """DMJ0301  unannotated() takes 'q', which has no annotation and is not in the path.
  Fix: def unannotated(q: str)   for a query parameter ?q=...
       or, if it should be in the path, one of its names: id, slug"""),
    (starred, (), """DMJ0304  starred() takes *args, which no request can fill.
  Fix: Name the parameters; path values and query values come by their names."""),
    (keywords, (), """DMJ0304  keywords() takes **options, which no request can fill.
  Fix: Name the parameters; path values and query values come by their names."""),
    (takes_req, (), """DMJ0301  takes_req() takes 'req', which has no annotation and is not in the path.
  Fix: def takes_req(req: Request)"""),
    (takes_self, (), """DMJ0301  takes_self() takes 'self', which has no annotation and is not in the path.
  Fix: Register a bound method or a function, not one that takes self."""),
    (takes_clock, (), """DMJ0303  takes_clock(clock: Clock): nothing provides Clock, and it is no schema.
  Fix: To inject it:  @app.provide
                     def make_clock() -> Clock: ...
       To read it from the body: make it a Schema, or Annotated[Clock, Body()]."""),
    (takes_model, (), """DMJ0305  takes_model(mapped: Mapped): a model is never filled from a request as it is.
  Fix: mapped: Annotated[Mapped, Body()]   a new one, checked, of the body of the request
       mapped: Patch[Mapped]   what the body changes of one: mapped.apply(...)
       or put {mapped} into the path to have it loaded by its key."""),
    (takes_missing, (), """DMJ0309  takes_missing(user: Missing) needs the Auth battery, which is not in use.
  Fix: from demijohn.auth import Auth
       app.use(Auth())"""),
    (takes_lost, (), """DMJ0302  An annotation of takes_lost() names Lost, which is not known there.
  Fix: Import Lost at the top of the module (not under TYPE_CHECKING), or mend the name."""),
    (schema_in_path, ("item",), """DMJ0307  schema_in_path(item: Item): a path has only text to make it from.
  Fix: Annotate it str, int, float, UUID, date, an Enum or a Literal; a model class needs its battery:
       app.use(Database())"""),
    (path_marker, (), """DMJ0306  path_marker(id: ... Path()): the path has no {id}.
  Fix: Add {id} to the path, or use Query()."""),
    (query_in_path, ("id",), """DMJ0306  query_in_path(id: ... Query()): {id} stands in the path.
  Fix: Give one of the two another name."""),
]  # fmt: skip


@pytest.mark.parametrize(("function", "names", "message"), MESSAGES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_words_of_mistakes(function, names, message):
    """What is wrong, where, and what to write instead: word for word."""
    error = refused(function, *names)
    without_place = "\n".join(line for line in str(error).splitlines() if not line.startswith("  at "))
    assert without_place == message
    assert any(place.file == __file__ for place in error.where)


def test_all_mistakes_of_an_app_are_told_at_once():
    """Sealing reports every mistake, of signatures and paths, batteries and names, in one piece."""
    app = App(bare=True)
    app.get("/a")(unannotated)
    app.get("/<int:id>")(lambda: "x")
    app.get("/b")(takes_clock)

    @app.get("/c")
    def two(p, q): ...

    with pytest.raises(SetupErrors) as caught:
        app.seal()
    codes = sorted(error.code for error in caught.value.errors)
    assert codes == ["DMJ0203", "DMJ0301", "DMJ0301", "DMJ0301", "DMJ0303"]
    assert str(caught.value).startswith("The app has 5 setup mistakes:\n\nDMJ")


def test_objects_and_methods_are_handlers():
    """Bound methods and objects with `__call__` are read like functions."""

    class Shelf:
        def show(self, id: int) -> str:
            return f"{self.__class__.__name__} {id}"

        def __call__(self, q: str = "x") -> str:
            return q

    assert sources(Shelf().show, "id") == {"id": "path"}
    assert sources(Shelf()) == {"q": "query"}


def test_decorated_and_partial_functions_are_handlers():
    """`functools.wraps` and `functools.partial` keep what the function asks for."""

    def handler(id: int, size: int) -> str:
        return ""

    @functools.wraps(handler)
    def wrapper(*args, **kwargs):
        return handler(*args, **kwargs)

    assert sources(wrapper, "id") == {"id": "path", "size": "query"}
    assert sources(functools.partial(handler, size=3), "id") == {"id": "path", "size": "query"}

    async def awaited(id: int, size: int):
        return [id, size]

    app = App(bare=True)
    app.get("/sync/{id}", name="sync")(functools.partial(handler, size=3))
    app.get("/async/{id}", name="async")(functools.partial(awaited, size=3))
    client = Client(app)
    assert client.get("/async/5").json() == [5, 3]
    assert client.get("/async/5?size=7").json() == [5, 7]
    assert client.get("/sync/5").text == ""


def test_services_in_a_circle():
    """Services that need each other are told, with the circle."""
    app = App(bare=True)

    class A: ...

    class B: ...

    def make_a(b) -> A: ...
    def make_b(a) -> B: ...

    make_a.__annotations__.update(b=B, **{"return": A})
    make_b.__annotations__.update(a=A, **{"return": B})
    app.provide(make_a)
    app.provide(make_b)

    def handler(a): ...

    handler.__annotations__["a"] = A
    app.get("/")(handler)
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0311"
    assert "make_a -> " in caught.value.what.replace("test_services_in_a_circle.<locals>.", "")


def test_two_bodies():
    """Only one parameter can have the body."""
    app = App(bare=True)

    @app.post("/")
    def handler(item: Item, size: Size): ...

    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0312"
    assert caught.value.what == "item and size both want the body of the request."


def test_two_of_a_kind_are_told_apart_by_name():
    """`Annotated[Clock, "utc"]` asks for the provider of that name; another name lists those there are."""
    app = App(bare=True)

    @app.provide(name="utc")
    def utc() -> Clock:
        return Clock()

    @app.provide(name="local")
    def local() -> Iterator[Clock]:
        yield Clock()

    @app.get("/")
    def handler(clock: Annotated[Clock, "utc"]):
        return "x"

    app.seal()
    other = App(bare=True)
    other.provide(name="utc")(utc)

    @other.get("/")
    def wrong(clock: Annotated[Clock, "mars"]): ...

    with pytest.raises(SetupError) as caught:
        other.seal()
    assert caught.value.code == "DMJ0308"
    assert caught.value.fix == "There is: utc."


def test_a_provider_says_what_it_makes():
    """Without a return annotation nobody knows the type; two for one type name both."""
    app = App(bare=True)

    @app.provide
    def make(): ...

    with pytest.raises(SetupError, match="DMJ0310"):
        app.seal()
    twice = App(bare=True)

    @twice.provide
    def one() -> Clock: ...

    @twice.provide
    def two() -> Clock: ...

    with pytest.raises(SetupError) as caught:
        twice.seal()
    assert caught.value.code == "DMJ0405"
    assert [place.name.rpartition(".")[2] for place in caught.value.where] == ["one", "two"]


@pytest.mark.parametrize("annotation", [Any, Callable[[Request], Any], Callable])
def test_a_middleware_from_habit_is_shown_an_around(annotation):
    """`call_next` is no query parameter, however it is annotated."""
    app = App(bare=True)

    def timing(request: Request, call_next): ...

    timing.__annotations__["call_next"] = annotation
    app.around(timing)
    app.get("/")(lambda: "")
    with pytest.raises(SetupError, match=r"DMJ0301 .*timing\(\) takes 'call_next'") as found:
        app.seal()
    assert "response = yield" in str(found.value)


def test_a_class_of_the_same_function_is_said_to_be_out_of_sight():
    class Local: ...

    def takes_local(item: "Local"): ...

    with pytest.raises(SetupError) as caught:
        read_signature(takes_local, Surroundings((), {}, ()))
    assert "If Local is made in the same function: make it at the top" in caught.value.fix
