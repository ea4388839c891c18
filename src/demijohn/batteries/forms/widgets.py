"""Which input a type of value is given, and the attributes that tell a browser the same rules."""

from __future__ import annotations

import datetime
import decimal
import enum
import re
import typing
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ...foundation.http.uploaded_file import UploadedFile

_WIDGETS: Mapping[Any, str] = {
    int: "number", float: "number", decimal.Decimal: "number", bool: "checkbox", datetime.date: "date",
    datetime.datetime: "datetime", datetime.time: "time", UploadedFile: "file",
}  # fmt: skip

# What browsers fill in by themselves (HTML, section 4.10.18.7.1), by what fields are usually called.
_AUTOCOMPLETE: Mapping[str, str] = {
    "name": "name", "full_name": "name", "first_name": "given-name", "given_name": "given-name",
    "last_name": "family-name", "family_name": "family-name", "surname": "family-name", "nickname": "nickname",
    "username": "username", "email": "email", "phone": "tel", "telephone": "tel", "organization": "organization",
    "company": "organization", "street": "street-address", "address": "street-address", "city": "address-level2",
    "postcode": "postal-code", "postal_code": "postal-code", "zip": "postal-code", "country": "country-name",
    "birthday": "bday", "birth_date": "bday", "website": "url", "password": "current-password",
    "new_password": "new-password",
}  # fmt: skip

_ONE_LINE = frozenset({"text", "email", "url", "tel", "password", "search", "color", "hidden"})
_TYPED = frozenset({*_ONE_LINE, "textarea", "markdown"})
_ANCHORED = re.compile(r"\^(.*)\$", re.DOTALL).fullmatch

TYPES: Mapping[str, str] = {"datetime": "datetime-local", "image": "file"}
"""The `type` of an input, where it is not called as the widget is."""


def is_one_line(widget: str) -> bool:
    """Whether a text of this widget has no line breaks."""
    return widget in _ONE_LINE


def widget_for(kind: Any, *, many: bool, choices: bool, count: int | None) -> str:
    """The widget of a plain type: few choices are radio buttons, more a select."""
    if choices:
        if many:
            return "checkboxes"
        return "radios" if count is not None and count <= 4 else "select"
    if many and kind is not UploadedFile:
        return "lines"
    return _WIDGETS.get(kind, "text")


def static_choices(kind: Any) -> list[tuple[Any, str]] | None:
    """The values of an Enum or a Literal with their labels; None for types that have others."""
    if typing.get_origin(kind) is Literal:
        return [(value, humanised(str(value))) for value in typing.get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [(member, str(getattr(member, "label", humanised(member.name)))) for member in kind]
    return None


def humanised(name: str) -> str:
    """A name as a label.

    >>> humanised("first_name"), humanised("IN_PRINT")
    ('First name', 'In print')
    """
    words = name.replace("_", " ").replace("-", " ").strip()
    words = words.lower() if words.isupper() and len(words) > 3 else words
    return words[:1].upper() + words[1:]


def autocomplete_for(name: str, widget: str) -> str | None:
    """What a browser may fill in, by the name of the field."""
    if widget in ("textarea", "markdown") and name not in ("address", "street"):
        return None
    return _AUTOCOMPLETE.get(name.lower()) if widget in _TYPED else None


def rules_as_attributes(kind: Any, metas: list[msgspec.Meta], widget: str, *, many: bool) -> dict[str, Any]:
    """The bounds of a type as attributes of its input."""
    found: dict[str, Any] = {}
    for meta in metas:
        said: dict[str, Any] = {}
        if widget in _TYPED:
            anchored = _ANCHORED(meta.pattern) if meta.pattern and widget in ("text", "search") else None
            said = {"maxlength": meta.max_length, "minlength": meta.min_length}
            said["pattern"] = anchored[1] if anchored else None
        elif widget == "number":
            least = meta.ge if meta.ge is not None else meta.gt
            said = {"min": least, "max": meta.le, "step": meta.multiple_of}
            said["maxlength"] = meta.max_length if kind is decimal.Decimal else None
        found |= {name: value for name, value in said.items() if value is not None}
    if widget == "number":
        found.setdefault("step", 1 if kind is int else "any")
        found["inputmode"] = "numeric" if kind is int else "decimal"
    if many and widget == "file":
        found["multiple"] = True
    return {name: value for name, value in found.items() if value is not None}
