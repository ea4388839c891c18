"""Units of work over several databases: each statement goes to where its tables live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.sql import visitors

from .homes import home_of
from .reading import Direct


class Routed(Direct):
    """A session whose statements go to the database that their tables live in; `neighbours` are the others'
    engines."""

    def __init__(
        self, bind: Any = None, *, neighbours: Mapping[str, Callable[[], Engine]] | None = None, **options: Any
    ) -> None:
        self._neighbours = neighbours
        super().__init__(bind, **options)

    def get_bind(self, mapper: Any = None, *, clause: Any = None, **options: Any) -> Any:
        """As `Session.get_bind`; a model that is bound to another database has that."""
        own = super().get_bind(mapper, clause=clause, **options)
        if not self._neighbours:
            return own
        parts: Iterable[Any] = ()
        if mapper is not None:
            parts = sqlalchemy_inspect(mapper).mapper.tables
        elif clause is not None:
            parts = visitors.iterate(clause)
        neighbour = next((self._neighbours[home] for home in map(home_of, parts) if home in self._neighbours), None)
        return own if neighbour is None else neighbour()
