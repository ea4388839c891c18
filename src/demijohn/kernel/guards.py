"""Guards: a look at the head of a request before its body is read, for those routes alone that need one.

A passage looks at every request; a guard is made per route when the app is sealed, and a route that needs none has none
compiled in. Who is refused is answered by the route's own plan, so that its arounds and error handlers see the error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from .routes import Route

if TYPE_CHECKING:
    from .plan import Plan

Check: TypeAlias = Callable[[Request], HTTPError | None]
Look: TypeAlias = Callable[[Request], HTTPError | Check | None]


@dataclass(frozen=True, slots=True)
class Guard:
    """Offered by a battery: `make` is asked once for each route and gives the look at its requests (None: none).

    A look must be quick, as it runs wherever the gateway does. It returns an error to refuse the request, None to let
    it pass, or a check to be made when the body is there, inside the plan.
    """

    make: Callable[[Route], Look | None]


@dataclass(frozen=True, slots=True)
class OriginRule:
    """Offered by a battery: the other origins whose pages may connect to the WebSockets of an app.

    `trusts` is asked for a route, an origin in lower case, and whether the handshake brings what the browser adds by
    itself, such as cookies. What the route says itself, `origins=[...]`, holds as well.
    """

    trusts: Callable[[Route, str, bool], bool]


def looks_of(route: Route, guards: Iterable[Guard]) -> tuple[Look, ...]:
    """The looks at the requests of a route."""
    return tuple(look for guard in guards if (look := guard.make(route)) is not None)


def guarded_plan(plan: Plan, request: Request) -> Plan:
    """The plan that answers a request of a guarded route: its own, or one made of it that refuses or checks."""
    for look in plan.looks:
        try:
            verdict = look(request)
        except HTTPError as error:  # The head itself cannot be read: too many fields, say.
            verdict = error
        if verdict is None:
            continue
        if isinstance(verdict, HTTPError):
            request.refusal = verdict
            request.plan = refused = plan.with_answer(plan.answer, reads_body=False)
            return refused
        request.plan = plan = _checked(plan, verdict)
    return plan


def _checked(plan: Plan, check: Check) -> Plan:
    """A plan that makes a check before it answers."""
    inner = plan.answer

    def look(request: Request) -> None:
        if request.refusal is None:
            try:
                request.refusal = check(request)
            except HTTPError as error:  # What was sent as a form is none, say.
                request.refusal = error

    def answer(request: Request) -> Any:
        look(request)
        return inner(request)

    async def answer_async(request: Request) -> Any:
        look(request)
        return await inner(request)

    return plan.with_answer(answer_async if plan.is_async else answer)
