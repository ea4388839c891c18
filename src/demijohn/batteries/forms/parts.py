"""The parts of a form: its fields, the records inside of it and its repeated rows."""

from __future__ import annotations

import enum
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from ...foundation.http.uploaded_file import UploadedFile
from ...kernel.grammar import plain_type, read
from ...kernel.markers import MISSING, Factory
from ...kernel.schema import is_mapped
from ..storage import accepts, kind_told
from .branches import Branch
from .choices import KeyOf
from .fields import Field
from .messages import said
from .texts import text_of
from .widgets import TYPES, is_one_line

MOST_ROWS = 100
"""How many rows a list has at most, where its type does not say."""

SHOWN = "shown"
"""What is sent under the name of rows themselves: that they stood in the page, even if none is left."""

REQUIRED = "This field is required."

if TYPE_CHECKING:
    from .models.children import Children

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
        accept = self.options.accept or ("image/*" if self.widget == "image" else "")
        if accept and not accepts(accept, file):
            found = kind_told(file)
            key = "file_program" if found == "program" else "file_found" if found else "file_kind"
            raise ValueError(said(key, {}, accept=accept, found=found))

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


def type_of(part: Part) -> str:
    """The `type` of the part's input."""
    return TYPES.get(part.widget, part.widget)
