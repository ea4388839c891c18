"""Checks of fields that msgspec has no words for: a decimal's bounds, a text that no column can hold.

A record says them in its class: `__checks__` maps a field's name to a function that gives the message, or None. Types
without such a record pay nothing: that is found out when the app is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from .type_parts import infos_in

Check: TypeAlias = Callable[[Any], str | None]
Checks: TypeAlias = Mapping[str, Check]

_NONE: Checks = MappingProxyType({})


def checks_in(schema: Any) -> Checks:
    """The checks that a record says in its class, by the name of the field on the wire."""
    checks: Checks = getattr(schema, "__checks__", _NONE)
    names = getattr(schema, "__struct_fields__", ())
    if not checks or names == schema.__struct_encode_fields__:
        return checks
    on_the_wire = dict(zip(names, schema.__struct_encode_fields__, strict=True))
    return {on_the_wire[name]: check for name, check in checks.items() if name in on_the_wire}


def check_field(value: Any, check: Check, at: str, found: list[dict[str, str]]) -> None:
    """Add what a check finds of one value; nothing is not checked, as its type says whether it may be."""
    message = None if value is None or value is msgspec.UNSET else check(value)
    if message is not None:
        found.append({"where": at, "message": message})


def holds_checks(annotation: Any) -> bool:
    """Whether a type is, or has in it, a record with checks."""
    return any(checks_in(info.cls) for info in infos_in(annotation) if hasattr(info, "cls"))


def problems_by_checks(value: Any, at: str) -> list[dict[str, str]]:
    """Everything that the checks of records in a decoded value find."""
    found: list[dict[str, str]] = []
    _walk(value, at, found)
    return found


def _walk(value: Any, at: str, found: list[dict[str, str]]) -> None:
    if isinstance(value, msgspec.Struct):
        checks = checks_in(type(value))
        for field in msgspec.structs.fields(value):
            inner, place = getattr(value, field.name), f"{at}.{field.encode_name}"
            if field.encode_name in checks:
                check_field(inner, checks[field.encode_name], place, found)
            else:
                _walk(inner, place, found)
    elif isinstance(value, list | tuple | set | frozenset):
        for index, item in enumerate(value):
            _walk(item, f"{at}.{index}", found)
    elif isinstance(value, dict):
        for key, item in value.items():
            _walk(item, f"{at}.{key}", found)
