"""What strangers send: nothing of it is an error of ours, takes long, or becomes what the form has no field for."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn import App, AsyncClient, Client, InlineTemplates, Meta, Schema, Templates, UploadedFile, render
from demijohn.forms import URL, Color, Email, Field, Form, Forms, LongText, Password, Phone


class Colour(enum.Enum):
    """A choice."""

    RED = 1
    BLUE = 2


class Inner(Schema):
    """A row."""

    name: str
    count: int = 1


class Wide(Schema):
    """A field of every kind, none of them required."""

    text: str = ""
    long: LongText = ""
    whole: int | None = None
    real: float | None = None
    exact: decimal.Decimal | None = None
    flag: bool = False
    day: datetime.date | None = None
    moment: datetime.datetime | None = None
    hour: datetime.time | None = None
    code: uuid.UUID | None = None
    colour: Colour | None = None
    size: Literal["s", "m"] | None = None
    mail: Email | None = None
    site: URL | None = None
    phone: Phone | None = None
    tint: Color | None = None
    secret: Password | None = None
    tags: list[str] = []
    sizes: set[Literal["s", "m"]] = set()
    rows: Annotated[list[Inner], Meta(max_length=3)] = []
    inner: Inner | None = None


def _parsed(**texts: str) -> Form[Wide]:
    return Form[Wide].parse_texts(texts)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("whole", ["1.0", "1e3", "0x10", "1_0", "\uff11", "9" * 30, "9" * 5000, "--1", "null", "true", "\u0661"]),
        ("real", ["nan", "NaN", "inf", "-Infinity", "1e400", "1_0", "0x1p3", "\uff11", "1,5", "e5"]),
        ("exact", ["1e1000000", "sNaN", "NaN", "Infinity", "9" * 10_000, "1E+1000000"]),
        ("flag", ["2", "maybe", "None"]),
        ("day", ["2026-02-30", "20260531", "1780000000", "31.5.2026", "\u0662\u0660\u0662\u0666-05-31"]),
        ("moment", ["2026-05-31", "1780000000", "2026-05-31T25:00", "now"]),
        ("hour", ["25:00", "14", "noon"]),
        ("code", ["1", "x" * 32, "x" * 36, "{12345678-1234-5678-1234-567812345678}"]),
        ("colour", ["RED", "green", "3", "Colour.RED"]),
        ("size", ["S", "x", "s,m"]),
        ("tint", ["red", "#fff", "#0c6b4d;x", "#0c6b4d\nx"]),
        ("phone", ["call me", "+", "1;2", "0" * 40]),
        ("secret", ["x" * 1_000_000, "x" * 4097]),
        ("text", ["a\x00b", "a\x1bb", "\x7f.", "two\nlines"]),
        ("long", ["a\x00b", "\x08."]),
        (
            "mail",
            [
                "a" * 50_000 + "@", "a." * 50_000 + "@b.c", '"' + "\\" * 50_000, "a@" + "a-" * 50_000 + ".com",
                "a@b\n.com", "a@[127.0.0.1]", "a@b..c", "a" * 313 + "@b.co.uk", "a@b", "@b.co", "a b@c.de",
            ],
        ),
        (
            "site",
            [
                "http://" + ("a" * 63 + ".") * 1000 + "com", "http://[" + ":" * 50_000, "http://a\n.com",
                "http://a.com\x00", "http://a.com\tb", "ex\nample.com", "javascript:alert(1)", "ftp://a.com", "http://0177.0.0.1",
                "http://127.0.0.01/x",
                "//a.com", "http://", "http:///x", "http://a b.com",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_no_value_is_a_mistake_of_the_field(name: str, texts: list[str]) -> None:
    """Of that field alone, in words, however long the text is."""
    for text in texts:
        form = _parsed(**{name: text})
        assert list(form.errors) == [name], text[:50]
        assert all(len(message) < 300 for message in form.errors[name])


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("whole", " 7 ", 7),
        ("real", " 1 ", 1.0),
        ("exact", "1.50", decimal.Decimal("1.50")),
        ("flag", "on", True),
        ("moment", "2026-05-31T14:30", datetime.datetime.fromisoformat("2026-05-31T14:30")),
        ("hour", "14:30", datetime.time(14, 30)),
        ("colour", "2", Colour.BLUE),
        ("text", "  trimmed  ", "trimmed"),
        ("long", "a\r\nb\rc", "a\nb\nc"),
        ("secret", "  kept  ", "  kept  "),
        ("text", "שלום \u200d 👩\u200d🚀", "שלום \u200d 👩\u200d🚀"),
        ("tags", "a\r\n\r\n b ", ["a", "b"]),
        ("sizes", "s", {"s"}),
        ("site", "https://example.org/ä?q=1#x", "https://example.org/ä?q=1#x"),
        ("whole", "", None),
        ("colour", "", None),
        ("mail", "  ", None),
    ],
)
def test_what_is_a_value_is_read_as_people_write_it(name: str, text: str, value: Any) -> None:
    """Space around it does not count; an empty field is none."""
    form = _parsed(**{name: text})
    assert form.errors == {}
    assert getattr(form.value, name) == value


@pytest.mark.parametrize(
    "index", ["-1", "x", "1000000", "1" * 400, "\uff11", "0x0", "", " 0", "0.0", "+1"]
)  # fmt: skip
def test_rows_are_counted_by_us(index: str) -> None:
    """An index that is none is no row; no number of rows is ever believed."""
    form = _parsed(**{f"rows.{index}.name": "x", "rows-TOTAL_FORMS": "1000000", "rows": "5"})
    assert form.valid
    assert form.value.rows == []


def test_there_are_no_more_rows_than_there_may_be() -> None:
    """A mistake of the list, in a form and in JSON."""
    form = _parsed(**{f"rows.{index * 7}.name": "x" for index in range(4)})
    assert form.errors == {"rows": ["Expected at most 3 rows."]}
    parsed = Form[Wide].parse({"rows": [{"name": "x"}] * 4})
    assert list(parsed.errors) == ["rows"]


def test_rows_left_blank_do_not_count() -> None:
    """Those that nobody filled in; the others are counted anew, in their order."""
    form = _parsed(
        **{"rows.9.name": "z", "rows.0.name": "", "rows.0.count": "1", "rows.4.name": " a ", "rows.4.count": "x"}
    )
    assert form.errors == {"rows.0.count": ["Expected a whole number."]}
    assert [row.texts["name"] for row in form.sent.listed("rows")] == [[" a "], ["z"]]


def test_names_that_the_form_has_not_got_are_nothing() -> None:
    """Neither a field nor an attribute, nor an endless path."""
    form = _parsed(
        **{
            "is_admin": "1",
            "__class__": "x",
            "text.x": "y",
            "rows": "z",
            "rows.0": "z",
            "inner": "z",
            "a." * 100_000: "x",
        }
    )
    assert form.valid
    assert form.value == Wide()
    assert not hasattr(form.value, "is_admin")


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    [*Form[Wide].shape().parts, "rows.0.name", "rows.0.count", "rows.2.name", "inner.name", "_add"]
)


@settings(deadline=None)
@given(st.lists(st.tuples(_NAMES | st.text(max_size=12), st.text(max_size=30)), max_size=12))
def test_any_texts_give_a_form(pairs: list[tuple[str, str]]) -> None:
    """Valid or not; what was sent is kept for showing, and never an exception."""
    form = Form[Wide].parse_texts(pairs)
    assert form.valid or form.errors or form.pressed
    assert form.as_error().errors is not None
    if form.valid:
        assert msgspec.convert(msgspec.to_builtins(form.value), Wide) == form.value


@settings(deadline=None)
@given(st.dictionaries(_NAMES, _PLAIN, max_size=8))
def test_any_json_gives_a_form(data: dict[str, Any]) -> None:
    """By the same rules."""
    form = Form[Wide].parse(data)
    assert form.valid or form.errors


@pytest.mark.parametrize(
    "data", [[], 5, None, "text", {"rows": 5}, {"rows": {"0": {}}}, {"inner": []}, {"tags": "abc"}]
)
def test_json_of_another_kind_is_a_mistake(data: Any) -> None:
    """Told, and no more."""
    assert Form[Wide].parse(data).errors


def test_json_is_held_to_what_texts_are() -> None:
    """Numbers that fit in 64 bits, text that can be kept, single lines."""
    form = Form[Wide].parse({"whole": 2**70, "text": "a\x00b", "long": "\ud800"})
    assert sorted(form.errors) == ["long", "text", "whole"]


def _doors() -> Any:
    app = App(bare=True)
    app.use(Forms(), Templates())
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.route("/f", methods=["GET", "POST"])
    def f(form: Form[Wide]) -> Any:
        return render("f.html", form=form)

    return app


BODIES = [
    b"text=%ff", b"text=%00", b"text=%ed%a0%80", b"&&&=&=x", b"text[]=1&text[0]=2", b"text=1;day=2", b"%", b"\xff\xfe",
    b"rows.0.name=x&rows.0.name=y", b"rows.9999.name=x&_add=rows", b"_add=rows.0.name", b"_remove=rows.9999999999",
    b"_find=text&text._q=x", b"text=" + b"x" * 100_000, b"&".join(b"rows.%d.name=x" % n for n in range(900)),
    b"_add=" + b"rows.0." * 2000, b"flag=on&flag=off", b"inner.name=&inner.count=1",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:30].decode("latin-1"))
def test_forms_on_the_sync_door(body: bytes) -> None:
    """A page or a plain refusal."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert Client(_doors()).post("/f", content=body, headers=headers).status in (200, 400, 413, 422)


def test_forms_on_the_async_door() -> None:
    """The same on the other."""

    async def ask() -> None:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        async with AsyncClient(_doors()) as client:
            for body in BODIES:
                answer = await client.post("/f", content=body, headers=headers)
                assert answer.status in (200, 400, 413, 422)

    asyncio.run(ask())


def test_too_many_fields_are_not_read() -> None:
    """413, before any row is made."""
    body = b"&".join(b"rows.%d.name=x" % number for number in range(1001))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert Client(_doors()).post("/f", content=body, headers=headers).status == 413


@pytest.mark.parametrize("text", ["[]", "5", '"x"', "{", "{}}", '{"text": "\\ud800"}', '{"rows": 5}', "[" * 1000, ""])
def test_json_on_the_door(text: str) -> None:
    """Problem details, or a page for what is right."""
    answer = Client(_doors()).post("/f", content=text, headers={"content-type": "application/json"})
    assert answer.status in (400, 422)
    assert json.loads(answer.content)["status"] == answer.status


class Upload(Schema):
    """A picture."""

    photo: Annotated[UploadedFile, Field(accept="image/png,.gif", max_size=10)]
    more: list[UploadedFile] = []


def test_files_are_bounded_and_of_their_kind() -> None:
    """Size, kind, and the empty part that browsers send for no file."""
    app = App(bare=True)
    app.use(Forms(), Templates())
    app.register(InlineTemplates({"f.html": "{{ form }}"}))
    seen: list[Any] = []

    @app.route("/f", methods=["GET", "POST"])
    def f(form: Form[Upload]) -> Any:
        if form.valid:
            seen.append((form.value.photo.filename, form.value.photo.read(), len(form.value.more)))
            return "taken"
        return render("f.html", form=form)

    client = Client(app)
    assert 'enctype="multipart/form-data"' in client.get("/f").text
    start = b"\x89PNG\r\n\x1a\n"
    png = ("a.png", start, "image/png")
    assert client.post("/f", files={"photo": png, "more": [png, png]}).text == "taken"
    assert seen == [("a.png", start, 2)]
    for wrong, message in (
        (("a.png", b"1" * 11, "image/png"), "The file is too large"),
        (("a.exe", b"1", "application/octet-stream"), "Expected a file of the kind image/png,.gif."),
        (("a.png", b"MZ\x90\0", "image/png"), "Expected a file of the kind image/png,.gif; this one is a program."),
        (("a.gif", b"%PDF-1.7", "image/gif"), "by its first bytes this one is application/pdf."),
        (("", b"", "application/octet-stream"), "This field is required."),
    ):
        answer = client.post("/f", files={"photo": wrong})
        assert answer.status == 422
        assert message in answer.text
    assert client.post("/f", data={"photo": "a.png"}).status == 422


@dataclasses.dataclass
class Span:
    """A dataclass with a rule of its own."""

    start: int
    end: int = 5

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("It ends before it starts.")


def test_a_dataclass_checks_itself() -> None:
    """Its ValueError is said of the form."""
    assert Form[Span].parse_texts({"start": "3"}).value == Span(3, 5)
    assert Form[Span].parse_texts({"start": "9"}).errors == {"": ["It ends before it starts."]}


def test_none_inside_of_what_is_annotated_is_optional() -> None:
    """`Annotated[T | None, ...]` may be left empty as `Annotated[T, ...] | None` may, and is labelled so."""

    class Inside(Schema):
        year: Annotated[int | None, Meta(description="If you know it.")]

    class Outside(Schema):
        year: Annotated[int, Meta(description="If you know it.")] | None

    for kind in (Inside, Outside):
        form = Form[kind].parse_texts({"year": ""})  # type: ignore[valid-type]
        assert form.errors == {}
        assert form.value.year is None
        assert form["year"].is_optional
