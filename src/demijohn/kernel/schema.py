"""Schemas: the typed values that come in as bodies and go out as JSON."""

from __future__ import annotations

import dataclasses
import importlib
import sys
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, dataclass_transform
from weakref import WeakSet

import msgspec
from msgspec import Meta, StructMeta

from ..foundation.errors import SetupError, Where
from .foreign import refuse_defaults

__all__ = [
    "SHAPES", "Meta", "Schema", "holds_schema", "is_mapped", "is_pydantic", "is_schema", "is_sent_as_list", "name_of",
    "plain_form", "without_none",
]  # fmt: skip


_Rename: TypeAlias = (
    Literal["lower", "upper", "camel", "pascal", "kebab"] | Callable[[str], str | None] | Mapping[str, str] | None
)
_INHERITED: Any = object()

SHAPES: WeakSet[type] = WeakSet()
"""The schemas that are of a model: whoever knows models holds them against theirs when an app is sealed."""


def _described(name: str, bases: tuple[type, ...], namespace: dict[str, Any], model: Any) -> dict[str, Any]:
    """What a class body says, with what the model says of its fields, by whoever the front door says knows models."""
    if not is_mapped(model):
        written = name_of(model) if isinstance(model, type) else repr(model)
        raise SetupError(
            "DMJ0514", f"class {name}(Schema, model={written}): {written} is no model.",
            fix=f"Name the mapped class: class {name}(Schema, model=Post), with class Post(Model).",
            where=Where.caller(),
        )  # fmt: skip
    home, _, function = sys.modules[__name__.partition(".")[0]].DESCRIBES_MODELS.partition(":")
    describe = getattr(importlib.import_module(home), function)
    found: dict[str, Any] = describe(bases, namespace, model)
    return found


def _refuse_choices(name: str, namespace: dict[str, Any], options: dict[str, Any]) -> None:
    """Other frameworks list a form's fields: unread, `class Meta` would leave a schema without any."""
    meta = namespace.get("Meta")
    listed = next((word for word in ("fields", "include", "exclude", "only") if word in options), None)
    if listed is None and not (isinstance(meta, type) and {"model", "fields", "exclude"} & vars(meta).keys()):
        return
    raise SetupError(
        "DMJ0514", f"class {name}: the fields of a model are not chosen by {f'{listed}=' if listed else 'class Meta'}.",
        fix=f"class {name}(Schema, model=Post):\n    title: str   each field by its name, with its type",
        where=Where.caller(),
    )  # fmt: skip


@dataclass_transform(kw_only_default=True, field_specifiers=(msgspec.field,))
class _KeywordOnly(StructMeta):
    """Makes subclasses keyword-only as well: msgspec asks for that anew in each class."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, model: Any = _INHERITED, **options: Any
    ) -> Any:
        options.setdefault("kw_only", True)
        refuse_defaults(name, namespace)
        if model is not _INHERITED or "Meta" in namespace:
            _refuse_choices(name, namespace, options)
        if model is _INHERITED:
            model = getattr(bases[0], "__model__", None) if bases else None
        else:
            namespace["__model__"] = model
        if model is None:
            return super().__new__(cls, name, bases, namespace, **options)
        made: Any = super().__new__(cls, name, bases, _described(name, bases, namespace, model), **options)
        SHAPES.add(made)
        return made


class Schema(msgspec.Struct, metaclass=_KeywordOnly):
    """A typed record: a msgspec `Struct` whose fields are given by keyword.

    As a handler's parameter it is the request's body, decoded and validated; returned, it is JSON. Bounds are written
    as `Annotated[str, Meta(max_length=80)]`.

    >>> class Point(Schema):
    ...     x: float
    ...     y: float = 0.0
    >>> Point(x=1.5)
    Point(x=1.5, y=0.0)

    `class PostOut(Schema, model=Post)` is a shape of a model: its fields are attributes of the model by name, hold the
    same types, and bring the model's rules along. `model=None` ends that in a class below it.
    """

    if TYPE_CHECKING:
        # What a class may be given beside its bases: what msgspec takes, and `model`.
        def __init_subclass__(
            cls,
            *,
            model: type[Any] | None = ...,
            tag: bool | str | int | Callable[[str], str | int] | None = ...,
            tag_field: str | None = ...,
            rename: _Rename = ...,
            omit_defaults: bool = ...,
            forbid_unknown_fields: bool = ...,
            frozen: bool = ...,
            eq: bool = ...,
            order: bool = ...,
            kw_only: bool = ...,
            repr_omit_defaults: bool = ...,
            array_like: bool = ...,
            gc: bool = ...,
            weakref: bool = ...,
            dict: bool = ...,
            cache_hash: bool = ...,
        ) -> None: ...


def is_schema(annotation: Any) -> bool:
    """Whether a type is a record: Struct, dataclass, attrs class, TypedDict or Pydantic model."""
    if not isinstance(annotation, type):
        origin = typing.get_origin(annotation)
        return isinstance(origin, type) and is_schema(origin)
    return (
        issubclass(annotation, msgspec.Struct)
        or dataclasses.is_dataclass(annotation)
        or hasattr(annotation, "__attrs_attrs__")
        or typing.is_typeddict(annotation)
        or is_pydantic(annotation)
    )


def is_pydantic(annotation: Any) -> bool:
    """Whether a type is a Pydantic model; Pydantic itself is not imported for the question."""
    return isinstance(annotation, type) and hasattr(annotation, "model_validate_json")


def is_mapped(annotation: Any) -> bool:
    """Whether a type is a SQLAlchemy mapped class; SQLAlchemy itself is not imported for the question."""
    return isinstance(annotation, type) and (
        hasattr(annotation, "__mapper__") or hasattr(annotation, "__tablename__") or hasattr(annotation, "__table__")
    )


def holds_schema(annotation: Any) -> bool:
    """Whether a type is a schema, or a container of one that no query string could carry."""
    if is_schema(annotation):
        return True
    origin = typing.get_origin(annotation)
    if origin is dict or annotation is dict:
        return True
    if origin in (typing.Union, types.UnionType, list, tuple, set, frozenset):
        return any(holds_schema(part) for part in typing.get_args(annotation))
    return False


def without_none(annotation: Any) -> tuple[Any, bool]:
    """`T | None` as (T, True); any other type as (itself, False)."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not types.NoneType]
        if len(parts) < len(typing.get_args(annotation)):
            return (parts[0] if len(parts) == 1 else typing.Union[tuple(parts)]), True  # noqa: UP007
    return annotation, False


def plain_form(annotation: Any) -> Any:
    """A type by what it is in JSON: `dict` and `list` for mappings and sequences, and no `NewType` or `type X = ...`.

    What streams, such as an iterator, stays what it is, as does a named type that holds itself.
    """
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if hasattr(annotation, "__supertype__"):
        return plain_form(annotation.__supertype__)
    if hasattr(annotation, "__value__") and not _names_itself(origin or annotation, ()):
        return plain_form(annotation.__value__ if origin is None else origin.__value__[parts])
    if not isinstance(origin, type) or origin in (dict, list, tuple, set, frozenset):
        return annotation
    if issubclass(origin, Mapping) and len(parts) == 2:
        return dict[parts[0], parts[1]]  # type: ignore[valid-type]
    return list[parts[0]] if is_sent_as_list(origin) and len(parts) == 1 else annotation  # type: ignore[valid-type]


def is_sent_as_list(origin: Any) -> bool:
    """Whether values of a generic type are lists in JSON, and no streams."""
    return origin in (Iterable, Collection) or (isinstance(origin, type) and issubclass(origin, Sequence | Set))


def _names_itself(annotation: Any, within: tuple[Any, ...]) -> bool:
    """Whether a named type has no end: `type Json = dict[str, Json] | str`."""
    if any(annotation is each for each in within):
        return True
    inner = (annotation.__value__,) if hasattr(annotation, "__value__") else typing.get_args(annotation)
    within = (*within, annotation) if hasattr(annotation, "__value__") else within
    return any(_names_itself(part, within) for part in inner)


def name_of(annotation: Any) -> str:
    """A type as people write it."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
