"""Values as browsers write them in their inputs."""

from __future__ import annotations

import datetime
import decimal
import enum
from typing import Any


def text_of(value: Any, kind: Any = str) -> str:
    """The text that an input shows for a value: numbers without exponent, times to the minute where they are.

    >>> text_of(datetime.datetime(2026, 5, 31, 14, 30)), text_of(decimal.Decimal("1E+3"))
    ('2026-05-31T14:30', '1000')
    """
    if value is None:
        return ""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        naive = value if value.tzinfo is None else value.astimezone(datetime.UTC).replace(tzinfo=None)
        return naive.isoformat(timespec=_precision(naive))
    if isinstance(value, datetime.time):
        return value.isoformat(timespec=_precision(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return str(value)


def _precision(value: datetime.datetime | datetime.time) -> str:
    if value.microsecond:
        return "auto"
    return "seconds" if value.second else "minutes"
