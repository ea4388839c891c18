"""`Store`: where things are kept, as forms, admin and API see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Final, Protocol, TypeVar

from demijohn.foundation.http.errors import Conflict

from .query import EVERYTHING, Query, StorePage
from .shape import Key, Shape

T = TypeVar("T")

PAGE_SIZE: Final = 20
MOST_COUNTED: Final = 10_000
"""How far a store counts: beyond that a number tells nobody more, and costs a walk through the whole table."""


class Can(Flag):
    """What a store can do; what it cannot is not offered to anybody, and raises `TypeError`."""

    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()
    FILTER = auto()
    SEARCH = auto()
    ORDER = auto()
    COUNT = auto()
    VERSION = auto()
    UNIT = auto()
    READ = FILTER | SEARCH | ORDER | COUNT
    EVERYTHING = CREATE | UPDATE | DELETE | READ | VERSION | UNIT


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """What deleting does, or would do: by what people call the things, how many.

    `deleted` counts all that goes, what is asked for and what goes with it; `emptied` what stays, with an empty
    relation; `protected` what stands in the way, so that nothing can be deleted. `exact` is False where there is more
    than a store looks at.
    """

    deleted: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    protected: Mapping[str, int] = field(default_factory=dict)
    exact: bool = True

    @property
    def allowed(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.protected

    @property
    def total(self) -> int:
        """How many things go, all in all."""
        return sum(self.deleted.values())


class StaleVersion(Conflict):
    """409: somebody else has changed the thing since it was read."""

    default_detail = "Somebody else has changed this in the meantime. Look at it again, then change it."


class Protected(Conflict):
    """409: something else refers to what is to be deleted; `deletion` tells what."""

    default_detail = "Something else still refers to it."

    def __init__(self, deletion: Deletion) -> None:
        self.deletion = deletion
        told = ", ".join(f"{count} {name}" for name, count in deletion.protected.items())
        super().__init__(f"Something else still refers to it: {told}." if told else "")


class Store(Protocol[T]):
    """Where things of one kind are kept. A class that has these methods is a store: it need not inherit.

    All methods are plain functions. Values that do not pass are told all at once, as `UnprocessableContent` or
    `Conflict` with `errors`, one for each field: `{"where": "title", "message": "..."}`. What is asked for and makes no
    sense (an unknown field, a damaged cursor) is a `BadRequest`: a query may come from a visitor as it is.
    """

    @property
    def shape(self) -> Shape:
        """What the things look like."""
        ...

    @property
    def can(self) -> Can:
        """What this store can do."""
        ...

    def key(self, item: T) -> Key:
        """What identifies a thing."""
        ...

    def version(self, item: T) -> str:
        """A short text that is another one after any change: what `update` is handed to notice changes by others."""
        ...

    def page(
        self, query: Query = EVERYTHING, *, size: int = PAGE_SIZE, number: int | None = None, after: str = ""
    ) -> StorePage[T]:
        """Some of the things: page `number`, from 1, or what follows the cursor `after` of an earlier page.

        With neither it is the beginning. Raises `NotFound` for a number beyond the last.
        """
        ...

    def many(self, keys: Iterable[Key], query: Query = EVERYTHING) -> Sequence[T]:
        """The things with these keys, in this order; those that are gone, or not within the query, are left out."""
        ...

    def create(self, values: Mapping[str, object]) -> T:
        """Make a thing, with all that the store fills in. A relation is given by the key of the other, or itself."""
        ...

    def update(self, item: T, values: Mapping[str, object], *, version: str = "") -> T:
        """Change a thing, and give it as it is now; raises `StaleVersion` if it is not at `version` any more."""
        ...

    def delete(self, items: Sequence[T], *, dry: bool = False) -> Deletion:
        """Delete things and what belongs to them, all or none; raises `Protected` if others refer to them.

        `dry` changes nothing, raises nothing, and tells what would be.
        """
        ...

    def unit(self) -> AbstractContextManager[None]:
        """A block whose changes are made all, or if it raises, none."""
        ...
