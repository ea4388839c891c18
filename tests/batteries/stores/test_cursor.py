"""Cursors: there and back, and whatever else is sent in their place."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from demijohn import BadRequest
from demijohn.stores import Field, Shape, fingerprint, read_cursor, write_cursor

ORDER = [
    (Field(name="title"), False),
    (Field(name="price", type=Decimal, nullable=True), True),
    (Field(name="made", type=dt.datetime), True),
    (Field(name="day", type=dt.date, nullable=True), False),
    (Field(name="token", type=uuid.UUID), False),
    (Field(name="id", type=int), False),
]
TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50)


VALUES = some.tuples(
    TEXT,
    some.none() | some.decimals(-1000, 1000, places=2),
    some.datetimes(timezones=some.just(dt.UTC)),
    some.none() | some.dates(),
    some.uuids(),
    some.integers(-(2**63), 2**63 - 1),
)


@given(VALUES)
def test_there_and_back(values: tuple[object, ...]) -> None:
    """A cursor holds what it was made of."""
    text = write_cursor(ORDER, values)
    assert text.isascii()
    assert "=" not in text
    assert read_cursor(text, ORDER) == list(values)


@given(some.text() | some.binary().map(lambda raw: raw.hex()))
def test_anything_else(text: str) -> None:
    """Is refused as a visitor's mistake."""
    with contextlib.suppress(BadRequest):
        read_cursor(text, ORDER)


def test_cursors_of_another_order() -> None:
    """Are not taken for this one's."""
    cursor = write_cursor(ORDER[-1:], [7])
    assert read_cursor(cursor, ORDER[-1:]) == [7]
    for other in ([(ORDER[-1][0], True)], [*ORDER[-1:], *ORDER[-2:-1]], [(Field(name="other", type=int), False)]):
        with pytest.raises(BadRequest):
            read_cursor(cursor, other)
    with pytest.raises(BadRequest):
        read_cursor(write_cursor(ORDER[-1:], [None]), ORDER[-1:])


@given(some.lists(TEXT, min_size=2, max_size=3))
def test_keys_there_and_back(parts: list[str]) -> None:
    """Of several parts, whatever is in them."""
    shape = Shape(model=dict, name="Seat", fields=tuple(Field(name=f"p{n}", key=True) for n in range(len(parts))))
    assert shape.read_key(shape.write_key(tuple(parts))) == tuple(parts)


def test_fingerprints() -> None:
    """Are another for any other value, and do not go by the order of names."""
    assert fingerprint({"a": 1, "b": None}) == fingerprint({"b": None, "a": 1})
    found = {fingerprint(values) for values in ({"a": 1}, {"a": "1"}, {"a": None}, {"b": 1}, {"a": [1]}, {})}
    assert len(found) == 6
