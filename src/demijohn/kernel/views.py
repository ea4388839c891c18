"""Class-based views: a class with one method for each HTTP method of an address.

A view is taken apart where it is registered: each of its methods becomes a handler of its own, whose signature is the
method's without `self`, so that all that is true of handlers is true of them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NoReturn, TypeGuard

from ..foundation.errors import SetupError, Where
from ..foundation.http.request import Request
from ..foundation.http.response import Response
from .links import Links, Redirect, redirect
from .routes import METHODS, Route

# QUERY is left out: `query` is what generic views read their rows from.
_METHODS = tuple(method for method in METHODS if method != "QUERY")
_ONE_EACH = "def get(self): ...      one method for each HTTP method"


class View:
    """The base of class-based views: `get`, `post`, ... answer the methods they are named after, any other is a 405.

    A method is a handler, `def` or `async def`: its parameters come by the same rules. Each request has an instance of
    its own, made without arguments; `init_every_request = False` makes one for all. `around` is a list of arounds,
    outside of those of subclasses; `name` is what links call it, the class's own if it says none.

    >>> class Posts(View):
    ...     def get(self, page: int = 1):
    ...         return f"Page {page}"
    ...
    ...     def post(self):
    ...         return "Saved", 201
    """

    name: ClassVar[str] = ""
    around: ClassVar[Sequence[Callable[..., Any]]] = ()
    init_every_request: ClassVar[bool] = True
    # What other frameworks' views are told by, and nobody would read here.
    habits: ClassVar[Mapping[str, str]] = {
        "dispatch_request": _ONE_EACH,
        "dispatch": "around = [check]      arounds run before, after and instead of every method",
        "http_method_names": "Leave it out: a view answers the methods that it has.",
        "http_method_not_allowed": "Leave it out: other methods are answered 405 with Allow.",
        "decorators": "around = [check]",
        "permission_classes": "around = [check]",
        "on_get": _ONE_EACH,
        "on_post": _ONE_EACH,
    }

    @classmethod
    def handlers(cls) -> Iterator[tuple[str, Callable[..., Any]]]:
        """The HTTP methods that it answers, each with a handler: what a kind of views is made of may be made here."""
        for method in _METHODS:
            function = inspect.getattr_static(cls, method.lower(), None)
            if function is not None:
                yield method, handler_of(cls, function)

    @classmethod
    def check(cls, links: Links, route: Route) -> None:
        """Called for each of its routes when the app is sealed, to tell of mistakes by a SetupError."""

    @classmethod
    def as_view(cls, *_: Any, **__: Any) -> NoReturn:
        """Only says that Django's and Flask's way is not needed."""
        raise SetupError(
            "DMJ0123", f"{cls.__name__}.as_view() is not needed: a view is registered as it is.",
            fix=f'@app.view("/...") on the class\nor, in a table: path("/...", {cls.__name__})', where=Where.caller(),
        )  # fmt: skip


class RedirectView(View):
    """Sends visitors elsewhere: `to` is a handler, a route's name, a path or an `https://` URL.

    The parameters of its own path, and the query if `query` says so, go along to a handler or name.

    >>> class Old(RedirectView):
    ...     to = "posts.show"
    ...     status = 308
    """

    to: ClassVar[Any] = ""
    status: ClassVar[int] = 303
    query: ClassVar[bool] = False
    habits: ClassVar[Mapping[str, str]] = {
        **View.habits,
        "url": 'to = "/posts"',
        "pattern_name": 'to = "posts.show"',
        "permanent": "status = 308",
        "query_string": "query = True",
    }

    def get(self, request: Request) -> Response:
        """The redirect."""
        target = inspect.getattr_static(type(self), "to")
        target = target.__func__ if isinstance(target, staticmethod) else target
        if isinstance(target, str) and (target.startswith("/") or ":" in target):
            tail = f"?{request.query_string}" if self.query and request.query_string else ""
            return redirect(target + tail, status=self.status)
        values: dict[str, Any] = dict(request.path_params)
        if self.query:
            values = {**{name: request.query.getlist(name) for name in request.query}, **values}
        return Redirect(target, values, self.status, strict=False)  # A visitor's query is not the developer's mistake.

    @classmethod
    def check(cls, links: Links, route: Route) -> None:
        """Called when the app is sealed: a target that is nowhere, or needs what the path has not, is a SetupError."""
        target = inspect.getattr_static(cls, "to")
        target = target.__func__ if isinstance(target, staticmethod) else target
        if isinstance(target, str) and (target.startswith("/") or ":" in target):
            return
        try:
            goal = links.route_of(target, route.blueprint)
        except LookupError as error:
            raise SetupError(
                "DMJ0213", f"{cls.__name__} redirects nowhere. {error}", fix="Let `to` be a handler or a route's name.",
                where=route.where,
            ) from None  # fmt: skip
        missing = [name for name in goal.names if name not in route.names]
        if missing:
            path = route.path.rstrip("/") + "".join(f"/{{{name}}}" for name in missing)
            raise SetupError(
                "DMJ0213", f"{cls.__name__} redirects to {goal.address}, but its own path has no {{{missing[0]}}}.",
                fix=f'@app.view("{path}")', where=route.where,
            )  # fmt: skip


def handler_of(view: type[View], function: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a view as a handler: it takes what the method takes, but for `self`."""
    function = getattr(function, "__func__", function)
    if isinstance(function, property) or not callable(function):
        raise SetupError(
            "DMJ0124", f"{view.__name__}.{getattr(function, '__name__', 'get')} is no method.",
            fix="def get(self): ...", where=Where.of(view),
        )  # fmt: skip
    make = _maker_of(view)  # type: ignore[arg-type] # mypy asks the class for an instance's hash

    @functools.wraps(function)
    def handler(*arguments: Any, **named: Any) -> Any:
        return function(make(), *arguments, **named)

    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if not parameters:
        raise SetupError(
            "DMJ0124", f"{function.__qualname__}() takes no self.", fix=f"def {function.__name__}(self): ...",
            where=Where.of(function),
        )  # fmt: skip
    handler.__signature__ = signature.replace(parameters=parameters[1:])  # type: ignore[attr-defined]
    handler.view = view  # type: ignore[attr-defined]
    home = getattr(view, "__provided_by__", None)
    if home is not None:
        handler.__provided_by__ = home  # type: ignore[attr-defined]
    return handler


def handlers_of(view: type[View], where: Where) -> list[tuple[str, Callable[..., Any]]]:
    """The handlers of a view; one that has none, or that other frameworks would read otherwise, is a SetupError."""
    habits = [habit for habit in view.habits if any(habit in vars(kind) for kind in view.__mro__)]
    if habits:
        fixes = dict.fromkeys(view.habits[habit] for habit in habits)  # those that are mended alike once
        what = f"{view.__name__}.{', '.join(habits)} {'is' if len(habits) == 1 else 'are'} read by nobody here."
        raise SetupError("DMJ0125", what, fix="\n".join(fixes), where=where)
    found = list(view.handlers())
    if not found:
        upper = next((method for method in _METHODS if hasattr(view, method)), None)
        what = f"{view.__name__}.{upper}: methods are written in lower case." if upper else (
            f"{view.__name__} has none of the methods {', '.join(method.lower() for method in _METHODS)}."
        )  # fmt: skip
        raise SetupError("DMJ0124", what, fix=f"def {(upper or 'get').lower()}(self): ...", where=where)
    return found


def is_view(thing: Any) -> TypeGuard[type[View]]:
    """Whether something is a class of views."""
    return isinstance(thing, type) and issubclass(thing, View)


def spelt_freely(method: Callable[[Any], Any]) -> Callable[..., Any]:
    """Tell type checkers that subclasses spell a method as they like: with a handler's parameters, `def` or `async`."""
    return method


def name_of_view(view: type[View]) -> str:
    """What links call a view: a name inherited from another view would be that one's."""
    return str(vars(view).get("name") or view.__name__)


def arounds_of(view: type[View]) -> tuple[Callable[..., Any], ...]:
    """The arounds of a view and of all that it inherits from, the furthest base's outermost, each once."""
    found: list[Callable[..., Any]] = []
    for kind in reversed(view.__mro__):
        found += [around for around in vars(kind).get("around", ()) if around not in found]
    return tuple(found)


@functools.cache
def _maker_of(view: type[View]) -> Callable[[], View]:
    required = [
        parameter.name
        for parameter in inspect.signature(view).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if required:
        raise SetupError(
            "DMJ0126", f"{view.__name__}() wants {', '.join(required)}, but a view is made without arguments.",
            fix=f"Let the methods ask for it: def get(self, {required[0]}: ...)", where=Where.of(view),
        )  # fmt: skip
    if view.init_every_request:
        return view
    shared = view()
    return lambda: shared
