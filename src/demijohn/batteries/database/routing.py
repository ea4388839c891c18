"""Units of work over several databases: each statement goes to where its tables live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.sql import visitors

from .direct import Direct
from .homes import home_of


class UnitEnded(RuntimeError):
    """A unit of work was asked for something after its exchange or block: nobody would give its connection back."""

    def __init__(self) -> None:
        super().__init__(
            "This unit of work has ended with its handler. A handler that yields has its unit until its stream ends; "
            "whoever works after the answer opens a unit of its own: with scope(DB) as db: ..."
        )


_ENDED: Any = object()


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
        if own is _ENDED:
            raise UnitEnded
        if not self._neighbours:
            return own
        parts: Iterable[Any] = ()
        if mapper is not None:
            parts = sqlalchemy_inspect(mapper).mapper.tables
        elif clause is not None:
            parts = visitors.iterate(clause)
        known = self._neighbours
        neighbour = next((known[home] for home in map(home_of, parts) if home and home in known), None)
        return own if neighbour is None else neighbour()

    def end(self) -> None:
        """Have whoever still asks this unit be told that it has ended; it must have been closed."""
        self.bind, self._neighbours = _ENDED, None

    def leave(self) -> None:
        """Close the unit for good; one that holds no objects has none to let go, but gives its connection back."""
        if self.in_transaction() or self._new or len(self.identity_map):
            self.close()
        else:
            self._release()
        self.end()
