"""Fields made from types: the widget, the label, the rules and the choices, and what is said over them."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from ...kernel.grammar import plain_type, quick
from ...kernel.schema import without_none
from .choices import KeyOf
from .fields import Field
from .parts import Part
from .widgets import autocomplete_for, humanised, rules_as_attributes, static_choices, widget_for

_LISTS = (list, set, frozenset, tuple)


def leaf(name: str, attribute: str, annotation: Any, *, required: bool, default: Any, over: Field) -> Part:
    """The part of a field: its widget, label and attributes from its type, and what `over` says instead."""
    bare, optional = without_none(annotation)
    if not optional and typing.get_origin(bare) is Annotated:  # Annotated[T | None, ...]
        optional = without_none(typing.get_args(bare)[0])[1]
    metas, told, choice = _notes(bare)
    told = told.merged(over)
    plain = plain_type(annotation)
    many = (typing.get_origin(plain) or plain) in _LISTS
    kind = plain_type((typing.get_args(plain) or (str,))[0]) if many else plain
    if many:
        inner = _notes((typing.get_args(plain) or (str,))[0])
        told, choice = inner[1].merged(told), choice or inner[2]
    part = Part(name, attribute, annotation, required, default, told, kind=kind, optional=optional, many=many)
    part.choice = choice
    part.choices = _listed(told.choices) if told.choices is not None else static_choices(kind)
    part.label = told.label if told.label is not None else _first(metas, "title") or humanised(name)
    part.help = told.help if told.help is not None else _first(metas, "description")
    has_choices = part.choices is not None or choice is not None
    part.widget = told.widget or widget_for(
        kind, many=many, choices=has_choices, count=None if part.choices is None else len(part.choices)
    )
    part.least = max([meta.min_length or 0 for meta in metas], default=0)
    part.attributes = _attributes(part, metas)
    part.quick = _quick(kind)
    return part


def _attributes(part: Part, metas: list[msgspec.Meta]) -> dict[str, Any]:
    told = part.options
    found: dict[str, Any] = rules_as_attributes(part.kind, metas, part.widget, many=part.many)
    is_list = part.many and part.widget != "file"
    needed = bool(told.required)
    if part.widget not in ("checkbox", "checkboxes"):
        needed = needed or (part.required and not part.optional and not is_list)
    if needed and told.show_if is None:
        found["required"] = True
    autocomplete = told.autocomplete or autocomplete_for(part.name, part.widget)
    own = {"placeholder": told.placeholder, "autocomplete": autocomplete, "accept": told.accept, "rows": told.rows}
    if part.widget == "image":
        own["accept"] = told.accept or "image/*"
    found |= {name: value for name, value in own.items() if value is not None}
    return {**found, **(told.attributes or {})}


def _notes(bare: Any) -> tuple[list[msgspec.Meta], Field, KeyOf | None]:
    """What is written beside a type, inside out."""
    metas: list[msgspec.Meta] = []
    told, choice = Field(), None
    levels = []
    while typing.get_origin(bare) is Annotated:
        bare, *notes = typing.get_args(bare)
        levels.append(notes)
        bare, _ = without_none(bare)
    for note in (note for notes in reversed(levels) for note in notes):
        if isinstance(note, msgspec.Meta):
            metas.append(note)
        elif isinstance(note, Field):
            told = told.merged(note)
        elif isinstance(note, KeyOf):
            choice = note
    return metas, told, choice


def _first(metas: Sequence[msgspec.Meta], word: str) -> str:
    return next((getattr(meta, word) for meta in reversed(metas) if getattr(meta, word)), "")


def _listed(choices: Any) -> list[tuple[Any, str]]:
    if isinstance(choices, type) and issubclass(choices, enum.Enum):
        return static_choices(choices) or []
    given: Any = choices() if callable(choices) else choices
    if isinstance(given, Mapping):
        return [(value, str(label)) for value, label in given.items()]
    return [
        (each[0], str(each[1])) if isinstance(each, tuple) and len(each) == 2 else (each, humanised(str(each)))
        for each in given
    ]


def _is_small_number(text: str) -> bool:
    return len(text) < 19 and text.isdigit() and text.isascii()


def _quick(kind: Any) -> Callable[[str], bool]:
    """Which spellings msgspec may read on its own."""
    if kind in (int, float):
        return _is_small_number
    if kind is bool:
        return _none  # as it is asked whether a box was ticked, before msgspec converts it
    return quick(kind) or _any


def _any(_: str) -> bool:
    return True


def _none(_: str) -> bool:
    return False
