"""Text of queries, paths, headers and forms as values: what is read of each type, and what is refused."""
# ruff: noqa: E501 - tables

import datetime
import decimal
import enum
import uuid
from contextlib import suppress
from typing import Annotated, Any, Literal

import pytest

from demijohn import Meta
from demijohn.kernel.grammar import bounded, plain_type, quick, read

UTC = datetime.UTC


class Colour(enum.Enum):
    """A choice of texts."""

    RED = "red"


class Level(enum.IntEnum):
    """A choice of numbers."""

    LOW = 1


ZERO = "00000000-0000-0000-0000-000000000000"
GOOD = [
    (str, "", ""), (str, "null", "null"), (Any, "x", "x"), (bytes, "ä", "ä".encode()), (int, "+5", 5), (int, "-0", 0), (int, "007", 7),
    (float, "1e3", 1000.0), (float, "-0.5", -0.5), (decimal.Decimal, "1.50", decimal.Decimal("1.50")), (bool, "ON", True), (bool, "n", False),
    (datetime.date, "2026-05-31", datetime.date(2026, 5, 31)), (datetime.time, "14:30", datetime.time(14, 30)),
    (datetime.time, "14:30:01.5", datetime.time(14, 30, 1, 500_000)), (datetime.datetime, "2026-05-31T14:30Z", datetime.datetime(2026, 5, 31, 14, 30, tzinfo=UTC)),
    (datetime.datetime, "2026-05-31 14:30:01", datetime.datetime(2026, 5, 31, 14, 30, 1)), (uuid.UUID, ZERO, uuid.UUID(int=0)),  # noqa: DTZ001
    (uuid.UUID, "0" * 32, uuid.UUID(int=0)), (Colour, "red", Colour.RED), (Level, "1", Level.LOW), (Literal["a", 2], "2", 2), (Literal["a"], "a", "a"),
    (int | str, "5", 5), (int | str, "x", "x"), (str | int, "5", 5), (int | None, "", None), (int | None, "5", 5), (str | None, "", ""),
    (int | datetime.date, "2026-05-31", datetime.date(2026, 5, 31)), (Annotated[int, Meta(ge=1)], "1", 1), (Annotated[int, Meta(ge=1)] | None, "2", 2),
    (datetime.timedelta, "PT1H", datetime.timedelta(hours=1)),
]  # fmt: skip
BAD = [
    (int, ""), (int, " 5"), (int, "5.0"), (int, "1e3"), (int, "0x5"), (int, "1_0"), (int, "٣"), (int, "9" * 19), (int, "9" * 400), (float, "nan"), (float, "inf"),
    (float, "1e999"), (float, ".5"), (float, "0x1p3"), (decimal.Decimal, "NaN"), (decimal.Decimal, "1e5"), (bool, ""), (bool, "2"), (bool, "null"),
    (datetime.date, "20260531"), (datetime.date, "2026-02-30"), (datetime.date, "1748649600"), (datetime.time, "1430"), (datetime.time, "25:00"),
    (datetime.datetime, "2026-05-31"), (datetime.datetime, "1748649600"), (datetime.datetime, "2026-05-31T25:00"), (uuid.UUID, ""), (uuid.UUID, "x" * 36),
    (uuid.UUID, "{" + ZERO + "}"), (Colour, "RED"), (Colour, ""), (Level, "2"), (Literal["a", 2], "b"), (int | datetime.date, "x"), (int | None, "null"),
    (Annotated[int, Meta(ge=1)], "0"), (datetime.timedelta, "1h"), (Annotated[str, Meta(max_length=1)], "ab"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_good_spellings(kind: Any, text: str, value: Any) -> None:
    """Each has its value, of the very type."""
    found = read(text, kind)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_bad_spellings(kind: Any, text: str) -> None:
    """Each is told what was expected."""
    with pytest.raises(ValueError, match=r"Expected|not one of|Invalid"):
        read(text, kind)


def test_paths_have_no_plus() -> None:
    """A link would be written without it: one address, one spelling."""
    assert read("5", int, in_path=True) == 5
    with pytest.raises(ValueError, match="Expected a whole number"):
        read("+5", int, in_path=True)


@pytest.mark.parametrize(("kind", "text", "value"), [case for case in GOOD if quick(case[0]) is not None])
def test_what_is_quick_is_read_alike(kind: Any, text: str, value: Any) -> None:
    """Where the quick check says yes, msgspec reads what the grammar reads."""
    import msgspec

    check = quick(kind)
    assert check is not None
    if check(text):
        with suppress(msgspec.ValidationError):  # then the grammar is asked
            assert msgspec.convert(text, bounded(kind), strict=False) == value


def test_types_without_their_bounds() -> None:
    """Through every layer."""
    assert plain_type(Annotated[int, Meta(ge=1)] | None) is int
    assert plain_type(Annotated[Annotated[str, "a"], "b"]) is str
    assert plain_type(list[int]) == list[int]
