"""The shape of a form: its parts, and how a record is made of what was sent for them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ...foundation.http.uploaded_file import UploadedFile
from ...kernel.markers import MISSING
from ...kernel.validation import problems_of
from .attrs_validators import objections_of
from .branches import Branch
from .parts import REQUIRED, Part, planted

Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of a form by name, the type that is made of them, and the parts that are checked after."""

    parts: Mapping[str, Part]
    schema: Any
    complete: Callable[[Any], Any] | None
    checked: tuple[Part, ...]
    has_choices: bool
    model: Any = None

    @property
    def has_files(self) -> bool:
        """Whether a file may be sent: then the form is multipart."""
        return _has_files(self.parts)

    @property
    def is_deep(self) -> bool:
        """Whether there are records or rows inside."""
        return any(part.parts is not None for part in self.parts.values())

    def read(self, data: dict[str, Any]) -> tuple[Any, Errors]:
        """The record of plain values, as JSON has them; with mistakes a mapping of what is right, and the mistakes."""
        errors: Errors = {}
        for part in self.parts.values():
            if part.options.show_if is not None and not is_shown(part, planted(self.parts, data), self.parts):
                data.pop(part.name, None)
            elif part.options.required and is_empty(data.get(part.name)):
                errors[part.name] = [REQUIRED]
        value, found = self.convert(data, strict=True)
        errors = {**found, **errors}
        return (self._right_of(data, errors) if errors else value), errors

    def _right_of(self, data: dict[str, Any], errors: Errors) -> dict[str, Any]:
        wrong = {name.partition(".")[0] for name in errors}
        right = {}
        for name, part in self.parts.items():
            if name in data and name not in wrong:
                right[name] = msgspec.convert(data[name], part.annotation)
        return right

    def make(self, branch: Branch) -> tuple[Any, Errors]:
        """The record that was sent; with mistakes a mapping of what is right, and the mistakes by the fields' names."""
        errors: Errors = {}
        tree = taken(self.parts, branch, "", errors, careful=False)
        if not errors:
            value, errors = self.convert(tree, strict=False)
            if not errors:
                return value, errors
        found: Errors = {}
        tree = taken(self.parts, branch, "", found, careful=True)
        if not found:  # It is the record itself that objects: a rule of the class, or of a list in it.
            errors = self.convert(_plain(tree), strict=True)[1] or errors
        return {name: value for name, value in tree.items() if name not in found}, found or errors

    def convert(self, tree: Any, *, strict: bool) -> tuple[Any, Errors]:
        """The record of plain values, and what is wrong with it."""
        try:
            value = msgspec.convert(tree, self.schema, strict=strict)
        except (msgspec.ValidationError, RecursionError) as error:
            return None, self._told(tree, error)
        if self.complete is not None:
            value = self.complete(value)
        return value, {}

    def _told(self, tree: Any, error: Exception) -> Errors:
        errors: Errors = {}
        for problem in problems_of(tree, self.schema, "body"):
            name = problem["where"].removeprefix("body").removeprefix(".")
            part = self.parts.get(name)
            message = problem["message"].replace("..", ".")
            message = message if part is None else part.wording(message)
            errors.setdefault(name, []).append(message)
        if errors.keys() <= {""}:  # Only the record as a whole objects: attrs does not say which field it is.
            errors = objections_of(self.schema, tree) or errors
        return errors or {"": [str(error).partition(" - at ")[0]]}


def _plain(value: Any) -> Any:
    """Values that were read, as msgspec takes them: members of an Enum by their values."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, enum.Enum) else value


def taken(parts: Mapping[str, Part], branch: Branch, at: str, errors: Errors, *, careful: bool) -> dict[str, Any]:
    """The values that were sent for the parts of a record; what is none is noted under its name."""
    tree: dict[str, Any] = {}
    for name, part in parts.items():
        if part.options.show_if is not None and not is_shown(part, branch, parts):
            continue
        try:
            if part.parts is None:
                value = part.take(branch, careful)
            elif part.repeated:
                value = _taken_rows(part, branch, f"{at}{name}", errors, careful)
            else:
                value = _taken_group(part, branch, f"{at}{name}", errors, careful)
            if value is not MISSING:
                tree[name] = value
            if part.options.required and is_empty(value):
                raise ValueError(REQUIRED)
        except ValueError as error:
            errors.setdefault(at + name, []).append(part.wording(str(error)))
    return tree


def is_empty(value: Any) -> bool:
    """Whether a value is none to a field that asks for one: an unticked box, too."""
    return value is MISSING or value is None or value is False or value in ("", [])


def _taken_group(part: Part, branch: Branch, at: str, errors: Errors, careful: bool) -> Any:
    inner = branch.branch(part.name)
    if part.optional and is_blank(part, inner):
        return None
    assert part.parts is not None
    return taken(part.parts, inner, f"{at}.", errors, careful=careful)


def _taken_rows(part: Part, branch: Branch, at: str, errors: Errors, careful: bool) -> Any:
    rows = branch.listed(part.name)
    if part.children is not None and not rows and part.name not in branch.texts:
        return MISSING  # They did not stand in the page: no reason to remove them all.
    if len(rows) < part.least:
        raise ValueError(REQUIRED if part.least == 1 else f"Expected at least {part.least} rows.")
    if len(rows) > part.most:
        raise ValueError(f"Expected at most {part.most} rows.")
    assert part.parts is not None
    return [taken(part.parts, row, f"{at}.{index}.", errors, careful=careful) for index, row in enumerate(rows)]


def is_blank(part: Part, branch: Branch) -> bool:
    """Whether a row or record is as it was shown: then nobody meant to send it."""
    assert part.parts is not None
    for one in part.parts.values():
        if one.widget == "hidden" and part.key_attribute and branch.texts.get(one.name, [""])[-1]:
            return False  # It is a row that is there already.
        if one.parts is not None:
            inner = branch.listed(one.name) if one.repeated else [branch.branch(one.name)]
            if not all(is_blank(one, each) for each in inner):
                return False
        elif branch.files.get(one.name):
            return False
        else:
            texts = [text.strip() for text in branch.texts.get(one.name, []) if text.strip()]
            if texts and texts != one.texts_of(one.initial) and not _is_first(one, texts):
                return False
    return True


def _is_first(part: Part, texts: list[str]) -> bool:
    """Whether a select without an empty choice shows its first, as it does untouched."""
    required = part.widget == "select" and part.choices and part.initial is MISSING and not part.many
    return bool(required and part.choices and texts == part.texts_of(part.choices[0][0]) and part.optional)


def settle(parts: Mapping[str, Part], branch: Branch) -> None:
    """Leave out the rows that are blank, and count the others from 0: everywhere in a form."""
    for part in parts.values():
        if part.parts is None:
            continue
        if part.repeated:
            rows = [row for row in branch.listed(part.name) if not is_blank(part, row)]
            branch.settle(part.name, rows)
        else:
            rows = [branch.branches[part.name]] if part.name in branch.branches else []
        for row in rows:
            settle(part.parts, row)


def is_shown(part: Part, branch: Branch, parts: Mapping[str, Part]) -> bool:
    """Whether a field counts: the field that it depends on is filled in, or has the value."""
    wanted = part.options.show_if
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return any(text not in ("", "false") for text in branch.texts.get(wanted, []))
    return all(
        set(wanted_texts(parts[name], value)) & set(branch.texts.get(name, [])) for name, value in wanted.items()
    )


def wanted_texts(part: Part, value: Any) -> list[str]:
    """The values of a `show_if`, as a browser would send them."""
    values = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [text for one in values for text in (part.texts_of([one] if part.many else one) or [""])]


def _has_files(parts: Mapping[str, Part]) -> bool:
    return any(part.kind is UploadedFile or _has_files(part.parts or {}) for part in parts.values())
