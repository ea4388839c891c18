"""`demijohn routes --public`: the routes that anybody may ask, and what is said of each that a stranger may notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ..batteries.security import CORS, Limit
from ..kernel.deploy import Gate
from ..kernel.kernel import Kernel
from ..kernel.marks import is_mark, marks_of
from ..kernel.plan import Facts, facts_of
from ..kernel.routes import WEBSOCKET, Route
from ..kernel.signed_urls import signed
from .console import count, paint, say, short, table
from .routes import handler_name, plain


def list_public(kernel: Kernel, *, as_json: bool = False) -> int:
    """Print the routes that are open, by path."""
    found = [(route, list(_notes(route))) for route in public_routes(kernel)]
    found.sort(key=lambda pair: (pair[0].path, pair[0].methods))
    if as_json:
        say(json.dumps([{**plain(route), "notes": notes} for route, notes in found], indent=2))
        return 0
    rows = [
        (", ".join(route.methods), route.address, handler_name(route), "; ".join(notes), _place(route))
        for route, notes in found
    ]
    if rows:
        say(table(rows, head=("method", "path", "handler", "said of it", "where")))
    closed = len(kernel.routes) - len(rows)
    say(paint(f"\n  {count(len(rows), 'route')} open to everybody, {closed} only to those who say who they are", "dim"))
    for mount in kernel.mounts:
        say(f"  and all below {mount.prefix or '/'} goes to {mount.what}, which decides for itself")
    return 0


def public_routes(kernel: Kernel) -> Iterator[Route]:
    """The routes that refuse nobody for who he is, as far as can be seen."""
    gates = list(kernel.offers(Gate))
    for route in kernel.routes:
        if not _is_closed(kernel, route, gates):
            yield route


def _is_closed(kernel: Kernel, route: Route, gates: list[Gate]) -> bool:
    arounds = [getattr(around, "dependency", around) for around in (*kernel.parts.app_arounds, *route.arounds)]
    if signed in arounds:
        return True
    if WEBSOCKET in route.methods:
        return any(_asks_credentials(around) for around in arounds)
    facts = facts_of(route, kernel.parts)
    return any(map(_asks_credentials, _functions(facts))) or any(gate.closes(facts) for gate in gates)


def _functions(facts: Facts) -> Iterator[Callable[..., Any]]:
    for call in facts.calls:
        yield call.function
        for step in call.steps:
            yield step.factory


def _asks_credentials(function: Any) -> bool:
    """Whether a function is a security scheme, which refuses those who bring nothing."""
    scheme = getattr(function, "security_scheme", function)
    return bool(getattr(scheme, "auto_error", False)) and hasattr(scheme, "openapi")


def _notes(route: Route) -> Iterator[str]:
    for around in route.arounds:
        limit = getattr(around, "limit", None)
        if isinstance(limit, Limit):
            yield "rate " + ", ".join(f"{rate.limit} in {rate.seconds} s" for rate in limit.rates)
        elif getattr(around, "shown", "") == "csrf_exempt":
            yield "takes forged requests (csrf_exempt)"
        elif not is_mark(around):
            function = getattr(around, "dependency", around)
            yield f"around {getattr(function, '__name__', type(function).__name__)}"
    for rule in marks_of(route.arounds, CORS)[-1:]:
        yield f"CORS {', '.join(sorted(rule.listed.exact))}"


def _place(route: Route) -> str:
    return f"{short(route.where.file)}:{route.where.line}"
