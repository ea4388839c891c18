"""Walking a recipe: the blueprints of an app, and of its batteries, in each of the places where they are included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..foundation.errors import SetupError
from .battery import Assembly
from .blueprint import Blueprint, RouteNote
from .paths import PathPattern
from .routes import Route


@dataclass(frozen=True, slots=True)
class Group:
    """A blueprint at one of the places where it is included."""

    blueprint: Blueprint
    prefix: str
    names: tuple[str, ...]
    arounds: tuple[Any, ...]
    error_handlers: tuple[dict[Any, Callable[..., Any]], ...]


def walk(
    blueprint: Blueprint, prefix: str, names: tuple[str, ...], arounds: tuple[Any, ...], handlers: tuple[Any, ...]
) -> Iterator[Group]:
    """A blueprint and all that it includes, with what surrounds each."""
    yield Group(blueprint, prefix, names, arounds, handlers)
    for inclusion in blueprint.inclusions:
        inner = inclusion.blueprint
        inner_handlers = (*handlers, dict(inner.error_handlers)) if inner.error_handlers else handlers
        yield from walk(
            inner, prefix + inclusion.prefix, (*names, inner.name), (*arounds, *inner.arounds), inner_handlers
        )


def all_blueprints(app: Blueprint, assembly: Assembly) -> list[Blueprint]:
    """The app and every blueprint in it, and those of its batteries, each once."""
    found: list[Blueprint] = []
    for root in (app, *(blueprint for blueprint, _, _ in assembly.blueprints)):
        for group in walk(root, "", (), (), ()):
            if group.blueprint not in found:
                found.append(group.blueprint)
    return found


def route_of(note: RouteNote, group: Group) -> Route:
    """The route that a note becomes at one place: its whole path, its qualified name, and what surrounds it."""
    options = note.options
    name = options.get("name") or str(getattr(note.handler, "__name__", "handler"))
    return Route(
        PathPattern.parse(group.prefix + note.path, note.where),
        note.methods,
        note.handler,
        ".".join((*group.names, name)),
        note.where,
        blueprint=".".join(group.names),
        arounds=(*group.arounds, *options.get("around", ())),
        status=options.get("status", 200),
        blocking=options.get("blocking", True),
        body_limit=options.get("body_limit"),
        media_type=options.get("media_type"),
        error_handlers=group.error_handlers,
    )


def check_names(routes: list[Route], errors: list[SetupError]) -> None:
    """Collect a mistake for each name that two handlers at different paths have: a link by it would be a guess."""
    known: dict[str, Route] = {}
    for route in routes:
        other = known.setdefault(route.name, route)
        if other.handler is not route.handler and other.pattern.text != route.pattern.text:
            errors.append(
                SetupError(
                    "DMJ0207", f"Two handlers are called {route.name}: links by name would be ambiguous.",
                    fix='Rename one, or say name="..." at its route.', where=[other.where, route.where],
                )
            )  # fmt: skip
