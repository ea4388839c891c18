"""The parts of a form: its fields, the records inside of it and its repeated rows, made once from types."""

from __future__ import annotations

import enum
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from ...foundation.http.forms import UploadedFile
from ...kernel.grammar import plain_type, quick, read
from ...kernel.markers import MISSING, Factory
from ...kernel.schema import is_mapped, without_none
from .branches import Branch
from .choices import KeyOf
from .fields import Field
from .texts import text_of
from .widgets import (
    TYPES,
    autocomplete_for,
    humanised,
    is_one_line,
    rules_as_attributes,
    static_choices,
    widget_for,
)

MOST_ROWS = 100
"""How many rows a list has at most, where its type does not say."""

SHOWN = "shown"
"""What is sent under the name of rows themselves: that they stood in the page, even if none is left."""

REQUIRED = "This field is required."

if TYPE_CHECKING:
    from .models.children import Children

_LISTS = (list, set, frozenset, tuple)
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]").search


@dataclass(slots=True, eq=False)
class Part:
    """One name of a form. `parts` are those of a record inside of it, None for a field; `repeated` says rows."""

    name: str
    attribute: str
    annotation: Any
    required: bool
    default: Any
    options: Field
    label: str = ""
    help: str = ""
    kind: Any = str
    optional: bool = False
    many: bool = False
    widget: str = "text"
    choice: KeyOf | None = None
    choices: list[tuple[Any, str]] | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    quick: Callable[[str], bool] | None = None
    parts: Mapping[str, Part] | None = None
    schema: Any = None
    repeated: bool = False
    least: int = 0
    most: int = MOST_ROWS
    aware: bool = False
    is_relation: bool = False
    key_attribute: str = ""
    children: Children | None = None
    collect: Callable[[list[Any]], Any] = list

    def choose(self, choice: KeyOf) -> None:
        """Have rows to choose from."""
        self.choice = choice
        if self.options.widget is None:
            self.widget = "checkboxes" if self.many else "select"
            self.attributes = {name: value for name, value in self.attributes.items() if name in _KEPT}

    # Reading ------------------------------------------------------------------------------------------------

    def take(self, branch: Branch, careful: bool) -> Any:
        """The value of this field as it was sent, `MISSING` for none; ValueError says what is wrong.

        Unless `careful`, a text whose spelling msgspec reads as we do is left to it, and so are bounds.
        """
        name = self.name
        if self.kind is UploadedFile:
            return self._take_files(branch.files.get(name, []))
        texts = branch.texts.get(name)
        if self.many:
            return self._take_many(texts or [], careful)
        if texts is None:
            return self._absent()
        text = texts[-1]
        if self.widget != "password":
            text = text.strip()
        if self.kind is str or self.kind is Any:
            return self._take_text(text, careful)
        if not text:
            return self._absent()
        if self.kind is bool and text in ("true", "on"):
            return True
        if not careful and self.quick is not None and self.quick(text):
            return text
        value = read(text, self.annotation)
        return value if careful else _plain(value)

    def _take_text(self, text: str, careful: bool) -> Any:
        if not text and (self.optional or self.required):
            return self._absent()
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return read(text, self.annotation) if careful else text

    def _absent(self) -> Any:
        if self.kind is bool:
            return None if self.optional and self.widget != "checkbox" else False
        if self.required and not self.optional:
            raise ValueError(REQUIRED)
        if self.optional:
            return None
        return MISSING

    def _take_files(self, files: list[UploadedFile]) -> Any:
        if self.many:
            if not files and self.required:
                raise ValueError(REQUIRED)
            return files
        return files[-1] if files else self._absent()

    def _take_many(self, texts: list[str], careful: bool) -> Any:
        if self.widget == "lines":
            texts = [line for text in texts for line in text.splitlines()]
        texts = [text for text in map(str.strip, texts) if text]
        inner = (typing.get_args(plain_type(self.annotation)) or (str,))[0]
        values = [read(text, inner) if careful else _plain(read(text, inner)) for text in texts]
        if self.required and self.least and not values:
            raise ValueError(REQUIRED)
        return values

    # Checking -----------------------------------------------------------------------------------------------

    @property
    def is_checked(self) -> bool:
        """Whether there is more to check of a value than its type does."""
        plain = self.kind in (bool, float) and not self.many
        return bool(not plain or self.options.validators or self.choice or self.choices or self.parts)

    def check(self, value: Any) -> None:
        """What the type does not say of a value; ValueError says what is wrong."""
        if value is None or value is msgspec.UNSET:
            return
        values = value if self.many else (value,)
        for one in values:
            if isinstance(one, str):
                self._check_text(one)
            elif isinstance(one, UploadedFile):
                self._check_file(one)
            elif isinstance(one, int) and not -(2**63) <= one < 2**63:
                raise ValueError("Expected a whole number that fits in 64 bits.")
            if self.choices is not None and all(one != known for known, _ in self.choices):
                raise ValueError("This is not one of the choices.")
        for validator in self.options.validators:
            validator(value)

    def _check_text(self, text: str) -> None:
        if text.isprintable():
            return
        if _ODD(text):
            raise ValueError("There are characters in this text that cannot be kept.")
        if is_one_line(self.widget) and "\n" in text:
            raise ValueError("Expected a single line.")

    def _check_file(self, file: UploadedFile) -> None:
        limit = self.options.max_size
        if limit is not None and file.size > limit:
            raise ValueError(f"The file is too large: at most {_size(limit)}.")
        accept = self.options.accept
        if accept and not any(_accepts(one.strip().lower(), file) for one in accept.split(",")):
            raise ValueError(f"Expected a file of the kind {accept}.")

    def wording(self, error: str) -> str:
        """What a visitor is told: the field's own words, where it has some."""
        if error == REQUIRED or self.options.error is None:
            return error if error.endswith((".", "!", "?")) else f"{error}."
        return self.options.error

    # Showing ------------------------------------------------------------------------------------------------

    def texts_of(self, value: Any) -> list[str]:
        """A value as the texts that a browser would send for it."""
        if value is None or value is MISSING or self.kind is UploadedFile or self.widget == "password":
            return []
        if self.many and not isinstance(value, list | tuple | set | frozenset):
            return []  # of JSON, say, which is checked elsewhere
        if self.is_relation:
            from .models.rows import key_of

            value = [key_of(one) if is_mapped(type(one)) else one for one in (value if self.many else [value])]
            return [text_of(one, self.kind) for one in value]
        if self.many:
            texts = [text_of(one, self.kind) for one in value]
            return ["\n".join(texts)] if self.widget == "lines" else texts
        if self.kind is bool and self.widget == "checkbox":
            return ["true"] if value else []
        return [text_of(value, self.kind)]

    def keys_in(self, texts: list[str]) -> list[Any]:
        """The keys that texts spell, less those that spell none."""
        keys = []
        for text in texts:
            try:
                keys.append(read(text, self.kind))
            except ValueError:
                continue
        return [key for key in keys if key not in (None, "")]

    @property
    def initial(self) -> Any:
        """The value of a form that nobody has filled in."""
        return self.default.make() if isinstance(self.default, Factory) else self.default

    def plant(self, branch: Branch, value: Any) -> None:
        """Put a value into the branch that is shown."""
        if self.parts is None:
            branch.texts[self.name] = self.texts_of(value)
        elif self.repeated:
            branch.texts[self.name] = [SHOWN]
            items = value if isinstance(value, list | tuple | set | frozenset) else []
            branch.settle(self.name, [self._planted_row(item) for item in items])
        else:
            branch.branches[self.name] = planted(self.parts, None if value is MISSING else value)

    def _planted_row(self, item: Any) -> Branch:
        assert self.parts is not None
        row = planted(self.parts, item)
        if self.key_attribute and not isinstance(item, Mapping) and hasattr(item, self.key_attribute):
            row.texts["key"] = [text_of(getattr(item, self.key_attribute))]
        return row


def planted(parts: Mapping[str, Part], value: Any) -> Branch:
    """The branch that shows a record, a mapping, or (for None) what its fields start with."""
    branch = Branch()
    for part in parts.values():
        if isinstance(value, Mapping):
            held = value.get(part.name, MISSING)
        else:
            held = MISSING if value is None else getattr(value, part.attribute, MISSING)
        part.plant(branch, part.initial if held is MISSING or held is msgspec.UNSET else held)
    return branch


def _plain(value: Any) -> Any:
    """What msgspec converts to a member of an Enum: its value."""
    return value.value if isinstance(value, enum.Enum) else value


_KEPT = ("required", "autocomplete", "placeholder")


def _size(octets: int) -> str:
    return f"{octets / 1_048_576:.3g} MB" if octets >= 1_048_576 else f"{max(1, octets // 1024)} KB"


def _accepts(kind: str, file: UploadedFile) -> bool:
    if kind.startswith("."):
        return file.filename.lower().endswith(kind)
    content_type = file.content_type.partition(";")[0].strip().lower()
    return content_type.startswith(kind[:-1]) if kind.endswith("/*") else content_type == kind


# Making ------------------------------------------------------------------------------------------------------


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


def type_of(part: Part) -> str:
    """The `type` of the part's input."""
    return TYPES.get(part.widget, part.widget)
