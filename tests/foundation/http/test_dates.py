"""HTTP dates: written in one form, read in three, and never an exception for what a client sends."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.http.dates import http_date, parse_http_date

LAST = 253_402_300_799  # the last second of the year 9999


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994",
    ],
)
def test_the_three_forms_are_read(text: str) -> None:
    """The examples of RFC 9110."""
    assert parse_http_date(text) == 784111777


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "0",
        "Mon, 28 May 999999999999 28:25:26 GMT",
        "Mon, 30 Feb 2026 00:00:00 GMT",
        "Mon, 01 Foo 2026 00:00:00 GMT",
        "Mon, 01 Jan 0000 00:00:00 GMT",
        "Mon, 01 Jan 2026 24:00:00 GMT",
        "Mon, 01 Jan 2026 00:60:00 GMT",
        "Mon, 01 Jan 2026 00:00:61 GMT",
        "Mon, 01 Jan 2026 00:00:00 +0100",
        "Mon, 01 Jan 2026 00:00:00 GMT\n",
        "mon, 01 jan 2026 00:00:00 gmt",
        "Mon, ０1 Jan 2026 00:00:00 GMT",  # noqa: RUF001
        "Sun Nov    08:49:37 1994",
        "2026-01-01T00:00:00Z",
        "Mon, 01 Jan 2026 00:00:00 GMT; length=3",
    ],
)
def test_anything_odd_is_none(text: str) -> None:
    """B031: dates that crashed other servers, and dates that are none."""
    assert parse_http_date(text) is None


def test_the_epoch_is_a_date() -> None:
    """B031: zero, which is not None."""
    assert parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_two_digit_years_are_of_the_near_century() -> None:
    """More than fifty years ahead means the past."""
    now = datetime.now(UTC).year
    for ahead, expected in ((50, now + 50), (51, now - 49), (0, now)):
        text = f"Monday, 01-Jan-{(now + ahead) % 100:02} 00:00:00 GMT"
        assert parse_http_date(text) == int(datetime(expected, 1, 1, tzinfo=UTC).timestamp())


def test_a_leap_second_is_accepted() -> None:
    """The grammar has it."""
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == 1483228800


def test_datetimes_are_written_in_gmt() -> None:
    """Whatever their zone; without one they count as UTC."""
    moment = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    expected = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert http_date(moment) == expected
    assert http_date(moment.astimezone(timezone(timedelta(hours=5)))) == expected
    assert http_date(moment.replace(tzinfo=None)) == expected
    assert http_date(784111777.9) == expected


@pytest.mark.parametrize("moment", [LAST + 1, -62_135_596_801, 1e300, float("inf"), float("nan")])
def test_moments_out_of_range_are_told(moment: float) -> None:
    """A ValueError that says why."""
    with pytest.raises(ValueError, match="no moment that an HTTP date can say"):
        http_date(moment)


@given(st.integers(-62_135_596_800, LAST))
def test_what_is_written_is_read_again(seconds: int) -> None:
    """For every second that has a four-digit year."""
    assert parse_http_date(http_date(seconds)) == seconds


@given(st.integers(0, LAST))
def test_it_writes_what_the_standard_library_writes(seconds: int) -> None:
    """`email.utils` is the reference."""
    assert http_date(seconds) == email.utils.formatdate(seconds, usegmt=True)


@given(st.one_of(st.text(), st.text("SunModay, 0123456789:NvGT-", max_size=40)))
def test_any_text_gives_a_number_or_none(text: str) -> None:
    """Never an exception."""
    assert isinstance(parse_http_date(text), int | None)
