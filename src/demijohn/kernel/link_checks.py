"""Links by name in handlers, `redirect("posts.show", id=1)`, held against the routes: for `demijohn check`.

Only what is plain text is known before a request comes, and only in a handler itself is it known whose blueprint's
names go first. All else is told when the link is made.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..foundation.errors import SetupError, Where
from .links import LinkError, redirect, url

if TYPE_CHECKING:
    from .kernel import Kernel
    from .routes import Route

_PLACES = ("/", "?", "#", ".")


def check_links(kernel: Kernel) -> Iterator[SetupError]:
    """One mistake for each link that leads nowhere, or lacks a value of its path."""
    seen: set[tuple[str, int, int]] = set()
    for route in kernel.routes:
        handler = inspect.unwrap(route.handler)
        for call, name, file in _calls(handler):
            place = file, call.lineno, call.col_offset
            problem = None if place in seen else _problem(kernel, route, call, name)
            seen.add(place)
            if problem is not None:
                yield SetupError(
                    "DMJ0215", problem, fix="`demijohn routes` lists all names; a handler may stand for its own:"
                    f" {name}(show, id=1).", where=Where(file, call.lineno, handler.__qualname__),
                )  # fmt: skip


def _problem(kernel: Kernel, route: Route, call: ast.Call, name: str) -> str | None:
    target = call.args[0].value  # type: ignore[attr-defined]  # a constant, as was seen
    try:
        found = kernel.links.route_of(target, route.blueprint)
    except LinkError as error:
        return str(error)
    given = {keyword.arg for keyword in call.keywords}
    lacking = [] if None in given or found.languages else [each for each in found.names if each not in given]
    return f"{name}({target!r}) needs {', '.join(lacking)}: its path is {found.address}." if lacking else None


def _calls(handler: Any) -> Iterator[tuple[ast.Call, str, str]]:
    """The calls of `url` and `redirect` with the plain name of a route in a function, what they are called there, and
    the file."""
    code, known = getattr(handler, "__code__", None), getattr(handler, "__globals__", {})
    if code is None:
        return
    names = {each for each, value in known.items() if value is url or value is redirect}
    if not names.intersection(code.co_names):
        return
    for node in ast.walk(_function_at(code.co_filename, code.co_firstlineno)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and _is_name(first.value):
                yield node, node.func.id, code.co_filename


def _is_name(text: str) -> bool:
    return bool(text) and not text.startswith(_PLACES) and ":" not in text


def _function_at(file: str, line: int) -> ast.AST:
    return _functions(file).get(line, ast.Pass())


@lru_cache(maxsize=64)
def _functions(file: str) -> dict[int, ast.AST]:
    """The functions of a file by their first lines, which are those of their decorators."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        min([node.lineno, *(each.lineno for each in node.decorator_list)]): node
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    }
