"""The rows of a `KeyOf`: asked for once, and never more than can be shown."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import class_mapper

from ....foundation.http.request import Request
from ....kernel.schema import is_mapped
from ..choices import KeyOf

MOST_SEARCHED = 100
"""How many characters of a search are looked at."""

MOST_FOUND = 50
"""How many rows a search gives."""

_LABELS = ("name", "title", "label", "username", "email")


class Rows:
    """The rows of one `KeyOf`, for one form: asked for once, and never more than can be shown."""

    def __init__(self, choice: KeyOf, db: Any, request: Request | None) -> None:
        self._choice = choice
        self._db = db
        self._statement = _statement(choice, request)
        self._model: type = self._statement.column_descriptions[0]["entity"]
        self._found: list[Any] | None = None
        self._by_key: dict[Any, Any] = {}

    def shown(self, keys: list[Any], search: str) -> list[tuple[Any, str]]:
        """What a page offers, as keys and labels: all rows if they are few, else those chosen and those found."""
        rows = self._first()
        if self.are_many:
            rows = list(dict.fromkeys([*self.with_keys(keys).values(), *self._matching(search)]))
        return [(key_of(row), self._label_of(row)) for row in rows]

    def _label_of(self, row: Any) -> str:
        label = self._choice.label
        if callable(label):
            return str(label(row))
        name = label or _label_name(type(row))
        return str(getattr(row, name)) if name else f"{type(row).__name__} {key_of(row)}"

    @property
    def are_many(self) -> bool:
        """Whether there are more than can be listed."""
        return len(self._first()) > self._choice.shown

    def _first(self) -> list[Any]:
        if self._found is None:
            self._found = list(self._db.scalars(self._statement.limit(self._choice.shown + 1)).unique())
        return self._found

    def with_keys(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """The rows with these keys, of those that may be chosen."""
        keys = list(dict.fromkeys(keys))
        missing = [key for key in keys if key not in self._by_key]
        if missing:
            column = _key_column(self._model)
            rows = self._db.scalars(self._statement.where(column.in_(missing)).limit(len(missing))).unique()
            self._by_key |= {key_of(row): row for row in rows}
        return {key: self._by_key[key] for key in keys if key in self._by_key}

    def _matching(self, text: str) -> list[Any]:
        """The rows that a text is found in, as many as a list takes."""
        text = text.strip()[:MOST_SEARCHED]
        names = self._choice.search or ([self._choice.label] if isinstance(self._choice.label, str) else [])
        names = names or [name for name in [_label_name(self._model)] if name]
        if not text or not names or "\x00" in text:
            return []
        found = or_(*(getattr(self._model, name).icontains(text, autoescape=True) for name in names))
        return list(self._db.scalars(self._statement.where(found).limit(MOST_FOUND)).unique())


def _statement(choice: KeyOf, request: Request | None) -> Any:
    """The select of all rows that may be chosen."""
    rows = choice.rows
    if is_mapped(rows):
        return select(rows)
    if callable(rows):
        return rows(request) if inspect.signature(rows).parameters else rows()
    return rows


def key_of(row: Any) -> Any:
    """The key of a row."""
    return getattr(row, _key_column(type(row)).key)


def _key_column(model: type) -> Any:
    mapper: Any = class_mapper(model)
    return getattr(model, mapper.get_property_by_column(mapper.primary_key[0]).key)


def _label_name(model: type) -> str:
    names = class_mapper(model).column_attrs.keys()
    return next((name for name in _LABELS if name in names), "")
