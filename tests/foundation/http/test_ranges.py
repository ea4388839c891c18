"""Byte ranges: what is asked for, what is ignored, and what cannot be had."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.ranges import parse_ranges


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-9", [(0, 10)]),
        ("bytes=0-99", [(0, 10)]),
        ("bytes=3-", [(3, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-99", [(0, 10)]),
        ("bytes=007-007", [(7, 8)]),
        ("Bytes=0-0", [(0, 1)]),
        ("bytes= 0-0 ,\t5-5", [(0, 1), (5, 6)]),
        ("bytes=,,0-0,", [(0, 1)]),
        ("bytes=5-5,0-0", [(0, 1), (5, 6)]),
        ("bytes=0-0,99-", [(0, 1)]),
    ],
)
def test_ranges_are_read(header: str, expected: list[tuple[int, int]]) -> None:
    """B022: half-open, within the file, and in its order."""
    assert parse_ranges(header, 10) == expected


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=5-3",
        "bytes=abc",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=1 - 2",
        "bytes=0-1;2-3",
        "bytes =0-1",
        " bytes=0-1",
        "lines=0-1",
        "bytes=0-1,x",
        "bytes=0-1,5-3",
        "bytes=0-\n",
    ],
)
def test_what_is_malformed_does_not_count(header: str | None) -> None:
    """B023: the answer is the whole."""
    assert parse_ranges(header, 10) is None


@pytest.mark.parametrize(
    "header",
    ["bytes=０-９", "bytes=1_0-2", "bytes=+1-2", "bytes=0x1-2", "bytes=٣-٥", "bytes=²-", "bytes=1.0-2"],  # noqa: RUF001
)
def test_digits_are_ascii(header: str) -> None:
    """B028: what Python takes for a number is none here (CVE-2025-69225)."""
    assert parse_ranges(header, 10) is None


@pytest.mark.parametrize(
    "header",
    ["bytes=10-", "bytes=999-1000", "bytes=-0", "bytes=10-,11-,-0", f"bytes={'9' * 8000}-{'9' * 8000}"],
)
def test_what_lies_outside_cannot_be_had(header: str) -> None:
    """B024: the answer is 416."""
    assert parse_ranges(header, 10) == []


def test_an_empty_file_has_no_ranges() -> None:
    """Its last bytes are the whole, which is nothing."""
    assert parse_ranges("bytes=0-", 0) == []
    assert parse_ranges("bytes=-5", 0) is None
    assert parse_ranges("bytes=-0", 0) == []


def test_ranges_are_merged() -> None:
    """B026: none is sent twice (CVE-2025-62727, CVE-2024-26141)."""
    assert parse_ranges("bytes=" + ",".join(["0-"] * 16), 10) == [(0, 10)]
    assert parse_ranges("bytes=4-5,0-3,8-8,2-2", 10) == [(0, 6), (8, 9)]


@pytest.mark.parametrize("count", [17, 500, 1000, 2000])
def test_too_many_ranges_do_not_count(count: int) -> None:
    """B026: the answer is the whole."""
    assert parse_ranges("bytes=" + ",".join(["0-"] * count), 10) is None
    assert parse_ranges("bytes=" + ",".join(["0-"] * count), 10, max_ranges=count) == [(0, 10)]


SPECS = st.tuples(st.one_of(st.none(), st.integers(0, 30)), st.one_of(st.none(), st.integers(0, 30)))


@given(st.lists(SPECS, min_size=1, max_size=16), st.integers(1, 25))
def test_they_name_the_bytes_that_were_asked_for(specs: list[tuple[int | None, int | None]], size: int) -> None:
    """Each byte once, and no other."""
    texts, wanted, malformed = [], set(), False
    for first, last in specs:
        texts.append(f"{'' if first is None else first}-{'' if last is None else last}")
        if first is None:
            malformed |= last is None
            wanted |= set(range(max(0, size - (last or 0)), size))
        else:
            malformed |= last is not None and last < first
            wanted |= set(range(first, size if last is None else min(last + 1, size)))
    ranges = parse_ranges("bytes=" + ",".join(texts), size)
    if malformed:
        assert ranges is None
    else:
        assert ranges is not None
        named = [byte for start, stop in ranges for byte in range(start, stop)]
        assert named == sorted(wanted)
        assert all(stop < start for (_, stop), (start, _) in pairwise(ranges))


@given(st.one_of(st.text(), st.text("0123456789-, x", max_size=40).map("bytes=".__add__)), st.integers(0, 100))
def test_any_header_is_read_or_ignored(header: str, size: int) -> None:
    """Never an exception, never outside of the file."""
    for start, stop in parse_ranges(header, size) or []:
        assert 0 <= start < stop <= size
