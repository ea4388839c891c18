"""Names that a door of the house has not got: which other door has them, or what is written instead."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from .foreign import NAMES


def door_of(name: str) -> str | None:
    """The module beside the front door that has a name, such as `demijohn.database`; None if none has."""
    for module in sorted(Path(__file__).parents[1].glob("[a-z]*.py")):
        listed = module.read_text(encoding="utf-8").partition("__all__ = [")[2].partition("]")[0]
        if f'"{name}"' in listed:
            return f"demijohn.{module.stem}"
    return None


def missing_from(module: str, name: str) -> NoReturn:
    """Raise the error of a name that a module of ours has not got; of an AttributeError, `from module import name` says
    only that there is none."""
    door = None if name.startswith("_") or name in NAMES else door_of(name)
    if door is not None:
        raise ImportError(f"{module} has no {name}. Instead: from {door} import {name}", name=module)
    if name not in NAMES:
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
    raise ImportError(f"{module} has no {name}. Instead: {NAMES[name]}", name=module)
