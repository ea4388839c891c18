"""Types of a user's own in paths, queries and everywhere else that texts come from."""

import enum
from typing import Annotated

import pytest

from demijohn import App, Blueprint, Client, Header, SetupError
from demijohn.kernel.links import LinkError


class Colour:
    """A colour of three bytes."""

    def __init__(self, red: int, green: int, blue: int) -> None:
        self.rgb = (red, green, blue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Colour) and other.rgb == self.rgb

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return bytes(self.rgb).hex()


class Slug(str):
    """Text of a kind."""

    __slots__ = ()


class Size(enum.Enum):
    """An enum that is written by its name."""

    SMALL = "s"
    LARGE = "l"


def read_colour(text: str) -> Colour:
    """A colour of six hexadecimal digits."""
    if len(text) != 6:
        raise ValueError("Expected six digits")
    return Colour(*bytes.fromhex(text))


def read_slug(text: str) -> Slug:
    return Slug(text.removesuffix(".html"))


def read_size(text: str) -> Size:
    return Size[text.upper()]


def colours() -> App:
    app = App(bare=True)
    app.converter(read_colour)
    app.converter(to_text="{}.html".format, pattern=r"[a-z-]+\.html")(read_slug)

    @app.get("/colours/{colour}")
    def show(
        colour: Colour,
        other: Colour | None = None,
        more: list[Colour] = [],  # noqa: B006
        tone: Annotated[Colour | None, Header()] = None,
        page: int = 1,
    ):
        return {
            "rgb": colour.rgb,
            "other": other and other.rgb,
            "more": [c.rgb for c in more],
            "tone": tone and tone.rgb,
        }

    @app.get("/pages/{slug}")
    async def page(slug: Slug):
        return {"slug": str(slug), "kind": type(slug).__name__}

    return app


def test_values_are_read_everywhere():
    """In the path, in the query (optional, several), in a header."""
    with Client(colours()) as client:
        answer = client.get("/colours/ff0001?other=000002&more=000003&more=000004", headers={"tone": "000005"})
        assert answer.json() == {
            "rgb": [255, 0, 1],
            "other": [0, 0, 2],
            "more": [[0, 0, 3], [0, 0, 4]],
            "tone": [0, 0, 5],
        }
        assert client.get("/colours/ff0001").json() == {"rgb": [255, 0, 1], "other": None, "more": [], "tone": None}
        assert client.get("/pages/about-us.html").json() == {"slug": "about-us", "kind": "Slug"}


def test_a_text_that_is_none():
    """404 in the path, 422 elsewhere, with all other mistakes."""
    with Client(colours()) as client:
        assert client.get("/colours/ff000").status == 404
        assert client.get("/pages/About.html").status == 404
        answer = client.get("/colours/ff0001?other=ff&more=zzzzzz&page=x", headers={"tone": "1"})
        assert answer.status == 422
        messages = {error["where"]: error["message"] for error in answer.json()["errors"]}
        assert messages["query.other"] == "Expected six digits."
        assert set(messages) == {"query.other", "query.more", "query.page", "header.tone"}


def test_links_use_the_inverse():
    """`to_text`, or str; what would not come back is an error that names it."""
    app = colours()
    assert app.url("show", colour=Colour(1, 2, 255)) == "/colours/0102ff"
    assert app.url("page", slug=Slug("a-b")) == "/pages/a-b.html"
    with pytest.raises(LinkError, match="slug"):
        app.url("page", slug=Slug("A"))


def test_a_blueprint_has_its_own():
    """Seen in it and in what it includes; the nearest goes first."""
    app, inner = App(bare=True), Blueprint("inner", prefix="/inner")

    def read_otherwise(text: str) -> Colour:
        return Colour(9, 9, 9)

    def show(colour: Colour):
        return {"rgb": colour.rgb}

    app.converter(read_colour)
    app.get("/{colour}")(show)
    inner.converter(to_text=lambda colour: "nine")(read_otherwise)
    inner.get("/{colour}")(show)
    app.include(inner)
    with Client(app) as client:
        assert client.get("/000001").json() == {"rgb": [0, 0, 1]}
        assert client.get("/inner/000001").json() == {"rgb": [9, 9, 9]}
    assert app.url("inner.show", colour=Colour(0, 0, 1)) == "/inner/nine"


def test_an_enum_of_ones_own_spelling():
    """A converter goes before what an enum would be read as."""
    app = App(bare=True)
    app.converter(to_text=lambda size: size.name.lower())(read_size)

    @app.get("/{size}")
    def show(size: Size):
        return size.value

    with Client(app, raise_errors=False) as client:
        assert client.get("/large").text == "l"
        assert client.get("/l").status == 500  # A KeyError is a mistake of the converter's.
    assert app.url("show", size=Size.SMALL) == "/small"


def test_what_documentation_reads():
    """The texts of a type in JSON Schema."""
    app = colours()
    app.seal()
    first, second = app.converters
    assert first.schema == {"type": "string"}
    assert second.schema == {"type": "string", "pattern": r"^(?:[a-z-]+\.html)$"}


class SlugConverter:
    """As Django writes them."""

    regex = "[a-z]+"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


def unsaid(text):
    return text


def makes_int(text: str) -> int:
    return int(text)


def takes_two(text: str, other: str) -> Colour:
    return Colour(0, 0, 0)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (lambda app: app.converter(SlugConverter), "def read_slug(text: str) -> Slug"),
        (lambda app: app.converter(SlugConverter()), "def read_colour(text: str) -> Colour"),
        (lambda app: app.converter(unsaid), "def unsaid(text: str) -> Colour"),
        (lambda app: app.converter(makes_int), "class Code(int)"),
        (lambda app: app.converter(takes_two), "def takes_two(text: str) -> Colour"),
        (lambda app: app.converter(pattern="(")(read_colour), "Mend it"),
    ],
)
def test_mistakes_and_habits(step, words):
    """Each ends in the line to write."""
    with pytest.raises(SetupError) as caught:
        step(App(bare=True))
    assert caught.value.code == "DMJ0208"
    assert words in caught.value.fix
    assert caught.value.where


def test_two_for_one_type():
    """A mistake at one level."""
    app = App(bare=True)
    app.converter(read_colour)
    app.converter(read_colour)
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0209"


def test_a_converter_that_returns_something_else():
    """Is told at the first request: nobody can know before."""
    app = App(bare=True)

    @app.converter
    def read(text: str) -> Colour:
        return text  # type: ignore[return-value]

    app.get("/{colour}")(lambda colour: "x")

    @app.get("/x/{colour}")
    def show(colour: Colour):
        return "x"

    with Client(app, raise_errors=False) as client:
        assert client.get("/x/y").status == 500
