"""Marks: what is said of routes among their arounds and runs nothing, such as that a page of other sites may post here.

They stand where arounds do, so that one is said of a route, a blueprint or the whole app. Batteries read them when the
app is sealed; in a plan they are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from ..foundation.errors import SetupError, Where

M = TypeVar("M", bound="Mark")


class Mark:
    """The base of marks; as an around it does nothing."""

    shown: str = "..."

    def __call__(self, *handler: Any) -> None:
        """An around that lets pass, where nobody knows of marks; a SetupError if a handler is decorated with it."""
        if handler:
            name = getattr(handler[0], "__name__", "handler")
            raise SetupError(
                "DMJ0331", f"{self.shown} decorates {name}(): it is an around.",
                fix=f'@app.get("/...", around=[{self.shown}])', where=Where.caller(),
            )  # fmt: skip


def is_mark(around: Any) -> bool:
    """Whether something among arounds is a mark."""
    return isinstance(around, Mark)


def marks_of(arounds: Iterable[Any], kind: type[M]) -> tuple[M, ...]:
    """The marks of one type among arounds, outermost first."""
    return tuple(around for around in arounds if isinstance(around, kind))
