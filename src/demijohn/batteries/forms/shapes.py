"""The shape of a form: its parts, and how a record is made of what was sent for them."""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from ...foundation.errors import SetupError, Where
from ...foundation.http.forms import UploadedFile
from ...kernel.checkable import require_checkable
from ...kernel.dataclass_defaults import completion_of
from ...kernel.grammar import plain_type
from ...kernel.markers import MISSING, Factory
from ...kernel.schema import is_mapped, is_pydantic, is_schema, name_of, without_none
from ...kernel.validation import fields_of, problems_of
from .branches import Branch
from .choices import require_choice
from .fields import Field
from .parts import MOST_ROWS, REQUIRED, Part, leaf, planted

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
        tree = _taken(self.parts, branch, "", errors, careful=False)
        if not errors:
            value, errors = self.convert(tree, strict=False)
            if not errors:
                return value, errors
        found: Errors = {}
        tree = _taken(self.parts, branch, "", found, careful=True)
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
        return errors or {"": [str(error).partition(" - at ")[0]]}


def _plain(value: Any) -> Any:
    """Values that were read, as msgspec takes them: members of an Enum by their values."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, enum.Enum) else value


def _taken(parts: Mapping[str, Part], branch: Branch, at: str, errors: Errors, *, careful: bool) -> dict[str, Any]:
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
    return _taken(part.parts, inner, f"{at}.", errors, careful=careful)


def _taken_rows(part: Part, branch: Branch, at: str, errors: Errors, careful: bool) -> Any:
    rows = branch.listed(part.name)
    if part.children is not None and not rows and part.name not in branch.texts:
        return MISSING  # They did not stand in the page: no reason to remove them all.
    if len(rows) < part.least:
        raise ValueError(REQUIRED if part.least == 1 else f"Expected at least {part.least} rows.")
    if len(rows) > part.most:
        raise ValueError(f"Expected at most {part.most} rows.")
    assert part.parts is not None
    return [_taken(part.parts, row, f"{at}.{index}.", errors, careful=careful) for index, row in enumerate(rows)]


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


def _has_choices(parts: Mapping[str, Part]) -> bool:
    return any(part.choice is not None or _has_choices(part.parts or {}) for part in parts.values())


# Making ------------------------------------------------------------------------------------------------------


def shape_of(schema: Any, over: Mapping[str, Field], where: Where) -> Shape:
    """The shape of a Schema, dataclass, attrs class or TypedDict; SetupError for other types."""
    require_checkable(schema, f"Form[{name_of(schema)}]", where)
    parts = _parts_of(schema, over, where, (schema,))
    return finished_shape(parts, schema, over, where)


def finished_shape(
    parts: dict[str, Part], schema: Any, over: Mapping[str, Field], where: Where, model: Any = None
) -> Shape:
    """The shape of parts, when all that is said of them makes sense."""
    unknown = [name for name in over if name not in parts]
    if unknown:
        raise SetupError(
            "DMJ0582", f"The form has no field {', '.join(unknown)}.", where=where,
            fix=f"Its fields are: {', '.join(parts)}.",
        )  # fmt: skip
    _check_conditions(parts, where)
    checked = tuple(part for part in parts.values() if part.is_checked)
    for name, part in parts.items():
        if part.choice is not None:
            require_choice(part.choice, name, where)
    return Shape(parts, schema, completion_of(schema), checked, _has_choices(parts), model)


def _check_conditions(parts: Mapping[str, Part], where: Where) -> None:
    for part in parts.values():
        wanted = part.options.show_if
        names = [] if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
        unknown = [name for name in names if name not in parts]
        if unknown:
            raise SetupError(
                "DMJ0583", f"{part.name} has show_if={wanted!r}, and there is no field {unknown[0]}.", where=where,
                fix=f"Name a field of the same form: {', '.join(parts)}.",
            )  # fmt: skip
        if names and part.required and not part.optional:
            raise SetupError(
                "DMJ0583", f"{part.name} is shown only at times (show_if), and its type says that it is required.",
                fix=f"{part.name}: {name_of(plain_type(part.annotation))} | None = None, with Field(show_if=...,"
                " required=True) if it is required whenever it is shown.", where=where,
            )  # fmt: skip


def _parts_of(schema: Any, over: Mapping[str, Field], where: Where, outside: tuple[Any, ...]) -> dict[str, Part]:
    names, defaults = _names(schema), _defaults(schema)
    parts: dict[str, Part] = {}
    for name, annotation, required in fields_of(schema):
        told = over.get(name, Field())
        default = defaults.get(name, MISSING)
        parts[name] = part_of(
            name, names.get(name, name), annotation, required=required, default=default, told=told, where=where,
            outside=outside,
        )  # fmt: skip
    return parts


def part_of(
    name: str, attribute: str, annotation: Any, *, required: bool, default: Any, told: Field, where: Where,
    outside: tuple[Any, ...] = (),
) -> Part:  # fmt: skip
    """The part of one field, with all that is inside of it."""
    part = leaf(name, attribute, annotation, required=required, default=default, over=told)
    plain = plain_type(annotation)
    inner = (typing.get_args(plain) or (None,))[0] if part.many else plain
    record, _ = without_none(inner)
    while typing.get_origin(record) is Annotated:
        record = typing.get_args(record)[0]
    if is_mapped(record) or is_pydantic(record) or not is_schema(record):
        _require_writable(part, where)
        return part
    if record in outside:
        raise SetupError(
            "DMJ0581", f"{name_of(record)} is inside of itself, so a form of it would have no end.", where=where,
            fix="Make a Schema for the form, which ends.",
        )  # fmt: skip
    part.parts = _parts_of(record, {}, where, (*outside, record))
    part.schema, part.repeated = record, part.many
    part.most = _most(annotation)
    part.attributes = {}
    return part


def _require_writable(part: Part, where: Where) -> None:
    kind = part.kind
    if kind is dict or typing.get_origin(kind) is dict or (isinstance(kind, type) and is_mapped(kind)):
        raise SetupError(
            "DMJ0581", f"{part.name}: {name_of(kind)} is nothing that an input of a form could hold.", where=where,
            fix="Give it a type of its own: a Schema for a record, list[Row] for rows, Annotated[int, KeyOf(Author)]"
            " for a row of another table.",
        )  # fmt: skip


def _most(annotation: Any) -> int:
    bare, _ = without_none(annotation)
    metas = [one for one in getattr(bare, "__metadata__", ()) if isinstance(one, msgspec.Meta)]
    return min((meta.max_length for meta in metas if meta.max_length is not None), default=MOST_ROWS)


def _names(schema: Any) -> dict[str, str]:
    """The attribute of each name on the wire."""
    if isinstance(schema, type) and issubclass(schema, msgspec.Struct):
        return dict(zip(schema.__struct_encode_fields__, schema.__struct_fields__, strict=True))
    return {}


def _defaults(schema: Any) -> dict[str, Any]:
    origin = typing.get_origin(schema) or schema
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return {
            one.encode_name: one.default if one.default_factory is msgspec.NODEFAULT else Factory(one.default_factory)
            for one in msgspec.structs.fields(schema)
            if not one.required
        }
    if dataclasses.is_dataclass(origin):
        none = dataclasses.MISSING
        return {
            one.name: one.default if one.default_factory is none else Factory(one.default_factory)
            for one in dataclasses.fields(origin)
            if one.default is not none or one.default_factory is not none
        }
    return {}
