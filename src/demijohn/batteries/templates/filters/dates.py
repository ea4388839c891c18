"""Dates and times as people read them; in English, and in the time zone that the value has."""

from __future__ import annotations

import datetime as dt
from calendar import day_abbr, day_name, isleap, month_abbr, month_name, monthrange
from collections.abc import Callable
from typing import Any, Final

_AP_MONTHS: Final = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
_NAMED: Final = {
    "DATE_FORMAT": "N j, Y",
    "DATETIME_FORMAT": "N j, Y, P",
    "TIME_FORMAT": "P",
    "SHORT_DATE_FORMAT": "m/d/Y",
    "SHORT_DATETIME_FORMAT": "m/d/Y P",
    "YEAR_MONTH_FORMAT": "F Y",
    "MONTH_DAY_FORMAT": "F j",
}


def date(value: Any, format: str = "N j, Y") -> str:
    """A date by Django's letters, `{{ post.created|date("j F Y") }}`, or by those of `strftime`, `"%d.%m.%Y"`.

    Nothing for `None`, as for what is no date. A backslash keeps a letter as it is.

    >>> date(dt.date(2026, 3, 1)), date(dt.date(2026, 3, 1), "l, jS \\\\o\\\\f F")
    ('March 1, 2026', 'Sunday, 1st of March')
    """
    return _format(value, format) if isinstance(value, dt.date) else ""


def time(value: Any, format: str = "P") -> str:
    """A time of day, as `date`.

    >>> time(dt.time(15, 30)), time(dt.time(15, 30), "H:i")
    ('3:30 p.m.', '15:30')
    """
    return _format(value, format) if isinstance(value, dt.time | dt.datetime) else ""


def timesince(value: Any, now: dt.datetime | None = None) -> str:
    """How long ago, in its two largest units: "2 weeks, 1 day"; "0 minutes" for what is to come.

    A date counts from its midnight; a time without zone is compared with the local clock.

    >>> timesince(dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 16, 3))
    '2 weeks, 1 day'
    """
    moment, now = _comparable(value, now)
    return "" if moment is None else _between(moment, now)


def timeuntil(value: Any, now: dt.datetime | None = None) -> str:
    """How long until then, as `timesince`."""
    moment, now = _comparable(value, now)
    return "" if moment is None else _between(now, moment)


def naturalday(value: Any, format: str = "N j, Y") -> str:
    """ "today", "yesterday", "tomorrow", or the date."""
    if not isinstance(value, dt.date):
        return ""
    zone = value.tzinfo if isinstance(value, dt.datetime) else None
    day = value.date() if isinstance(value, dt.datetime) else value
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return near.get((day - dt.datetime.now(zone).date()).days) or _format(value, format)


def naturaltime(value: Any, now: dt.datetime | None = None) -> str:
    """ "now", "3 minutes ago", "2 days, 1 hour from now".

    >>> naturaltime(dt.datetime(2026, 1, 1, 12), dt.datetime(2026, 1, 1, 12, 3))
    '3 minutes ago'
    """
    moment, now = _comparable(value, now)
    if moment is None:
        return ""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < 60:
        words = "now" if abs(seconds) < 1 else f"{abs(seconds)} second{'s' * (abs(seconds) != 1)}"
    else:
        words = _between(moment, now) if seconds > 0 else _between(now, moment)
    return words if words == "now" else f"{words} {'ago' if seconds > 0 else 'from now'}"


def _comparable(value: Any, now: dt.datetime | None) -> tuple[dt.datetime | None, dt.datetime]:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if not isinstance(value, dt.datetime):
        return None, dt.datetime.now(dt.UTC)
    return value, now or dt.datetime.now(value.tzinfo)


def _between(start: dt.datetime, end: dt.datetime) -> str:
    """The two largest neighbouring units; months and years by the calendar."""
    if end <= start:
        return "0 minutes"
    months = (end.year - start.year) * 12 + end.month - start.month
    if _after_months(start, months) > end:
        months -= 1
    rest = end - _after_months(start, months)
    years, months = divmod(months, 12)
    weeks, days = divmod(rest.days, 7)
    hours, minutes = divmod(rest.seconds // 60, 60)
    counts = (years, months, weeks, days, hours, minutes)
    units = ("year", "month", "week", "day", "hour", "minute")
    first = next((place for place, count in enumerate(counts) if count), None)
    if first is None:
        return "0 minutes"
    shown = [(counts[place], units[place]) for place in range(first, min(first + 2, len(units))) if counts[place]]
    return ", ".join(f"{count} {unit}{'s' * (count != 1)}" for count, unit in shown)


def _after_months(start: dt.datetime, months: int) -> dt.datetime:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


# Formats ------------------------------------------------------------------------------------------


def _format(value: Any, format: str) -> str:
    written = _NAMED.get(format, format)
    if "%" in written:
        return str(value.strftime(written))
    parts, letters = [], iter(written)
    for letter in letters:
        if letter == "\\":
            parts.append(next(letters, "\\"))
        else:
            made = _LETTERS.get(letter)
            parts.append(letter if made is None else str(made(value)))
    return "".join(parts)


def _hour12(value: Any) -> int:
    return int(value.hour % 12 or 12)


def _am_pm(value: Any) -> str:
    return "a.m." if value.hour < 12 else "p.m."


def _short_time(value: Any) -> str:
    if value.minute == 0 and value.hour in {0, 12}:
        return "midnight" if value.hour == 0 else "noon"
    return f"{_hour12(value)}{f':{value.minute:02}' if value.minute else ''} {_am_pm(value)}"


def _offset(value: Any) -> str:
    return str(value.strftime("%z"))


def _suffix(value: Any) -> str:
    day = value.day
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


_LETTERS: Final[dict[str, Callable[[Any], Any]]] = {
    # the day
    "d": lambda value: f"{value.day:02}",
    "j": lambda value: value.day,
    "D": lambda value: day_abbr[value.weekday()],
    "l": lambda value: day_name[value.weekday()],
    "S": _suffix,
    "w": lambda value: value.isoweekday() % 7,
    "z": lambda value: value.timetuple().tm_yday,
    # the week, the month, the year
    "W": lambda value: value.isocalendar().week,
    "m": lambda value: f"{value.month:02}",
    "n": lambda value: value.month,
    "M": lambda value: month_abbr[value.month],
    "b": lambda value: month_abbr[value.month].lower(),
    "F": lambda value: month_name[value.month],
    "N": lambda value: _AP_MONTHS[value.month - 1],
    "t": lambda value: monthrange(value.year, value.month)[1],
    "y": lambda value: f"{value.year % 100:02}",
    "Y": lambda value: f"{value.year:04}",
    "L": lambda value: isleap(value.year),
    "o": lambda value: value.isocalendar().year,
    # the time
    "g": _hour12,
    "G": lambda value: value.hour,
    "h": lambda value: f"{_hour12(value):02}",
    "H": lambda value: f"{value.hour:02}",
    "i": lambda value: f"{value.minute:02}",
    "s": lambda value: f"{value.second:02}",
    "u": lambda value: f"{value.microsecond:06}",
    "a": _am_pm,
    "A": lambda value: _am_pm(value).replace(".", "").upper(),
    "f": lambda value: f"{_hour12(value)}{f':{value.minute:02}' if value.minute else ''}",
    "P": _short_time,
    # the zone, and whole moments
    "e": lambda value: value.tzname() or "",
    "T": lambda value: value.tzname() or "",
    "O": _offset,
    "c": lambda value: value.isoformat(),
    "U": lambda value: int(value.timestamp()),
}
