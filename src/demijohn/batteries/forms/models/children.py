"""Rows that belong to a form's object: changed, added and removed with it, and never those of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import object_session

from ....foundation.errors import SetupError, Where
from ....foundation.http.errors import UnprocessableContent
from ....kernel.markers import Factory
from ..fields import Field
from ..leaves import leaf
from ..parts import Part
from ..shapes import Shape

KEY = "key"
"""Under which name a row's key is sent, so that it is known again."""


def children_part(name: str, relation: Any, shape: Shape, told: Field, where: Where) -> Part:
    """The repeated part of a relation whose rows have a form of their own."""
    mapper = relation.mapper
    if len(mapper.primary_key) != 1 or shape.model is not mapper.class_ or KEY in shape.parts:
        raise SetupError(
            "DMJ0582", f"The rows of {name} cannot have the form that they are given.", where=where,
            fix=f"Field(form=...) takes a form for {mapper.class_.__name__}, which has a key of one column, and no"
            f" field called {KEY}.",
        )  # fmt: skip
    kind: Any = mapper.primary_key[0].type.python_type
    key = leaf(KEY, KEY, kind | None, required=False, default=None, over=Field(widget="hidden"))
    struct = msgspec.defstruct(
        f"{mapper.class_.__name__}Row", [(KEY, kind | None, None)], bases=(shape.schema,), kw_only=True
    )
    rows: Any = list[struct]  # type: ignore[valid-type]
    part = leaf(name, name, rows, required=False, default=Factory(list), over=told)
    part.parts, part.repeated, part.schema = {KEY: key, **shape.parts}, True, struct
    part.key_attribute = mapper.get_property_by_column(mapper.primary_key[0]).key
    part.attributes = {}
    back = next(iter(relation._reverse_property), None)
    part.children = Children(name, mapper.class_, part.key_attribute, None if back is None else back.key, shape)
    return part


class Children:
    """The rows of one relation."""

    def __init__(self, name: str, model: type, key: str, back: str | None, shape: Shape) -> None:
        self._name = name
        self._model = model
        self._key = key
        self._back = back
        self._shape = shape

    def apply(self, item: Any, rows: Sequence[Any], set_to: Any) -> list[Any]:
        """Make the rows of an object those that were sent, and give back the new ones.

        UnprocessableContent for a key that is none of its rows.
        """
        held = {getattr(child, self._key): child for child in getattr(item, self._name)}
        sent = [row.key for row in rows if row.key is not None]
        if len(set(sent)) < len(sent) or not set(sent) <= held.keys():
            raise UnprocessableContent(
                "The form names a row that is none of these.",
                errors=[{"where": f"body.{self._name}", "message": "One of the rows is not among these any more."}],
            )
        added: list[Any] = []
        for row in rows:
            values = self._values(row, set_to)
            if row.key is None:
                added.append(self._add(item, values))
            else:
                for attribute, value in values.items():
                    setattr(held[row.key], attribute, value)
        for key, child in held.items():
            if key is not None and key not in sent:
                self._remove(item, child)
        return added

    def _values(self, row: Any, set_to: Any) -> Mapping[str, Any]:
        held = {name: getattr(row, name) for name in self._shape.parts}
        return {name: set_to(self._shape.parts[name], one) for name, one in held.items() if one is not msgspec.UNSET}

    def _add(self, item: Any, values: Mapping[str, Any]) -> Any:
        if self._back is not None:
            row = self._model(**values, **{self._back: item})  # which puts it among the item's rows
            session = object_session(item)
            if session is not None:  # as what is appended to them is, but not what is put there so
                session.add(row)
            return row
        row, rows = self._model(**values), getattr(item, self._name)
        (rows.append if hasattr(rows, "append") else rows.add)(row)
        return row

    def _remove(self, item: Any, child: Any) -> None:
        getattr(item, self._name).remove(child)
        session = object_session(item)
        if session is not None and child in session:
            session.delete(child)


def is_children(relation: Any) -> bool:
    """Whether a relation has many rows that belong to this one."""
    return relation.direction.name == "ONETOMANY" and relation.uselist and not relation.viewonly
