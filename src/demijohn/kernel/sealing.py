"""What sealing reads of a recipe and of its batteries, step by step: services, settings, routes, lifespans.

Each step notes the mistakes that it finds and goes on, so that all are told at once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..foundation.config import Config
from ..foundation.errors import SetupError, Where
from .annotations import config_classes
from .battery import Assembly, add_provider, provider_of
from .blueprint import Blueprint, ProviderNote
from .commands import Command
from .converters import Converter, add_converter
from .parts import Parts
from .recipe import Group, all_blueprints, collected, routes_of
from .routes import Route
from .services import Lifetime, Provider
from .startup import with_services


def add_providers(assembly: Assembly, notes: Iterable[ProviderNote]) -> None:
    """The app's own services."""
    for note in notes:
        with collected(assembly.errors):
            add_provider(assembly.providers, provider_of(note.factory, note.scope, note.name))


def replace_services(assembly: Assembly, replacements: Mapping[Any, Any]) -> None:
    """The services that a test replaces, for as long as what they stand for, and functions that a `Depends` names."""
    for kind, replacement in replacements.items():
        replaced = assembly.providers.get((kind, None))
        scope = "exchange" if replaced is None else replaced.scope
        assembly.providers[kind, None] = _replacement(kind, replacement, scope)


def _replacement(kind: Any, value: Any, scope: Lifetime) -> Provider:
    """A factory if it is a function, else the value itself."""
    if callable(value) and not isinstance(value, type) and hasattr(value, "__code__"):
        return replace(provider_of(value, scope, None, kind), stands_in=True)
    return Provider((kind, None), lambda: value, scope, Where.caller(), stands_in=True)


def provide_configs(assembly: Assembly, app: Blueprint) -> None:
    """A user's `Config` classes are injected by their type, filled once."""
    for blueprint in all_blueprints(app, assembly):
        notes = [*(note.handler for note in blueprint.routes), *(note.factory for note in blueprint.providers)]
        notes += [each.function for each in blueprint.registered if isinstance(each, Command)]
        for function in [*notes, *blueprint.arounds, *blueprint.lifespans, *blueprint.error_handlers.values()]:
            for kind in config_classes(function, Config):
                if (kind, None) not in assembly.providers:
                    value: Any = None
                    with collected(assembly.errors):
                        value = assembly.sources.config(kind)
                    assembly.providers[kind, None] = Provider(
                        (kind, None), functools.partial(_same, value), "app", Where.of(kind)
                    )


def _same(value: Any = None) -> Any:
    return value


def converters_of(app: Blueprint, errors: list[SetupError]) -> dict[type, Converter]:
    """The app's own converters, by what they make."""
    own: dict[type, Converter] = {}
    for converter in app.converters:
        with collected(errors):
            add_converter(own, converter)
    return own


def routes_in(groups: Iterable[Group], errors: list[SetupError]) -> list[Route]:
    """The routes of all blueprints, at each of their places."""
    found: list[Route] = []
    for group in groups:
        for note in group.blueprint.routes:
            with collected(errors):
                found += routes_of(note, group)
    return found


def serve_lifespans(assembly: Assembly, parts: Parts, groups: list[Group]) -> None:
    """Lifespan functions get the services that they ask for, of those that are seen where they were written."""
    managers: list[Any] = []
    for manager in assembly.lifespans:
        with collected(assembly.errors):
            managers.append(with_services(manager, parts))
    places = {group.blueprint: group.level for group in reversed(groups)}  # A blueprint's first place.
    for blueprint in all_blueprints(groups[0].blueprint, assembly):
        for manager in blueprint.lifespans:
            with collected(assembly.errors):
                managers.append(with_services(manager, parts, places[blueprint]))
    assembly.lifespans = managers


def distinct(errors: Iterable[SetupError], assembly: Assembly) -> list[SetupError]:
    """The mistakes, each once, less those that say of a battery which could not be installed that it is not in use."""
    missing = [battery for key, battery in assembly.batteries.items() if key not in assembly.installed]
    failed = [f"the {type(battery).__name__} battery" for battery in missing]
    told = [error for error in errors if error.code != "DMJ0309" or not any(name in error.what for name in failed)]
    return list({str(error): error for error in told}.values())
