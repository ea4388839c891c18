"""`demijohn routes`: the table of routes, and which of them answers a URL and why."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from typing import Any

from ..kernel.kernel import Kernel
from ..kernel.mounts import Mount
from ..kernel.routes import Route
from .console import CommandError, count, paint, say, short, table
from .places import is_library
from .route_choice import Choice, Verdict, choose, misses
from .sealed import seal

_FIRST = '    @app.get("/")\n    def home():\n        return "Hello, world!"'


def run(arguments: Sequence[str] = (), *, method: str = "GET", as_json: bool = False, public: bool = False) -> int:
    """Print the table, or, given a URL, what answers it; the exit code is 1 if nothing does."""
    urls = [argument for argument in arguments if is_url(argument)]
    targets = [argument for argument in arguments if not is_url(argument)]
    if len(urls) > 1 or len(targets) > 1:
        raise CommandError("routes takes one app and one URL.", fix="demijohn routes shop:app /posts/7")
    kernel = seal(targets[0] if targets else "").kernel
    if public:
        from .public import list_public

        return list_public(kernel, as_json=as_json)
    if urls:
        return _explain(kernel, method.upper(), urls[0], as_json=as_json)
    if as_json:
        say(json.dumps([plain(route) for route in kernel.routes], indent=2))
    elif kernel.routes or kernel.mounts:
        print_table(kernel.routes)
        for mount in kernel.mounts:
            say(f"  and all below {mount.prefix or '/'} goes to {mount.what} ({_place(mount)})")
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
        "hosts": [host.text for host in route.hosts],
        "languages": list(route.languages),
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
    if _is_of_a_battery(route):
        name = name.rpartition("<locals>.")[2]
    return f"{getattr(handler, '__module__', '')}.{name}".lstrip(".")


def _is_of_a_battery(route: Route) -> bool:
    """Whether a battery of ours brought it: then no line of the app's says where."""
    module = getattr(inspect.unwrap(route.handler), "__module__", "") or ""
    return module.startswith("demijohn.batteries.") and is_library(route.where.file)


def print_table(routes: Sequence[Route]) -> None:
    """One line for each route, by path."""
    rows = [
        (", ".join(route.methods), route.address, route.name, handler_name(route), _place(route))
        for route in sorted(routes, key=lambda route: (route.path, route.address, route.methods))
    ]
    say(table(rows, head=("method", "path", "name", "handler", "where")))
    say(paint(f"\n  {count(len(rows), 'route')}", "dim"))


def _place(route: Route | Mount) -> str:
    if isinstance(route, Route) and _is_of_a_battery(route):
        return ""
    return f"{short(route.where.file)}:{route.where.line}"


# -------------------------------------------------------------------------------------- which one answers


def _explain(kernel: Kernel, method: str, url: str, *, as_json: bool) -> int:
    choice = choose(kernel, method, url)
    if as_json:
        say(json.dumps(_facts(choice), indent=2))
    else:
        _print_choice(kernel, choice)
        if choice.mounted is not None and choice.inner is not None:
            say(f"\nWithin {choice.mounted}:\n")
            return _explain(choice.mounted.kernel, method, choice.inner, as_json=False)
    return 0 if choice.status == 200 else 1


def _facts(choice: Choice) -> dict[str, Any]:
    return {
        "method": choice.method,
        "host": choice.host,
        "path": choice.path,
        "status": choice.status,
        "route": plain(choice.winner) if choice.winner else None,
        "parameters": choice.captured,
        "refused": choice.refused,
        "allowed": sorted(choice.allowed),
        "others": [{**plain(other.route), "why": other.why} for other in choice.others],
    }


def _print_choice(kernel: Kernel, choice: Choice) -> None:
    asked = f"{choice.method} {choice.host}{choice.path}"
    if choice.winner is None:
        say(f"{asked} is answered {choice.status}: {choice.why}")
        _print_others(choice.others)
        _print_near(kernel, choice)
        return
    if choice.refused:
        (name, why), *_ = choice.refused.items()
        say(f"{asked} is answered 404: {name} = {choice.captured[name]!r} is refused by the route that it belongs to.")
        say(f"{why}. No other route is tried.\n")
    elif choice.mounted is not None:
        say(f"{asked} is passed on to {choice.mounted} ({_place(choice.winner)}).")
    else:
        say(f"{asked} is answered by\n")
    if choice.mounted is None:
        _print_winner(choice, choice.winner)
    _print_others(choice.others)


def _print_winner(choice: Choice, route: Route) -> None:
    say(table([(", ".join(route.methods), paint(route.address, "bold"), handler_name(route), _place(route))]))
    for name, value in choice.captured.items():
        spelt = choice.types.get(name, "str")
        say(f"    {name} = {value!r}" + ("" if spelt == "str" else f", read as {spelt} (what cannot be is a 404)"))
    if choice.method not in route.methods:
        say(f"\n{choice.method} is derived from its {route.methods[0]}.")


def _print_others(others: Sequence[Verdict]) -> None:
    if others:
        say("\nThese have a path that fits, too, and do not answer, in whatever order they are written:\n")
        rows = [
            (
                ", ".join(other.route.methods),
                other.route.address,
                handler_name(other.route),
                _place(other.route),
                other.why,
            )
            for other in others
        ]
        say(table(rows))


def _print_near(kernel: Kernel, choice: Choice) -> None:
    if choice.status != 404:
        return
    twin = choice.path.rstrip("/") if choice.path.endswith("/") and choice.path != "/" else choice.path + "/"
    if kernel.finds(twin, choice.host):
        say(f"\nA route answers {twin}: browsers are redirected there.")
        return
    near = misses(kernel, choice.path)
    if near:
        say(f"\nNear it: {', '.join(dict.fromkeys(verdict.route.address for verdict in near))}\n")
        say(table([(", ".join(v.route.methods), v.route.address, handler_name(v.route), v.why) for v in near]))
