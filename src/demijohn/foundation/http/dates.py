"""Dates as HTTP writes them (RFC 9110, section 5.6.7), without the `email` package: it is slow to import."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)}
_EPOCH_DAY = date(1970, 1, 1).toordinal()

_SHORT = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = "(?P<month>[A-Z][a-z]{2})"
_TIME = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS = tuple(
    re.compile(form).fullmatch
    for form in (
        rf"{_SHORT}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",  # IMF-fixdate
        rf"{_LONG}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",  # RFC 850
        rf"{_SHORT} {_MONTH} (?P<day>[0-9 ][0-9]) {_TIME} (?P<year>[0-9]{{4}})",  # asctime
    )
)


def http_date(moment: datetime | float) -> str:
    """A moment as HTTP writes it; a number is seconds since 1970, a datetime without time zone counts as UTC.

    Raises ValueError for what has no four-digit year.

    >>> http_date(784111777)
    'Sun, 06 Nov 1994 08:49:37 GMT'
    """
    if isinstance(moment, datetime):
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    try:
        parts = time.gmtime(moment)
        if not 1 <= parts.tm_year <= 9999:
            raise ValueError
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{moment!r} is no moment that an HTTP date can say: its year has not four digits.") from None
    weekday, month = _DAYS[parts.tm_wday], _MONTHS[parts.tm_mon - 1]
    clock = f"{parts.tm_hour:02}:{parts.tm_min:02}:{parts.tm_sec:02}"
    return f"{weekday}, {parts.tm_mday:02} {month} {parts.tm_year:04} {clock} GMT"


def parse_http_date(text: str) -> int | None:
    """Seconds since 1970 of a date in one of the three forms of HTTP; None for anything else.

    The name of the weekday is not compared with the date. Two-digit years that would lie more than 50 years
    ahead are of the century before, as the RFC has it.

    >>> parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")
    784111777
    >>> parse_http_date("yesterday") is None
    True
    """
    for form in _FORMS:
        match = form(text)
        if match:
            break
    else:
        return None
    year, day = int(match["year"]), int(match["day"])
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if len(match["year"]) == 2:
        year = _full_year(year)
    if hour > 23 or minute > 59 or second > 60:  # 60 is a leap second
        return None
    try:
        days = date(year, _MONTH_NUMBERS[match["month"]], day).toordinal() - _EPOCH_DAY
    except (KeyError, ValueError):
        return None
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _full_year(short: int) -> int:
    this_year = time.gmtime().tm_year
    year = this_year - this_year % 100 + short
    return year - 100 if year > this_year + 50 else year
