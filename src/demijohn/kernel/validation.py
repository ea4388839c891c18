"""All that is wrong with a body, at once.

msgspec stops at the first mistake, and that is its speed: a body that passes is decoded in one go. Only when it does
not pass is it walked again here, field by field, so that a visitor hears of every mistake in one answer.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from itertools import repeat
from types import MappingProxyType
from typing import Annotated, Any

import msgspec

from .field_checks import check_field, checks_in
from .grammar import bounded
from .schema import is_pydantic, is_schema, without_none
from .type_parts import info_of, parts_of
from .wording import in_plain_words

Problem = dict[str, str]

_NOTHING: Mapping[str, str] = MappingProxyType({})

STRETCH = 500  # items of a list

# As many digits as the first number has that does not fit in 64 bits, after all digits are made zeros.
_LONG_NUMBER = b"0" * 19
_SAMPLES = b"0" * 3  # at least so many digits of a long number are at every sixth place: a look at few bytes
_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def may_be_deep(annotation: Any) -> bool:
    """Whether JSON of a type may nest without end, as with `Any` and with a record that holds its own kind."""
    return _meets(annotation, lambda info: not hasattr(info, "cls") and type(info).__name__ == "AnyType", again=True)


def may_be_wide(annotation: Any) -> bool:
    """Whether JSON of a type has whole numbers that nothing else bounds: they are held to 64 bits."""

    def unbounded(info: Any) -> bool:
        if type(info).__name__ != "IntType":
            return False
        return (info.ge is None and info.gt is None) or (info.le is None and info.lt is None)

    return _meets(annotation, unbounded, again=False)


def _meets(annotation: Any, wanted: Callable[[Any], bool], *, again: bool) -> bool:
    """Whether a type has a part that is wanted; `again` is the answer for a record met inside of itself."""

    def meets(info: Any, outside: tuple[Any, ...]) -> bool:
        if type(info).__name__ == "CustomType" or wanted(info):
            return True
        kind = getattr(info, "cls", None)
        if kind is not None and kind in outside:
            return again
        inside = (*outside, kind)
        return any(meets(part, inside) for part in parts_of(info))

    try:
        return meets(info_of(annotation), ())
    except (TypeError, RecursionError):
        return True


def problems_of(value: Any, annotation: Any, at: str, limit: int = 100) -> list[Problem]:
    """Every mistake of a plain value against a type; empty if it passes."""
    found: list[Problem] = []
    _collect(value, annotation, at, found, limit)
    return found[:limit]


def _collect(value: Any, annotation: Any, at: str, found: list[Problem], limit: int) -> None:
    if len(found) >= limit:
        return
    before = len(found)
    bare, optional = without_none(annotation)
    if value is None and optional:
        return
    while typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    if is_schema(bare) and isinstance(value, dict) and not is_pydantic(bare):
        _collect_fields(value, bare, at, found, limit)
    elif typing.get_origin(bare) in (list, set, frozenset) and isinstance(value, list):
        _collect_items(value, typing.get_args(bare)[0], at, found, limit)
    elif typing.get_origin(bare) is tuple and isinstance(value, list):
        inner = typing.get_args(bare)
        for index, (item, kind) in enumerate(zip(value, repeat(inner[0]) if inner[-1] is ... else inner, strict=False)):
            _collect(item, kind, f"{at}.{index}", found, limit)
    elif typing.get_origin(bare) is dict and isinstance(value, dict):
        for key, item in value.items():
            _collect(item, typing.get_args(bare)[1], f"{at}.{key}", found, limit)
    if len(found) == before:
        _check_whole(value, annotation, at, found)


def _collect_items(value: list[Any], kind: Any, at: str, found: list[Problem], limit: int) -> None:
    """The mistakes in a list; stretches without one are passed over at the speed of msgspec."""
    stretch: Any = list[bounded(kind)]  # type: ignore[misc]
    for start in range(0, len(value), STRETCH):
        items = value[start : start + STRETCH]
        if len(value) > STRETCH and _passes(items, stretch):
            continue
        for index, item in enumerate(items, start):
            _collect(item, kind, f"{at}.{index}", found, limit)


def _passes(items: list[Any], annotation: Any) -> bool:
    try:
        msgspec.convert(items, annotation)
    except (msgspec.ValidationError, RecursionError):
        return False
    return not has_long_number(msgspec.json.encode(items))


def has_long_number(raw: bytes) -> bool:
    """Whether JSON has a number that may not fit in 64 bits; its strings do not count."""
    # Not by `in`: for bytes it asks first whether a number is meant, and raises an error inside for an answer.
    if raw[::6].translate(_DIGITS).find(_SAMPLES) < 0:
        return False
    if raw.translate(_DIGITS).find(_LONG_NUMBER) < 0:
        return False
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    return _LONG_NUMBER in b"".join(raw.split(b'"')[::2]).translate(_DIGITS)


def _collect_fields(value: dict[str, Any], schema: Any, at: str, found: list[Problem], limit: int) -> None:
    checks = checks_in(schema)
    for name, annotation, required in fields_of(schema):
        if name in value:
            before = len(found)
            _collect(value[name], annotation, f"{at}.{name}", found, limit)
            if name in checks and len(found) == before:
                check_field(msgspec.convert(value[name], annotation), checks[name], f"{at}.{name}", found)
        elif required:
            found.append({"where": f"{at}.{name}", "message": "This field is required."})
    if _forbids_unknown(schema):
        known = {name for name, _, _ in fields_of(schema)}
        refused = refused_by(schema)
        for name in value:
            if name not in known:
                found.append({"where": f"{at}.{name}", "message": refused.get(name, "There is no such field.")})


def refused_by(schema: Any) -> Mapping[str, str]:
    """What a record says of names that it refuses, beside those that it does not know: name to message."""
    return getattr(schema, "__refused__", _NOTHING)


def fields_of(schema: Any) -> list[tuple[str, Any, bool]]:
    """(name on the wire, type, required) of each field of a record type."""
    origin = typing.get_origin(schema) or schema
    hints = typing.get_type_hints(origin, include_extras=True)
    if origin is not schema:
        given = dict(zip(getattr(origin, "__parameters__", ()), typing.get_args(schema), strict=False))
        hints = {name: _filled(kind, given) for name, kind in hints.items()}
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return [
            (field.encode_name, field.type, field.required)  # with the parameters of a generic filled in
            for field in msgspec.structs.fields(schema)
        ]
    if dataclasses.is_dataclass(origin):
        none = dataclasses.MISSING
        return [
            (field.name, hints[field.name], field.default is none and field.default_factory is none)
            for field in dataclasses.fields(origin)
        ]
    if typing.is_typeddict(origin):
        return [(name, _without_required(hints[name]), name in origin.__required_keys__) for name in hints]
    attributes = getattr(origin, "__attrs_attrs__", ())
    return [
        (field.name, hints.get(field.name, Any), repr(field.default) == "NOTHING") for field in attributes if field.init
    ]


def _filled(kind: Any, given: Mapping[Any, Any]) -> Any:
    """A type with what was given for the parameters of the generic class that it stands in."""
    if isinstance(kind, typing.TypeVar):
        return given.get(kind, kind)
    parameters = getattr(kind, "__parameters__", ())
    return kind[tuple(given.get(each, each) for each in parameters)] if parameters else kind


def _without_required(annotation: Any) -> Any:
    """The type inside of `Required[...]` and `NotRequired[...]`."""
    while typing.get_origin(annotation) in (typing.Required, typing.NotRequired):
        annotation = typing.get_args(annotation)[0]
    return annotation


def _forbids_unknown(schema: Any) -> bool:
    config = getattr(schema, "__struct_config__", None)
    return config is not None and bool(config.forbid_unknown_fields)


def _check_whole(value: Any, annotation: Any, at: str, found: list[Problem]) -> None:
    try:
        msgspec.convert(value, bounded(annotation))
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        found.append({"where": at + _path_of(path), "message": f"{in_plain_words(message)}."})
    except RecursionError:
        found.append({"where": at, "message": "This is nested too deep."})


def _path_of(path: str) -> str:
    """msgspec's `.items[0].price` as `.items.0.price`."""
    return path.rstrip("`").replace("[", ".").replace("]", "")
