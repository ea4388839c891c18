"""`demijohn routes`: the table of routes, and which of them answers a URL and why."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from ..kernel.kernel import Kernel
from ..kernel.matcher import Matcher
from ..kernel.paths import LITERAL, MIXED, PARAMETER
from ..kernel.routes import Route
from .console import CommandError, count, paint, say, short, table
from .sealed import seal

_FIRST = '    @app.get("/")\n    def home():\n        return "Hello, world!"'
_WHY = {
    LITERAL: "plain text in a path goes before a parameter",
    MIXED: "a parameter with text beside it goes before a bare one",
    PARAMETER: "a parameter of one segment goes before one that takes the rest",
}


def run(arguments: Sequence[str] = (), *, method: str = "GET", as_json: bool = False) -> int:
    """Print the table, or, given a URL, what answers it; the exit code is 1 if nothing does."""
    urls = [argument for argument in arguments if is_url(argument)]
    targets = [argument for argument in arguments if not is_url(argument)]
    if len(urls) > 1 or len(targets) > 1:
        raise CommandError("routes takes one app and one URL.", fix="demijohn routes shop:app /posts/7")
    kernel = seal(targets[0] if targets else "").kernel
    if urls:
        return _explain(kernel, method.upper(), urls[0], as_json=as_json)
    if as_json:
        say(json.dumps([plain(route) for route in kernel.routes], indent=2))
    elif kernel.routes:
        print_table(kernel.routes)
    else:
        say(f"No routes yet. The first one:\n\n{_FIRST}")
    return 0


def is_url(argument: str) -> bool:
    """Whether an argument is a URL, not an app: `/home/ann/app.py` is a file, `/posts/7` a path of the app.

    >>> is_url("/posts/7"), is_url("http://localhost/posts"), is_url("/home/ann/app.py"), is_url("shop:app")
    (True, True, False, False)
    """
    file = argument.partition(":")[0]
    return "://" in argument or (argument.startswith("/") and not file.endswith(".py"))


def plain(route: Route) -> dict[str, Any]:
    """The facts of a route, for JSON."""
    return {
        "methods": list(route.methods),
        "path": route.path,
        "name": route.name,
        "handler": handler_name(route),
        "blueprint": route.blueprint,
        "file": route.where.file,
        "line": route.where.line,
    }


def handler_name(route: Route) -> str:
    """The handler by module and name."""
    handler = inspect.unwrap(route.handler)
    name = getattr(handler, "__qualname__", type(handler).__name__)
    return f"{getattr(handler, '__module__', '')}.{name}".lstrip(".")


def print_table(routes: Sequence[Route]) -> None:
    """One line for each route, by path."""
    rows = [
        (", ".join(route.methods), route.path, route.name, handler_name(route), _place(route))
        for route in sorted(routes, key=lambda route: (route.path, route.methods))
    ]
    say(table(rows, head=("method", "path", "name", "handler", "where")))
    say(paint(f"\n  {count(len(rows), 'route')}", "dim"))


def _place(route: Route) -> str:
    return f"{short(route.where.file)}:{route.where.line}"


# -------------------------------------------------------------------------------------- which one answers


def candidates(kernel: Kernel, path: str) -> list[tuple[Route, dict[str, str]]]:
    """Every route whose path fits, whatever its method, with what its parameters would capture."""
    found = []
    for route in kernel.routes:
        alone: Matcher[bool] = Matcher()
        alone.methods_at(route.pattern)["*"] = True
        match = alone.find(path)
        if match is not None:
            found.append((route, dict(zip(route.pattern.names, match[1], strict=True))))
    return found


def _explain(kernel: Kernel, method: str, url: str, *, as_json: bool) -> int:
    path = unquote(urlsplit(url).path) or "/"
    route, allowed = kernel.explain(method, path)
    fits = candidates(kernel, path)
    if as_json:
        captured = next((values for other, values in fits if other is route), {})
        facts = {
            "method": method,
            "path": path,
            "route": plain(route) if route else None,
            "parameters": captured,
            "allowed": sorted(allowed),
            "others": [plain(other) for other, _ in fits if other is not route],
        }
        say(json.dumps(facts, indent=2))
    elif route is not None:
        _print_winner(route, method, path, fits)
    elif allowed:
        names = ", ".join(sorted(allowed))
        say(f"{method} {path} is answered 405: this address answers {names}.\n")
        print_table([other for other, _ in fits])
    else:
        _print_miss(kernel, method, path)
    return 0 if route is not None else 1


def _print_winner(route: Route, method: str, path: str, fits: list[tuple[Route, dict[str, str]]]) -> None:
    say(f"{method} {path} is answered by\n")
    say(table([(", ".join(route.methods), paint(route.path, "bold"), handler_name(route), _place(route))]))
    captured = next((values for other, values in fits if other is route), {})
    annotations = getattr(inspect.unwrap(route.handler), "__annotations__", {})
    for name, value in captured.items():
        kind = annotations.get(name, str)
        spelt = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
        say(f"    {name} = {value!r}" + ("" if spelt == "str" else f", read as {spelt} (what cannot be is a 404)"))
    if method not in route.methods:
        say(f"\n{method} is derived from its {route.methods[0]}.")
    others = [other for other, _ in fits if other is not route and other.pattern.shape != route.pattern.shape]
    if others:
        say("\nThese fit, too, but come after it, in whatever order they are written:\n")
        rows = [(", ".join(o.methods), o.path, handler_name(o), _place(o), reason(route, o)) for o in others]
        say(table(rows))


def reason(winner: Route, other: Route) -> str:
    """Why one of two routes that fit a path goes before the other."""
    if winner.pattern.is_static:
        return "a path without parameters goes before all others"
    for ours, theirs in zip(winner.pattern.segments, other.pattern.segments, strict=False):
        if ours.kind != theirs.kind:
            return _WHY.get(ours.kind, "it is more specific")
    return "it is more specific"


def _print_miss(kernel: Kernel, method: str, path: str) -> None:
    say(f"{method} {path} is answered 404: no route has such a path.")
    twin = path.rstrip("/") if path.endswith("/") and path != "/" else path + "/"
    if kernel.finds(twin):
        say(f"A route answers {twin}: browsers are redirected there.")
        return
    paths = sorted({route.path for route in kernel.routes})
    near = difflib.get_close_matches(path, paths, n=3, cutoff=0.5)
    if near:
        say(f"Near it: {', '.join(near)}")
