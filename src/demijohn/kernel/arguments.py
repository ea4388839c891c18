"""From texts to typed values: what the client sends for a handler's parameters.

All values of one signature are converted by one msgspec call into one Struct made for it when the app is sealed: that
is measurably quicker than converting them one by one. The quick way is taken when every text is in a plain spelling;
else, and whenever msgspec objects, the values are read one by one by `grammar`, which finds all mistakes at once.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from ..foundation.http.errors import NotFound, UnprocessableContent
from ..foundation.http.query import parse_query
from ..foundation.http.request import Request
from .converters import Converter
from .grammar import bounded, is_box, plain_type, quick, read
from .markers import MISSING, Factory
from .schema import without_none
from .validation import Problem
from .wording import in_plain_words

Bind: TypeAlias = Callable[[Request], tuple[Any, ...]]

_LISTS = (list, set, frozenset, tuple)


@dataclass(frozen=True, slots=True)
class Field:
    """One value that the client sends: `source`, its name there (`wire`), its type and default."""

    source: str
    wire: str
    type: Any
    default: Any
    converters: Mapping[type, Converter] = dataclasses.field(default_factory=dict)

    @property
    def many(self) -> bool:
        """Whether all values of its name are taken."""
        bare = plain_type(self.type)
        return bare in _LISTS or typing.get_origin(bare) in _LISTS

    @property
    def required(self) -> bool:
        """Whether there is nothing to fall back on."""
        return self.default is MISSING

    def fallback(self) -> Any:
        """The value when the client sends none."""
        default = self.default
        if isinstance(default, Factory):
            return default.make()
        # What a handler does to a list that it was handed must not be there for the next request.
        return default.copy() if isinstance(default, list | set | dict) else default


def compile_bind(fields: list[Field], path_names: tuple[str, ...]) -> Bind:
    """A function that gives the values of `fields`, in order, for a request."""
    slow = _compile_slow(fields, path_names)
    sources = {field.source for field in fields}
    names = [field.wire for field in fields]
    if not sources <= {"path", "query"} or any(field.many for field in fields) or len(set(names)) < len(names):
        return slow
    if any(field.converters for field in fields):
        return slow  # msgspec does not know the types of a user's own.
    if sources == {"path"} and tuple(names) == path_names:
        if all(field.type is str for field in fields):
            return _as_captured
        if fields[0].type is int and len(fields) == 1:
            return _one_number(slow)
    if any(field.source == "query" and field.wire in path_names for field in fields):
        return slow  # The quick way has one place for both.
    checks = [(field.wire, check) for field in fields if (check := quick(field.type)) is not None]
    arguments = _struct(fields)
    has_query = "query" in sources
    convert, values_of, invalid = msgspec.convert, msgspec.structs.astuple, msgspec.ValidationError

    only_name = path_names[0] if len(path_names) == 1 else None

    def bind(request: Request) -> tuple[Any, ...]:
        text = request.query_string
        values = parse_query(text, request.limits.query) if text and has_query else {}
        if only_name is not None:
            values[only_name] = request.captured[0]
        else:
            values.update(zip(path_names, request.captured, strict=True))
        for name, is_plain in checks:
            if name in values and not is_plain(values[name]):
                return slow(request)
        try:
            return values_of(convert(values, arguments, strict=False))
        except invalid:
            return slow(request)

    return bind


def _as_captured(request: Request) -> tuple[str, ...]:
    """All parameters of the path as they are."""
    return request.captured


def _one_number(slow: Bind) -> Bind:
    """The only parameter of the path, as a whole number."""

    def bind(request: Request) -> tuple[Any, ...]:
        (text,) = request.captured
        # So few digits fit in 64 bits.
        return (int(text),) if len(text) < 19 and text.isdigit() and text.isascii() else slow(request)

    return bind


def _struct(fields: list[Field]) -> type[msgspec.Struct]:
    members: list[Any] = []
    rename = {}
    for index, field in enumerate(fields):
        name = f"value{index}"
        rename[name] = field.wire
        kind = bounded(field.type)
        if field.required:
            members.append((name, kind))
        else:
            members.append((name, kind, msgspec.field(default_factory=field.fallback)))
            if isinstance(field.default, str | int | float | bool | None):
                members[-1] = (name, kind, field.default)
    return msgspec.defstruct("Arguments", members, kw_only=True, rename=rename)


def _compile_slow(fields: list[Field], path_names: tuple[str, ...]) -> Bind:
    def bind(request: Request) -> tuple[Any, ...]:
        problems: list[Problem] = []
        values = [_value(request, field, path_names, problems) for field in fields]
        if problems:
            raise invalid_request(problems)
        return tuple(values)

    return bind


def invalid_request(problems: Sequence[Mapping[str, Any]]) -> UnprocessableContent:
    """The 422 that lists every problem."""
    count = "One value is" if len(problems) == 1 else f"{len(problems)} values are"
    return UnprocessableContent(f"{count} missing or not valid.", errors=problems)


def _value(request: Request, field: Field, path_names: tuple[str, ...], problems: list[Problem]) -> Any:
    texts = _texts(request, field, path_names)
    at = f"{field.source}.{field.wire}"
    if not texts and field.source == "form" and is_box(field.type):
        return False
    if not texts or (texts == [""] and not field.required and plain_type(field.type) is not str and not field.many):
        if field.required:
            problems.append({"where": at, "message": "This value is required."})
            return None
        return field.fallback()
    try:
        if field.source == "file":
            return texts if field.many else texts[-1]
        if field.many:
            return _read_many(texts, field.type, field.converters)
        return read(texts[-1], field.type, in_path=field.source == "path", converters=field.converters)
    except ValueError as error:
        if field.source == "path":
            raise NotFound from None
        problems.append({"where": at, "message": f"{error}."})
        return None


def _read_many(texts: list[Any], annotation: Any, converters: Mapping[type, Converter]) -> Any:
    bare = plain_type(annotation)
    parts = typing.get_args(bare)
    inner = parts[0] if parts else str
    items = [read(text, inner, converters=converters) for text in texts]
    kind, _ = without_none(annotation)
    try:
        return msgspec.convert(items, kind)
    except msgspec.ValidationError as error:
        raise ValueError(in_plain_words(str(error).partition(" - at ")[0])) from None


def _texts(request: Request, field: Field, path_names: tuple[str, ...]) -> list[Any]:
    if field.source == "query":
        return request.query.getlist(field.wire)
    if field.source == "path":
        return [request.captured[path_names.index(field.wire)]]
    if field.source == "header":
        return request.headers.getlist(field.wire)
    if field.source == "form":
        return request.form.getlist(field.wire)
    if field.source == "file":
        return request.files.getlist(field.wire)
    assert field.source == "cookie"
    cookie = request.cookies.get(field.wire)
    return [] if cookie is None else [cookie]
