"""Filling one class of settings from one section of the sources: the values, and all the mistakes."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, get_type_hints

from demijohn.foundation.errors import SetupError, Where, raise_all
from demijohn.foundation.masking import looks_secret, mask

if TYPE_CHECKING:
    from demijohn.foundation.config import Sources

T = TypeVar("T")


class Setting(NamedTuple):
    """A value as a source has it: `title` names it in a sentence, `origin` is short, for tables."""

    value: Any
    title: str
    origin: str
    where: tuple[Where, ...] = ()


class Filling:
    """The work of filling one class from one section: collects the values and the mistakes."""

    def __init__(
        self, sources: Sources, kind: type, section: str, prefix: str, *, code: frozenset[str] = frozenset()
    ) -> None:
        self.sources = sources
        self.kind = kind
        self.section = section
        self.prefix = prefix
        self.code = code
        self.fields = [
            field
            for field in fields_of(kind)
            if field.init and not field.name.startswith("_") and field.metadata.get("setting", True)
        ]
        self.known = {field.name for field in self.fields}

    def values(self, *, filled: bool, dotted: bool) -> dict[str, Any]:
        """The converted values of the fields that are set somewhere; `filled`: an instance has all others."""
        errors = self._unknown()
        values: dict[str, Any] = {}
        missing: list[str] = []
        for field in self.fields:
            variable = self.prefix + shouted(field.name)
            setting = self.sources.find(self.section, field.name, variable, code=field.name in self.code)
            self.sources.note(
                f"{self.section}.{field.name}" if dotted else variable,
                setting.origin if setting else "default",
            )
            if setting is None:
                if not filled and field.default is MISSING and field.default_factory is MISSING:
                    missing.append(variable)
            elif setting.origin != "code":
                try:
                    values[field.name] = self._converted(field, setting)
                except SetupError as error:
                    errors.append(error)
        if missing:
            errors.append(self._missing(missing))
        raise_all(errors)
        return values

    def build(self, make: Callable[[], T]) -> T:
        """The instance; a ValueError of its own checks becomes a `SetupError`."""
        try:
            return make()
        except ValueError as error:
            raise SetupError(
                "DMJ0621",
                f"{self.kind.__name__} refuses its settings: {error}",
                fix=f"Change them; their variables begin with {self.prefix or 'their own names'}.",
                where=Where.of(self.kind),
            ) from error

    def _converted(self, field: Field[Any], setting: Setting) -> Any:
        from demijohn.foundation.conversion import Unconvertible, convert, holds_secret, type_name

        annotation = _annotation(self.kind, field)
        try:
            return convert(setting.value, annotation)
        except Unconvertible as error:
            secret = looks_secret(field.name) or holds_secret(annotation)
            shown, fix = "not shown here", f"Set it to what {type_name(annotation)} can be read from."
            if not secret:
                shown, fix = repr(mask(field.name, setting.value)), str(error)
        name = f"{self.kind.__name__}.{field.name}"
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        raise SetupError(
            "DMJ0621",
            f"{setting.title} is {shown}, but {name} is {type_name(annotation)}.",
            fix=fix,
            where=setting.where,
        )

    def _unknown(self) -> list[SetupError]:
        if not self.section:  # the top level belongs to everybody
            return []
        return [
            SetupError(
                "DMJ0622",
                f"{title} has {key}, which is no setting of {self.kind.__name__}.",
                fix=did_you_mean(key, self.known),
                where=where,
            )
            for key, title, where in self.sources.unknown(self.section, self.known)
        ]

    def _missing(self, names: list[str]) -> SetupError:
        listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        return SetupError(
            "DMJ0623",
            f"{self.kind.__name__} needs {listed}, which {'is' if len(names) == 1 else 'are'} not set."
            f" {self.sources.looked_in(self.section)}",
            fix="Set them in the environment, or write to .env:\n" + "\n".join(f"{name}=..." for name in names),
            where=Where.of(self.kind),
        )


def fields_of(thing: object) -> tuple[Field[Any], ...]:
    """The fields of a dataclass or of an instance of one; none for anything else."""
    return dataclasses.fields(cast("Any", thing)) if dataclasses.is_dataclass(thing) else ()


def _annotation(kind: type, field: Field[Any]) -> Any:
    """The type of one field; singly, so that a name known to type checkers alone harms no other field."""
    # A field inherited is the same object in every class down to where it was declared.
    home = next(
        base
        for base in reversed(kind.__mro__)
        if base.__dict__.get("__dataclass_fields__", {}).get(field.name) is field
    )

    def holder() -> None: ...

    holder.__annotations__ = {field.name: field.type}
    try:
        names = {**vars(sys.modules[home.__module__]), kind.__name__: kind}
        return get_type_hints(holder, names, include_extras=True)[field.name]
    except (NameError, AttributeError, KeyError, SyntaxError, TypeError) as error:
        raise SetupError(
            "DMJ0624",
            f"The annotation of {home.__name__}.{field.name} cannot be read: {error}.",
            fix="Import the type at the top of the module, outside of `if TYPE_CHECKING:`.",
            where=Where.of(home),
        ) from None


def shouted(name: str) -> str:
    """A name as environment variables are spelt: `max-age` is `MAX_AGE`."""
    return re.sub(r"[^A-Z0-9_]", "_", name.upper())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The fix for a name that nobody knows: the nearest that is known, else all of them."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Take it away; known are: {', '.join(names)}." if names else "Take it away; nothing is set here."
