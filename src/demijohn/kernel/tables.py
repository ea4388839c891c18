"""Central tables of URLs, as in Django: `app.urls(path("/", home), path("/blog", include(blog)))`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from ..foundation.errors import SetupError, Where
from .route_notes import method_names, require_options, require_path
from .routes import RouteOptions
from .translations import Spelt
from .views import is_view

if TYPE_CHECKING:
    from .blueprint import Blueprint

_GET = ("GET",)


@dataclass(frozen=True, slots=True)
class PathEntry:
    """A line of a central table."""

    path: Spelt
    handler: Callable[..., Any]
    methods: tuple[str, ...]
    options: RouteOptions
    where: Where


@dataclass(frozen=True, slots=True)
class IncludeEntry:
    """A blueprint in a central table."""

    blueprint: Blueprint
    prefix: Spelt = ""
    host: str | Sequence[str] = ()


def path(
    route: Spelt, handler: Callable[..., Any] | IncludeEntry, *, methods: Iterable[str] = _GET,
    **options: Unpack[RouteOptions],
) -> PathEntry | IncludeEntry:  # fmt: skip
    """One line of a central table: `path("/posts/{id}", show, name="show")`, `path("/blog", include(blog))`."""
    where = Where.caller()
    require_path(route, where)
    if isinstance(handler, IncludeEntry):
        unknown = sorted(options.keys() - {"host"})
        if unknown:
            raise SetupError(
                "DMJ0112", f"path({route!r}, include(...)) has no option {unknown[0]!r}.",
                fix="Say it at the blueprint's routes; a blueprint takes around= and host=.", where=where,
            )  # fmt: skip
        return IncludeEntry(handler.blueprint, route, options.get("host", ()))
    require_options(options, where)
    if is_view(handler) and methods is not _GET:
        raise SetupError(
            "DMJ0128", f"path({route!r}, {handler.__name__}) says methods=; a view answers the methods that it has.",
            fix=f'path({route!r}, {handler.__name__})', where=where,
        )  # fmt: skip
    return PathEntry(route, handler, method_names(methods, where), options, where)


def include(blueprint: Blueprint) -> IncludeEntry:
    """A blueprint, for `path(prefix, include(blueprint))`."""
    return IncludeEntry(blueprint)


def no_entry(entry: Any, where: Where) -> SetupError:
    name = type(entry).__name__
    if isinstance(entry, list | tuple):
        what, fix = f"urls() takes path(...) entries one by one, not a {name}.", "app.urls(*urlpatterns)"
    else:
        what = f"urls() takes path(...) entries, not {entry!r}."
        fix = 'app.urls(path("/", home), path("/blog", include(blog)))'
    return SetupError("DMJ0108", what, fix=fix, where=where)
