"""The first rows of an app's tables: what a developer wants to find after a reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .units import DB


@dataclass(frozen=True)
class Seed:
    """A function that puts rows into the tables; made by `seed`."""

    function: Callable[[DB], object]

    @property
    def name(self) -> str:
        """What it is called when it has run."""
        return self.function.__name__

    def __call__(self, db: DB) -> object:
        return self.function(db)


def seed(function: Callable[[DB], object]) -> Seed:
    """Make a function a seed: with `@app.register` above it, `demijohn db seed` and `db reset` run it.

    It is handed a unit of work that is committed afterwards. Write it so that it may run twice:

    >>> @seed
    ... def tags(db: DB) -> None:
    ...     db.upsert(Tag, [{"word": "new"}, {"word": "old"}], by=["word"])
    """
    return Seed(function)
