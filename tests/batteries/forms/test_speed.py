"""How much is done for a form, counted: a form of 20 fields is a handful of calls for each."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec

from demijohn import Meta, Schema
from demijohn.forms import Form

Entry: Any = msgspec.defstruct(
    "Entry",
    [
        *((f"name_{number}", Annotated[str, Meta(max_length=50)]) for number in range(8)),
        *((f"count_{number}", Annotated[int, Meta(ge=0)]) for number in range(8)),
        *((f"day_{number}", datetime.date) for number in range(4)),
    ],
)


class Row(Schema):
    """A row."""

    name: str
    count: int


class Rows(Schema):
    """Some rows."""

    rows: list[Row]


TEXTS = [
    *((f"name_{number}", "A name") for number in range(8)),
    *((f"count_{number}", "7") for number in range(8)),
    *((f"day_{number}", "2026-05-31") for number in range(4)),
]


def test_a_form_of_twenty_fields(calls_of: Any) -> None:
    """At most six calls for each field, and a few for the form."""
    kind: Any = Form[Entry]

    def work() -> None:
        form = kind()
        form.receive(TEXTS)
        assert form.valid

    work()
    assert calls_of(work) <= 20 * 6 + 30


def test_more_fields_are_no_more_work_for_each(calls_of: Any) -> None:
    """In proportion: a hundred rows are ten times ten."""
    kind: Any = Form[Rows]

    def of(rows: int) -> int:
        texts = [(f"rows.{index}.{name}", "7") for index in range(rows) for name in ("name", "count")]

        def work() -> None:
            form = kind()
            form.receive(texts)
            assert form.valid

        work()
        return calls_of(work)

    assert of(100) <= 10.5 * of(10)
