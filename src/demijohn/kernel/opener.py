"""What makes the services of a `Scope`'s blocks, out of the providers that one function sees."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.request import Request
from .schema import name_of
from .scope import Scope
from .signature import Surroundings, read_signature

_INJECTED = ("service", "depends", "bound", "request", "scope", "background", "websocket")


class Opener:
    """Makes the scopes of one function, and keeps what was worked out for each set of types.

    `make_call` makes what calls a function with its services, out of the function and its surroundings.
    """

    def __init__(self, surroundings: Surroundings, make_call: Callable[..., Any]) -> None:
        self._surroundings = surroundings
        self._make_call = make_call
        self._calls: dict[Any, Any] = {}

    def scope_of(self, request: Request) -> Scope:
        """The scope of an exchange."""
        return Scope(self, request)

    def call_for(self, kinds: tuple[Any, ...], *, is_async: bool) -> Any:
        """The call that makes these services; SetupError if nothing provides one of them."""
        try:
            return self._calls[kinds, is_async]
        except KeyError:
            pass
        try:
            call = self._calls[kinds, is_async] = self._compile(kinds, is_async=is_async)
        except SetupError as error:
            error.where = (Where.caller(),)  # The line that asks: what is compiled here is a function of ours.
            raise
        return call

    def _compile(self, kinds: tuple[Any, ...], *, is_async: bool) -> Any:
        surroundings = replace(self._surroundings, is_async=is_async)
        for kind in kinds:
            _require_provided(kind, lambda: read_signature(_asking_for((kind,)), surroundings)[0].source)  # noqa: B023
        function = _asking_for(kinds)
        return self._make_call(function, surroundings)


def _require_provided(kind: Any, source: Callable[[], str]) -> None:
    try:
        found = source() in _INJECTED
    except SetupError as error:
        if error.code != "DMJ0303":
            raise
        found = False
    if not found:
        name = name_of(kind)
        raise SetupError(
            "DMJ0322", f"scope({name}): nothing provides {name}.",
            fix=f"@app.provide\ndef make_{name.lower()}() -> {name}: ...",
        )  # fmt: skip


def _asking_for(kinds: tuple[Any, ...]) -> Callable[..., tuple[Any, ...]]:
    """A function whose parameters are annotated with these types, and which returns what it is given."""

    def block(*services: Any) -> tuple[Any, ...]:
        return services

    names = [f"service_{number}" for number in range(1, len(kinds) + 1)]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    asking: Any = block
    asking.__signature__ = inspect.Signature(
        [inspect.Parameter(name, kind, annotation=given) for name, given in zip(names, kinds, strict=True)]
    )
    asking.__annotations__ = dict(zip(names, kinds, strict=True))
    asking.__qualname__ = asking.__name__ = f"scope({', '.join(map(name_of, kinds))})"
    return block
