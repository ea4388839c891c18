"""What was sent for a form, or is shown in it before: texts and files, in the tree that its fields are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...foundation.http.uploaded_file import UploadedFile

if TYPE_CHECKING:
    from .parts import Part

_MOST_DIGITS = 4


class Branch:
    """The texts and files of one record by name, and the records inside of it: one by name, or a list of rows."""

    __slots__ = ("branches", "files", "rows", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.files: dict[str, list[UploadedFile]] = {}
        self.branches: dict[str, Branch] = {}
        self.rows: dict[str, dict[int, Branch]] = {}

    def branch(self, name: str) -> Branch:
        """The record of a name: an empty one, if nothing was sent for it."""
        return self.branches.get(name) or Branch()

    def listed(self, name: str) -> list[Branch]:
        """The rows of a name, in their order."""
        found = self.rows.get(name)
        return [] if found is None else [found[index] for index in sorted(found)]

    def settle(self, name: str, rows: Iterable[Branch]) -> None:
        """Take these rows for those of a name, counted from 0."""
        self.rows[name] = dict(enumerate(rows))

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        if self.files or any(any(map(str.strip, texts)) for texts in self.texts.values()):
            return False
        inner = [*self.branches.values(), *(row for rows in self.rows.values() for row in rows.values())]
        return all(one.is_blank for one in inner)

    def __repr__(self) -> str:
        return f"<Branch {self.texts} {self.branches} {self.rows}>"


def grow(parts: Mapping[str, Part], texts: Iterable[tuple[str, str]], files: Iterable[tuple[str, Any]] = ()) -> Branch:
    """The tree of what was sent under names such as `items.0.price`; names that the form has not got are dropped."""
    root = Branch()
    for name, text in texts:
        if name in parts:  # of a flat form, which most are
            root.texts.setdefault(name, []).append(text)
            continue
        found = _find(root, parts, name)
        if found is not None:
            found[0].texts.setdefault(found[1], []).append(text)
    for name, file in files:
        if file.size == 0 and not file.filename:
            continue  # That is how browsers send a file input in which nothing was chosen.
        found = _find(root, parts, name)
        if found is not None:
            found[0].files.setdefault(found[1], []).append(file)
    return root


def _find(branch: Branch, parts: Mapping[str, Part], name: str) -> tuple[Branch, str] | None:
    """The branch that a name leads to, grown if need be, and the last piece of the name."""
    while True:
        piece, _, name = name.partition(".")
        part = parts.get(piece)
        if part is None:
            return None
        inner = part.parts
        if inner is None:
            return None if name else (branch, piece)
        if part.repeated:
            if not name:
                return branch, piece
            index, _, name = name.partition(".")
            if not (index.isascii() and index.isdigit() and len(index) <= _MOST_DIGITS):
                return None
            branch = branch.rows.setdefault(piece, {}).setdefault(int(index), Branch())
        else:
            branch = branch.branches.setdefault(piece, Branch())
        parts = inner
