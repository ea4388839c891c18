"""The grammar of values that come as text, in paths, queries, headers, cookies and forms.

msgspec reads such text more kindly than a web server should: "4.0" is an int, "nan" a float, "null" an optional
number. Each type's grammar stands in front of it. `quick` recognises the plain spellings that msgspec reads as we do,
at the price of one C call; `read` is the whole truth, and is only asked when `quick` says no or msgspec does.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import re
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Protocol

import msgspec

from .schema import name_of, without_none
from .wording import in_plain_words

_INT = re.compile(r"[+-]?[0-9]{1,19}").fullmatch
_PATH_INT = re.compile(r"-?[0-9]{1,19}").fullmatch
_FLOAT = re.compile(r"-?[0-9]{1,400}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,3})?").fullmatch
_DECIMAL = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?").fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
).fullmatch
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?").fullmatch
_BOOLS = {
    "true": True, "1": True, "on": True, "yes": True, "y": True, "t": True,
    "false": False, "0": False, "off": False, "no": False, "n": False, "f": False,
}  # fmt: skip

_QUICK: dict[Any, Callable[[str], Any]] = {
    int: str.isdigit,
    float: str.isdigit,
    bool: {"true", "false", "1", "0"}.__contains__,
    decimal.Decimal: _DECIMAL,
    datetime.date: _DATE,
}


# The types that have a spelling here: nobody may give them another.
SPELT = frozenset({
    str, int, float, bool, bytes, decimal.Decimal, uuid.UUID, datetime.date, datetime.datetime, datetime.time,
    datetime.timedelta, list, set, frozenset, tuple, dict,
})  # fmt: skip


class Reader(Protocol):
    """What reads a type of a user's own."""

    def read(self, text: str) -> Any:
        """The value of a text; ValueError says what was expected."""


def plain_type(annotation: Any) -> Any:
    """A type without its bounds and without `| None`."""
    bare, _ = without_none(annotation)
    while typing.get_origin(bare) is Annotated:
        bare, _ = without_none(typing.get_args(bare)[0])
    return bare


def is_box(annotation: Any) -> bool:
    """Whether a type is a `bool` that is always there, which a form sends if its box is ticked, and else not at all.

    `Annotated[bool, UNSET]` is none: it may be left out.
    """
    while typing.get_origin(annotation) is Annotated:
        annotation, *told = typing.get_args(annotation)
        if any(one is msgspec.UNSET for one in told):
            return False
    return annotation is bool


def quick(annotation: Any) -> Callable[[str], Any] | None:
    """A C function that says yes to spellings msgspec may read on its own; None if it may read any."""
    bare = plain_type(annotation)
    if bare is str or bare is Any:
        return None
    if typing.get_origin(bare) is Literal:
        return None if all(isinstance(value, str) for value in typing.get_args(bare)) else _never
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return None if all(isinstance(member.value, str) for member in bare) else _never
    return _QUICK.get(bare, _never)


def _never(_: str) -> bool:
    return False


def bounded(annotation: Any) -> Any:
    """The type for msgspec: integers of the wire fit in 64 bits, as database columns do; own bounds win."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.Union[tuple(bounded(part) for part in typing.get_args(annotation))]  # noqa: UP007
    if plain_type(annotation) is int:
        missing = _missing_bounds(annotation)
        return Annotated[annotation, msgspec.Meta(**missing)] if missing else annotation
    return annotation


def _missing_bounds(annotation: Any) -> dict[str, Any]:
    metas = typing.get_args(annotation)[1:] if typing.get_origin(annotation) is Annotated else ()
    own = [meta for meta in metas if isinstance(meta, msgspec.Meta)]
    missing = {} if any(meta.ge is not None or meta.gt is not None for meta in own) else {"ge": -(2**63)}
    return missing if any(meta.le is not None or meta.lt is not None for meta in own) else {**missing, "le": 2**63 - 1}


def read(
    text: str, annotation: Any, *, in_path: bool = False, converters: Mapping[type, Reader] = MappingProxyType({})
) -> Any:  # fmt: skip
    """The value of a text; ValueError says what was expected.

    `in_path` refuses a plus sign before integers; `converters` read types of a user's own. An empty text is None for an
    optional type other than `str`: that is how forms send what was left out.
    """
    bare, optional = without_none(annotation)
    if optional and text == "" and plain_type(bare) is not str:
        return None
    return convert(_parse(text, plain_type(bare), in_path, converters), annotation)


def convert(value: Any, annotation: Any) -> Any:
    """A value checked against a type and its bounds; ValueError with msgspec's reason."""
    try:
        return msgspec.convert(value, bounded(annotation))
    except msgspec.ValidationError as error:
        raise ValueError(in_plain_words(str(error).partition(" - at ")[0])) from None


def _parse(text: str, bare: Any, in_path: bool, converters: Mapping[type, Reader]) -> Any:
    if converters and bare in converters:
        return converters[bare].read(text)
    if bare is str or bare is Any:
        return text
    if bare is int:
        return _number(text, _PATH_INT if in_path else _INT, int, "a whole number")
    if bare is float:
        return _number(text, _FLOAT, float, "a number")
    if bare is decimal.Decimal:
        return _number(text, _DECIMAL, decimal.Decimal, "a decimal number")
    if bare is bool:
        if text.lower() not in _BOOLS:
            raise ValueError("Expected true or false")
        return _BOOLS[text.lower()]
    return _parse_other(text, bare, in_path, converters)


def _parse_other(text: str, bare: Any, in_path: bool, converters: Mapping[type, Reader]) -> Any:
    if bare is datetime.datetime and not _DATETIME(text):
        raise ValueError("Expected a date and time, such as 2026-05-31T14:30:00Z")
    if bare is datetime.datetime:
        # RFC 3339 wants seconds; <input type="datetime-local"> leaves them out.
        return re.sub(r"([Tt ][0-9]{2}:[0-9]{2})(?!:|[0-9])", r"\1:00", text, count=1)
    if bare is datetime.date and not _DATE(text):
        raise ValueError("Expected a date, such as 2026-05-31")
    if bare is datetime.time:
        if not _TIME(text):
            raise ValueError("Expected a time, such as 14:30")
        return text + ":00" if len(text) == 5 else text
    if bare is uuid.UUID and len(text) not in (32, 36):
        raise ValueError("Expected a UUID")
    if typing.get_origin(bare) is Literal:
        return _choice(text, list(typing.get_args(bare)))
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return _choice(text, [member.value for member in bare])
    if typing.get_origin(bare) in (typing.Union, types.UnionType):
        return _any_of(text, typing.get_args(bare), in_path, converters)
    if bare is bytes:
        return text.encode()
    return text


def _number(text: str, grammar: Callable[[str], Any], make: Callable[[str], Any], what: str) -> Any:
    if not grammar(text):
        raise ValueError(f"Expected {what}")
    value = make(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"Expected {what} that fits")
    return value


def _choice(text: str, values: list[Any]) -> Any:
    for value in values:
        if text == (value if isinstance(value, str) else str(value)):
            return value
    raise ValueError(f"Expected one of {', '.join(str(value) for value in values[:20])}")


def _any_of(text: str, choices: tuple[Any, ...], in_path: bool, converters: Mapping[type, Reader]) -> Any:
    for choice in sorted(choices, key=lambda kind: plain_type(kind) is str):
        try:
            return _parse(text, plain_type(choice), in_path, converters)
        except ValueError:
            continue
    raise ValueError(f"Expected one of {', '.join(name_of(choice) for choice in choices)}")
