"""Converters: how values of a user's own type are written in paths, queries, headers, cookies and forms."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..foundation.errors import SetupError, Where
from .grammar import SPELT, plain_type
from .schema import name_of, without_none

_CLASS_FIX = {
    "to_python": "@app.converter(to_text=str)\ndef read_{name}(text: str) -> {title}: ...      # to_python",
    "convert": "@app.converter(to_text=str)\ndef read_{name}(text: str) -> {title}: ...      # convert",
}


@dataclass(frozen=True, slots=True, eq=False)
class Converter:
    """Between a text and a value of `kind`: `parse`, whose ValueError refuses a text, and `to_text`, its inverse.

    Only texts that match the whole of `pattern` are parsed; `format` is JSON Schema's word for the kind of text.
    """

    kind: type
    parse: Callable[[str], Any]
    to_text: Callable[[Any], str]
    where: Where
    pattern: str | None = None
    format: str | None = None
    _matches: Callable[[str], Any] = field(default=bool, repr=False)

    def read(self, text: str) -> Any:
        """The value of a text; ValueError says what was expected."""
        if self.pattern is not None and not self._matches(text):
            raise ValueError(f"Expected text that matches {self.pattern}")
        try:
            value = self.parse(text)
        except ValueError as error:
            raise ValueError(str(error).rstrip(".") or f"Expected {_article(self.kind.__name__)}") from None
        if not isinstance(value, self.kind):
            raise TypeError(f"The converter {self.parse.__name__}() returned {value!r}, no {self.kind.__name__}.")
        return value

    @property
    def schema(self) -> dict[str, Any]:
        """Its texts in JSON Schema."""
        hints = {"pattern": None if self.pattern is None else f"^(?:{self.pattern})$", "format": self.format}
        return {"type": "string", **{name: value for name, value in hints.items() if value is not None}}


def converter_of(
    parse: Any, to_text: Callable[[Any], str], pattern: str | None, format: str | None, where: Where
) -> Converter:  # fmt: skip
    """The converter of a user's function, whose type is what it says that it returns."""
    if isinstance(parse, type) or not callable(parse):
        raise _no_function(parse, where)
    try:
        kind = typing.get_type_hints(parse).get("return")
    except NameError:
        kind = None
    name = getattr(parse, "__name__", "parse")
    if not isinstance(kind, type) or kind is types.NoneType:
        raise SetupError(
            "DMJ0208", f"The converter {name}() does not say which type it makes.",
            fix=f"def {name}(text: str) -> Colour: ...", where=where,
        )  # fmt: skip
    if kind in SPELT:
        raise SetupError(
            "DMJ0208", f"The converter {name}() makes {kind.__name__}, which has its spelling already.",
            fix=f"Let it make a type of your own: class Code({kind.__name__}): ...", where=where,
        )  # fmt: skip
    taken = [p for p in inspect.signature(parse).parameters.values() if p.default is p.empty]
    if len(taken) != 1:
        raise SetupError(
            "DMJ0208", f"The converter {name}() takes {len(taken)} values, and is given one text.",
            fix=f"def {name}(text: str) -> {kind.__name__}: ...", where=where,
        )  # fmt: skip
    try:
        matches = bool if pattern is None else re.compile(pattern).fullmatch
    except re.error as error:
        raise SetupError(
            "DMJ0208", f"The pattern {pattern!r} of {name}() is none: {error}.", fix="Mend it.", where=where
        ) from error
    return Converter(kind, parse, to_text, where, pattern, format, matches)


def add_converter(converters: dict[type, Converter], converter: Converter) -> None:
    """Add a converter; two for one type are a SetupError that names both."""
    other = converters.setdefault(converter.kind, converter)
    if other is not converter:
        raise SetupError(
            "DMJ0209", f"Two converters make {converter.kind.__name__}.",
            fix="Leave one of them out, or put it on the blueprint that it is for.",
            where=[other.where, converter.where],
        )  # fmt: skip


def converters_in(annotation: Any, known: Mapping[type, Converter]) -> Mapping[type, Converter]:
    """`known`, if a type of its is in an annotation (in a union, in a list); else nothing."""
    return known if known and any(part in known for part in _parts(annotation)) else {}


def own_converter(annotation: Any, known: Mapping[type, Converter]) -> Converter | None:
    """The converter of an annotation that is one type, `| None` and bounds aside."""
    bare = plain_type(annotation)
    return known.get(bare) if isinstance(bare, type) else None


def _parts(annotation: Any) -> list[Any]:
    bare, _ = without_none(annotation)
    if typing.get_origin(bare) is Annotated:
        return _parts(typing.get_args(bare)[0])
    if isinstance(bare, type) and not typing.get_args(bare):
        return [bare]
    return [part for argument in typing.get_args(bare) for part in _parts(argument)]


def _no_function(thing: Any, where: Where) -> SetupError:
    habit = next((name for name in _CLASS_FIX if hasattr(thing, name)), "to_python")
    title = thing.__name__ if isinstance(thing, type) else "Colour"
    title = title.removesuffix("Converter").removesuffix("Convertor") or title
    return SetupError(
        "DMJ0208", f"converter() decorates a function, not {name_of(thing)}.",
        fix=_CLASS_FIX[habit].format(name=title.lower(), title=title), where=where,
    )  # fmt: skip


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
