"""From the texts of the environment and the values of TOML to the types that settings are declared with.

Each plain type has a grammar of its own, because the lax mode of msgspec reads more than a person means:
`"4.0"`, `"1e3"` and `"null"` as numbers and None, `nan`, bare numbers as dates. Whatever has no grammar here
(enums, literals, dates, dataclasses) goes to `msgspec.convert`.
"""

from __future__ import annotations

import math
import re
import types
import typing
from collections import abc
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from demijohn.foundation.masking import Secret

_BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_INTEGER = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*", re.ASCII).fullmatch
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII).fullmatch
_SPAN = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?\s*(?:ms|[smhdw])\s*)+", re.ASCII).fullmatch
_SPAN_PARTS = re.compile(r"([0-9.]+)\s*(ms|[smhdw])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# Python refuses to read longer ones, to keep the time short.
_MAX_DIGITS = 4300

_LISTS: dict[object, type] = {
    list: list, abc.MutableSequence: list,
    tuple: tuple, abc.Sequence: tuple, abc.Collection: tuple, abc.Iterable: tuple,
    set: set, abc.MutableSet: set, frozenset: frozenset, abc.Set: frozenset,
}  # fmt: skip
_MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)


class Unconvertible(ValueError):
    """A value that is not of the type; its text says what to write, in the imperative."""


def convert(value: Any, annotation: Any) -> Any:
    """The value as the annotated type; `Unconvertible` says what would have been one.

    >>> convert("yes", bool), convert("1h30m", timedelta), convert("a, b", tuple[str, ...])
    (True, datetime.timedelta(seconds=5400), ('a', 'b'))
    """
    # NewType and `type X = ...` stand for another type.
    annotation = getattr(annotation, "__supertype__", getattr(annotation, "__value__", annotation))
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any or annotation is object:
        return value
    if origin is typing.Annotated:
        return _annotated(convert(value, arguments[0]), annotation)
    if origin is typing.Union or origin is types.UnionType:
        return _union(value, arguments)
    if annotation in _PLAIN:
        return _PLAIN[annotation](value)
    kind = origin or annotation
    if kind is tuple and arguments and arguments[-1] is not Ellipsis:
        return _fixed_tuple(value, arguments)
    if kind in _LISTS:
        return _list(value, _LISTS[kind], arguments)
    if kind in _MAPPINGS:
        return _mapping(value, arguments)
    return _other(value, annotation)


def holds_secret(annotation: Any) -> bool:
    """Whether a `Secret` is somewhere in a type."""
    return annotation is Secret or any(holds_secret(part) for part in typing.get_args(annotation))


def type_name(annotation: Any) -> str:
    """A type as one would write it: `int`, `str | None`."""
    plain = isinstance(annotation, type) and not typing.get_args(annotation)
    name = annotation.__name__ if plain else str(annotation)
    return re.sub(r"\b(?:typing|collections\.abc|datetime|pathlib|demijohn(?:\.\w+)*)\.", "", name)


def _annotated(value: Any, annotation: Any) -> Any:
    if not any(isinstance(note, msgspec.Meta) for note in annotation.__metadata__):
        return value
    return _by_msgspec(value, annotation)


def _union(value: Any, members: tuple[Any, ...]) -> Any:
    if type(None) in members and (value is None or value == ""):
        return None
    # Text fits `str` always: it comes last, so that the others have their chance.
    tried = sorted((member for member in members if member is not type(None)), key=lambda member: member is str)
    hints: list[str] = []
    for member in tried:
        try:
            return convert(value, member)
        except Unconvertible as error:
            hints.append(str(error))
    raise Unconvertible("; or ".join(hints))


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise Unconvertible("Write true or false (or 1/0, yes/no, on/off).")
    return found


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and _INTEGER(value.strip()):
        return int(value)
    raise Unconvertible("Write a whole number, such as 42.")


def _number(value: Any, kind: Callable[[Any], Any] = float) -> Any:
    if isinstance(value, str) and _NUMBER(value.strip()):
        value = kind(value.strip())
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        value = kind(str(value))
    else:
        raise Unconvertible("Write a number, such as 0.5.")
    if not math.isfinite(value):
        raise Unconvertible("Write a finite number, such as 0.5.")
    return value


def _decimal(value: Any) -> Any:
    return _number(value, Decimal)


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        if isinstance(value, str) and _SPAN(value.strip()):
            parts = _SPAN_PARTS.findall(value)
            return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
        return timedelta(seconds=_number(value))
    except (Unconvertible, OverflowError):
        raise Unconvertible('Write seconds, or numbers with units: 90, "15m", "1h30m", "14d" (ms s m h d w).') from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Unconvertible("Write a text, in quotes.")


def _secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(_text(value))


def _path(value: Any) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        raise Unconvertible("Write a path, such as data/shop.")
    return Path(value)


_PLAIN: dict[Any, Callable[[Any], Any]] = {
    bool: _boolean,
    int: _integer,
    float: _number,
    Decimal: _decimal,
    timedelta: _duration,
    str: _text,
    Secret: _secret,
    Path: _path,
}


def _list(value: Any, kind: type, arguments: tuple[Any, ...]) -> Any:
    of = arguments[0] if arguments else Any
    try:
        return kind(convert(item, of) for item in _items(value))
    except TypeError:  # a set of lists
        raise Unconvertible("Write a list of single values.") from None


def _fixed_tuple(value: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    items = list(_items(value))
    if len(items) != len(arguments):
        raise Unconvertible(f"Write {len(arguments)} values, with commas between them.")
    return tuple(convert(item, part) for item, part in zip(items, arguments, strict=True))


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        text = value.strip()
        if not text.startswith("["):
            return [part.strip() for part in text.split(",") if part.strip()]
        value = _json(text)
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise Unconvertible("Write a list: a, b, c or a JSON list.")
    return value


def _mapping(value: Any, arguments: tuple[Any, ...]) -> dict[Any, Any]:
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, abc.Mapping):
        raise Unconvertible('Write a table, or a JSON object: {"name": "value"}.')
    of_key, of_value = arguments or (Any, Any)
    return {convert(key, of_key): convert(item, of_value) for key, item in value.items()}


def _other(value: Any, annotation: Any) -> Any:
    try:
        # A datetime is a date to Python, and not to a person.
        if isinstance(value, annotation) and not (annotation is date and isinstance(value, datetime)):
            return value
    except TypeError:  # a Literal, a Callable, a Protocol, a TypedDict
        pass
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _json(value)
    try:
        return _by_msgspec(value, annotation)
    except Unconvertible:
        # Enums and literals of numbers, in text.
        if isinstance(value, str) and len(value) <= _MAX_DIGITS and _INTEGER(value):
            return _by_msgspec(int(value), annotation)
        raise


def _by_msgspec(value: Any, annotation: Any) -> Any:
    try:
        return msgspec.convert(value, annotation, dec_hook=_nested)
    except msgspec.ValidationError as error:
        raise Unconvertible(f"Mend it: {error}.") from None
    except (TypeError, NotImplementedError, RecursionError):
        # A type unknown to msgspec (a callable, a protocol): the object itself may still be given in code.
        if not isinstance(value, (str, int, float, list, dict, type(None))):
            return value
        raise Unconvertible("Set it in code: no text can stand for it.") from None


def _nested(kind: Any, value: Any) -> Any:
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    raise NotImplementedError


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unconvertible(f"Write correct JSON ({error}).") from None
