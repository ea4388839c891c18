"""Texts to types: a grammar for each."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.conversion import Unconvertible, convert, holds_secret, type_name
from demijohn.foundation.masking import Secret


class Colour(enum.Enum):
    """A choice of texts."""

    RED = "red"


class Level(enum.IntEnum):
    """A choice of numbers."""

    HIGH = 2


@dataclass
class Point:
    """A table with a path and a secret in it."""

    x: int
    file: Path = Path()
    password: Secret | None = None


Port = NewType("Port", int)
Small = Annotated[int, msgspec.Meta(ge=0, le=9)]


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        *[(text, bool, True) for text in ("1", "true", "TRUE", "yes", "On", " true ", True)],
        *[(text, bool, False) for text in ("0", "false", "no", "off", False)],
        ("42", int, 42),
        (" -1_000 ", int, -1000),
        (8000, int, 8000),
        ("0.5", float, 0.5),
        ("1e3", float, 1000.0),
        (2, float, 2.0),
        ("0.10", Decimal, Decimal("0.10")),
        (0.1, Decimal, Decimal("0.1")),
        ("90", timedelta, timedelta(seconds=90)),
        (1.5, timedelta, timedelta(seconds=1.5)),
        ("14d", timedelta, timedelta(days=14)),
        ("1h30m", timedelta, timedelta(minutes=90)),
        ("1 h 30 m", timedelta, timedelta(minutes=90)),
        ("250ms", timedelta, timedelta(milliseconds=250)),
        ("2w", timedelta, timedelta(weeks=2)),
        (timedelta(1), timedelta, timedelta(1)),
        ("", str, ""),
        ("null", str | None, "null"),
        ("", str | None, None),
        ("", int | None, None),
        ("5", int | None, 5),
        ("5", str | int, 5),
        ("x", str | int, "x"),
        ("data/x", Path, Path("data/x")),
        (Path("x"), Path, Path("x")),
        ("s", Secret, Secret("s")),
        (Secret("s"), Secret | None, Secret("s")),
        ("a, b,,c ", list[str], ["a", "b", "c"]),
        ("", list[str], []),
        ('["a,b", "c"]', list[str], ["a,b", "c"]),
        ("1,2", tuple[int, ...], (1, 2)),
        ("1,x", tuple[int, str], (1, "x")),
        ("a,b", Sequence[str], ("a", "b")),
        ("1,1", set[int], {1}),
        ("a", frozenset[str], frozenset("a")),
        (["1h", 5], tuple[timedelta, ...], (timedelta(hours=1), timedelta(seconds=5))),
        ('{"a": "1h"}', dict[str, timedelta], {"a": timedelta(hours=1)}),
        ({"a": 1}, Mapping[str, int], {"a": 1}),
        ("red", Colour, Colour.RED),
        ("2", Level, Level.HIGH),
        (Colour.RED, Colour, Colour.RED),
        ("lax", Literal["lax", "strict"], "lax"),
        ("2", Literal[1, 2], 2),
        ("2024-02-29", date, date(2024, 2, 29)),
        ("2024-02-29T01:02:03", datetime, datetime(2024, 2, 29, 1, 2, 3)),  # noqa: DTZ001
        (date(2024, 2, 29), date, date(2024, 2, 29)),
        ("00000000-0000-0000-0000-000000000001", uuid.UUID, uuid.UUID(int=1)),
        ("80", Port, 80),
        ("9", Small, 9),
        ({"x": 1, "file": "f", "password": "p"}, Point, Point(1, Path("f"), Secret("p"))),
        ('{"x": 1}', Point, Point(1)),
        (len, Callable[[str], int], len),
        ("anything", Any, "anything"),
    ],
)
def test_values(value: Any, annotation: Any, expected: Any) -> None:
    """Texts as in the environment and values as in TOML or code become the declared type."""
    result = convert(value, annotation)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        *[(value, bool) for value in ("", "2", "maybe", 1, 0, None)],
        *[(value, int) for value in ("", "4.0", "1e3", "null", "0x1", "٣", "1__0", True, 1.0, None, "9" * 5000)],
        *[(value, float) for value in ("nan", "inf", "-Infinity", "1e9999", "", "1,5", True, float("nan"))],
        *[(value, timedelta) for value in ("soon", "14 days", "P14D", "-", True, "1e300", "9" * 99 + "d", "nan")],
        (5, str),
        (True, str),
        ("", Path),
        ("a\0b", Path),
        (5, Secret),
        ("x", int | None),
        ("x", int | bool),
        ("1,x", list[int]),
        ('["a"', list[str]),
        (5, list[str]),
        ({"a": 1}, list[str]),
        ("1", tuple[int, str]),
        ("[[1]]", set[Any]),
        ("a", dict[str, str]),
        ("[1]", dict[str, str]),
        ("blue", Colour),
        ("3", Level),
        ("loose", Literal["lax"]),
        ("5", datetime),
        ("2024-02-30", date),
        (datetime(2024, 1, 1), date),  # noqa: DTZ001
        ("10", Small),
        ('{"x": "a"}', Point),
        ("[" * 100_000, list[Any]),
        ("text", Callable[[], None]),
        ("text", type[Point]),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_bad_values(value: Any, annotation: Any) -> None:
    """What a person would not read as that type is refused, with a hint that is a sentence."""
    with pytest.raises(Unconvertible) as caught:
        convert(value, annotation)
    assert str(caught.value).endswith((".", ").")), str(caught.value)


@given(
    st.text(),
    st.sampled_from([bool, int, float, timedelta, list[int], dict[str, int], Point, Colour, date, Path]),
)
def test_any_text_converts_or_is_refused(text: str, annotation: Any) -> None:
    """No text makes another exception."""
    with suppress(Unconvertible):
        convert(text, annotation)


def test_secrets_are_found_in_types() -> None:
    """Wherever a Secret stands in a type, values are not shown."""
    assert holds_secret(Secret)
    assert holds_secret(Secret | None)
    assert holds_secret(dict[str, tuple[Secret, ...]])
    assert not holds_secret(dict[str, str])


def test_types_are_written_as_people_write_them() -> None:
    """Without the modules."""
    assert type_name(int) == "int"
    assert type_name(Secret | None) == "Secret | None"
    assert type_name(list[timedelta]) == "list[timedelta]"
    assert type_name(Sequence[Path]) == "Sequence[Path]"
