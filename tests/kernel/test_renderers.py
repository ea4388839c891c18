"""How values are written where a media type was chosen for them: CSV above all, and what nobody can write."""

from __future__ import annotations

import csv
import datetime
import decimal
import enum
import io
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import HTML, App, Choice, Client, Renderer, Schema, SetupError
from demijohn.kernel.renderers import as_written, write_csv


class Kind(enum.Enum):
    """An enumeration, as JSON has it."""

    SMALL = "small"


class City(Schema):
    """A schema."""

    name: str
    people: int | None = None


@dataclass
class Point:
    """A dataclass."""

    x: float
    y: float


class Row:
    """A row of a database's result."""

    _mapping = {"id": 1, "name": "Bern"}


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([], ""),
        ([City(name="Bern", people=1), City(name="Ulm")], "name,people\r\nBern,1\r\nUlm,\r\n"),
        (City(name="Bern", people=1), "name,people\r\nBern,1\r\n"),
        ({"a": 1, "b": 2}, "a,b\r\n1,2\r\n"),
        ([{"a": 1}, {"b": 2, "a": 3}], "a\r\n1\r\n3\r\n"),
        ([Point(1.5, -2)], "x,y\r\n1.5,-2\r\n"),
        ([Row()], "id,name\r\n1,Bern\r\n"),
        ([[1, "a"], (2, "b")], "1,a\r\n2,b\r\n"),
        ((row for row in [[True, None]]), "true,\r\n"),
        ([["a,b", 'say "so"', "two\nlines"]], '"a,b","say ""so""","two\nlines"\r\n'),
        ([[datetime.date(2026, 5, 31), decimal.Decimal("1.50"), Kind.SMALL]], "2026-05-31,1.50,small\r\n"),
        ([[[1, 2], {"a": 1}]], '"[1,2]","{""a"":1}"\r\n'),
    ],
)
def test_rows(rows: Any, text: str) -> None:
    """Records get a line of names, lists none; the first record decides which."""
    assert write_csv(rows) == text


@pytest.mark.parametrize("row", [1, "text", object()])
def test_what_is_no_row(row: Any) -> None:
    """It is told by its type."""
    with pytest.raises(TypeError, match=f"{type(row).__name__} is no row"):
        write_csv([row])


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "\t=1", "\r=1"])
def test_formulas_are_disarmed(cell: str) -> None:
    """In cells and in names; a spreadsheet shows the apostrophe to nobody."""
    read = list(csv.reader(io.StringIO(write_csv([{cell: cell}]), newline="")))
    assert read == [[f"'{cell}"], [f"'{cell}"]]


@pytest.mark.parametrize("cell", ["-5", "+49 (30) 123-45", "- 1.5", "+", "a=b", "5-3"])
def test_numbers_and_words_stay(cell: str) -> None:
    """A sign alone makes no formula."""
    assert list(csv.reader([write_csv([[cell]])])) == [[cell]]


@given(st.lists(st.lists(st.text(), min_size=1), min_size=1))
def test_what_is_written_can_be_read(rows: list[list[str]]) -> None:
    """Whatever the text, but for the apostrophe before formulas."""
    text = write_csv(rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


def test_what_is_its_own_representation() -> None:
    """Text, bytes and HTML are taken as they are; all else is written."""
    assert [as_written(value) for value in ("ü", b"a", bytearray(b"b"), HTML("<p>"), 1, None, {})] == [
        "ü".encode(), b"a", b"b", b"<p>", None, None, None,
    ]  # fmt: skip


def test_types_of_the_apps_own_are_written_by_its_encoders() -> None:
    """In CSV and MessagePack as in JSON."""
    app = App(debug=False)

    class Money:
        def __init__(self, cents: int) -> None:
            self.cents = cents

    @app.encoder(Money)
    def encode_money(value: Money):
        return f"{value.cents / 100:.2f}"

    @app.get("/", produces=["json", "csv", "msgpack", "text/x-nobody"])
    def prices():
        return [{"price": Money(150)}]

    client = Client(app, raise_errors=False)
    assert client.get("/", headers={"accept": "text/csv"}).text == "price\r\n1.50\r\n"
    packed = client.get("/", headers={"accept": "application/msgpack"}).content
    assert msgspec.msgpack.decode(packed) == [{"price": "1.50"}]
    assert client.get("/", headers={"accept": "text/x-nobody"}).status == 500


def test_a_battery_offers_a_renderer_and_the_app_goes_before_it() -> None:
    """`Renderer` is checked where it is made."""
    app = App(debug=False)
    app.register(Renderer("text/x-a", lambda value: "offered"))
    app.register(Renderer("text/x-b", lambda value: b"offered"))

    @app.renderer("text/x-a")
    def write(value: Any) -> str:
        return "own"

    @app.get("/", produces=["text/x-a", "text/x-b"])
    def value():
        return {}

    client = Client(app)
    assert client.get("/").text == "own"
    assert client.get("/", headers={"accept": "text/x-b"}).text == "offered"
    with pytest.raises(SetupError, match="DMJ0335"):
        Renderer("text/*", str)


def test_choices_that_make_no_sense() -> None:
    """They are told where they are made, by what to write instead."""
    with pytest.raises(TypeError, match=r'Choice\(\{"text/turtle"'):
        Choice(turtle="<a> <b> <c> .")
    with pytest.raises(TypeError, match="nothing to choose from"):
        Choice()


def test_a_choice_keeps_several_cookies() -> None:
    """Those of the choice are added to those of what is chosen."""
    app = App(debug=False)

    @app.get("/")
    def choose():
        choice = Choice(text="a", json={})
        choice.set_cookie("one", "1")
        choice.set_cookie("two", "2")
        return choice

    assert len(Client(app).get("/").headers.getlist("set-cookie")) == 2
