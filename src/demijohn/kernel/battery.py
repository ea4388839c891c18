"""Batteries: what an app is extended by, and the one door they come in through.

A battery is a frozen dataclass: its fields are its settings. It reaches the app only through the `Setup` that its
`install` is handed. Every contribution is recorded with who made it and where, so that a conflict can name both
origins and the ledger can be printed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from ..foundation.config import Sources
from ..foundation.errors import SetupError, SetupErrors, Where
from ..foundation.http.headers import check_header
from .blueprint import Blueprint
from .error_handlers import ErrorHandlers, require_error
from .fixed_headers import FixedHeaderTable
from .services import Binder, Lifetime, Provider, ServiceKey, provided_type

B = TypeVar("B", bound="Battery")
T = TypeVar("T")


class Battery:
    """The base of batteries: a frozen dataclass with a `name` and an `install(setup)`.

    `name` is its section in the configuration and the prefix of its tables and templates. An app has one battery of a
    kind, unless its name is a field: then there may be one for each name.

    >>> @dataclass(frozen=True)
    ... class Greeting(Battery):
    ...     name = "greeting"
    ...     word: str = "Hello"
    ...
    ...     def install(self, setup: Setup) -> None:
    ...         setup.headers({"x-greeting": self.word})
    """

    name: str = ""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], Blueprint):
            raise SetupError(
                "DMJ0407", f"{cls.__name__}() is given an app: a battery takes its settings, and the app the battery.",
                fix=f"app.use({cls.__name__}())", where=Where.caller(),
            )  # fmt: skip
        made = super().__new__(cls)
        if dataclasses.is_dataclass(cls):
            # Which settings were written in code: these go before files and the environment.
            names = [item.name for item in dataclasses.fields(cls)][: len(args)]
            object.__setattr__(made, "_written", frozenset([*names, *kwargs]))
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            habit = f". Write app.use({type(self).__name__}())" if name == "init_app" else ""
            message = f"{type(self).__name__!r} object has no attribute {name!r}{habit}"
            raise AttributeError(message, name=name, obj=self)

    def install(self, setup: Setup) -> None:
        """Contribute to the app; called once, when it is sealed."""
        raise TypeError(f"{type(self).__name__} has no install(setup) method.")

    @property
    def key(self) -> Any:
        """What tells it from the others of an app: its type, and the name that it was given, if it was."""
        kind = type(self)
        return kind if self.name == kind.name else (kind, self.name)

    @property
    def written(self) -> frozenset[str]:
        """The names of the settings that were given in code."""
        return getattr(self, "_written", frozenset())


@dataclass(frozen=True, slots=True)
class Contribution:
    """One line of the ledger: which battery did what, and where that is written."""

    battery: str
    verb: str
    what: str
    where: Where


@dataclass(slots=True)
class Assembly:
    """What batteries and the app have contributed so far, while the app is being sealed."""

    sources: Sources
    debug: bool
    root: Path = field(default_factory=Path.cwd)
    option: str = ""
    batteries: dict[Any, Battery] = field(default_factory=dict)
    used_at: dict[Any, Where] = field(default_factory=dict)
    installed: dict[Any, Battery] = field(default_factory=dict)
    ledger: list[Contribution] = field(default_factory=list)
    providers: dict[ServiceKey, Provider] = field(default_factory=dict)
    binders: list[tuple[type, Binder]] = field(default_factory=list)
    arounds: list[Callable[..., Any]] = field(default_factory=list)
    error_handlers: ErrorHandlers = field(default_factory=ErrorHandlers)
    handled: dict[Any, Where] = field(default_factory=dict)
    fixed: FixedHeaderTable = field(default_factory=FixedHeaderTable)
    fixed_at: dict[tuple[str, str], Contribution] = field(default_factory=dict)
    blueprints: list[tuple[Blueprint, str, Where]] = field(default_factory=list)
    offers: list[Any] = field(default_factory=list)
    lifespans: list[Any] = field(default_factory=list)
    errors: list[SetupError] = field(default_factory=list)
    installing: list[Any] = field(default_factory=list)

    def install_all(self) -> None:
        """Install every battery, each after those that it needs; mistakes are collected."""
        for key in sorted(self.batteries, key=lambda key: isinstance(key, tuple)):  # One without a name goes first.
            try:
                self._install(key)
            except SetupErrors as several:
                self.errors += several.errors
            except SetupError as error:
                self.errors.append(error)
        self._check_names()

    def install(self, kind: type[B]) -> B:
        """The installed battery of a type: with the settings of files and environment, and once."""
        return cast("B", self._install(kind))

    def _install(self, key: Any) -> Battery:
        if key not in self.installed:
            kind: type[Battery] = key[0] if isinstance(key, tuple) else key
            if key in self.installing:
                names = " -> ".join(_title(each) for each in [*self.installing, key])
                raise SetupError(
                    "DMJ0401", f"Batteries need each other in a circle: {names}.",
                    fix="Let one of them offer what the other reads: setup.offer(...).", where=Where.of(kind),
                )  # fmt: skip
            self.installing.append(key)
            try:
                given = self.batteries.get(key) or kind()
                battery = self.sources.fill(type(given), given.name, given=given, explicit=given.written)
                battery.install(Setup(self, battery))
                self.installed[key] = battery
            finally:
                self.installing.pop()
        return self.installed[key]

    def _check_names(self) -> None:
        names: dict[str, type[Battery]] = {}
        for battery in {**self.batteries, **self.installed}.values():
            kind = type(battery)
            other = names.setdefault(battery.name, kind)
            if other is not kind:
                self.errors.append(
                    SetupError(
                        "DMJ0402", f"{other.__name__} and {kind.__name__} are both called {battery.name!r}.",
                        fix="The name is the section of the configuration and must be one battery's: rename yours.",
                        where=[Where.of(other), Where.of(kind)],
                    )
                )  # fmt: skip


class Setup:
    """What a battery contributes to an app, verb by verb.

    `debug` tells whether this is development, `root` is the folder of the module that makes the app, `sources` reads
    other settings (`setup.sources.plain("SECRET_KEY")`), `where` is the place to name in a mistake of the settings,
    `option` what to add to a command in one's messages for it to find the app (" --app shop/api.py", or nothing).
    """

    def __init__(self, assembly: Assembly, battery: Battery) -> None:
        self._assembly = assembly
        self._battery = battery
        self.debug = assembly.debug
        self.root = assembly.root
        self.option = assembly.option
        self.sources = assembly.sources
        self.where = assembly.used_at.get(battery.key) or Where.of(type(battery))

    def needs(self, kind: type[B]) -> B:
        """The installed battery of that type; if the app uses none, one with default settings is installed first."""
        battery = self._assembly.install(kind)
        self._note("needs", kind.__name__)
        return battery

    def routes(self, blueprint: Blueprint, *, prefix: str = "") -> None:
        """Add a blueprint's routes."""
        where = self._note("routes", f"{blueprint.name} at {prefix or '/'}")
        self._assembly.blueprints.append((blueprint, prefix, where))

    def around(self, hook: Callable[..., Any]) -> None:
        """Wrap every exchange, outside of the error handlers: `hook` is a generator with one `yield`."""
        self._note("around", _name(hook))
        self._assembly.arounds.append(hook)

    def on_error(self, kind: type[BaseException] | int, handler: Callable[..., Any]) -> None:
        """Answer an exception class or a status, where neither the blueprint nor the app has a handler for it."""
        where = self._note("on_error", kind.__name__ if isinstance(kind, type) else str(kind))
        other = self._assembly.handled.setdefault(kind, where)
        if other is not where:
            name = kind.__name__ if isinstance(kind, type) else kind
            raise SetupError(
                "DMJ0403", f"Two batteries handle {name}.", fix="Leave one out, or handle it in the app itself.",
                where=[other, where],
            )  # fmt: skip
        require_error(kind, repr(kind), Where.of(handler))
        self._assembly.error_handlers.functions[kind] = handler

    def headers(self, values: Mapping[str, str], *, media_type: str | None = None) -> None:
        """Add fixed headers to every answer, or to those of one media type ("*": of all types without their own).

        They are checked and frozen when the app is sealed; a response that sets one of them itself wins. `{nonce}` in
        a value stands for the request's nonce, and is left out where nobody asked for one.
        """
        table = self._assembly.fixed
        target = table.everywhere if media_type is None else table.by_type.setdefault(media_type, {})
        for name, value in values.items():
            name, value = check_header(name, value)  # noqa: PLW2901 - its name in lower case
            where = self._note("headers", name)
            line = Contribution(self._battery.name, "headers", name, where)
            other = self._assembly.fixed_at.setdefault((media_type or "", name), line)
            if other is not line:
                raise SetupError(
                    "DMJ0404", f"{other.battery} and {line.battery} both fix the header {name}.",
                    fix="Only one may; turn it off in one of them.", where=[other.where, where],
                )  # fmt: skip
            target[name] = value

    def bind(self, kind: type, binder: Binder) -> None:
        """Say how parameters annotated with a type (or a subclass of it) are made."""
        self._note("bind", kind.__name__)
        self._assembly.binders.append((kind, binder))

    def provide(
        self,
        kind: type,
        factory: Callable[..., Any],
        *,
        scope: Lifetime = "exchange",
        only: Literal["sync", "async"] | None = None,
        name: str | None = None,
        rest: Callable[[Any], Any] | None = None,
    ) -> None:
        """Make a type injectable: `factory` makes it, once per exchange or once per app.

        `only` keeps it to `def` or to `async def` handlers; `name` tells two of a kind apart. `rest` is called with the
        service before each piece that a streaming handler hands out, to let go of what it needs not hold meanwhile.
        """
        where = self._note("provide", kind.__name__)
        add_provider(self._assembly.providers, Provider((kind, name), factory, scope, where, only, rest=rest))

    def offer(self, thing: Any) -> None:
        """Hand something to whoever reads its type: commands, template folders, encoders, checks."""
        self._note("offer", type(thing).__name__)
        self._assembly.offers.append(thing)

    def offers(self, kind: type[T]) -> Offers[T]:
        """What has been and will be offered of a type: complete when the app is sealed, so iterate it later."""
        return Offers(self._assembly.offers, kind)

    def lifespan(
        self, manager: Callable[[], Any] | AbstractContextManager[Any] | AbstractAsyncContextManager[Any]
    ) -> None:
        """Run something while the app runs: a context manager, or a generator function with one `yield`."""
        self._note("lifespan", _name(manager))
        self._assembly.lifespans.append(manager)

    def _note(self, verb: str, what: str) -> Where:
        where = Where.of(type(self._battery))
        self._assembly.ledger.append(Contribution(self._battery.name, verb, what, where))
        return where


class Offers(Iterable[T]):
    """What is offered of one type; read it when the app is sealed, at the first use, not during `install`."""

    def __init__(self, things: list[Any], kind: type[T]) -> None:
        self._things = things
        self._kind = kind

    def __iter__(self) -> Any:
        return (thing for thing in self._things if isinstance(thing, self._kind))


def add_provider(providers: dict[ServiceKey, Provider], provider: Provider) -> None:
    """Add a provider; two for one type are a SetupError that names both."""
    other = providers.setdefault(provider.key, provider)
    if other is not provider:
        kind, name = provider.key
        raise SetupError(
            "DMJ0405", f"Two providers make {kind.__name__}{f' called {name!r}' if name else ''}.",
            fix=f'Tell them apart: @app.provide(name="other"), asked for as Annotated[{kind.__name__}, "other"].',
            where=[other.where, provider.where],
        )  # fmt: skip


def provider_of(factory: Callable[..., Any], scope: Lifetime, name: str | None, kind: type | None = None) -> Provider:
    """The provider of a user's factory: its type is what the factory says that it returns."""
    where = Where.of(factory)
    return Provider((kind or provided_type(factory, where), name), factory, scope, where)


def _title(key: Any) -> str:
    return f"{key[0].__name__} {key[1]}" if isinstance(key, tuple) else str(key.__name__)


def _name(thing: Any) -> str:
    return getattr(thing, "__qualname__", type(thing).__name__)
