"""Buttons of a form that send it without meaning it: a row more, a row less, a search, a step back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .branches import Branch
from .parts import Part, planted

ADD, REMOVE, FIND, CHECK, BACK = "_add", "_remove", "_find", "_check", "_back"


@dataclass(frozen=True, slots=True)
class Pressed:
    """Which button it was (`_add`, `_remove`, `_find`), and of which field: `items`, `items.1`, `author`."""

    button: str
    name: str


def press(parts: Mapping[str, Part], sent: Branch, texts: Iterable[tuple[str, str]]) -> Pressed | None:
    """Do what a button of the form asks, if one was pressed; names that lead nowhere do nothing."""
    for button, name in texts:
        if button in (ADD, REMOVE, FIND, BACK):
            if button == ADD:
                _add(parts, sent, name)
            elif button == REMOVE:
                _remove(parts, sent, name)
            return Pressed(button, name)
    return None


def _rows(parts: Mapping[str, Part], branch: Branch, path: list[str]) -> tuple[Part, Branch] | None:
    """The repeated part at a path, and the branch that has its rows."""
    for step, name in enumerate(path):
        part = parts.get(name)
        if part is None or part.parts is None:
            return None
        rest = path[step + 1 :]
        if part.repeated:
            if not rest:
                return part, branch
            row = branch.rows.get(name, {}).get(int(rest[0])) if rest[0].isdecimal() and len(rest[0]) < 5 else None
            return None if row is None else _rows(part.parts, row, rest[1:])
        branch, parts = branch.branches.setdefault(name, Branch()), part.parts
    return None


def _add(parts: Mapping[str, Part], sent: Branch, name: str) -> None:
    found = _rows(parts, sent, name.split("."))
    if found is not None:
        part, branch = found
        rows = branch.listed(part.name)
        assert part.parts is not None
        more = [planted(part.parts, None)] if len(rows) < part.most else []
        branch.settle(part.name, [*rows, *more])


def _remove(parts: Mapping[str, Part], sent: Branch, name: str) -> None:
    *path, index = name.split(".")
    found = _rows(parts, sent, path)
    if found is not None and index.isdecimal() and len(index) < 5:
        part, branch = found
        branch.rows.get(part.name, {}).pop(int(index), None)
        branch.settle(part.name, branch.listed(part.name))
