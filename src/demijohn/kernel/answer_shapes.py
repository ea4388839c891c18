"""What an answer is shaped to by its annotation, where that leaves a choice: `-> Post | Draft`, `list[Post | Draft]`.

Each value is cut to the member whose class it is, so that what one of them hides is never shown as another. What no
value could tell apart is a mistake at start.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET

from ..foundation.errors import SetupError, Where
from .markers import MISSING
from .schema import is_mapped, is_pydantic, is_schema, is_sent_as_list, name_of, plain_form, without_none
from .shaping import AnswerShape, body_of, misfit, shape_of, shaped
from .strays import fields_on_wire, has_strays, records_in
from .validation import fields_of

_LISTS: Final = (list, tuple, set, frozenset)
_Known: TypeAlias = "dict[Any, _FieldsOf]"
_AS_IT_IS: Final[Any] = type("AsItIs", (), {"__repr__": lambda _: "as it is"})()


def answer_shape(annotation: Any, name: str, where: Where | None = None, known: _Known | None = None) -> Any:
    """What the answers of a function are shaped to; None where its annotation names no record.

    A type, or an object whose `shape(value, name)` gives the value as it is sent. SetupError for a choice that no value
    could decide. `known` are the records that are being looked into, as one may hold itself.
    """
    known = {} if known is None else known
    if annotation is MISSING or annotation is None:
        return None
    annotation = plain_form(annotation)
    if typing.get_origin(annotation) is Annotated:
        returned, *extras = typing.get_args(annotation)
        found = (answer_shape(extra, name, where, known) for extra in extras)
        return next((shape for shape in found if shape is not None), None) or answer_shape(returned, name, where, known)
    bare = plain_form(body_of(plain_form(without_none(annotation)[0])))
    parts, origin = typing.get_args(bare), typing.get_origin(bare)
    if origin in (typing.Union, types.UnionType):
        return _one_of(bare, name, where, known)
    if is_schema(bare) or not parts:
        has_choice = any(isinstance(answer_shape(part, name, where, known), AnswerShape) for part in parts)
        return _fields_of(bare, name, where, known) if has_choice or _is_beyond_msgspec(bare) else shape_of(bare)
    if origin is tuple and ... not in parts:
        shapes = [answer_shape(part, name, where, known) for part in parts]
        return _EachOf(shapes) if any(shape is not None for shape in shapes) else None
    part = parts[-1 if origin is dict else 0]
    inner = answer_shape(part, name, where, known)
    is_annotated = inner is not None and typing.get_origin(without_none(plain_form(part))[0]) is Annotated
    if not isinstance(inner, AnswerShape) and not is_annotated:
        return shape_of(bare)
    if origin is dict:
        return _MapOf(inner)
    return _ListOf(inner) if is_sent_as_list(origin) else None


def _is_beyond_msgspec(record: Any) -> bool:
    """Whether a record holds a choice of records that msgspec could not read, `Post | Draft` without tags."""
    try:
        if is_schema(record) and not is_pydantic(record) and records_in(record):
            msgspec.json.Decoder(record)
    except TypeError:
        return True
    except NameError:  # A field's type that is not there is told where it is needed.
        return False
    return False


def _fields_of(record: Any, name: str, where: Where | None, known: _Known) -> Any:
    if record not in known:
        known[record] = made = _FieldsOf(record)
        made.fields = [
            (field, on_wire, answer_shape(kind, name, where, known)) for field, on_wire, kind in fields_on_wire(record)
        ]
    return known[record]


class OneOf(AnswerShape):
    """A choice of types: records are cut to the one that they are, other values are sent as they are."""

    def __init__(self, annotation: Any, by_class: Mapping[type, Any], several: Collection[type]) -> None:
        self._annotation = annotation
        self._by_class = by_class
        self._several = several
        self.records = tuple(dict.fromkeys(shape for shape in by_class.values() if is_schema(_record_of(shape))))
        self._many = by_class.get(list)
        self._tag, self._by_tag = _tags_of(self.records)
        self.streams = self._many is None

    def shape(self, value: Any, name: str) -> Any:
        """A value as it is sent; TypeError if nothing tells what it is."""
        if value is None:
            return None
        found = self._found(value)
        if found is _AS_IT_IS:
            return value
        if found is None:
            raise TypeError(
                f"{name}() returned a {type(value).__name__}, which may be several of -> {name_of(self._annotation)}:"
                f" return one of them, such as {name_of(_record_of(self.records[0]))}(...)."
            )
        return shaped(value, found, name)

    def _found(self, value: Any) -> Any:
        """What a value is: by its class, its tag, or as nothing else is there that it could be."""
        for kind in type(value).__mro__:
            if kind in self._by_class and not (kind is tuple and hasattr(value, "_fields")):  # a row, a named tuple
                return self._by_class[kind]
        if isinstance(value, dict) and self._by_tag:
            return self._by_tag.get(value.get(self._tag))
        is_many = hasattr(value, "__iter__") and not isinstance(value, dict) and not hasattr(value, "_fields")
        if self._many is not None and is_many:
            return self._many
        undecided = any(kind in self._several for kind in type(value).__mro__)
        return self.records[0] if len(self.records) == 1 and not undecided else None

    def __repr__(self) -> str:
        return name_of(self._annotation)


class _ListOf(AnswerShape):
    """Items of a list, each as it is sent."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def shape(self, value: Any, name: str) -> Any:
        """The list of them."""
        if isinstance(value, str | bytes | dict) or not hasattr(value, "__iter__"):
            raise misfit(name, self, f"a {type(value).__name__}")
        return [None if item is None else shaped(item, self._inner, name) for item in value]

    def __repr__(self) -> str:
        return f"list[{self._inner}]"


class _MapOf(AnswerShape):
    """Values of a mapping, each as it is sent."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def shape(self, value: Any, name: str) -> Any:
        """The mapping of them."""
        if not isinstance(value, Mapping):
            raise misfit(name, self, f"a {type(value).__name__}")
        return {key: None if item is None else shaped(item, self._inner, name) for key, item in value.items()}

    def __repr__(self) -> str:
        return f"dict[str, {self._inner}]"


class _EachOf(AnswerShape):
    """Items of a tuple, each with a type of its own."""

    def __init__(self, inner: list[Any]) -> None:
        self._inner = inner

    def shape(self, value: Any, name: str) -> Any:
        """The list of them."""
        items = [] if isinstance(value, str | bytes | dict) or not hasattr(value, "__iter__") else list(value)
        if len(items) != len(self._inner):
            raise misfit(name, self, f"a {type(value).__name__} of {len(items)} items")
        pairs = zip(items, self._inner, strict=True)
        return [item if shape is None or item is None else shaped(item, shape, name) for item, shape in pairs]

    def __repr__(self) -> str:
        return f"tuple[{', '.join('...' if shape is None else name_of(shape) for shape in self._inner)}]"


class _FieldsOf(AnswerShape):
    """The fields of a record with a choice in it, `Page[Post | Draft]`, each as it is sent."""

    def __init__(self, record: Any) -> None:
        self.record = record
        self.fields: list[tuple[str, str, Any]] = []
        self._class = typing.get_origin(record) or record
        self._required = {on_wire for on_wire, _, required in fields_of(record) if required}
        config = getattr(self._class, "__struct_config__", None)
        self._tag = {} if config is None or config.tag is None else {config.tag_field: config.tag}

    def shape(self, value: Any, name: str) -> Any:
        """A mapping of them, by their names in JSON; the record itself, where it has nothing more in it."""
        if value.__class__ is self._class and not has_strays(value, self.record):
            return value
        made = dict(self._tag)
        for field, on_wire, shape in self.fields:
            held = value.get(on_wire, UNSET) if isinstance(value, dict) else getattr(value, field, UNSET)
            if held is UNSET and on_wire in self._required:
                raise misfit(name, self, f"a {type(value).__name__} without {field!r}")
            if held is not UNSET:
                made[on_wire] = held if shape is None or held is None else shaped(held, shape, name)
        return made

    def __repr__(self) -> str:
        return name_of(self.record)


# Members of a choice ------------------------------------------------------------------------------------------


def _record_of(shape: Any) -> Any:
    return shape.record if isinstance(shape, _FieldsOf) else shape


def _one_of(annotation: Any, name: str, where: Where | None, known: _Known) -> Any:
    by_class: dict[type, Any] = {}
    members: dict[type, Any] = {}
    models: dict[type, list[Any]] = {}
    for part in _parts(annotation):
        shape, kind = answer_shape(part, name, where, known), _bare(part)
        if is_mapped(kind) or shape is None:
            shape = _AS_IT_IS
        for each in _classes(kind):
            if each in by_class and (shape is not _AS_IT_IS or by_class[each] is not _AS_IT_IS):
                raise _undecidable(name, annotation, members[each], part, where)
            by_class[each], members[each] = shape, part
        model = getattr(_record_of(shape), "__model__", None)
        if isinstance(model, type):
            models.setdefault(model, []).append(shape)
    if not any(shape is not _AS_IT_IS for shape in by_class.values()):
        return None
    for model, shapes in models.items():  # A model's own instances are sent in its one shape.
        if len(shapes) == 1:
            by_class.setdefault(model, shapes[0])
    return OneOf(annotation, by_class, [model for model, shapes in models.items() if len(shapes) > 1])


def _parts(annotation: Any) -> list[Any]:
    """The members of a choice, flat, without None; of a body with a status the body."""
    found: list[Any] = []
    for part in typing.get_args(annotation):
        body = plain_form(body_of(plain_form(part)))
        if typing.get_origin(body) in (typing.Union, types.UnionType):
            found += _parts(body)
        elif body is not types.NoneType and body is not None:
            found.append(body)
    return found


def _bare(part: Any) -> Any:
    while typing.get_origin(part) is Annotated:
        part = plain_form(typing.get_args(part)[0])
    return part


def _classes(kind: Any) -> tuple[type, ...]:
    """The classes that values of a type are of."""
    if typing.get_origin(kind) is Literal:
        return tuple({type(value) for value in typing.get_args(kind)})
    origin = typing.get_origin(kind) or kind
    if not isinstance(origin, type):
        return (object,)
    if typing.is_typeddict(origin):
        return (dict,)
    if is_schema(origin) or issubclass(origin, str | bytes):
        return (origin,)
    if issubclass(dict, origin) and origin is not object and not issubclass(list, origin):
        return (dict,)  # Mapping
    if origin in _LISTS or (issubclass(list, origin) and origin is not object):
        return _LISTS
    return (origin,)


def _tags_of(records: tuple[Any, ...]) -> tuple[str, dict[Any, Any]]:
    """The field that tells tagged records apart, and each by its tag; nothing if one has none."""
    configs = [getattr(_record_of(record), "__struct_config__", None) for record in records]
    fields = {None if config is None or config.tag is None else config.tag_field for config in configs}
    if len(fields) != 1 or None in fields:
        return "", {}
    return str(fields.pop()), {_record_of(record).__struct_config__.tag: record for record in records}


def _undecidable(name: str, annotation: Any, first: Any, second: Any, where: Where | None) -> SetupError:
    fix = "Make a Schema of each, and return that: class Posts(Schema): items: list[Post]"
    if all(is_sent_as_list(typing.get_origin(part)) for part in (first, second)):
        parts = " | ".join(name_of(typing.get_args(part)[0]) for part in (first, second))
        fix = f"-> list[{parts}], whose items are told apart by their classes\nor {fix[0].lower()}{fix[1:]}"
    return SetupError(
        "DMJ0141", f"{name}() -> {name_of(annotation)}: nothing in what it returns tells which it is.", fix=fix,
        where=where or (),
    )  # fmt: skip


def sent_as_they_are(shape: Any, is_whole: Callable[[Any], bool]) -> frozenset[Any]:
    """The classes of a shape whose own values are sent as they are: `is_whole` tells whether a record's are."""
    records = shape.records if isinstance(shape, OneOf) else (shape,)
    return frozenset(record for record in records if is_whole(record))
