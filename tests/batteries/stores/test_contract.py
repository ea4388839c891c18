"""The store in memory keeps the contract of stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pytest

from demijohn import Schema
from demijohn.kernel.schema import Meta
from demijohn.stores import MemoryStore, Store
from demijohn.testing import StoreContract


class Note(Schema):
    """What is stored."""

    id: int
    title: Annotated[str, Meta(max_length=40)]
    pages: int | None = None


class TestMemoryStore(StoreContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> Store[Note]:
        """An empty one."""
        return MemoryStore(Note)

    def values(self, number: int) -> Mapping[str, object]:
        """A note."""
        return {"title": f"Note {number:05}"}


class Place(Schema):
    """What has a key of two parts, neither of them a number that somebody counts."""

    shelf: str
    box: int
    title: str


class TestKeysOfSeveralParts(StoreContract):
    """In memory, by a key that is given."""

    @pytest.fixture
    def store(self) -> Store[Place]:
        """An empty one."""
        return MemoryStore(Place, key=("shelf", "box"))

    def values(self, number: int) -> Mapping[str, object]:
        """A place."""
        return {"shelf": f"a/{number % 2},ä", "box": -number, "title": f"Box {number:05}"}
