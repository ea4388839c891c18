"""The everyday filters that Jinja has not: dates, numbers for people, text. Names are Django's where it has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from . import dates, numbers, text
from .markdown import markdown

FILTERS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            *(dates.date, dates.time, dates.timesince, dates.timeuntil, dates.naturalday, dates.naturaltime),
            *(numbers.apnumber, numbers.floatformat, numbers.intcomma, numbers.intword, numbers.ordinal),
            *(numbers.pluralize, numbers.yesno, text.linebreaks, text.linebreaksbr, text.slugify),
            *(text.truncate, text.truncatechars, text.truncatewords, markdown),
        )
    }
    | {"int": numbers.whole}
)
"""By name. What an app registers under one of these names is taken instead."""
