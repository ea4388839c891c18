"""Forms as typed bodies: what is read at once is what would be read field by field."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, Client, Meta, Schema
from demijohn.foundation.http.errors import UnprocessableContent
from demijohn.foundation.http.query import MultiDict
from demijohn.kernel.form_bodies import _FormReader


class Size(enum.Enum):
    """Of texts."""

    SMALL = "s"
    NULL = "null"


class Count(enum.IntEnum):
    """Of numbers."""

    ONE = 1


KINDS: list[Any] = [
    str,
    Annotated[str, Meta(max_length=3)],
    str | None,
    int,
    Annotated[int, Meta(ge=0, le=100)],
    int | None,
    float,
    float | None,
    bool,
    bool | None,
    decimal.Decimal,
    decimal.Decimal | None,
    datetime.date,
    datetime.date | None,
    datetime.datetime,
    datetime.time,
    datetime.timedelta,
    uuid.UUID,
    Literal["a", "null"],
    Literal["a"] | None,
    Literal["a", 1],
    Literal[1, 2],
    Size,
    Size | None,
    Count,
    int | str,
    int | bool,
    bytes,
    list[int],
    list[str],
    set[Size],
    msgspec.Raw,
]
TEXTS = [
    *("", " ", "a", "s", "abc", "abcd", "null", "NULL", "None", "true", "True", "on", "yes", "false", "off", "P1D"),
    *("0", "1", "2", "-1", "+1", "007", "-0", "100", "101", "9" * 18, str(2**63 - 1), str(2**63), "9" * 30, "0" * 400),
    *("1.5", "-1.5", ".5", "1.", "1e3", "1E400", "nan", "inf", "Infinity", "19.90", "0.1", "1" * 16 + ".5", "-0.0"),
    *("\uff11", "\u0663", "\xb2", "1_000", "0x10", "\ud800", "\x00"),
    *("2026-05-31", "2026-02-30", "2026-05-31T14:30", "2026-05-31T14:30:00Z", "14:30", "24:00", "1000000000"),
    *("123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000"),
]


def outcome(kind: Any, sent: list[tuple[str, str]], default: Any, *, quickly: bool) -> Any:
    """What comes of a form of one field, as it is read at once or field by field."""
    struct = msgspec.defstruct("Sent", [("x", kind) if default is None else ("x", kind, default)], kw_only=True)
    reader = _FormReader(struct, struct)
    assert reader._may_be_quick
    reader._may_be_quick = quickly
    request: Any = SimpleNamespace(form=MultiDict(sent))
    try:
        value = reader.read(request).x
    except UnprocessableContent as error:
        return error.errors
    return type(value), repr(value)


@pytest.mark.parametrize("kind", KINDS, ids=[f"kind{number}" for number in range(len(KINDS))])
@pytest.mark.parametrize("default", [None, msgspec.UNSET], ids=["required", "default"])
def test_at_once_as_one_by_one(kind: Any, default: Any) -> None:
    """Values and mistakes alike, for every spelling there is."""
    for sent in ([], *([("x", text)] for text in TEXTS), [("x", "a"), ("x", "1")], [("x", "1"), ("y", "2")]):
        results = [outcome(kind, sent, default, quickly=quickly) for quickly in (True, False)]
        assert results[0] == results[1], sent


@given(text=st.text(max_size=30) | st.from_regex(r"[-+0-9.eE_ ]{1,25}", fullmatch=True), kind=st.sampled_from(KINDS))
def test_any_text(text: str, kind: Any) -> None:
    """The same."""
    sent = [("x", text)]
    assert outcome(kind, sent, None, quickly=True) == outcome(kind, sent, None, quickly=False)


class Twenty(Schema):
    """As many fields as a long form has."""

    name_0: Annotated[str, Meta(max_length=50)]
    name_1: Annotated[str, Meta(max_length=50)]
    name_2: Annotated[str, Meta(max_length=50)]
    name_3: Annotated[str, Meta(max_length=50)]
    count_0: Annotated[int, Meta(ge=0, le=100)]
    count_1: Annotated[int, Meta(ge=0, le=100)]
    count_2: Annotated[int, Meta(ge=0, le=100)]
    count_3: Annotated[int, Meta(ge=0, le=100)]
    day_0: datetime.date
    day_1: datetime.date
    price_0: decimal.Decimal
    price_1: decimal.Decimal
    kind_0: Literal["first", "second"]
    kind_1: Literal["first", "second"]
    flag_0: bool
    flag_1: bool
    rate_0: float
    rate_1: float
    size_0: Size
    size_1: Size


RIGHT = {"name": "A name", "count": "7", "day": "2026-05-31", "price": "19.90", "kind": "first", "flag": "true"}


def test_a_form_of_twenty_fields_costs_few_calls(calls_of: Any) -> None:
    """Nothing is asked of a type that could be asked when the app is sealed."""
    right = {**RIGHT, "rate": "1.5", "size": "s"}
    sent = [(name, right[name.partition("_")[0]]) for name in Twenty.__struct_fields__]
    reader = _FormReader(Twenty, Twenty)
    request: Any = SimpleNamespace(form=MultiDict(sent))
    assert reader.read(request).size_1 is Size.SMALL
    assert calls_of(lambda: reader.read(request)) <= 10


def test_a_body_with_mistakes_tells_them_all() -> None:
    """As ever, at the end of it."""
    app = App(bare=True)

    @app.post("/")
    def take(body: Twenty) -> str:
        return body.name_0

    answer = Client(app).post("/", data={**{f"{name}_0": text for name, text in RIGHT.items()}, "count_0": "x"})
    told = {error["where"]: error["message"] for error in answer.json()["errors"]}
    assert told["body.count_0"] == "Expected a whole number."
    assert told["body.name_1"] == "This field is required."
    assert len(told) == 14  # the first of each sort is right, but for the count; a box that is not there is not ticked
