"""Reading `Mapped[...]` without evaluating it: a relation may name a class that does not exist yet.

Under `from __future__ import annotations` an annotation is text, otherwise an object with text in it where it
points forward. Both are read into a `Target`: which class, whether one or many, and whether it may be
missing.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import types
import typing
from typing import Any, Final

_COLLECTIONS: Final = frozenset(
    {"list", "set", "List", "Set", "Sequence", "MutableSequence", "Collection", "frozenset"}
)
_MAPPED: Final = frozenset({"Mapped", "DynamicMapped", "WriteOnlyMapped"})
_ALWAYS_MANY: Final = frozenset({"DynamicMapped", "WriteOnlyMapped"})


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What a relation's annotation says; `cls` is the class itself where it was there, else `None`."""

    name: str
    cls: type | None = None
    many: bool = False
    collection: str = ""
    nullable: bool = False


class UnreadableAnnotation(ValueError):
    """An annotation that is no `Mapped[...]` of a class."""


def own_annotations(cls: type) -> dict[str, Any]:
    """The annotations written in the class itself, unevaluated where Python keeps them so."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return dict(annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF))
    return inspect.get_annotations(cls)


def is_mapped(annotation: Any) -> bool:
    """Whether this is a `Mapped[...]`.

    >>> is_mapped("orm.Mapped[int]"), is_mapped("int")
    (True, False)
    """
    if isinstance(annotation, str):
        head = annotation.partition("[")[0].strip()
        return head.rpartition(".")[2] in _MAPPED
    origin = typing.get_origin(annotation)
    return getattr(origin, "__name__", "") in _MAPPED


def allows_none(annotation: Any) -> bool:
    """Whether `Mapped[...]` of a column may hold `None`.

    >>> allows_none("Mapped[int | None]"), allows_none("Mapped[int]")
    (True, False)
    """
    try:
        return read_target(annotation).nullable
    except UnreadableAnnotation:
        return False


def read_target(annotation: Any) -> Target:
    """Read a relation's annotation; raises `UnreadableAnnotation`.

    >>> read_target("Mapped[list[Post]]")
    Target(name='Post', cls=None, many=True, collection='list', nullable=False)
    >>> read_target("Mapped[User | None]").nullable
    True
    """
    if isinstance(annotation, str):
        try:
            return _read_node(ast.parse(annotation.strip(), mode="eval").body, Target(""))
        except SyntaxError as error:
            raise UnreadableAnnotation(annotation) from error
    return _read_object(annotation, Target(""))


def _read_node(node: ast.expr, target: Target) -> Target:
    """The same reading on source text, one construct at a time."""
    match node:
        case ast.Constant(value=str() as quoted):
            return _read_node(ast.parse(quoted.strip(), mode="eval").body, target)
        case ast.Constant(value=None):
            return dataclasses.replace(target, nullable=True)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _read_node(right, _read_node(left, target))
        case ast.Subscript(value=value, slice=inner):
            return _read_subscript(_dotted(value).rpartition(".")[2], inner, target)
        case ast.Name() | ast.Attribute():
            return _named(target, _dotted(node))
    raise UnreadableAnnotation(ast.unparse(node))


def _read_subscript(head: str, inner: ast.expr, target: Target) -> Target:
    if head in _MAPPED:
        return _read_node(inner, dataclasses.replace(target, many=head in _ALWAYS_MANY))
    if head == "Optional":
        return _read_node(inner, dataclasses.replace(target, nullable=True))
    if head == "Union" and isinstance(inner, ast.Tuple):
        for part in inner.elts:
            target = _read_node(part, target)
        return target
    if head in _COLLECTIONS:
        return _read_node(inner, dataclasses.replace(target, many=True, collection=head.lower()))
    raise UnreadableAnnotation(head)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise UnreadableAnnotation(ast.unparse(node))


def _read_object(annotation: Any, target: Target) -> Target:
    """The same reading on objects."""
    if isinstance(annotation, str):
        return _read_node(ast.parse(annotation.strip(), mode="eval").body, target)
    if isinstance(annotation, typing.ForwardRef):
        return _read_object(annotation.__forward_arg__, target)
    if annotation is None or annotation is type(None):
        return dataclasses.replace(target, nullable=True)
    origin = typing.get_origin(annotation)
    if origin is None:
        if isinstance(annotation, type):
            return _named(target, annotation.__name__, annotation)
        raise UnreadableAnnotation(repr(annotation))
    if origin in (typing.Union, types.UnionType):
        for part in typing.get_args(annotation):
            target = _read_object(part, target)
        return target
    inner = typing.get_args(annotation)[0]
    name = getattr(origin, "__name__", "")
    if name in _MAPPED:
        return _read_object(inner, dataclasses.replace(target, many=name in _ALWAYS_MANY))
    if name in _COLLECTIONS:
        return _read_object(inner, dataclasses.replace(target, many=True, collection=name.lower()))
    raise UnreadableAnnotation(repr(annotation))


def _named(target: Target, name: str, cls: type | None = None) -> Target:
    if target.name:
        raise UnreadableAnnotation(f"{target.name} | {name}")
    if name == "None":
        return dataclasses.replace(target, nullable=True)
    return dataclasses.replace(target, name=name, cls=cls)
