"""Batteries that handlers use and the app does not: told when it is sealed, not when the first visitor comes.

What a battery gives as a function (`render`) needs no parameter that would reveal it. But a handler's code says which
global names it uses, and such a function says which battery it belongs to.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from types import CodeType
from typing import Any, TypeVar

from ..foundation.errors import SetupError, Where
from .routes import Route

F = TypeVar("F", bound=Callable[..., Any])


def provided_by(home: str) -> Callable[[F], F]:
    """Mark a function as a battery's: `home` is where the battery is imported from, `demijohn.templates:Templates`."""

    def mark(function: F) -> F:
        function.__provided_by__ = home  # type: ignore[attr-defined]
        return function

    return mark


def forgotten(routes: Iterable[Route], installed: Iterable[type]) -> Iterator[SetupError]:
    """One mistake for each handler, of errors too, that calls a function of a battery which is not installed."""
    names = {kind.__name__ for kind in installed}
    handlers: dict[int, tuple[Callable[..., Any], Where]] = {}
    for route in routes:
        handlers[id(route.handler)] = route.handler, route.where
        for table in route.error_handlers:
            handlers |= {id(handler): (handler, Where.of(handler)) for handler in table.functions.values()}
    for handler, where in handlers.values():
        for function, home in _functions_of_batteries(handler):
            module, _, battery = home.partition(":")
            if battery not in names:
                name = getattr(handler, "__qualname__", "handler")
                yield SetupError(
                    "DMJ0309", f"{name}() calls {function}(), which needs the {battery} battery: it is not in use.",
                    fix=f"from {module} import {battery}\napp.use({battery}())", where=where,
                )  # fmt: skip


def _functions_of_batteries(handler: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    own = getattr(handler, "__provided_by__", None)  # A generic view's, which says so in its class.
    if isinstance(own, str):
        yield "render", own
    handler = inspect.unwrap(handler)
    code = getattr(handler, "__code__", None)
    known = getattr(handler, "__globals__", {})
    for name in () if code is None else sorted(_names_in(code)):
        thing = known.get(name)
        home = getattr(thing, "__provided_by__", None) if inspect.isfunction(thing) else None
        if isinstance(home, str):
            yield name, home


def _names_in(code: CodeType) -> set[str]:
    """The global names in a function's code, and in what is defined inside it."""
    inner = [_names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*inner)
