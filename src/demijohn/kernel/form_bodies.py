"""From the texts of a form to a typed body.

What is spelt as most values are goes to msgspec as the text that it is, all fields in one call. Whatever that call
refuses, and what has another spelling, is read field by field, by the grammar of its type: so every mistake is told.
"""

from __future__ import annotations

import decimal
import enum
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec

from ..foundation.http.request import Request
from .arguments import invalid_request
from .field_checks import check_field, checks_in
from .grammar import is_box, plain_type, quick, read
from .markers import MISSING
from .schema import is_schema, without_none
from .validation import Problem, fields_of, problems_of, refused_by

_LISTS = (list, set, frozenset, tuple)

# Spellings of numbers that msgspec reads as the grammar does, none of which is out of bounds. (A "-0" it does not.)
_PLAIN: Final[Mapping[Any, Callable[[str], Any]]] = {
    int: re.compile("[0-9]{1,18}").fullmatch,
    float: re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?").fullmatch,
    decimal.Decimal: re.compile(r"[0-9]{1,400}(\.[0-9]{1,400})?").fullmatch,
}


class _FormField:
    """One field of a body, and what is known of its type before any text comes."""

    __slots__ = ("_annotation", "_inner", "_is_box", "_is_list", "_optional", "_required", "is_text", "name", "plain")

    def __init__(self, name: str, annotation: Any, *, required: bool) -> None:
        self.name = name
        self._annotation, self._required = annotation, required
        bare = plain_type(annotation)
        self._optional = without_none(annotation)[1]
        self._is_list = (typing.get_origin(bare) or bare) in _LISTS
        self._is_box = is_box(annotation)
        self.is_text = bare is str
        self._inner = (typing.get_args(bare) or (str,))[0]
        self.plain = _plain_spellings(bare)

    def value(self, texts: list[str]) -> Any:
        """The value that was sent, `MISSING` for none; ValueError says what is wrong."""
        if self._is_list:
            return [_plain(read(text, self._inner)) for text in texts] if texts or self._required else MISSING
        if not texts:
            if self._is_box:
                return (
                    False  # Whatever the default: it says how the box is shown first, not what it means to untick it.
                )
            if self._required:
                raise ValueError("This field is required")
            return MISSING
        if texts[-1] == "" and not self.is_text:
            if self._required and not self._optional:
                raise ValueError("This field is required")
            return None if self._optional else MISSING
        return _plain(read(texts[-1], self._annotation))


def _plain_spellings(bare: Any) -> Callable[[str], Any] | None:
    """What says yes to a text that msgspec may be given for a value of this type; None if none may."""
    if bare is str:
        return _anything
    if (typing.get_origin(bare) or bare) in _LISTS:
        return None
    if typing.get_origin(bare) is Literal or (isinstance(bare, type) and issubclass(bare, enum.Enum)):
        values = typing.get_args(bare) or [member.value for member in bare]
        return frozenset(value for value in values if isinstance(value, str)).__contains__
    return _PLAIN.get(bare) or quick(bare)


def _anything(_: str) -> bool:
    return True


def compile_form(schema: Any) -> Callable[[Request], Any]:
    """A function that gives the form of a request as `schema`; it raises 422 with every problem."""
    plain = plain_type(schema)
    if is_schema(plain) and fields_of(plain):
        return _FormReader(schema, plain).read
    of_map = typing.get_args(plain)[1] if typing.get_origin(plain) is dict else str
    return lambda request: _build_map(dict(request.form), schema, of_map)


class _FormReader:
    """What reads the forms of one record type."""

    def __init__(self, schema: Any, plain: Any) -> None:
        self._schema = schema
        self._fields = [_FormField(name, kind, required=required) for name, kind, required in fields_of(plain)]
        self._refused, self._checks = refused_by(plain), checks_in(plain)
        # What is checked as a value cannot stay a text.
        self._may_be_quick = not self._refused and all(
            field.is_text for field in self._fields if field.name in self._checks
        )

    def read(self, request: Request) -> Any:
        """The record; 422 with every problem."""
        value = self._read_quickly(request) if self._may_be_quick else MISSING
        return self._read_carefully(request) if value is MISSING else value

    def _read_quickly(self, request: Request) -> Any:
        """The record, `MISSING` if anything is wrong with it."""
        form = request.form
        sent = form.to_dict()
        values: dict[str, Any] = {}
        try:
            for field in self._fields:
                text = sent.get(field.name)
                if text is not None and field.plain is not None and field.plain(text):
                    values[field.name] = text
                    continue
                value = field.value(form.getlist(field.name))
                if value is not MISSING:
                    values[field.name] = value
            return MISSING if self._problems(values) else msgspec.convert(values, self._schema, strict=False)
        except (ValueError, msgspec.ValidationError):
            return MISSING

    def _problems(self, values: dict[str, Any]) -> list[Problem]:
        problems: list[Problem] = []
        for name, checks in self._checks.items():
            if name in values:
                check_field(values[name], checks, f"body.{name}", problems)
        return problems

    def _read_carefully(self, request: Request) -> Any:
        problems: list[Problem] = []
        values = {}
        for field in self._fields:
            name = field.name
            try:
                value = field.value(request.form.getlist(name))
                if value is not MISSING:
                    values[name] = value
                    if name in self._checks:
                        check_field(value, self._checks[name], f"body.{name}", problems)
            except ValueError as error:
                problems.append({"where": f"body.{name}", "message": f"{error}."})
        problems += [
            {"where": f"body.{name}", "message": self._refused[name]}
            for name in dict(request.form)
            if name in self._refused
        ]
        return _build(values, self._schema, problems)


def _plain(value: Any) -> Any:
    """What msgspec makes a member of an Enum of: its value."""
    return value.value if isinstance(value, enum.Enum) else value


def _build_map(texts: dict[str, str], schema: Any, of: Any) -> Any:
    problems: list[Problem] = []
    values = {}
    for name, text in texts.items():
        try:
            values[name] = _plain(read(text, of))
        except ValueError as error:
            problems.append({"where": f"body.{name}", "message": f"{error}."})
    return _build(values, schema, problems)


def _build(values: dict[str, Any], schema: Any, problems: list[Problem]) -> Any:
    if not problems:
        try:
            return msgspec.convert(values, schema, strict=False)
        except msgspec.ValidationError:
            problems = problems_of(values, schema, "body") or [{"where": "body", "message": "This is not valid."}]
    raise invalid_request(problems)
