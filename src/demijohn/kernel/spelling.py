"""Arounds that come with the framework, told apart from the decorators that others make of the same things."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..foundation.errors import SetupError, Where


def around_only(hook: Callable[..., Any], name: str, where: Where) -> Callable[..., Any]:
    """An around that says where it belongs, if a handler is decorated with it."""

    @functools.wraps(hook)
    def around(*arguments: Any, **named: Any) -> Any:
        if len(arguments) == 1 and inspect.isroutine(arguments[0]):
            raise SetupError(
                "DMJ0331", f"{name} decorates {arguments[0].__name__}(): it is an around.",
                fix=f'@app.get("/...", around=[{name}])', where=where,
            )  # fmt: skip
        return hook(*arguments, **named)

    return around
