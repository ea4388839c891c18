"""What tells the shapes of statements apart: SQLAlchemy's cache key, or less where less is enough.

Theory. SQLAlchemy's key says all of a statement, down to the types of its columns, and takes as long to make as the
statement itself. But what a handler builds is made of columns of models mostly, which are the same objects each time:
which ones they are, and what stands around them, is a shape that is made in a fifth of the time. It is only believed of
a statement that SQLAlchemy's own key, asked once for each shape, finds the same values in.

This is the one place that touches SQLAlchemy's private parts. They are known for the series that is named here; with
any other there are no keys, so that every statement goes through the session: slower, and as right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy
from sqlalchemy import BindParameter, Column, Select, Table
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import elements, selectable
from sqlalchemy.sql.annotation import Annotated

SERIES: Final = "2.1"
"""The series whose private parts are known."""


class StatementKey(NamedTuple):
    """A statement's shape, which is equal for all that differ in their values only, and the bound values in order."""

    shape: Any
    binds: Sequence[Any]


def is_known(version: str) -> bool:
    """Whether the private parts of a version of SQLAlchemy are those that are known here.

    >>> is_known("2.1.9"), is_known("2.10.0"), is_known("3.0.0")
    (True, False, False)
    """
    return version.split(".")[:2] == SERIES.split(".")


_KNOWN: Final = is_known(sqlalchemy.__version__)


def statement_key(statement: Any) -> StatementKey | None:
    """SQLAlchemy's key of a select; `None` if it has none, values are missing, or something stands beside it: values
    (`.params()`), options of execution."""
    if not _KNOWN or not isinstance(statement, Select) or statement._execution_options:
        return None
    made = statement._generate_cache_key()
    if made is None or made.params:
        return None
    for bind in made.bindparams:
        if bind.required:
            return None
    return StatementKey(made.key, made.bindparams)


# Short keys ---------------------------------------------------------------------------------------------

_LISTS: Final = frozenset({"_raw_columns", "_where_criteria", "_order_by_clauses", "_group_by_clauses"})
_LIMITS: Final = frozenset({"_limit_clause", "_offset_clause"})
_MEMO: Final = "_generate_cache_key"
_UNSET: Final = frozenset({"_fetch_clause", "_fetch_clause_options"})
"""What `limit()` takes away."""

_LASTING: Final[dict[int, Any]] = {}
"""The columns and tables that models give each time, by their numbers, which nothing else can come by any more."""
MAX_LASTING: Final = 100_000
"""Far more than models have; who makes models all the time does not gain."""


def short_key(statement: Any) -> StatementKey | None:
    """A key of a select of models' columns and values, compared and combined; `None` if there is any other part to it,
    or SQLAlchemy made a key of it before, which it remembers."""
    if type(statement) is not Select or not _KNOWN or _MEMO in statement.__dict__:
        return None
    shape: list[Any] = []
    binds: list[Any] = []
    for name, held in statement.__dict__.items():
        if name in _LISTS:
            shape.append(name)
            for part in held:
                if not _NOTES[type(part)](part, shape, binds):
                    return None
        elif name == "_propagate_attrs":
            shape.append(held.get("plugin_subject"))
        elif name == "_label_style":
            if held is not selectable.LABEL_STYLE_DEFAULT:
                return None
        elif name in _LIMITS:
            shape.append(name)
            if held is not None and not _NOTES[type(held)](held, shape, binds):
                return None
        elif held is not None or name not in _UNSET:
            return None
    return StatementKey(tuple(shape), binds)


def says_all(short: StatementKey, whole: StatementKey) -> bool:
    """Whether a short key has the values that SQLAlchemy's has: looked at once, before anything is kept by it."""
    return sorted(map(id, short.binds)) == sorted(map(id, whole.binds))


def _keep(part: Any) -> bool:
    """Keep a column or table if a model gives it each time, which aliases do not."""
    notes: Any = part._annotations
    mapper = notes.get("parententity")
    if not isinstance(mapper, Mapper) or len(_LASTING) >= MAX_LASTING:
        return False
    attribute = getattr(mapper.class_, notes.get("proxy_key", ""), None)
    givers: list[Any] = [mapper] if isinstance(part, Table) else [attribute, getattr(attribute, "comparator", None)]
    if not any(giver is not None and giver.__clause_element__() is part for giver in givers):
        return False
    _LASTING[id(part)] = part
    return True


def _note_model(part: Any, shape: list[Any], binds: list[Any]) -> bool:
    number = id(part)
    shape.append(number)
    return number in _LASTING or _keep(part)


def _note_bind(bind: Any, shape: list[Any], binds: list[Any]) -> bool:
    if not bind.unique or bind.required or bind.callable is not None or bind.expanding or bind.literal_execute:
        return False
    shape.append(bind.type._static_cache_key)
    binds.append(bind)
    return True


def _note_constant(constant: Any, shape: list[Any], binds: list[Any]) -> bool:
    shape.append(type(constant))
    return True


def _note_binary(binary: Any, shape: list[Any], binds: list[Any]) -> bool:
    modifiers = binary.modifiers
    if modifiers and any(value is not None and value is not False for value in modifiers.values()):
        return False  # An escape of no letter is one too.
    left, right = binary.left, binary.right
    shape += (binary.operator, binary.type._static_cache_key)
    return _NOTES[type(left)](left, shape, binds) and _NOTES[type(right)](right, shape, binds)


def _note_unary(unary: Any, shape: list[Any], binds: list[Any]) -> bool:
    element = unary.element
    shape += (type(unary), unary.operator, unary.modifier)
    return _NOTES[type(element)](element, shape, binds)


def _note_several(several: Any, shape: list[Any], binds: list[Any]) -> bool:
    shape += (type(several), several.operator)
    known = all(_NOTES[type(part)](part, shape, binds) for part in several.clauses)
    shape.append(")")
    return known


def _note_nothing(part: Any, shape: list[Any], binds: list[Any]) -> bool:
    return False


class _Notes(dict[type, Callable[[Any, list[Any], list[Any]], bool]]):
    """What adds a part of a kind to a shape, and its values to the others: False if it cannot."""

    def __missing__(self, kind: type) -> Callable[[Any, list[Any], list[Any]], bool]:
        is_model = issubclass(kind, Annotated) and issubclass(kind, Column | Table)
        self[kind] = note = _note_model if is_model else _note_nothing
        return note


_NOTES: Final = _Notes({
    BindParameter: _note_bind,
    selectable._OffsetLimitParam: _note_bind,
    elements.BinaryExpression: _note_binary,
    elements.UnaryExpression: _note_unary,
    elements.AsBoolean: _note_unary,
    elements.BooleanClauseList: _note_several,
    elements.ExpressionClauseList: _note_several,
    elements.Null: _note_constant,
    elements.True_: _note_constant,
    elements.False_: _note_constant,
})  # fmt: skip
"""By exact class: what is derived from one of them may be anything."""
