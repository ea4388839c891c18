"""All that forms say, in other words: one table, and none that is left out of it."""

from __future__ import annotations

import datetime
import decimal
import enum
import re
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import pytest

from demijohn import App, Client, InlineTemplates, Meta, Schema, SetupError, Templates, UploadedFile, render
from demijohn.batteries.database import integrity
from demijohn.batteries.database.formats import FORMATS
from demijohn.batteries.forms import battery
from demijohn.batteries.forms.messages import _recognised, resaid, said
from demijohn.batteries.stores import StaleVersion
from demijohn.forms import MESSAGES, URL, Color, Email, Field, Form, Forms, Phone
from demijohn.kernel.wording import _RULES

GERMAN = {
    "required": "Bitte ausfüllen.",
    "most_characters": "Höchstens {count} Zeichen.",
    "whole": "Bitte eine ganze Zahl.",
    "least": "Mindestens {bound}.",
    "email": "Bitte eine E-Mail-Adresse wie {example}.",
    "file_program": "Das ist ein Programm, keine Datei wie {accept}.",
    "problems": "Ein Fehler|{count} Fehler",
    "save": "Speichern",
    "optional": "freiwillig",
    "add": "Noch eine",
    "remove": "Weg",
    "remove_row": "{row} weg",
    "unsafe": "Bitte noch einmal senden.",
}


class Row(Schema):
    """A row."""

    count: Annotated[int, Meta(ge=1)] = 1


class Entry(Schema):
    """Some of everything."""

    name: Annotated[str, Meta(max_length=3)]
    email: Email
    age: int | None = None
    rows: list[Row] = []
    photo: Annotated[UploadedFile | None, Field(accept="image/*")] = None


class EntryForm(Form[Entry]):
    """With words of its own, which stay."""

    def validate_name(self, value: str) -> None:
        """Not Eve."""
        if value == "Eve":
            raise ValueError("Not Eve.")


def _client(messages: Any) -> Client:
    app = App(bare=True, debug=True)
    app.use(Forms(messages=messages), Templates())
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.route("/", methods=["GET", "POST"])
    def entry(form: EntryForm) -> Any:
        return "taken" if form.valid else render("f.html", form=form)

    return Client(app)


def test_an_app_in_german() -> None:
    """The mistakes of types, of files and of the page; the app's own words are the app's."""
    client = _client(GERMAN)
    page = client.get("/").text
    for text in (">Speichern<", ">freiwillig<", ">Noch eine<", ">Weg<", 'aria-label="Rows 1 weg"'):
        assert text in page
    answer = client.post(
        "/",
        data={"name": "Anna", "email": "x", "age": "x", "rows.0.count": "0"},
        files={"photo": ("a.png", b"MZ\x90", "image/png")},
    )
    assert answer.status == 422
    for text in (
        "Höchstens 3 Zeichen.", "Bitte eine E-Mail-Adresse wie ada@example.org.", "Bitte eine ganze Zahl.",
        "Mindestens 1.", "Das ist ein Programm, keine Datei wie image/*.", "5 Fehler",
    ):  # fmt: skip
        assert text in answer.text
    assert "Expected" not in answer.text
    answer = client.post("/", data={"name": "Eve", "email": "a@b.co"})
    assert "Not Eve." in answer.text
    assert ">Ein Fehler<" in answer.text
    told = client.post("/", json={"name": "Anna", "email": "a@b.co"}).json()["errors"]
    assert told == [{"where": "body.name", "message": "Höchstens 3 Zeichen."}]


def test_words_by_the_request() -> None:
    """A function gives those for whoever asks, in one app."""

    def words(request: Any) -> dict[str, str]:
        return GERMAN if request.headers.get("accept-language") == "de" else {}

    client = _client(words)
    assert "Bitte ausfüllen." in client.post("/", headers={"accept-language": "de"}).text
    assert "This field is required." in client.post("/").text


def test_plurals_of_any_language() -> None:
    """A function of the number, where two forms are too few."""
    polish = {"most_characters": lambda count: f"{count} {'znaki' if count in (2, 3, 4) else 'znaków'}"}
    assert resaid("Expected at most 3 characters.", polish) == "3 znaki"
    assert resaid("Expected at most 5 characters.", polish) == "5 znaków"
    assert said("problems", {}, count=1) == "There is a problem"


def test_without_an_app_it_is_english() -> None:
    """As in commands and tests."""
    assert EntryForm.parse_texts({"name": "x" * 9}).errors["name"] == ["Expected at most 3 characters."]


@pytest.mark.parametrize(
    ("messages", "said"),
    [({"requird": "x"}, "'requird', which is no message"), ({"required": "{name} fehlt"}, "not given {name}")],
)
def test_what_is_no_message_is_told_at_the_start(messages: dict[str, str], said: str) -> None:
    """A key that is none, and a value that a message does not have."""
    with pytest.raises(SetupError, match="DMJ0593") as caught:
        _client(messages)
    assert said in str(caught.value)


class Colour(enum.Enum):
    """A choice."""

    RED = 1


class Wide(Schema):
    """A field of every kind."""

    whole: int = 0
    real: float = 0
    exact: decimal.Decimal = decimal.Decimal()
    flag: bool = False
    day: datetime.date | None = None
    moment: datetime.datetime | None = None
    aware: Annotated[datetime.datetime, Meta(tz=True)] | None = None
    naive: Annotated[datetime.datetime, Meta(tz=False)] | None = None
    hour: datetime.time | None = None
    code: uuid.UUID | None = None
    colour: Colour | None = None
    size: Literal["s", "m"] | None = None
    email: Email | None = None
    site: URL | None = None
    phone: Phone | None = None
    tint: Color | None = None
    text: Annotated[str, Meta(min_length=2, max_length=3, pattern="^x")] = "xx"
    above: Annotated[int, Meta(gt=1, lt=5, multiple_of=2)] = 2
    least: Annotated[int, Meta(ge=1, le=5)] = 2
    tags: Annotated[list[str], Meta(min_length=2, max_length=3)] = []
    rows: Annotated[list[Row], Meta(max_length=2)] = []


_TEXTS = ["", "x", "-1", "7", "3", "9" * 30, "1e400", "nan", "a\nb", "a\x00", "2026-05-31T14:30", "2026-05-31T14:30Z"]
_PLAIN = [None, -1, 7, 2**70, 1.5, True, "x", "xxxxx", [], ["a"], ["a"] * 4, {}, [{}] * 3]


def test_every_message_is_in_the_table() -> None:
    """Whatever is sent: so that a whole table is a whole language."""
    told = {message for name in Wide.__struct_fields__ for text in _TEXTS
            for messages in Form[Wide].parse_texts({name: text}).errors.values() for message in messages}  # fmt: skip
    told |= {message for name in Wide.__struct_fields__ for value in _PLAIN
             for messages in Form[Wide].parse({name: value}).errors.values() for message in messages}  # fmt: skip
    told |= {message for messages in Form[Entry].parse(cast("Any", [])).errors.values() for message in messages}
    assert len(told) > 30
    assert [message for message in told if _recognised(message)[0] in ("", "expected")] == []


def test_the_kernels_words_are_in_the_table() -> None:
    """All that msgspec's messages become."""
    for _, words in _RULES:
        key, values = _recognised(words.format("7") + ".")
        assert key, words
        assert said(key, {}, **values) == words.format("7") + "."


def test_the_databases_words_are_in_the_table() -> None:
    """What it refuses, and what models say of their fields."""
    told = [*integrity._MESSAGES.values(), StaleVersion.default_detail]
    told += [f"{one.message}." for one in FORMATS.values()]
    told += [
        "Expected a whole number from -1 to 5.", "Expected a finite number.", "Expected an IP address.",
        "Expected at most 2 decimal places.", "Expected at most 3 digits before the point.",
        "It contains characters that cannot be stored.", "Expected a year from 1 to 9999.",
        "This field cannot be set here.",
    ]  # fmt: skip
    assert [message for message in told if _recognised(message)[0] in ("", "expected")] == []


def test_the_templates_say_nothing_by_themselves() -> None:
    """No word that a visitor reads stands in one: each asks for it by a key that there is."""
    folder = Path(battery.__file__).with_name("templates")
    asked = set()
    for path in folder.rglob("*.html"):
        source = path.read_text()
        asked |= set(re.findall(r'form\.say\("(\w+)"', source))
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
        assert not re.search(r">[^<]*[A-Za-z]{2}[^<]*<", bare), path.name
        assert not re.search(r'aria-label="[A-Za-z]', bare), path.name
    assert asked
    assert asked <= set(MESSAGES)
