"""Blueprints: groups of routes with what surrounds them, noted down until an app includes them.

A blueprint never changes what it was told and is never frozen: any number of apps, at any prefix, may include it. What
it notes is read once, when an app is sealed.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, Unpack, overload

from ..foundation.errors import SetupError, Where
from .habits import foreign_attribute, refuse_assignment, refuse_options
from .replies import require_askable
from .routes import METHODS, RouteOptions

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
Around = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class RouteNote:
    """A route as it was written."""

    path: str
    methods: tuple[str, ...]
    handler: Callable[..., Any]
    options: RouteOptions
    where: Where


@dataclass(frozen=True, slots=True)
class ProviderNote:
    """A provider as it was written."""

    factory: Callable[..., Any]
    scope: Literal["exchange", "app"]
    name: str | None


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A blueprint inside another, and where."""

    blueprint: Blueprint
    prefix: str
    where: Where


class Blueprint:
    """A group of routes: a prefix, arounds and error handlers of their own, to be included in an app.

    `modules` are imported when it is included (relative names are relative to the module that makes the blueprint), so
    that the modules of a package can write `from . import posts as app` without a circle.

    >>> posts = Blueprint("posts")
    >>> @posts.get("/{id}")
    ... def show(id: int):
    ...     return f"Post {id}"
    """

    _OPTIONS: ClassVar[tuple[str, ...]] = ("name", "around", "modules", "url_prefix", "prefix")

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Only looks at the options: another framework's are told what they are here."""
        refuse_options(cls, cls._OPTIONS, options)
        if not arguments and "name" not in options and cls is Blueprint:
            raise _flask_blueprint(None, options, Where.caller())
        return super().__new__(cls)

    def __init__(
        self, name: str, *misplaced: Any, around: Sequence[Around] = (), modules: Sequence[str] = (), **unknown: Any
    ) -> None:
        where = Where.caller()
        if misplaced or unknown or not isinstance(name, str):
            raise _flask_blueprint(name, unknown, where)
        self.name = name
        self.where = where
        self.arounds: list[Around] = list(around)
        self.routes: list[RouteNote] = []
        self.inclusions: list[Inclusion] = []
        self.error_handlers: dict[Any, Callable[..., Any]] = {}
        self.providers: list[ProviderNote] = []
        self.registered: list[Any] = []
        self.encoders: dict[type, Callable[[Any], Any]] = {}
        self.lifespans: list[Callable[..., Any]] = []
        self.modules = tuple(modules)
        self._package = _package_of_caller() if modules else ""

    # Routes -------------------------------------------------------------------------------------------------

    def route(
        self, path: str, *, methods: Iterable[str] = ("GET",), **options: Unpack[RouteOptions]
    ) -> Callable[[F], F]:
        """Answer requests to a path by the decorated function, which stays a plain function.

        `methods` are names such as `"GET"`; `status` and `media_type` are those of plain answers, `name` the one for
        links, `around` a list of arounds for this route alone, `blocking=False` a promise that a `def` handler never
        waits, `body_limit` in bytes.
        """
        self.changing("add a route")
        where = Where.caller()
        _require_path(path, where)
        _require_options(options, where)
        names = _method_names(methods, where)

        def decorate(handler: F) -> F:
            _require_handler(handler, where)
            self.routes.append(RouteNote(path, names, handler, options, where))
            return handler

        return decorate

    def get(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer GET requests (and HEAD) to a path."""
        return self.route(path, methods=("GET",), **options)

    def post(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer POST requests to a path."""
        return self.route(path, methods=("POST",), **options)

    def put(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer PUT requests to a path."""
        return self.route(path, methods=("PUT",), **options)

    def patch(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer PATCH requests to a path."""
        return self.route(path, methods=("PATCH",), **options)

    def delete(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer DELETE requests to a path."""
        return self.route(path, methods=("DELETE",), **options)

    def urls(self, *entries: PathEntry | IncludeEntry) -> None:
        """Write a central table, as in Django: `app.urls(path("/", home, name="home"))`."""
        self.changing("add routes")
        for entry in entries:
            if isinstance(entry, IncludeEntry):
                self.include(entry.blueprint, prefix=entry.prefix)
            elif isinstance(entry, PathEntry):
                _require_handler(entry.handler, entry.where)
                self.routes.append(RouteNote(entry.path, entry.methods, entry.handler, entry.options, entry.where))
            else:
                raise _no_entry(entry, Where.caller())

    def include(self, blueprint: Blueprint, *, prefix: str = "") -> None:
        """Add another blueprint's routes, each path behind `prefix`."""
        self.changing("include a blueprint")
        where = Where.caller()
        if not isinstance(blueprint, Blueprint) or hasattr(blueprint, "seal"):  # An app would lose its batteries.
            raise SetupError(
                "DMJ0109", f"include() takes a Blueprint, not {type(blueprint).__name__}.",
                fix='from posts import posts\napp.include(posts, prefix="/posts")', where=where,
            )  # fmt: skip
        if prefix and not prefix.startswith("/"):
            raise SetupError(
                "DMJ0201", f"The prefix {prefix!r} does not begin with a slash.", fix=f'Write "/{prefix}".', where=where
            )
        if _holds(blueprint, self):
            raise SetupError(
                "DMJ0109", f"{self.name} and {blueprint.name} would include each other in a circle.",
                fix="Include both in the app.", where=where,
            )  # fmt: skip
        self.inclusions.append(Inclusion(blueprint, prefix.rstrip("/"), where))
        for module in blueprint.modules:
            importlib.import_module(module, blueprint._package)

    # What surrounds them ------------------------------------------------------------------------------------

    def around(self, hook: F) -> F:
        """Wrap every exchange of these routes: a generator with one `yield`, before and after which it acts."""
        self.changing("add an around")
        self.arounds.append(hook)
        return hook

    def before_request(self, hook: F) -> F:
        """Call a function before each exchange; what it returns, if not None, is the answer."""
        return self.around(hook)

    def after_request(self, hook: F) -> F:
        """Call a function with each response; what it returns, if not None, replaces it."""

        async def after_request_async() -> Any:
            response = yield
            replacement = await hook(response)
            if replacement is not None:
                yield replacement

        def after_request() -> Any:
            response = yield
            return hook(response)

        if inspect.iscoroutinefunction(hook):
            after_request = after_request_async
        after_request.__qualname__ = getattr(hook, "__qualname__", "after_request")
        self.around(after_request)
        return hook

    def teardown_request(self, hook: F) -> F:
        """Call a function after each exchange, with the exception that ended it or None."""

        async def teardown_request_async() -> Any:
            try:
                yield
            except BaseException as error:
                await hook(error)
                raise
            await hook(None)

        def teardown_request() -> Any:
            try:
                yield
            except BaseException as error:
                hook(error)
                raise
            hook(None)

        if inspect.iscoroutinefunction(hook):
            teardown_request = teardown_request_async
        teardown_request.__qualname__ = getattr(hook, "__qualname__", "teardown_request")
        self.around(teardown_request)
        return hook

    def on_error(self, kind: type[BaseException] | int) -> Callable[[F], F]:
        """Answer an exception class or a status by the decorated function: it takes the error, the request, or both."""
        self.changing("add an error handler")
        if not (isinstance(kind, int) or (isinstance(kind, type) and issubclass(kind, BaseException))):
            raise SetupError(
                "DMJ0120", f"on_error({_shown(kind)}): that is neither a status nor an exception class.",
                fix="@app.on_error(404) or @app.on_error(NotFound)", where=Where.caller(),
            )  # fmt: skip

        def decorate(handler: F) -> F:
            self.error_handlers[kind] = handler
            return handler

        return decorate

    @overload
    def provide(self, factory: F, /) -> F: ...
    @overload
    def provide(
        self, /, *, scope: Literal["exchange", "app"] = "exchange", name: str | None = None
    ) -> Callable[[F], F]: ...
    def provide(
        self,
        factory: Callable[..., Any] | None = None,
        /,
        *,
        scope: Literal["exchange", "app"] = "exchange",
        name: str | None = None,
    ) -> Any:
        """Make the type that the decorated function returns injectable; a generator cleans up after its `yield`.

        `scope` is `"exchange"` (made for each request that asks) or `"app"` (made once); `name` tells two of a kind
        apart: `Annotated[Clock, "utc"]`.
        """
        self.changing("add a provider")

        def decorate(function: F) -> F:
            self.providers.append(ProviderNote(function, scope, name))
            return function

        return decorate if factory is None else decorate(factory)

    def register(self, thing: T) -> T:
        """Hand something to the battery that reads its type: inline templates, commands, checks."""
        self.changing("register something")
        self.registered.append(thing)
        return thing

    def encoder(self, kind: type) -> Callable[[F], F]:
        """Say how values of a type become JSON: the decorated function returns plain values."""
        self.changing("add an encoder")
        require_askable(kind, Where.caller())

        def decorate(function: F) -> F:
            self.encoders[kind] = function
            return function

        return decorate

    def lifespan(self, manager: F) -> F:
        """Run something while the app runs: a generator, which starts before and stops after its `yield`."""
        self.changing("add a lifespan")
        self.lifespans.append(manager)
        return manager

    def changing(self, what: str) -> None:
        """Called before each change: an app that is sealed refuses it."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    if not TYPE_CHECKING:  # Checkers know every attribute; these are for what was typed from habit.

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):
                # A property raised AttributeError, which Python takes for a missing attribute: let it raise again.
                return object.__getattribute__(self, name)
            raise foreign_attribute(self, name)

        def __setattr__(self, name: str, value: Any) -> None:
            refuse_assignment(self, name)
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class PathEntry:
    """A line of a central table."""

    path: str
    handler: Callable[..., Any]
    methods: tuple[str, ...]
    options: RouteOptions
    where: Where


@dataclass(frozen=True, slots=True)
class IncludeEntry:
    """A blueprint in a central table."""

    blueprint: Blueprint
    prefix: str = ""


def path(
    route: str, handler: Callable[..., Any] | IncludeEntry, *, methods: Iterable[str] = ("GET",),
    **options: Unpack[RouteOptions],
) -> PathEntry | IncludeEntry:  # fmt: skip
    """One line of a central table: `path("/posts/{id}", show, name="show")`, `path("/blog", include(blog))`."""
    if isinstance(handler, IncludeEntry):
        return IncludeEntry(handler.blueprint, route.rstrip("/"))
    where = Where.caller()
    _require_options(options, where)
    return PathEntry(route, handler, _method_names(methods, where), options, where)


def include(blueprint: Blueprint) -> IncludeEntry:
    """A blueprint, for `path(prefix, include(blueprint))`."""
    return IncludeEntry(blueprint)


def _holds(blueprint: Blueprint, sought: Blueprint) -> bool:
    return blueprint is sought or any(_holds(inclusion.blueprint, sought) for inclusion in blueprint.inclusions)


def _package_of_caller() -> str:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("demijohn."):
        frame = frame.f_back
    # A package's __init__ is its own package; any other module's names are relative to the package it is in.
    return frame.f_globals.get("__package__") or ""


def _no_entry(entry: Any, where: Where) -> SetupError:
    name = type(entry).__name__
    if isinstance(entry, list | tuple):
        what, fix = f"urls() takes path(...) entries one by one, not a {name}.", "app.urls(*urlpatterns)"
    else:
        what = f"urls() takes path(...) entries, not {entry!r}."
        fix = 'app.urls(path("/", home), path("/blog", include(blog)))'
    return SetupError("DMJ0108", what, fix=fix, where=where)


def _require_path(path: Any, where: Where) -> None:
    if isinstance(path, str):
        return
    fix = "Write the path too."
    if callable(path):
        fix = f'@app.get("/{getattr(path, "__name__", "")}")'
    raise SetupError("DMJ0110", f"A route's path is text, not {_shown(path)}.", fix=fix, where=where)


def _require_options(options: RouteOptions, where: Where) -> None:
    unknown = sorted(options.keys() - RouteOptions.__annotations__.keys())
    if unknown:
        raise _unknown_option(unknown[0], where)


def _method_names(methods: Iterable[str], where: Where) -> tuple[str, ...]:
    if isinstance(methods, str):
        raise SetupError("DMJ0106", f"methods={methods!r} is a str.", fix=f"methods=[{methods!r}]", where=where)
    names = tuple(dict.fromkeys(method.upper() for method in methods))
    odd = [name for name in names if name not in METHODS]
    if odd:
        raise SetupError(
            "DMJ0106", f"{odd[0]!r} is no method that is routed here.", fix=f"One of {', '.join(METHODS)}.", where=where
        )
    return names


def _require_handler(handler: Any, where: Where) -> None:
    if isinstance(handler, type):
        fix = "Write a function for each method: this version has no class-based views."
        raise SetupError("DMJ0107", f"{handler.__name__} is a class, not a handler.", fix=fix, where=where)
    if not callable(handler):
        raise SetupError("DMJ0107", f"{handler!r} cannot be called.", fix="Decorate a function.", where=where)


def _shown(thing: Any) -> str:
    return f"{thing.__name__}()" if hasattr(thing, "__code__") else repr(thing)


def _flask_blueprint(name: Any, unknown: dict[str, Any], where: Where) -> SetupError:
    prefix = unknown.get("url_prefix") or unknown.get("prefix")
    fix = f'posts = Blueprint("{name if isinstance(name, str) else "posts"}")'
    if prefix:
        fix += f'\napp.include(posts, prefix="{prefix}")'
    what = f"Blueprint() has no option {sorted(unknown)[0]}." if unknown else "A Blueprint takes its name alone."
    return SetupError("DMJ0111", what, fix=fix, where=where)


_FOREIGN_OPTIONS = {
    "response_model": "Annotate what the handler returns: def show(id: int) -> Post",
    "status_code": "status=201",
    "endpoint": 'name="show"',
    "dependencies": "around=[Depends(check)]",
    "tags": "Group the routes in a Blueprint.",
    "strict_slashes": "Nothing: the other spelling is redirected to the one you wrote.",
    "defaults": "Give the parameter a default in the signature: def show(page: int = 1)",
    "response_class": "Return the response itself: return HTMLResponse(...)",
}


def _unknown_option(option: str, where: Where) -> SetupError:
    fix = _FOREIGN_OPTIONS.get(option, f"A route takes {', '.join(sorted(RouteOptions.__annotations__))}.")
    return SetupError("DMJ0112", f"A route has no option {option!r}.", fix=fix, where=where)
