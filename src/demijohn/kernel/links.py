"""Links: from a handler or a route's name to a URL."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from typing import Any, TypeAlias

from ..foundation.current import current
from ..foundation.http.query import urlencode
from ..foundation.http.request import Request
from ..foundation.http.response import RedirectResponse, Response
from .routes import Route

Target: TypeAlias = Callable[..., Any] | str

_DJANGO_NAME = re.compile(r"[a-z_]\w*(?::[a-z_]\w*)+", re.IGNORECASE | re.ASCII).fullmatch


class LinkError(LookupError):
    """A link that cannot be made: what was asked for, and what there is."""


class Links:
    """The routes of a kernel by handler and by name."""

    def __init__(self, routes: list[Route]) -> None:
        self._by_name: dict[str, Route] = {}
        self._by_handler: dict[Any, list[Route]] = {}
        for route in routes:
            self._by_name.setdefault(route.name, route)
            self._by_handler.setdefault(route.handler, []).append(route)

    def url(self, target: Target, values: Mapping[str, Any], blueprint: str = "") -> str:
        """The path of a route with `values` in it; those that are no path parameters become the query.

        A name without a dot is sought in `blueprint` first, then among the app's own.
        """
        route = self._find(target, blueprint)
        names = route.pattern.names
        missing = [name for name in names if values.get(name) is None]
        if missing:
            raise LinkError(f"url({_shown(target)}) needs {', '.join(missing)}: its path is {route.path}.")
        path = route.pattern.build({name: text_of(values[name]) for name in names})
        query: list[tuple[str, str]] = []
        for name, value in values.items():
            if name in names or value is None:
                continue
            many = value if isinstance(value, list | tuple | set) else [value]
            query += [(name, text_of(item)) for item in many]
        return f"{path}?{urlencode(query)}" if query else path

    def _find(self, target: Target, blueprint: str) -> Route:
        if not isinstance(target, str):
            routes = self._by_handler.get(target)
            if not routes:
                name = getattr(target, "__qualname__", repr(target))
                raise LinkError(f"{name} is no handler of this app: it has no route.")
            return routes[0]
        scope = blueprint
        while scope:
            route = self._by_name.get(f"{scope}.{target}")
            if route is not None:
                return route
            scope = scope.rpartition(".")[0]
        route = self._by_name.get(target)
        if route is None:
            near = difflib.get_close_matches(target, self._by_name, 3, 0.5)
            hint = (
                f" Did you mean {' or '.join(near)}?"
                if near
                else f" There are: {', '.join(sorted(self._by_name)[:20])}."
            )
            raise LinkError(f"No route is called {target!r}.{hint}")
        return route


def text_of(value: Any) -> str:
    """A value as it stands in a URL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _no_place(target: str, values: Mapping[str, Any]) -> TypeError:
    names = ", ".join(values)
    if "code" in values:
        return TypeError(f"redirect() has no code=: redirect({target!r}, status={values['code']!r}).")
    if "permanent" in values:
        return TypeError(f"redirect() has no permanent=: redirect({target!r}, status=308).")
    return TypeError(f"redirect({target!r}) is a whole path, in which {names} has no place: redirect to a handler.")


def _shown(target: Target) -> str:
    return repr(target) if isinstance(target, str) else getattr(target, "__name__", repr(target))


def request_url(request: Request, target: Target, values: Mapping[str, Any]) -> str:
    """A link from within a request: under the app's prefix, names relative to the route's blueprint."""
    blueprint = request.route.blueprint if request.route is not None else ""
    links: Links = request.plan.kernel.links
    return request.root_path + links.url(target, values, blueprint)


def url(target: Target, /, **values: Any) -> str:
    """The URL of a handler or of a named route: `url(show, id=1)`, `url("posts.show", id=1)`.

    Values that are not in its path become the query. Outside of a request, use `app.url(...)`.
    """
    request = current.get()
    if request is None:
        raise LinkError("url() was called where no request is being answered: use app.url(...) of your App.")
    return request_url(request, target, values)


class Redirect(Response):
    """A redirect whose target is looked up when the response is finished."""

    __slots__ = ("_target", "_values")

    def __init__(self, target: Target, values: Mapping[str, Any], status: int) -> None:
        super().__init__(b"", status)
        self._target = target
        self._values = values

    def complete(self, request: Request) -> Response:
        """The redirect to the target's URL, with the headers and cookies that were set on this one."""
        link = request_url(request, self._target, self._values)
        response = RedirectResponse(link, self.status)
        for name, value in self.own_headers or ():
            response.headers.add(name, value)
        return response


def redirect(target: Target, /, status: int = 303, **values: Any) -> Response:
    """Send the client elsewhere: to a handler, a named route, a path or an `https://` URL.

    303 by default, so that a form's POST is followed by a GET; 308 is for good and keeps the method.
    """
    if isinstance(target, str) and (target.startswith(("/", "http://", "https://", "?", "#", ".")) or ":" in target):
        if _DJANGO_NAME(target):
            raise ValueError(
                f"{target!r} is no place to redirect to; names of routes have dots: {target.replace(':', '.')!r}."
            )
        if values:
            raise _no_place(target, values)
        return RedirectResponse(target, status)
    if status not in (301, 302, 303, 307, 308):
        raise ValueError(f"{status} is no redirect: 303, 302, 307 are, or 308 and 301 for good.")
    return Redirect(target, values, status)
