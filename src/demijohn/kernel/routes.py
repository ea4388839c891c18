"""A route: one handler at one path, with what was said about it. Notes until the app is sealed, then facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from ..foundation.errors import SetupError, Where
from ..foundation.http.errors import HTTPError
from .hosts import HostPattern
from .levels import Level
from .markers import Depends
from .paths import PathPattern

if TYPE_CHECKING:
    from .error_handlers import ErrorHandlers

WEBSOCKET = "WEBSOCKET"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")


class RouteOptions(TypedDict, total=False):
    """What may be said of a route beside its path and methods."""

    status: int
    name: str
    host: str | Sequence[str]
    around: Sequence[Callable[..., Any] | Depends]
    blocking: bool
    body_limit: int
    timeout: float | None
    media_type: str
    produces: Sequence[str]
    etag: bool
    compress: bool
    summary: str
    description: str
    tags: Sequence[str]
    deprecated: bool
    include_in_schema: bool
    raises: Sequence[type[HTTPError]]
    responses: Mapping[int | str, Any]
    openapi_extra: Mapping[str, Any]


class SocketOptions(TypedDict, total=False):
    """What may be said of a WebSocket beside its path."""

    name: str
    host: str | Sequence[str]
    around: Sequence[Callable[..., Any] | Depends]
    origins: Sequence[str]
    message_limit: int


@dataclass(frozen=True, slots=True)
class Route:
    """One handler at one path. `name` is qualified by its blueprints: `posts.show`.

    `arounds` are the blueprint's and the route's own, outermost first; `blocking` is False for a `def` handler that
    promises not to block; `body_limit` is in bytes and `timeout` in seconds ("app": what the app says).
    `origins` and `message_limit` are of a WebSocket, whose one method is `WEBSOCKET`. `hosts` are those that it
    is bound to, none if it is on all; `languages` those that its path is spelt in, none if it is not translated.
    `level` is what its handler sees of services, and `around_levels` what each of its arounds does.
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
    timeout: float | Literal["app"] | None = "app"
    media_type: str | None = None
    produces: tuple[str, ...] = ()
    etag: bool = False
    compress: bool | None = None
    error_handlers: tuple[ErrorHandlers, ...] = field(default=(), repr=False)
    options: RouteOptions = field(default_factory=RouteOptions, repr=False)
    origins: tuple[str, ...] = ()
    message_limit: int | None = None
    level: Level | None = field(default=None, repr=False)
    around_levels: tuple[Level, ...] = field(default=(), repr=False)
    hosts: tuple[HostPattern, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The whole path, prefixes included."""
        return self.pattern.text

    @property
    def names(self) -> tuple[str, ...]:
        """Its parameters, in the order in which they are captured: those of the host, then those of the path."""
        return (*self.hosts[0].names, *self.pattern.names) if self.hosts else self.pattern.names

    @property
    def address(self) -> str:
        """The path behind the host, if it is bound to one."""
        return self.path if not self.hosts else f"{self.hosts[0].text}{self.path}"

    @property
    def language(self) -> str:
        """The language that its path is spelt in (the first, if it is the same in several); empty if in none."""
        return self.languages[0] if self.languages else ""

    def __str__(self) -> str:
        return f"{', '.join(self.methods)} {self.address}"


def never_runs(route: Route, other: Route) -> SetupError:
    """The mistake of a route in whose place another one answers always."""
    return SetupError(
        "DMJ0206", f"{route} ({route.name}) can never run: {other} ({other.name}) answers first.",
        fix="Change one of the paths or methods; what a parameter is called or typed does not tell two paths apart.",
        where=[other.where, route.where],
    )  # fmt: skip
