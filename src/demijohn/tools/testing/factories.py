"""`make` and `Factory`: things for tests, with everything made up that a test does not care about.

What is made up passes the rules of its fields, is another one each time, and is the same in each run.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from ...batteries.stores import Field, Rules, checked_value, record_fields
from ...kernel.schema import is_mapped

T = TypeVar("T")

_NUMBERS: Final[defaultdict[type, Iterator[int]]] = defaultdict(lambda: itertools.count(1))
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


def make(model: type[T], /, **values: Any) -> T:
    """A new thing with these values, and whatever else is required made up: `make(Post, title="Hello")`.

    A model's relations that are required are made with it. It is not saved: `db.save(make(Post))` saves it, and what
    was made with it. Raises `TypeError` for a field whose rules are too narrow to be guessed: give that one.

    >>> from demijohn import Schema
    >>> class Point(Schema):
    ...     name: str
    ...     x: float
    >>> make(Point, x=1.5).x
    1.5
    """
    return _make(model, values, (model,))


class Factory(Generic[T]):
    """`make` with values that hold for all: `posts = Factory(Post, published=True)`, then `posts.make()`.

    A value that is a function is called with the number of the thing, one that is a factory makes one.

    >>> from demijohn import Schema
    >>> class Point(Schema):
    ...     name: str
    ...     x: float
    >>> points = Factory(Point, name=lambda number: f"P{number}", x=0)
    >>> [point.name for point in points.many(2)], points.make(name="Q").name
    (['P1', 'P2'], 'Q')
    """

    def __init__(self, model: type[T], /, **values: Any) -> None:
        self.model = model
        self.values = values
        self._numbers = itertools.count(1)

    def make(self, **values: Any) -> T:
        """One thing; `values` go before those of the factory."""
        number = next(self._numbers)
        given = {name: _called(value, number) for name, value in {**self.values, **values}.items()}
        return make(self.model, **given)

    def many(self, count: int, /, **values: Any) -> list[T]:
        """Several things."""
        return [self.make(**values) for _ in range(count)]


def _called(value: Any, number: int) -> Any:
    if isinstance(value, Factory):
        return value.make()
    is_function = callable(value) and not isinstance(value, type)
    return value(number) if is_function else value


def _make(model: type[T], values: dict[str, Any], path: tuple[type, ...]) -> T:
    number = next(_NUMBERS[model])
    made = dict(values)
    for field in _fields_of(model):
        columns = () if field.relation is None else field.relation.columns
        if not field.required or field.name in values or any(name in values for name in columns):
            continue
        if field.relation is None:
            made[field.name] = _value(model, field, number)
        elif field.relation.target in path:
            names = " -> ".join(one.__name__ for one in (*path, field.relation.target))
            raise TypeError(f"make({path[0].__name__}) would go on for ever: {names}. Give {field.name}=...")
        else:
            made[field.name] = _make(field.relation.target, {}, (*path, field.relation.target))
    return model(**made)


def _fields_of(model: type) -> list[Field]:
    if not is_mapped(model):
        return record_fields(model)
    from ...batteries.database import model_shape  # only those who use it have SQLAlchemy

    return list(model_shape(model))


def _value(model: type, field: Field, number: int) -> Any:
    """A value of a field, another one for each number; the first candidate that passes its rules."""
    reason = "its type is not known"
    for candidate in _candidates(field, number):
        try:
            return checked_value(field, candidate)
        except ValueError as error:
            reason = str(error)
    raise TypeError(
        f"make({model.__name__}) does not know a value for {field.name} ({reason}): "
        f"give one, make({model.__name__}, {field.name}=...)."
    )


def _candidates(field: Field, number: int) -> Iterator[Any]:
    if field.choices:
        yield field.choices[(number - 1) % len(field.choices)].value
    kind: Any = field.type
    if field.parse is not None:
        yield f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    elif kind is str:
        yield from _texts(field, number)
    elif kind in {int, float, Decimal}:
        yield from _numbers(field.rules, kind, number)
    elif kind in _MADE:
        yield _MADE[kind](number)
    elif field.private:
        yield f"secret {number}"
    elif kind is Any:
        yield {}
    elif isinstance(kind, type):
        yield kind()


_MADE: Final[dict[Any, Callable[[int], Any]]] = {
    bool: lambda _: False,
    date: lambda number: (_DAY + timedelta(days=number)).date(),
    datetime: lambda number: _DAY + timedelta(minutes=number),
    time: lambda number: time(number // 60 % 24, number % 60),
    timedelta: lambda number: timedelta(minutes=number),
    UUID: lambda number: UUID(int=number | 4 << 76 | 8 << 60),
    bytes: lambda number: str(number).encode(),
}


def _texts(field: Field, number: int) -> Iterator[str]:
    """What the format, or the name, says; then what passes the most usual patterns."""
    word = field.name.replace("_", "-")
    known = {
        "email": f"{word}{number}@example.org",
        "url": f"https://example.org/{word}/{number}",
        "slug": f"{word}-{number}",
    }
    yield from (text for name, text in known.items() if field.format == name)
    if not field.format:
        yield from (_fitted(text, field.rules, number) for name, text in known.items() if name in field.name)
    yield _fitted(f"{field.label} {number}", field.rules, number)
    if field.rules.pattern is None:
        return
    widths = range(1, (field.rules.max_length or 12) + 1)
    for letters, sep, width in itertools.product(("", "A", "AA", "AAA", "a", "aa", "aaa"), ("", "-", "_"), widths):
        yield f"{letters}{sep}{number:0{width}}"
    for width in widths:
        yield _letters(number, width)
        yield _letters(number, width).upper()


def _fitted(text: str, rules: Rules, number: int) -> str:
    """A text that is as long as it may be: what is cut is not the number."""
    if rules.min_length is not None and len(text) < rules.min_length:
        text = f"{text} " + "x" * (rules.min_length - len(text) - 1)
    if rules.max_length is not None and len(text) > rules.max_length:
        digits = str(number)[-rules.max_length :] if rules.max_length else ""
        text = text[: rules.max_length - len(digits)].rstrip() + digits
    return text


def _letters(number: int, width: int) -> str:
    """A number written in letters, `aab`."""
    found = ""
    for _ in range(width):
        number, digit = divmod(number, 26)
        found = chr(ord("a") + digit) + found
    return found


def _numbers(rules: Rules, kind: Any, number: int) -> Iterator[Any]:
    """Numbers within the bounds, over again where there are fewer than are asked for."""
    low = rules.ge if rules.ge is not None else rules.gt
    high = rules.le if rules.le is not None else rules.lt
    if low is None and high is None:
        yield kind(number)
    elif low is None:
        yield kind(high) - kind(number)
    elif high is None:
        yield kind(low) + kind(number)
    else:
        span = high - low
        yield kind(low) + kind(number % (int(span) + 1))
        yield kind(low) + kind(1 + number % max(1, int(span) - 1))
        yield kind(low) + (kind(span) / 2 if kind is not int else 0)
        yield kind(low)
