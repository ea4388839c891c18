"""Numbers as people read them; in English."""

from __future__ import annotations

from collections.abc import Sized
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, Final

from jinja2.filters import do_int

_MOST_DIGITS: Final = 200
"""Numbers of more digits, before the point or after it, are shown as they are: "1e999999999" has a billion."""

_INFINITE: Final = Decimal("Infinity")
_EXACT: Final = Context(prec=2 * _MOST_DIGITS + 1)

_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LARGE: Final = ((10**15, "quadrillion"), (10**12, "trillion"), (10**9, "billion"), (10**6, "million"))


def intcomma(value: Any) -> str:
    """A number with commas at its thousands; anything else as it is.

    >>> intcomma(1234567), intcomma(1234.5), intcomma("n/a")
    ('1,234,567', '1,234.5', 'n/a')
    """
    number = _number(value)
    if number is None or not number.is_finite():
        return _as_it_is(value)
    return f"{number:,f}" if isinstance(value, float | str) else f"{value:,}"


def intword(value: Any) -> str:
    """A large number in words: "1.2 million"; a smaller one with commas.

    >>> intword(1_200_000), intword(3_000_000_000), intword(999)
    ('1.2 million', '3 billion', '999')
    """
    number = _number(value)
    if number is None or not number.is_finite():
        return _as_it_is(value)
    for size, word in _LARGE:
        if abs(number) >= size:
            return f"{floatformat(number / size)} {word}"
    return intcomma(value)


def floatformat(value: Any, places: int = -1) -> str:
    """A number rounded half up to `places`; a negative count shows them only if there is something to show.

    >>> floatformat(34.23234), floatformat(34.0), floatformat(34.0, 2), floatformat(34.26, -3)
    ('34.2', '34', '34.00', '34.260')
    """
    number = _number(value)
    if number is None or not number.is_finite():
        return "" if number is None else _as_it_is(value)
    rounded = number.quantize(Decimal(1).scaleb(-min(abs(places), _MOST_DIGITS)), ROUND_HALF_UP, _EXACT)
    if places < 0 and rounded == number.to_integral_value():
        return f"{number:.0f}"
    return f"{rounded:f}"


def ordinal(value: Any) -> str:
    """1st, 2nd, 3rd, 4th.

    >>> ordinal(1), ordinal(12), ordinal(103)
    ('1st', '12th', '103rd')
    """
    if not isinstance(value, int) or _is_long(value):
        return _as_it_is(value)
    last = abs(value) % 100
    return f"{value}{'th' if 11 <= last <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(last % 10, 'th')}"


def apnumber(value: Any) -> str:
    """Numbers up to nine as words.

    >>> apnumber(3), apnumber(10)
    ('three', '10')
    """
    return _WORDS[value - 1] if isinstance(value, int) and 1 <= value <= len(_WORDS) else _as_it_is(value)


def pluralize(value: Any, endings: str = "s") -> str:
    """The ending of a word for a number of things: `{{ n }} vote{{ n|pluralize }}`, `berr{{ n|pluralize("y,ies") }}`.

    `value` is a number, or something whose length counts.

    >>> pluralize(1), pluralize(2), pluralize([1]), pluralize(0, "y,ies")
    ('', 's', '', 'ies')
    """
    one, _, many = endings.rpartition(",")
    number: Any = len(value) if isinstance(value, Sized) and not isinstance(value, str) else value
    try:
        return one if float(number) == 1 else many
    except OverflowError:  # more than a float holds
        return many
    except (TypeError, ValueError):
        return ""


def yesno(value: Any, words: str = "yes,no,maybe") -> str:
    """A word for true, for false, and for `None`; without a third word `None` is false.

    >>> yesno(True), yesno(0), yesno(None), yesno(None, "on,off")
    ('yes', 'no', 'maybe', 'off')
    """
    yes, no, *other = words.split(",")
    return other[0] if value is None and other else yes if value else no


def whole(value: Any, default: Any = 0, base: int = 10) -> Any:
    """Jinja's `int`, but that what is infinite, or a decimal that Python would take minutes to write out, is no number.

    >>> whole("42"), whole(Decimal("1E+1000000"), -1)
    (42, -1)
    """
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() > _MOST_DIGITS:
        return default
    try:
        return do_int(value, default, base)
    except OverflowError:
        return default


def _number(value: Any) -> Decimal | None:
    """A value as a number, None for what is none; one that has too many digits to show is taken for infinite."""
    if isinstance(value, bool) or value is None:
        return None
    if _is_long(value):
        return _INFINITE
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return _INFINITE if _is_long(number) else number


def _is_long(value: Any) -> bool:
    """Whether a number has more digits than are shown: told without writing them."""
    if isinstance(value, int):
        return value.bit_length() > 3 * _MOST_DIGITS
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return isinstance(exponent, int) and (value.adjusted() > _MOST_DIGITS or exponent < -_MOST_DIGITS)
    return isinstance(value, str) and len(value) > _MOST_DIGITS


def _as_it_is(value: Any) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits, as that takes long.
        return hex(value)
