"""Reading annotations, as text and as objects."""

# ruff: noqa: UP006, UP007, UP035, UP045 - old spellings must be read too

from __future__ import annotations

import contextlib
from typing import List, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import DynamicMapped, Mapped

from demijohn.batteries.database.annotations import (
    Target,
    UnreadableAnnotation,
    allows_none,
    is_mapped,
    read_target,
)


class User:
    """A class to point at."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mapped[User]", Target("User")),
        ("Mapped['User']", Target("User")),
        ("orm.Mapped[models.User]", Target("models.User")),
        ("Mapped[User | None]", Target("User", nullable=True)),
        ("Mapped[None | User]", Target("User", nullable=True)),
        ("Mapped[Optional[User]]", Target("User", nullable=True)),
        ("Mapped[Union[User, None]]", Target("User", nullable=True)),
        ("Mapped['User | None']", Target("User", nullable=True)),
        ("Mapped[list[User]]", Target("User", many=True, collection="list")),
        ("Mapped[set['User']]", Target("User", many=True, collection="set")),
        ("Mapped[typing.List[User]]", Target("User", many=True, collection="list")),
        ("DynamicMapped[User]", Target("User", many=True)),
    ],
)
def test_text_is_read(text: str, expected: Target) -> None:
    """Every spelling of a relation says the same thing."""
    assert read_target(text) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (Mapped[User], Target("User", User)),
        (Mapped["User"], Target("User")),
        (Mapped[Optional[User]], Target("User", User, nullable=True)),
        (Mapped[Union[User, None]], Target("User", User, nullable=True)),
        (Mapped["User | None"], Target("User", nullable=True)),
        (Mapped[list["User"]], Target("User", many=True, collection="list")),
        (Mapped[List["User"]], Target("User", many=True, collection="list")),
        (Mapped[set[User]], Target("User", User, many=True, collection="set")),
        (DynamicMapped[User], Target("User", User, many=True)),
    ],
)
def test_objects_are_read(annotation: object, expected: Target) -> None:
    """Without the future import annotations are objects, and mean the same."""
    assert read_target(annotation) == expected


@pytest.mark.parametrize("text", ["Mapped[User | Group]", "Mapped[", "Mapped[3]", "Mapped[dict[str, User]]"])
def test_what_names_no_class_is_refused(text: str) -> None:
    """Two classes, broken text and other constructs are no target."""
    with pytest.raises(UnreadableAnnotation):
        read_target(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No annotation makes the reader fail in another way."""
    with contextlib.suppress(UnreadableAnnotation):
        read_target(f"Mapped[{text}]")


def test_mapped_is_recognised() -> None:
    """A column needs Mapped, under whatever module name."""
    assert is_mapped("Mapped[int]")
    assert is_mapped("orm.Mapped[int]")
    assert is_mapped(Mapped[int])
    assert not is_mapped("int")
    assert not is_mapped(int)
    assert not is_mapped(None)


def test_none_is_seen() -> None:
    """A key may be empty only if it says so."""
    assert allows_none("Mapped[int | None]")
    assert not allows_none("Mapped[int]")
    assert not allows_none("Mapped[dict[str, int]]")
