"""Walking a recipe: the blueprints of an app, and of its batteries, in each of the places where they are included."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..foundation.errors import SetupError, SetupErrors, Where
from .battery import Assembly, add_provider, provider_of
from .blueprint import Blueprint
from .converters import Converter, add_converter
from .error_handlers import ErrorHandlers
from .hosts import HostPattern, hosts_of
from .levels import Level
from .marks import is_mark
from .negotiation import media_types_of
from .paths import PathPattern
from .route_notes import RouteNote
from .routes import Route
from .services import Provider, ServiceKey
from .translations import AS_IT_IS, Spelling, Spelt, joined


@dataclass(frozen=True, slots=True)
class Group:
    """A blueprint at one of the places where it is included."""

    blueprint: Blueprint
    spellings: tuple[Spelling, ...]
    names: tuple[str, ...]
    arounds: tuple[Any, ...]
    error_handlers: tuple[ErrorHandlers, ...]
    level: Level
    around_levels: tuple[Level, ...] = ()
    hosts: tuple[HostPattern, ...] = ()

    def inside(
        self, blueprint: Blueprint, prefix: Spelt, levels: Levels, *, hosts: tuple[HostPattern, ...] = (), where: Where
    ) -> Group:
        """A blueprint that is included here: it has what surrounds this one, and its own inside of that."""
        level = levels.inside(blueprint, self.level)
        own = (ErrorHandlers(dict(blueprint.error_handlers), level),) if blueprint.error_handlers else ()
        return Group(
            blueprint,
            joined(joined(self.spellings, prefix, where), blueprint.prefix, blueprint.where),
            (*self.names, blueprint.name),
            (*self.arounds, *blueprint.arounds),
            (*self.error_handlers, *own),
            level,
            (*self.around_levels, *(level for _ in blueprint.arounds)),
            hosts or blueprint.hosts or self.hosts,
        )


class Levels:
    """Makes the levels of a recipe, each blueprint's once in each level around it; mistakes are collected.

    `replaced` are the services that a test replaces, which no blueprint brings then.
    """

    def __init__(self, root: Level, replaced: Collection[type], errors: list[SetupError]) -> None:
        self.root = root
        self._replaced = replaced
        self.errors = errors
        self._known: dict[tuple[Blueprint, Level], Level] = {}

    def inside(self, blueprint: Blueprint, around: Level) -> Level:
        """The level of a blueprint that is included in another level: that itself, if it brings nothing."""
        if not blueprint.providers and not blueprint.converters:
            return around
        level = self._known.get((blueprint, around))
        if level is None:
            level = self._known[blueprint, around] = self._made(blueprint, around)
        return level

    def _made(self, blueprint: Blueprint, around: Level) -> Level:
        providers: dict[ServiceKey, Provider] = {}
        converters: dict[type, Converter] = {}
        level = Level({}, {})
        for note in blueprint.providers:
            with collected(self.errors):
                made = replace(provider_of(note.factory, note.scope, note.name), level=level)
                if made.key[0] not in self._replaced:
                    add_provider(providers, made)
        for converter in blueprint.converters:
            with collected(self.errors):
                add_converter(converters, converter)
        object.__setattr__(level, "providers", {**around.providers, **providers})
        object.__setattr__(level, "converters", {**around.converters, **converters})
        return level


@contextmanager
def collected(errors: list[SetupError]) -> Iterator[None]:
    """Note the mistakes of a block, and go on."""
    try:
        yield
    except SetupErrors as several:
        errors += several.errors
    except SetupError as error:
        errors.append(error)


def groups_of(app: Blueprint, assembly: Assembly, levels: Levels) -> list[Group]:
    """The app and every blueprint in it, and those of its batteries, at each of their places."""
    handlers = (ErrorHandlers(dict(app.error_handlers)),)
    # What runs around the whole app is put around plans later; what is only said of it is said of each route.
    marks = tuple(around for around in app.arounds if is_mark(around))
    root = Group(app, AS_IT_IS, (), marks, handlers, levels.root, tuple(levels.root for _ in marks))
    groups = list(_walk(root, levels))
    for blueprint, prefix, where in assembly.blueprints:
        groups += _walk(root.inside(blueprint, prefix, levels, where=where), levels)
    return groups


def _walk(group: Group, levels: Levels) -> Iterator[Group]:
    yield group
    for inclusion in group.blueprint.inclusions:
        with collected(levels.errors):
            place = group.inside(
                inclusion.blueprint, inclusion.prefix, levels, hosts=inclusion.hosts, where=inclusion.where
            )
            yield from _walk(place, levels)


def all_blueprints(app: Blueprint, assembly: Assembly) -> list[Blueprint]:
    """The app and every blueprint in it, and those of its batteries, each once."""
    found: dict[Blueprint, None] = {}
    waiting = [app, *(blueprint for blueprint, _, _ in assembly.blueprints)]
    while waiting:
        blueprint = waiting.pop(0)
        if blueprint not in found:
            found[blueprint] = None
            waiting[:0] = [inclusion.blueprint for inclusion in blueprint.inclusions]
    return list(found)


def routes_of(note: RouteNote, group: Group) -> list[Route]:
    """The routes that a note becomes at one place, one for each spelling of its path."""
    return [route_of(note, group, spelling) for spelling in joined(group.spellings, note.path, note.where)]


def route_of(note: RouteNote, group: Group, spelling: Spelling) -> Route:
    """The route of one spelling: its whole path, its qualified name, and what surrounds it."""
    options: Any = note.options  # of a route or of a WebSocket
    own = tuple(options.get("around", ()))
    pattern = PathPattern.parse(spelling.path, note.where)
    hosts = hosts_of(options["host"], note.where) if "host" in options else group.hosts
    twice = sorted(set(pattern.names).intersection(*(host.names for host in hosts[:1]))) if hosts else []
    if twice:
        raise SetupError(
            "DMJ0204", f"{hosts[0].text}{pattern.text} has the parameter {twice[0]} in its host and in its path.",
            fix="Give each its own name.", where=note.where,
        )  # fmt: skip
    name = options.get("name") or str(getattr(note.handler, "__name__", "handler"))
    return Route(
        pattern,
        note.methods,
        note.handler,
        ".".join((*group.names, name)),
        note.where,
        blueprint=".".join(group.names),
        arounds=(*group.arounds, *own),
        origins=tuple(options.get("origins", ())),
        message_limit=options.get("message_limit"),
        level=group.level,
        around_levels=(*group.around_levels, *(group.level for _ in own)),
        status=options.get("status", 200),
        blocking=options.get("blocking", True),
        body_limit=options.get("body_limit"),
        timeout=options.get("timeout", "app"),
        media_type=options.get("media_type"),
        produces=media_types_of(options["produces"], note.where) if "produces" in options else (),
        etag=options.get("etag", False),
        compress=options.get("compress"),
        error_handlers=group.error_handlers,
        options=options,
        hosts=hosts,
        languages=spelling.languages,
    )


def check_names(routes: list[Route], errors: list[SetupError]) -> None:
    """Collect a mistake for each name that two handlers at different paths have: a link by it would be a guess."""
    known: dict[str, Route] = {}
    for route in routes:
        other = known.setdefault(route.name, route)
        if route.name.endswith("<lambda>"):
            continue  # Nobody links to it by that name.
        if other.handler is not route.handler and other.pattern.text != route.pattern.text:
            errors.append(
                SetupError(
                    "DMJ0207", f"Two handlers are called {route.name}: links by name would be ambiguous.",
                    fix='Rename one, or say name="..." at its route.', where=[other.where, route.where],
                )
            )  # fmt: skip
