"""Blueprints inside of others: what may be included, where, and the modules that it brings along."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..foundation.errors import SetupError, Where

if TYPE_CHECKING:
    from .blueprint import Blueprint
    from .hosts import HostPattern
    from .translations import Spelt


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A blueprint inside another, and where."""

    blueprint: Blueprint
    prefix: Spelt
    where: Where
    hosts: tuple[HostPattern, ...] = ()


def holds(blueprint: Blueprint, sought: Blueprint) -> bool:
    """Whether a blueprint is the one that is sought, or has it inside at any depth."""
    return blueprint is sought or any(holds(inclusion.blueprint, sought) for inclusion in blueprint.inclusions)


def import_modules(blueprint: Blueprint, modules: Sequence[str], package: str, where: Where) -> None:
    """Import what a blueprint names; relative names are relative to the package that makes it.

    A module that is called as the blueprint itself takes its place in the package when it is imported: whoever imports
    the blueprint from there afterwards gets the module. It is refused before that.
    """
    for name in modules:
        full = importlib.util.resolve_name(name, package) if name.startswith(".") else name
        home, _, last = full.rpartition(".")
        if full not in sys.modules and vars(sys.modules.get(home, sys)).get(last) is blueprint:
            raise SetupError(
                "DMJ0134", f"The blueprint {last} and the module {full} have one name, and Python gives the module the"
                f" blueprint's place in {home}.",
                fix=f'Rename one of them: modules=["{name}_pages"], with {last}_pages.py, say.',
                where=where,
            )  # fmt: skip
        importlib.import_module(full)


def not_included(thing: Any, where: Where) -> SetupError:
    """What is said of something that is no blueprint; in a module, the blueprint may be what is meant."""
    what, fix = f"include() takes a Blueprint, not {type(thing).__name__}.", "from posts import posts\n"
    fix += 'app.include(posts, prefix="/posts")'
    if isinstance(thing, ModuleType):
        from .blueprint import Blueprint

        short = thing.__name__.rpartition(".")[2]
        inside = [name for name, value in vars(thing).items() if isinstance(value, Blueprint)]
        if inside:
            fix = f"app.include({short}.{inside[0]})"
        if "." in thing.__name__:
            what = f"include() takes a Blueprint, and {thing.__name__} is a module."
    return SetupError("DMJ0109", what, fix=fix, where=where)
