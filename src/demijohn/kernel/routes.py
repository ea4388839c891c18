"""A route: one handler at one path, with what was said about it. Notes until the app is sealed, then facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ..foundation.errors import Where
from .paths import PathPattern

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")


class RouteOptions(TypedDict, total=False):
    """What may be said of a route beside its path and methods."""

    status: int
    name: str
    around: Sequence[Callable[..., Any]]
    blocking: bool
    body_limit: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Route:
    """One handler at one path. `name` is qualified by its blueprints: `posts.show`.

    `arounds` are the blueprint's and the route's own, outermost first; `blocking` is False for a `def` handler that
    promises not to block; `body_limit` is in bytes.
    """

    pattern: PathPattern
    methods: tuple[str, ...]
    handler: Callable[..., Any]
    name: str
    where: Where
    blueprint: str = ""
    arounds: tuple[Callable[..., Any], ...] = ()
    status: int = 200
    blocking: bool = True
    body_limit: int | None = None
    media_type: str | None = None
    error_handlers: tuple[dict[Any, Callable[..., Any]], ...] = field(default=(), repr=False)

    @property
    def path(self) -> str:
        """The whole path, prefixes included."""
        return self.pattern.text

    def __str__(self) -> str:
        return f"{', '.join(self.methods)} {self.path}"
