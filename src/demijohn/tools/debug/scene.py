"""Where an exception was raised, for those who look for its reason: names, and the expression at fault."""

from __future__ import annotations

import ast
import builtins
import difflib
import linecache
from collections.abc import Iterable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import Any

from .source import parse, segment

MISSING: Any = object()


class Scene:
    """The innermost frame of an exception: the `names` there, and the `expression` that failed."""

    def __init__(self, exc: BaseException) -> None:
        steps = list(_steps(exc.__traceback__))
        self.frames: list[FrameType] = [step.tb_frame for step in steps]
        templates = [step for step in steps if "__jinja_exception__" in step.tb_frame.f_globals]
        # What a template asks for fails somewhere inside of Jinja or MarkupSafe.
        in_template = bool(templates) and type(exc).__module__.startswith("jinja2")
        step = templates[-1] if in_template else steps[-1] if steps else None
        frame = step.tb_frame if step is not None else None
        self.locals: Mapping[str, Any] = frame.f_locals if frame is not None else {}
        self.globals: Mapping[str, Any] = frame.f_globals if frame is not None else {}
        self.function = frame.f_code.co_name if frame is not None else ""
        self.line = linecache.getline(step.tb_frame.f_code.co_filename, step.tb_lineno) if step else ""
        text = segment(step.tb_frame.f_code, step.tb_lasti) if step and not in_template else ""
        self.expression = parse(text) if text else None

    @property
    def names(self) -> list[str]:
        """Every name that could be read there, the nearest first."""
        return [*self.locals, *self.globals, *(name for name in dir(builtins) if not name.startswith("_"))]

    def value(self, expression: ast.expr | None) -> Any:
        """What a name or an attribute stands for, `MISSING` where finding out would run code."""
        if isinstance(expression, ast.Name):
            for names in (self.locals, self.globals, vars(builtins)):
                if expression.id in names:
                    return names[expression.id]
        if isinstance(expression, ast.Constant):
            return expression.value
        if isinstance(expression, ast.Attribute):
            owner = self.value(expression.value)
            return _own(owner, expression.attr)
        return MISSING


def _steps(step: TracebackType | None) -> Iterator[TracebackType]:
    while step is not None:
        yield step
        step = step.tb_next


def _own(owner: object, name: str) -> Any:
    """An attribute that lies in the object itself, so that no property or `__getattr__` runs."""
    try:
        return object.__getattribute__(owner, "__dict__").get(name, MISSING)
    except AttributeError:
        return MISSING


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like another one, empty when none is much like it; case does not count.

    >>> nearest("titel", ["id", "title", "body"])
    'title'
    >>> nearest("titel", ["id", "body"])
    ''
    """
    known = {other.lower(): other for other in reversed(list(names)) if isinstance(other, str) and other != name}
    found = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.7 if len(name) > 3 else 0.6)
    return known[found[0]] if found else ""


def attribute_names(value: object) -> list[str]:
    """The names of the attributes of a thing, public ones first, without running any of them."""
    try:
        names = [name for name in dir(value) if isinstance(name, str)]
    except Exception:
        return []
    return sorted(names, key=lambda name: name.startswith("_"))


def call_text(expression: ast.expr | None) -> str:
    """An expression as a reader would say it, shortened."""
    if expression is None:
        return ""
    try:
        text = ast.unparse(expression)
    except (ValueError, RecursionError):
        return ""
    return text if len(text) <= 60 else f"{text[:59]}…"
