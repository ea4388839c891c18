"""Links: from a handler or a route's name to a URL."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..foundation.current import current
from ..foundation.errors import Where
from ..foundation.http.host import split_host
from ..foundation.http.query import urlencode
from ..foundation.http.request import Request
from ..foundation.http.response import RedirectResponse, Response
from .habits import LINK_VALUES
from .hosts import HostPattern
from .routes import Route

if TYPE_CHECKING:
    from .link_values import Taken

Target: TypeAlias = Callable[..., Any] | str

_DJANGO_NAME = re.compile(r"[a-z_]\w*(?::[a-z_]\w*)+", re.IGNORECASE | re.ASCII).fullmatch


class LinkError(LookupError):
    """A link that cannot be made: what was asked for, and what there is."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads: a path with its query, and the host if its route is bound to one."""

    path: str
    host: str = ""

    def __str__(self) -> str:
        return f"https://{self.host}{self.path}" if self.host else self.path


class Links:
    """The routes of a kernel by handler and by name; `taken_by` tells what one takes, when it is first linked to."""

    def __init__(self, routes: list[Route], taken_by: Callable[[Route], Taken]) -> None:
        self._by_name: dict[str, list[Route]] = {}
        self._by_handler: dict[Any, list[Route]] = {}
        self._taken_by = taken_by
        self._taken: dict[int, Taken] = {}
        for route in routes:
            self._by_name.setdefault(route.name, []).append(route)
            self._by_handler.setdefault(route.handler, []).append(route)
            view = getattr(route.handler, "view", None)
            if view is not None:
                self._by_handler.setdefault(view, []).append(route)

    def url(self, target: Target, values: Mapping[str, Any], blueprint: str = "") -> str:
        """The path of a route with `values` in it; those that are no parameters of its address become the query.

        A name without a dot is sought in `blueprint` first, then among the app's own. What is on another host comes
        with it.
        """
        return str(self.link(target, values, blueprint))

    def link(
        self, target: Target, values: Mapping[str, Any], blueprint: str = "",
        request: Request | None = None, *, strict: bool = True,
    ) -> Link:  # fmt: skip
        """Where a route is. `request` is the one that is answered: of it come the language and the host's parameters.

        Values that the route does not take are an error, unless `strict` is False.
        """
        routes = self._find(target, blueprint)
        given = dict(values)
        route = routes[0]
        if route.languages:
            language = given.pop("language", None) if "language" not in route.names else None
            route = _in_language(target, routes, language, request)
        host = _like(route.hosts, request)
        if host is not None and request is not None and request.route is not None:
            known = {name for each in request.route.hosts[:1] for name in each.names}.intersection(host.names)
            given = {**{name: value for name, value in request.path_params.items() if name in known}, **given}
        missing = [name for name in route.names if given.get(name) is None]
        if missing:
            near = difflib.get_close_matches(missing[0], given.keys() - set(route.names), 1)
            hint = f" Is {near[0]} a misspelt {missing[0]}?" if near else ""
            if not given.keys().isdisjoint(("args", "kwargs")):
                hint = f" Values go by name: {missing[0]}=..."
            raise LinkError(f"url({_shown(target)}) needs {', '.join(missing)}: its path is {route.address}.{hint}")
        taken = self._what_takes(route)
        query = {name: value for name, value in given.items() if name not in route.names}
        unknown = query.keys() - taken.query.keys()
        if unknown and strict:
            self._require_taken(target, unknown, route, taken)
        texts = {name: _written(target, taken, name, given[name]) for name in route.names}
        pairs = [(name, text) for name, value in query.items() if value is not None
                 for text in taken.query_texts(name, value)]  # fmt: skip
        path = route.pattern.build(texts)
        return Link(f"{path}?{urlencode(pairs)}" if pairs else path, "" if host is None else host.build(texts))

    def route_of(self, target: Target, blueprint: str = "") -> Route:
        """The route of a target, in its first spelling; LinkError if there is none."""
        return self._find(target, blueprint)[0]

    def _what_takes(self, route: Route) -> Taken:
        taken = self._taken.get(id(route))
        if taken is None:
            taken = self._taken[id(route)] = self._taken_by(route)
        return taken

    def _require_taken(self, target: Target, unknown: Iterable[str], route: Route, taken: Taken) -> None:
        for name in sorted(unknown):
            if name in LINK_VALUES:
                raise LinkError(f"url({_shown(target)}) has no {name!r}. Instead: {LINK_VALUES[name]}")
            if taken.anything:
                continue
            names = [*route.names, *taken.query]
            near = difflib.get_close_matches(name, names, 1)
            hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(names) or 'nothing'}."
            raise LinkError(f"url({_shown(target)}) has no {name!r}. {hint}")

    def _find(self, target: Target, blueprint: str) -> list[Route]:
        """The route of a target, first, and the other spellings of its path."""
        if not isinstance(target, str):
            routes = self._by_handler.get(target)
            if not routes:
                name = getattr(target, "__qualname__", repr(target))
                raise LinkError(f"{name} is no handler of this app: it has no route.")
            return routes
        scope = blueprint
        while scope:
            found = self._by_name.get(f"{scope}.{target}")
            if found is not None:
                return found
            scope = scope.rpartition(".")[0]
        found = self._by_name.get(target)
        if found is None:
            near = difflib.get_close_matches(target, self._by_name, 3, 0.5)
            hint = (
                f" Did you mean {' or '.join(near)}?"
                if near
                else f" There are: {', '.join(sorted(self._by_name)[:20])}."
            )
            if target == "static":
                hint = " A file's address is static('app.css')."
            raise LinkError(f"No route is called {target!r}.{hint}")
        return found


def _in_language(target: Target, routes: list[Route], language: Any, request: Request | None) -> Route:
    """The spelling in a language: the one asked for, that of the page which links, or what the visitor reads."""
    first = routes[0]
    spellings: dict[str, Route] = {}
    for route in routes:
        for name in route.languages if route.where is first.where else ():
            spellings.setdefault(name, route)
    if language is not None:
        if language not in spellings:
            raise LinkError(f"url({_shown(target)}, language={language!r}): it is spelt in {', '.join(spellings)}.")
        return spellings[language]
    if request is None:
        return first
    here = () if request.route is None else request.route.languages
    choices = [name for name in here if name in spellings] or list(spellings)
    chosen = choices[0] if len(choices) == 1 else request.accepts_language(*choices)
    return spellings[chosen or choices[0]]


def _like(hosts: tuple[HostPattern, ...], request: Request | None) -> HostPattern | None:
    """Of several hosts the one that ends most like the host of the request; the first, if none does."""
    if not hosts or request is None:
        return hosts[0] if hosts else None
    name = split_host(request.host)[0]
    return max(hosts, key=lambda host: host.likeness(name))


def _written(target: Target, taken: Taken, name: str, value: Any) -> str:
    try:
        return taken.address_text(name, value)
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise LinkError(f"url({_shown(target)}): {name}={value!r} would not be found. {reason}.") from None


def _no_place(target: str, values: Mapping[str, Any]) -> TypeError:
    names = ", ".join(values)
    if "code" in values:
        return TypeError(f"redirect() has no code=: redirect({target!r}, status={values['code']!r}).")
    if "permanent" in values:
        return TypeError(f"redirect() has no permanent=: redirect({target!r}, status=308).")
    return TypeError(f"redirect({target!r}) is a whole path, in which {names} has no place: redirect to a handler.")


def _shown(target: Target) -> str:
    return repr(target) if isinstance(target, str) else getattr(target, "__name__", repr(target))


def link_within(request: Request, target: Target, values: Mapping[str, Any], *, strict: bool = True) -> Link:
    """Where a link from within a request leads: names are relative to the route's blueprint."""
    blueprint = request.route.blueprint if request.route is not None else ""
    links: Links = request.plan.kernel.links
    return links.link(target, values, blueprint, request, strict=strict)


def link_text(request: Request, link: Link) -> str:
    """A link as it is written within a request: under the app's prefix, and whole if it leads to another host."""
    path = request.root_path + link.path
    name, port = split_host(request.host)
    if not link.host or link.host == name:
        return path
    return f"{request.scheme}://{link.host}{':' if port else ''}{port}{path}"


def request_url(request: Request, target: Target, values: Mapping[str, Any], *, strict: bool = True) -> str:
    """A link from within a request, as `url` makes it."""
    return link_text(request, link_within(request, target, values, strict=strict))


def url(target: Target, /, **values: Any) -> str:
    """The URL of a handler or of a named route: `url(show, id=1)`, `url("posts.show", id=1)`.

    Values that are not in its path become the query; what the handler does not take is a LinkError. A path that is
    translated is spelt in `language`, else in that of the page, else as the visitor prefers. What is bound to another
    host comes with it. Outside of a request, use `app.url(...)`.
    """
    request = current.get()
    if request is None:
        raise LinkError("url() was called where no request is being answered: use app.url(...) of your App.")
    return request_url(request, target, values)


class Redirect(RedirectResponse):
    """A redirect whose target is looked up when the response is finished."""

    __slots__ = ("_strict", "_target", "_values")

    def __init__(self, target: Target, values: Mapping[str, Any], status: int, *, strict: bool = True) -> None:
        Response.__init__(self, b"", status)  # There is no URL yet.
        self._strict = strict
        self._target = target
        self._values = values

    def complete(self, request: Request) -> Response:
        """The redirect to the target's URL, with the headers and cookies that were set on this one."""
        try:
            link = request_url(request, self._target, self._values, strict=self._strict)
        except LinkError as error:
            if request.route is not None:  # The handler has returned: no line of it is in the traceback.
                error.add_note(f"Returned by {Where.of(request.route.handler)}.")
            raise
        response = RedirectResponse(link, self.status)
        for name, value in self.own_headers or ():
            response.headers.add(name, value)
        return response


def redirect(target: Target, /, status: int = 303, **values: Any) -> RedirectResponse:
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
