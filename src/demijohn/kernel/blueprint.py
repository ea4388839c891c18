"""Blueprints: groups of routes with what surrounds them, noted down until an app includes them.

A blueprint never changes what it was told and is never frozen: any number of apps, at any prefix, may include it. What
it notes is read once, when an app is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Never, Self, TypeVar, Unpack, overload

from ..foundation.callers import package_of_caller
from ..foundation.errors import SetupError, Where
from .after_hooks import after, teardown
from .commands import noted
from .converters import Converter, converter_of
from .encoders import require_askable
from .error_handlers import require_error
from .habits import foreign_attribute, refuse_assignment, refuse_options
from .hosts import hosts_of
from .inclusion import Inclusion, holds, import_modules, not_included
from .markers import Depends
from .negotiation import essence_of
from .route_notes import (
    RouteNote,
    foreign_inclusion,
    method_names,
    no_blueprint,
    require_handler,
    require_options,
    require_path,
    require_socket_options,
    require_view,
    shown,
    view_notes,
)
from .routes import WEBSOCKET, RouteOptions, SocketOptions
from .tables import IncludeEntry, PathEntry, no_entry
from .translations import Spelt, as_prefix
from .views import View, is_view

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
V = TypeVar("V", bound=type[View])
Around = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ProviderNote:
    """A provider as it was written."""

    factory: Callable[..., Any]
    scope: Literal["exchange", "app"]
    name: str | None


class Blueprint:
    """A group of routes: a prefix, arounds and error handlers of their own, to be included in an app.

    `modules` are imported when it is included (relative names are relative to the module that makes the blueprint), so
    that the modules of a package can write `from . import posts as app` without a circle.

    >>> posts = Blueprint("posts")
    >>> @posts.get("/{id}")
    ... def show(id: int):
    ...     return f"Post {id}"
    """

    _OPTIONS: ClassVar[tuple[str, ...]] = ("name", "around", "modules", "url_prefix", "prefix", "host")

    def __new__(cls, *arguments: Any, **options: Any) -> Self:
        """Only looks at the options: another framework's are told what they are here."""
        refuse_options(cls, cls._OPTIONS, options)
        if not arguments and "name" not in options and cls is Blueprint:
            raise no_blueprint(None, options, Where.caller())
        return super().__new__(cls)

    def __init__(
        self,
        name: str,
        *misplaced: Any,
        prefix: Spelt = "",
        host: str | Sequence[str] = (),
        around: Sequence[Around | Depends] = (),
        modules: Sequence[str] = (),
        **unknown: Any,
    ) -> None:
        where = Where.caller()
        if misplaced or unknown or not isinstance(name, str):
            raise no_blueprint(name, unknown, where)
        self.name = name
        self.where = where
        self.prefix = as_prefix(prefix, where)
        self.hosts = hosts_of(host, where)
        self.arounds: list[Any] = list(around)
        self.routes: list[RouteNote] = []
        self.inclusions: list[Inclusion] = []
        self.error_handlers: dict[Any, Callable[..., Any]] = {}
        self.providers: list[ProviderNote] = []
        self.converters: list[Converter] = []
        self.registered: list[Any] = []
        self.encoders: dict[type, Callable[[Any], Any]] = {}
        self.renderers: dict[str, Callable[[Any], str | bytes]] = {}
        self.lifespans: list[Callable[..., Any]] = []
        self.modules = tuple(modules)
        self._package = package_of_caller() if modules else ""

    # Routes -------------------------------------------------------------------------------------------------

    def route(
        self, path: Spelt, *, methods: Iterable[str] = ("GET",), **options: Unpack[RouteOptions]
    ) -> Callable[[F], F]:
        """Answer requests to a path by the decorated function, which stays a plain function.

        `methods` are names such as `"GET"`; `status` and `media_type` are those of plain answers, `name` the one for
        links, `around` a list of arounds for this route alone, `host` the host or hosts that it is bound to,
        `blocking=False` a promise that a `def` handler never waits, `body_limit` in bytes, `timeout` in seconds (of an
        `async def` handler; None is for ever).
        """
        self.changing("add a route")
        where = Where.caller()
        require_path(path, where)
        require_options(options, where)
        names = method_names(methods, where)

        def decorate(handler: F) -> F:
            require_handler(handler, where)
            self.routes.append(RouteNote(path, names, handler, options, where))
            return handler

        return decorate

    def get(self, path: Spelt, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer GET requests (and HEAD) to a path."""
        return self.route(path, methods=("GET",), **options)

    def post(self, path: Spelt, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer POST requests to a path."""
        return self.route(path, methods=("POST",), **options)

    def put(self, path: Spelt, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer PUT requests to a path."""
        return self.route(path, methods=("PUT",), **options)

    def patch(self, path: Spelt, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer PATCH requests to a path."""
        return self.route(path, methods=("PATCH",), **options)

    def delete(self, path: Spelt, **options: Unpack[RouteOptions]) -> Callable[[F], F]:
        """Answer DELETE requests to a path."""
        return self.route(path, methods=("DELETE",), **options)

    def view(self, path: Spelt, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Answer requests to a path by the methods of the decorated `View`: `get`, `post`, ...; others are a 405."""
        self.changing("add a view")
        where = Where.caller()
        require_path(path, where)
        require_options(options, where)

        def decorate(view: V) -> V:
            require_view(view, where)
            self.routes += view_notes(path, view, options, where)
            return view

        return decorate

    def websocket(self, path: Spelt, **options: Unpack[SocketOptions]) -> Callable[[F], F]:
        """Serve WebSockets at a path by the decorated `async def`, which asks for `ws: WebSocket`.

        `name` is the one for links, `around` a list of arounds for the handshake, `origins` lists the sites whose pages
        may connect beside the app's own (`"https://shop.example"`; `"*"` is all), `message_limit` bounds a message, in
        bytes.
        """
        self.changing("add a WebSocket")
        where = Where.caller()
        require_path(path, where)
        require_socket_options(options, where)

        def decorate(handler: F) -> F:
            require_handler(handler, where)
            self.routes.append(RouteNote(path, (WEBSOCKET,), handler, options, where))
            return handler

        return decorate

    def urls(self, *entries: PathEntry | IncludeEntry) -> None:
        """Write a central table, as in Django: `app.urls(path("/", home, name="home"))`."""
        self.changing("add routes")
        for entry in entries:
            if isinstance(entry, IncludeEntry):
                self.include(entry.blueprint, prefix=entry.prefix, host=entry.host)
            elif isinstance(entry, PathEntry) and is_view(entry.handler):
                self.routes += view_notes(entry.path, entry.handler, entry.options, entry.where)
            elif isinstance(entry, PathEntry):
                require_handler(entry.handler, entry.where)
                self.routes.append(RouteNote(entry.path, entry.methods, entry.handler, entry.options, entry.where))
            else:
                raise no_entry(entry, Where.caller())

    def include(
        self,
        blueprint: Blueprint,
        *others: Blueprint,
        prefix: Spelt = "",
        host: str | Sequence[str] = (),
        **foreign: Never,
    ) -> None:
        """Add another blueprint's routes, each path behind `prefix`, all on `host` unless they say another.

        Several at once are added one after the other, behind the same prefix.
        """
        self.changing("include a blueprint")
        where = Where.caller()
        if foreign:
            raise foreign_inclusion(next(iter(foreign)), where)
        for each in (blueprint, *others):
            self._include(each, prefix, host, where)

    def _include(self, blueprint: Blueprint, prefix: Spelt, host: str | Sequence[str], where: Where) -> None:
        if not isinstance(blueprint, Blueprint) or hasattr(blueprint, "seal"):  # An app would lose its batteries.
            raise not_included(blueprint, where)
        if holds(blueprint, self):
            raise SetupError(
                "DMJ0109", f"{self.name} and {blueprint.name} would include each other in a circle.",
                fix="Include both in the app.", where=where,
            )  # fmt: skip
        self.inclusions.append(Inclusion(blueprint, as_prefix(prefix, where), where, hosts_of(host, where)))
        import_modules(blueprint, blueprint.modules, blueprint._package, where)

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

        self.around(after(hook))
        return hook

    def teardown_request(self, hook: F) -> F:
        """Call a function after each exchange, with the exception that ended it or None."""

        self.around(teardown(hook))
        return hook

    def on_error(self, kind: type[BaseException] | int) -> Callable[[F], F]:
        """Answer an exception class or a status by the decorated function, of the error, the request and services."""
        self.changing("add an error handler")
        require_error(kind, shown(kind), Where.caller())

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

    @overload
    def converter(self, parse: F, /) -> F: ...
    @overload
    def converter(
        self, /, *, to_text: Callable[[Any], str] = str, pattern: str | None = None, format: str | None = None
    ) -> Callable[[F], F]: ...
    def converter(
        self,
        parse: Callable[..., Any] | None = None,
        /,
        *,
        to_text: Callable[[Any], str] = str,
        pattern: str | None = None,
        format: str | None = None,
    ) -> Any:
        """Read the type that the decorated function returns from texts: in paths, queries, headers, cookies and forms.

        Its ValueError refuses a text: a 404 in the path, a 422 elsewhere. `to_text` is its inverse, for links;
        `pattern` is what the whole text must match, and `format` JSON Schema's word for it.
        """
        self.changing("add a converter")
        where = Where.caller()

        def decorate(function: F) -> F:
            self.converters.append(converter_of(function, to_text, pattern, format, where))
            return function

        return decorate if parse is None else decorate(parse)

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

    def renderer(self, media_type: str) -> Callable[[F], F]:
        """Say how values are written in a media type: the decorated function returns str or bytes.

        It writes what `Choice` and routes with `produces=` answer in that type.
        """
        self.changing("add a renderer")
        essence = essence_of(media_type, Where.caller())

        def decorate(function: F) -> F:
            self.renderers[essence] = function
            return function

        return decorate

    def lifespan(self, manager: F) -> F:
        """Run something while the app runs: a generator, which starts before and stops after its `yield`."""
        self.changing("add a lifespan")
        self.lifespans.append(manager)
        return manager

    @overload
    def command(self, function: F, /) -> F: ...
    @overload
    def command(self, name: str | None = None, /) -> Callable[[F], F]: ...
    def command(self, named: Any = None, /) -> Any:
        """Make a function a command, typed `demijohn NAME`: its parameters are arguments and options, and services.

        The name is the function's, with dashes, unless another is said: `@app.command("purge")`.
        """
        self.changing("add a command")

        def decorate(function: F, name: str | None = named) -> F:
            self.registered += noted(function, name)
            return function

        return decorate if named is None or isinstance(named, str) else decorate(named, None)

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
