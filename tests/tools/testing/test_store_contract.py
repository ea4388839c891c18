"""The contract of stores finds out those that break it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from demijohn import Schema
from demijohn.stores import Can, Deletion, MemoryStore, Query
from demijohn.testing import StoreContract


class Note(Schema):
    """What is stored."""

    id: int
    title: str


class Contract(StoreContract):
    """Its tests are called by hand."""

    __test__ = False

    def values(self, number: int) -> Mapping[str, object]:
        """A note."""
        return {"title": f"Note {number:05}"}


class Unordered(MemoryStore[Note]):
    """Goes by the key, whatever is asked."""

    def page(self, query: Query = Query(), **options: Any) -> Any:
        """Some things."""
        return super().page(Query(where=query.where, search=query.search), **options)


class Careless(MemoryStore[Note]):
    """Does not look whether somebody was faster."""

    def update(self, item: Note, values: Mapping[str, object], *, version: str = "") -> Note:
        """Change it."""
        return super().update(item, values)


class Hasty(MemoryStore[Note]):
    """Deletes even when it is only asked what would be."""

    def delete(self, items: Any, *, dry: bool = False) -> Deletion:
        """Delete."""
        return super().delete(items)


class Blind(MemoryStore[Note]):
    """Finds all things in a search."""

    def page(self, query: Query = Query(), **options: Any) -> Any:
        """Some things."""
        return super().page(Query(where=query.where, order=query.order), **options)


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        (Unordered, "test_the_order"),
        (Careless, "test_changes_by_others_are_noticed"),
        (Hasty, "test_deleting"),
        (Blind, "test_searching"),
    ],
)
def test_what_breaks_the_contract_is_found(kind: type[MemoryStore[Note]], test: str) -> None:
    """By the test that is for it, which the store without the flaw passes."""
    getattr(Contract(), test)(MemoryStore(Note))
    with pytest.raises(AssertionError):
        getattr(Contract(), test)(kind(Note))


def test_what_a_store_cannot_do_is_not_asked_of_it() -> None:
    """It says so by `can`."""
    plain = Careless(Note)
    plain.can = Can.CREATE | Can.UPDATE
    for name in ("test_changes_by_others_are_noticed", "test_deleting", "test_searching", "test_the_order"):
        getattr(Contract(), name)(plain)
