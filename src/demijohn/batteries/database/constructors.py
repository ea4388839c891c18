"""Constructors of plain SQLAlchemy classes, which may be their own: what they want of a body, and what they leave."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from demijohn.foundation.errors import SetupError

from .model import ModelBase


def require_constructor(model: type[Any], names: Iterable[str]) -> None:
    """A plain SQLAlchemy class may have a constructor of its own, which must be content with what a body gives."""
    if issubclass(model, ModelBase):
        return
    wanted = [
        parameter.name
        for parameter in list(inspect.signature(model.__init__).parameters.values())[1:]
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    missing = [name for name in wanted if name not in names]
    if missing:
        listed = ", ".join(repr(name) for name in missing)
        raise SetupError(
            "DMJ0511", f"{model.__name__}() wants {', '.join(missing)}, which a body does not set unless it is named.",
            fix=f"Annotated[{model.__name__}, Body(include=(..., {listed}))]\nor give it a default.",
        )  # fmt: skip


def set_later(model: type[Any], names: Iterable[str]) -> frozenset[str]:
    """What the own constructor of a plain SQLAlchemy class does not take."""
    if issubclass(model, ModelBase):
        return frozenset()
    taken = inspect.signature(model.__init__).parameters
    if any(one.kind is one.VAR_KEYWORD for one in taken.values()):
        return frozenset()
    return frozenset(names) - taken.keys()
