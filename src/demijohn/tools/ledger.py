"""`demijohn batteries`: what each battery added, and the onion of arounds that a request passes through."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any

from ..foundation.errors import Where
from ..kernel.battery import Contribution
from ..kernel.kernel import Kernel
from .console import count, paint, say, short, table
from .sealed import seal

_WHAT_WIDTH = 48


def run(spec: str = "", *, as_json: bool = False) -> int:
    """Print the ledger and the onion; the exit code."""
    kernel = seal(spec).kernel
    if as_json:
        say(json.dumps({"ledger": [plain(entry) for entry in kernel.ledger], "onion": onion(kernel)}, indent=2))
        return 0
    names = ", ".join(type(battery).__name__ for battery in kernel.batteries)
    say(f"{count(len(kernel.batteries), 'battery', 'batteries')}: {names or 'none'}.")
    if kernel.ledger:
        say()
        _print_ledger(kernel.ledger)
    say("\nA request passes from the outside in:\n")
    for depth, layer in enumerate(onion(kernel)):
        say(f"  {'  ' * depth}{paint(layer['name'], 'bold')}{_aside(layer)}")
    return 0


def plain(entry: Contribution) -> dict[str, Any]:
    """One line of the ledger, for JSON."""
    where = {"file": entry.where.file, "line": entry.where.line}
    return {"battery": entry.battery, "verb": entry.verb, "what": entry.what, **where}


def _print_ledger(ledger: Sequence[Contribution]) -> None:
    rows = []
    last = ""
    for (battery, verb, where), entries in groupby(ledger, key=lambda e: (e.battery, e.verb, str(e.where))):
        things = ", ".join(dict.fromkeys(entry.what for entry in entries))
        file, _, line = where.partition(" in ")[0].rpartition(":")
        first, *rest = wrap(things, _WHAT_WIDTH, break_on_hyphens=False) or [""]
        rows.append((battery if battery != last else "", verb, first, f"{short(file)}:{line}"))
        rows += [("", "", more, "") for more in rest]
        last = battery
    say(table(rows, head=("battery", "adds", "what", "where")))


def onion(kernel: Kernel) -> list[dict[str, str]]:
    """The layers around a handler, the outermost first.

    Error handlers stand between the arounds of batteries and those of the app; blueprints and routes may
    have more.
    """
    layers = [_layer("around of a battery", around) for around in kernel.parts.outer_arounds]
    layers.append({"name": "error handlers", "kind": "", "where": ""})
    layers += [_layer("around of the app", around) for around in kernel.parts.app_arounds]
    own = sorted({route.blueprint for route in kernel.routes if route.arounds and route.blueprint})
    if any(route.arounds for route in kernel.routes):
        kind = f"of {', '.join(own)} and of single routes" if own else "of single routes"
        layers.append({"name": "more arounds", "kind": kind, "where": ""})
    layers.append({"name": "handler", "kind": "", "where": ""})
    return layers


def _layer(kind: str, around: Any) -> dict[str, str]:
    function: Callable[..., Any] = getattr(around, "dependency", None) or around
    function = inspect.unwrap(function)
    where = Where.of(function)
    name = getattr(function, "__qualname__", type(function).__name__)
    return {"name": name, "kind": kind, "where": f"{where.file}:{where.line}"}


def _aside(layer: dict[str, str]) -> str:
    file, _, line = layer["where"].rpartition(":")
    parts = [layer["kind"], f"{short(file)}:{line}" if file else ""]
    text = "  ".join(part for part in parts if part)
    return paint(f"   {text}", "dim") if text else ""
