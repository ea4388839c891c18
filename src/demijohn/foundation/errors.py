"""Errors for developers.

Two families of exceptions leave this house: `HTTPError` (for visitors; see `foundation.http.errors`) and
`SetupError` (for developers), which says what is wrong, where, and what to write instead. Mistakes made while an
app is put together are collected and raised in one piece, a `SetupErrors`.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any


class Where:
    """A place in somebody's source: printed as `file:line`, kept as data for tools."""

    __slots__ = ("_line", "file", "name")

    def __init__(self, file: str, line: int | type, name: str = "") -> None:
        self.file = file
        self._line = line
        self.name = name

    @property
    def line(self) -> int:
        """The line, from 1; 0 if it is not known."""
        if isinstance(self._line, type):
            self._line = _line_of(self._line, self.file)
        return self._line

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" in {self.name}" if self.name else "")

    def __repr__(self) -> str:
        return f"Where({str(self)!r})"

    @classmethod
    def of(cls, thing: Callable[..., Any] | type) -> Where:
        """Where a function or class is defined; unknown places (built-ins) are said to be so."""
        while isinstance(thing, functools.partial):
            thing = thing.func
        thing = getattr(thing, "__stands_for__", thing)  # A function that was made of a class of the user's.
        thing = inspect.unwrap(thing)
        name = getattr(thing, "__qualname__", repr(thing))
        code = getattr(thing, "__code__", None)
        if code is not None:
            return cls(code.co_filename, code.co_firstlineno, name)
        target = thing if isinstance(thing, type) else type(thing)
        try:
            return cls(inspect.getsourcefile(target) or "<unknown>", target, name)
        except (OSError, TypeError):
            return cls("<unknown>", 0, name)

    @classmethod
    def caller(cls) -> Where:
        """The nearest line outside of Demijohn that led here: where the user wrote it."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "demijohn":
            frame = frame.f_back
        return cls(frame.f_code.co_filename, frame.f_lineno)


def _line_of(kind: type, file: str) -> int:
    """Where a class begins. Its file is parsed for that, so it is done for those that are printed only.

    `inspect` asks the class's module, which is gone again where it is this class that kept it from being imported.
    """
    try:
        return inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        pass
    try:
        with open(file, "rb") as source:  # noqa: PTH123 - the one file that this floor reads
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return 0
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == kind.__name__]
    if len(found) != 1:  # Which of several it is, nobody can tell.
        return 0
    return min((each.lineno for each in found[0].decorator_list), default=found[0].lineno)


class SetupError(Exception):
    """A mistake in how an app is put together: `code`, `what` is wrong, `where`, and the `fix`.

    `code` is `DMJ` and four digits; the errors page of the documentation has an entry for each.

    >>> error = SetupError("DMJ0001", "Two routes are called show.", fix="Rename one of them.")
    >>> print(error)
    DMJ0001  Two routes are called show.
      Fix: Rename one of them.
    """

    def __init__(self, code: str, what: str, *, fix: str, where: Where | Iterable[Where] = ()) -> None:
        self.code = code
        self.what = what
        self.fix = fix
        self.where: tuple[Where, ...] = (where,) if isinstance(where, Where) else tuple(where)
        super().__init__(code, what, fix)

    def __str__(self) -> str:
        lines = [f"{self.code}  {self.what}"]
        lines += [f"  at {where}" for where in self.where]
        first, *rest = self.fix.splitlines() or [""]
        lines.append(f"  Fix: {first}")
        lines += [f"       {line}" for line in rest]
        return "\n".join(lines)


class SetupErrors(SetupError):
    """Several setup mistakes at once, in `errors`: all are shown, so that all can be mended in one go."""

    def __init__(self, errors: Iterable[SetupError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.code, first.what, fix=first.fix, where=first.where)

    def __str__(self) -> str:
        count = len(self.errors)
        head = f"The app has {count} setup mistakes:"
        return "\n\n".join([head, *(str(error) for error in self.errors)])


def raise_all(errors: list[SetupError]) -> None:
    """Raise the collected mistakes, if there are any: a single one as itself."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SetupErrors(errors)
