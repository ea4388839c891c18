"""Schemas of models: `class PostOut(Schema, model=Post)` takes the model's rules along, and is held against it.

Theory. The rules are put beside the types when the class is made, so that whatever reads or describes the schema sees
them. That the names and types are the model's is checked when an app is sealed: then all models are there, and the
relations between them.
"""

from __future__ import annotations

import datetime as dt
import enum
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import Column
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import ColumnProperty, Mapper

from demijohn.foundation.errors import SetupError, SetupErrors, Where
from demijohn.kernel.schema import SHAPES, is_schema, name_of, without_none

from .annotated import check_of, kind_of_values, rules_of
from .relations.targets import did_you_mean
from .types import IPAddressType

_TEXT_WORDS: Final = ("min_length", "max_length", "pattern")
_NUMBER_WORDS: Final = ("ge", "gt", "le", "lt")
_WORDS: Final = (*_TEXT_WORDS, *_NUMBER_WORDS, "title", "description", "extra_json_schema")
_MANY: Final = (list, set, frozenset, tuple)


def describe(bases: tuple[type, ...], namespace: dict[str, Any], model: type[Any]) -> dict[str, Any]:
    """The body of a schema of a model, with the model's rules beside the types of its fields."""
    rules: dict[str, msgspec.Meta] = {}
    checks: dict[str, Callable[[Any], str | None]] = {}
    for base in reversed(bases):
        rules |= getattr(base, "__rules__", {})
        checks |= getattr(base, "__checks__", {})
    annotations = _annotations(namespace)
    mapper: Mapper[Any] | None = model.__dict__.get("__mapper__")
    for name, written in annotations.items():
        # Not its `attrs`: those want all relations of all models to be there, and some may be further down.
        column: Any = None if mapper is None else mapper.columns.get(name)
        if isinstance(column, Column):
            check = check_of(column)
            if check is not None:
                checks[name] = check
            annotations[name], rule = _ruled(_evaluated(written, namespace), column)
            if rule is not None:
                rules[name] = rule
    return {**namespace, "__annotations__": annotations, "__model__": model, "__rules__": rules, "__checks__": checks}


def _annotations(namespace: dict[str, Any]) -> dict[str, Any]:
    """The annotations of a class body; taken out of it where Python would make them only later."""
    if sys.version_info >= (3, 14):
        import annotationlib

        make = annotationlib.get_annotate_from_class_namespace(namespace)
        if make is not None:
            for name in ("__annotate__", "__annotate_func__"):
                namespace.pop(name, None)
            return dict(annotationlib.call_annotate_function(make, annotationlib.Format.FORWARDREF))
    return dict(namespace.get("__annotations__", {}))


def _evaluated(written: Any, namespace: dict[str, Any]) -> Any:
    """A type that was written as text, as far as its module knows it by now."""
    if not isinstance(written, str):
        return written
    try:
        return eval(written, dict(vars(sys.modules[namespace["__module__"]])))  # noqa: S307 - the app's own source
    except (NameError, AttributeError, TypeError, KeyError):
        return written


def _ruled(annotation: Any, column: Any) -> tuple[Any, msgspec.Meta | None]:
    """A type with the rules of a column beside it, but for those that it has itself."""
    if isinstance(annotation, str):
        return annotation, None
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in arguments if part is not types.NoneType]
        if len(parts) == 1 and len(arguments) == 2:
            inner, rule = _ruled(parts[0], column)
            return typing.Optional[inner], rule  # noqa: UP045 - not every type knows |
        return annotation, None
    bare, own = (arguments[0], arguments[1:]) if origin is Annotated else (annotation, ())
    metas = [one for one in own if isinstance(one, msgspec.Meta)]
    said = {word for word in _WORDS for meta in metas if getattr(meta, word, None) is not None}
    rules = {word: value for word, value in rules_of(column, bare).items() if word not in said}
    if not rules:
        return annotation, None
    rule = msgspec.Meta(**rules)
    return Annotated[(bare, *own, rule)], rule


# Holding them against their models ------------------------------------------------------------------------------


def check_shapes() -> None:
    """Raise `SetupError` DMJ0512 and DMJ0513 for schemas whose fields their models have not, or hold otherwise."""
    errors: list[SetupError] = []
    for shape in sorted(SHAPES, key=lambda one: (one.__module__, one.__qualname__)):
        try:
            _check_shape(shape, errors)
        except (NameError, InvalidRequestError):
            continue  # Names that are known only where the class is, and models of a base that was taken down.
    if errors:
        raise errors[0] if len(errors) == 1 else SetupErrors(errors)


def _check_shape(shape: Any, errors: list[SetupError]) -> None:
    model = shape.__model__
    mapper: Mapper[Any] | None = sqlalchemy_inspect(model, raiseerr=False)
    if mapper is None:
        return
    own: Mapping[str, Any] = {field.name: field.type for field in msgspec.structs.fields(shape)}
    for name, annotation in own.items():
        if name not in mapper.attrs and not hasattr(model, name):
            errors.append(_unknown(shape, model, mapper, name))
            continue
        words = _objection(mapper, name, annotation)
        if words is not None:
            told, spelling = words
            errors.append(
                SetupError(
                    "DMJ0513", f"{shape.__name__}.{name} is {name_of(annotation)}, and {model.__name__}.{name} {told}.",
                    fix=f"{name}: {spelling}", where=Where.of(shape),
                )
            )  # fmt: skip


def _unknown(shape: Any, model: type[Any], mapper: Mapper[Any], name: str) -> SetupError:
    known = [attribute.key for attribute in mapper.attrs]
    return SetupError(
        "DMJ0512", f"{shape.__name__}.{name}: {model.__name__} has no {name!r}.{did_you_mean(name, known)}",
        fix=f"It has: {', '.join(known)}.\nFields of another source stand in a class of their own: "
        f"class {shape.__name__}And({shape.__name__}, model=None): ...", where=Where.of(shape),
    )  # fmt: skip


def _objection(mapper: Mapper[Any], name: str, annotation: Any) -> tuple[str, str] | None:
    """Why a type cannot hold an attribute's values, and the one that can; None if it can."""
    bare, optional = without_none(annotation)
    while typing.get_origin(bare) is Annotated:
        bare, more = without_none(typing.get_args(bare)[0])
        optional = optional or more
    if bare is Any or name not in mapper.attrs:
        return None
    if name in mapper.relationships:
        return _relation_objection(mapper.relationships[name], bare, optional=optional)
    attribute = mapper.attrs[name]
    if not isinstance(attribute, ColumnProperty):
        return None
    column = attribute.columns[0]
    if isinstance(column.type, IPAddressType):
        return "is an IP address, sent as text and held as an object", "Any"
    kind = kind_of_values(mapper.class_, name, column)
    nullable = bool(getattr(column, "nullable", False))
    spelling = f"{name_of(kind)} | None" if nullable else name_of(kind)
    if not _holds(bare, kind):
        return f"is {spelling}", spelling
    if nullable and not optional:
        return "may be None", f"{name_of(bare)} | None"
    return None


def _holds(bare: Any, kind: Any) -> bool:
    """Whether values of a column's type fit what a schema says of them."""
    if typing.get_origin(bare) in (typing.Union, types.UnionType):
        return any(_holds(part, kind) for part in typing.get_args(bare))
    bare, kind = _plain(bare), _plain(kind)
    if bare is kind or Any in (bare, kind) or is_schema(bare):
        return True
    if bare is float and kind is int:
        return True
    if not (isinstance(bare, type) and isinstance(kind, type)) or kind in (bool, dt.datetime):
        return False  # A bool is no number, and a moment no date.
    return issubclass(kind, bare)


def _plain(kind: Any) -> Any:
    """The class behind a type: of choices that of their values, of a list of something the list."""
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        kinds = {type(value) for value in typing.get_args(kind)}
        return kinds.pop() if len(kinds) == 1 else Any
    if origin is Annotated:
        return _plain(typing.get_args(kind)[0])
    if origin is not None:
        return origin
    # An enum of texts is written and read as one, whichever of the two is said.
    return kind if not (isinstance(kind, type) and issubclass(kind, enum.Enum) and issubclass(kind, str)) else str


def _relation_objection(relation: Any, bare: Any, *, optional: bool) -> tuple[str, str] | None:
    target = relation.mapper.class_
    one = f"{target.__name__}Out"
    if relation.uselist:
        if (typing.get_origin(bare) or bare) not in _MANY and not _is_sequence(bare):
            return f"holds many {target.__name__}", f"list[{one}]"
        inner = (typing.get_args(bare) or (Any,))[0]
        return _record_objection(target, inner, f"list[{one}]", f"holds many {target.__name__}")
    nullable = all(column.nullable for column in relation.local_columns) or relation.direction.name != "MANYTOONE"
    spelling = f"{one} | None" if nullable else one
    found = _record_objection(target, bare, spelling, f"is {target.__name__}")
    if found is None and nullable and not optional:
        return "may be None", f"{name_of(bare)} | None"
    return found


def _is_sequence(bare: Any) -> bool:
    origin = typing.get_origin(bare) or bare
    return getattr(origin, "__module__", "") in ("collections.abc", "typing")


def _record_objection(target: type[Any], bare: Any, spelling: str, told: str) -> tuple[str, str] | None:
    """A relation is shown by a schema, which is not that of an unrelated model."""
    if typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    if bare is Any or bare is dict or typing.get_origin(bare) is dict:
        return None
    if not is_schema(bare):
        return told, spelling
    model = getattr(bare, "__model__", None)
    if model is None or issubclass(target, model) or issubclass(model, target):
        return None
    return told, spelling
