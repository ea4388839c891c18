"""Values in links: what a link writes, a handler reads again."""

import datetime
import decimal
import enum
import uuid
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.kernel.grammar import read
from demijohn.kernel.link_values import shown_type, text_of


class Colour(enum.Enum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


INT = st.integers(-(2**63), 2**63 - 1)
VALUES = [
    (bool, st.booleans()),
    (int, INT),
    (str, st.text()),
    (Colour, st.sampled_from(Colour)),
    (datetime.date, st.dates(min_value=datetime.date(1000, 1, 1))),
    (datetime.time, st.times()),
    (datetime.datetime, st.datetimes(min_value=datetime.datetime(1000, 1, 1), timezones=st.just(datetime.UTC))),  # noqa: DTZ001
    (datetime.timedelta, st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=10_000))),
    (
        decimal.Decimal,
        st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    ),
    (uuid.UUID, st.uuids()),
    (bytes, st.text().map(str.encode)),
    (Literal["a", "b"], st.sampled_from(["a", "b"])),
    (float, st.integers(-(10**15), 10**15).map(lambda number: number / 64)),
]


@pytest.mark.parametrize(("kind", "values"), VALUES, ids=lambda value: getattr(value, "__name__", ""))
@given(data=st.data())
def test_what_is_written_is_read_again(kind: Any, values: st.SearchStrategy, data: st.DataObject) -> None:
    """In the spelling that handlers read."""
    value = data.draw(values)
    assert read(text_of(value), kind) == value


class _Mapper:
    """What links ask of SQLAlchemy."""

    def primary_key_from_instance(self, item: Any) -> tuple[Any, ...]:
        """The columns of a key."""
        return item.key


def _item(*key: Any) -> Any:
    return type("Post", (), {"__mapper__": _Mapper(), "key": key})()


def test_a_model_stands_for_its_key() -> None:
    """If it has one, of one column."""
    assert text_of(_item(7)) == "7"
    with pytest.raises(ValueError, match="This Post is not saved yet, and has no key"):
        text_of(_item(None))
    with pytest.raises(ValueError, match="A Post has a key of 2 columns: name them one by one"):
        text_of(_item(1, 2))


def test_types_in_messages() -> None:
    """By their names."""
    assert shown_type(int | None) == "int"
    assert shown_type(list[int]) in ("list", "list[int]")
