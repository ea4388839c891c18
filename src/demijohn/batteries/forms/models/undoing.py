"""What a form has set on a row, undone: for a mistake that is found when the values are there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import make_transient, object_session

from ..parts import Part


class Before:
    """The values of a row's fields, and of the rows that belong to it, before a form set them."""

    def __init__(self, item: Any, parts: Mapping[str, Part]) -> None:
        self.item = item
        self.added: list[Any] = []  # since; its handler may have taken them out of its rows
        fields = [name for name, part in parts.items() if part.children is None]
        self._values = _held(item, fields)
        self._unread = [name for name in fields if name not in self._values]
        self._rows = {
            name: [(row, _held(row, part.parts or ())) for row in getattr(item, name)]
            for name, part in parts.items()
            if part.children is not None
        }

    def restore(self) -> None:
        """Set them again; rows that were added go, and those that were removed come back."""
        session = object_session(self.item)
        _set(self.item, self._values)
        if session is not None and self._unread:
            session.expire(self.item, self._unread)
        for name, rows in self._rows.items():
            self._restore_rows(name)
            for row, values in rows:
                _set(row, values)
        for row in self.added:
            if session is not None and row in session.new:
                session.expunge(row)

    def repeat(self) -> None:
        """Set these values, and have these rows, once more: of a row whose fields a form has set again."""
        for name, value in self._values.items():
            setattr(self.item, name, value)
        for name, rows in self._rows.items():
            self._restore_rows(name)
            for row, values in rows:
                for attribute, value in values.items():
                    setattr(row, attribute, value)

    def _restore_rows(self, name: str) -> None:
        session, relation = object_session(self.item), getattr(self.item, name)
        kept = [row for row, _ in self._rows[name]]
        for row in [one for one in relation if all(one is not other for other in kept)]:
            relation.remove(row)
            if session is not None and row in session:
                (session.expunge if row in session.new else session.delete)(row)
        for row in [row for row in kept if all(one is not row for one in relation)]:
            if inspect(row).deleted:  # A query in between has sent that: it is a new row now, with its old key.
                make_transient(row)
            (relation.append if hasattr(relation, "append") else relation.add)(row)
            if session is not None and row in session.deleted:
                session.add(row)


def _held(item: Any, names: Iterable[str]) -> dict[str, Any]:
    """What is loaded of these attributes; lists are copied, as they are changed in place."""
    values = inspect(item).dict
    return {name: _copied(values[name]) for name in names if name in values}


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list) else set(value) if isinstance(value, set) else value


def _set(item: Any, values: Mapping[str, Any]) -> None:
    held = inspect(item).dict
    for name, value in values.items():
        if name in held and held[name] is not value:  # What a rollback has expired is read again as it was.
            setattr(item, name, value)
