"""What a user's function needs, worked out when the app is sealed: its arguments, and each service under it once.

An argument is a position in the call's frame. Services are steps, in the order in which they must be made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..foundation.errors import SetupError, Where
from .arguments import Field
from .background import BackgroundTasks, background_of
from .converters import converters_in
from .markers import MISSING
from .opener import Opener
from .schema import name_of
from .scope import Scope
from .services import ASYNC_KINDS, Binding, Provider, Singletons, kind_of, stand_in
from .signature import Parameter, Surroundings, read_signature
from .websockets import WebSocket, socket_of

Frame: TypeAlias = list[Any]
Position: TypeAlias = tuple[str, int]
Pick: TypeAlias = Callable[[Frame], tuple[Any, ...]]


@dataclass(slots=True)
class Step:
    """One service to be made: `factory`, what calling it gives (`kind`), and under which key it is shared.

    `outermost` is closed after all others, whenever it was made: it sees whether they could be.
    """

    factory: Callable[..., Any]
    kind: str
    key: Any
    wiring: Wiring
    provider: Provider | None = None
    outermost: bool = False
    pick: Pick = field(default=lambda _: ())

    @property
    def is_async(self) -> bool:
        return self.kind in ASYNC_KINDS


@dataclass(slots=True)
class Wiring:
    """Which positions of the frame are a function's arguments; the last `keywords` go by name."""

    positions: list[Position]
    keywords: tuple[str, ...] = ()


class Wirer:
    """Collects what a function and the services under it need, each once.

    `make_call` makes a `Call`, for the scopes that a function may open later.
    """

    def __init__(self, surroundings: Surroundings, singletons: Singletons, make_call: Callable[..., Any]) -> None:
        self.surroundings = surroundings
        self.singletons = singletons
        self._make_call = make_call
        self.fields: list[Field] = []
        self.steps: list[Step] = []
        self.parameters: list[Parameter] = []
        self.body: Parameter | None = None
        self.takes_request = False
        self.takes_socket = False
        self._known: dict[Any, Position] = {}
        self._chain: list[str] = []

    def wire(self, function: Callable[..., Any]) -> Wiring:
        name = getattr(function, "__qualname__", str(function))
        if name in self._chain:
            raise SetupError(
                "DMJ0311", f"Services need each other in a circle: {' -> '.join([*self._chain, name])}.",
                fix="Let one of them take what it needs from a third.", where=Where.of(function),
            )  # fmt: skip
        self._chain.append(name)
        positions = []
        keywords = []
        for parameter in sorted(read_signature(function, self.surroundings), key=lambda p: p.keyword_only):
            positions.append(self._position(parameter, function))
            if parameter.keyword_only:
                keywords.append(parameter.name)
        self._chain.pop()
        return Wiring(positions, tuple(keywords))

    def _position(self, parameter: Parameter, function: Callable[..., Any]) -> Position:
        self.parameters.append(parameter)
        if parameter.source == "request":
            self.takes_request = True
            return ("request", 0)
        if parameter.source in ("body", "stream"):
            position = self._body_position(parameter, function)
            return position if parameter.binding is None else self._made(parameter.binding, [position], function)
        if parameter.source == "service":
            assert parameter.service is not None
            return self._service(self.surroundings.providers[parameter.service], function)
        if parameter.source == "depends":
            assert parameter.depends is not None
            assert parameter.depends.dependency is not None
            return self._depends(parameter.depends.dependency, use_cache=parameter.depends.use_cache)
        if parameter.source == "bound":
            return self._bound(parameter, function)
        if parameter.source == "scope":
            return self._scope()
        if parameter.source == "background":
            return self._background()
        if parameter.source == "websocket":
            return self._socket()
        return self._field(parameter.source, parameter.wire, parameter.type, parameter.default)

    def _body_position(self, parameter: Parameter, function: Callable[..., Any]) -> Position:
        if self.body is not None and self.body.type is not parameter.type:
            raise SetupError(
                "DMJ0312", f"{self.body.name} and {parameter.name} both want the body of the request.",
                fix="Put them into one Schema with two fields.", where=Where.of(function),
            )  # fmt: skip
        self.body = parameter
        return ("body", 0)

    def _field(self, source: str, wire: str, kind: Any, default: Any) -> Position:
        converters = converters_in(kind, self.surroundings.converters)
        key = (source, wire, str(kind), repr(default), *map(id, converters.values()))
        if key not in self._known:
            self._known[key] = ("field", len(self.fields))
            self.fields.append(Field(source, wire, kind, default, converters))
        return self._known[key]

    def _service(self, provider: Provider, function: Callable[..., Any]) -> Position:
        if provider not in self._known:
            self._check_mode(provider, function)
            already, around = len(self.parameters), self.surroundings
            self.surroundings = around.at(provider.level or around.app)
            wiring = self.wire(provider.factory)
            self.surroundings = around
            if provider.scope == "app":
                self._check_lives_long(provider, self.parameters[already:])
            step = Step(provider.factory, provider.kind, provider, wiring, provider)
            if provider.scope == "app":
                step.factory, step.kind = self._once(provider), "value"
            self._add(step, provider)
        return self._known[provider]

    def _check_lives_long(self, provider: Provider, parameters: list[Parameter]) -> None:
        """What lives as long as the app would keep the things of the first request that asked for it.

        Services of an exchange may be used to make it (a query that fills a table): they are closed with that exchange.
        """
        asked = [parameter for parameter in parameters if parameter.source not in ("service", "depends")]
        if asked:
            name, made = provider.factory.__name__, provider.key[0].__name__
            taken = f"{asked[0].name}: {name_of(asked[0].type)}"
            raise SetupError(
                "DMJ0321",
                f"{name}() makes one {made} for the whole app, of what belongs to one request ({taken}).",
                fix=f"Make a {made} for each request: @app.provide without scope\nor take nothing but services.",
                where=provider.where,
            )  # fmt: skip

    def _once(self, provider: Provider) -> Callable[..., Any]:
        singletons = self.singletons
        if provider.is_async:
            raise SetupError(
                "DMJ0313", f"{provider.factory.__name__}() is async, and makes a service for the whole app.",
                fix="Make it in an async @app.lifespan, or let it be of scope exchange.", where=provider.where,
            )  # fmt: skip

        def make(*arguments: Any) -> Any:
            return singletons.get(provider, lambda: provider.factory(*arguments))

        return make

    def _check_mode(self, provider: Provider, function: Callable[..., Any]) -> None:
        only, is_async = provider.only, self.surroundings.is_async
        if only is None or (only == "async") == is_async:
            return
        name = provider.key[0].__name__
        chain = " -> ".join([*self._chain, name])
        if is_async:
            twin = f"Async{name}"
            fix = f"Ask for {twin} and await its methods, or make the handler a plain def: it may block."
        else:
            twin = name.removeprefix("Async")
            fix = f"Ask for {twin}, or make the handler async def."
        kind = "async def" if is_async else "def"
        raise SetupError(
            "DMJ0314", f"{name} cannot be used in a{'n' if is_async else ''} {kind} handler: {chain}.", fix=fix,
            where=Where.of(function),
        )  # fmt: skip

    def _depends(self, dependency: Callable[..., Any], *, use_cache: bool) -> Position:
        key = ("depends", dependency)
        if use_cache and key in self._known:
            return self._known[key]
        function = stand_in(dependency, self.surroundings.providers)
        wiring = self.wire(function)
        return self._add(Step(function, kind_of(function), key if use_cache else None, wiring), key)

    def _bound(self, parameter: Parameter, function: Callable[..., Any]) -> Position:
        binding = parameter.binding
        assert binding is not None
        positions = []
        if binding.takes is not None:
            source = "path" if parameter.name in self.surroundings.path_names else "query"
            default = MISSING if source == "path" else parameter.default
            positions.append(self._field(source, parameter.wire or parameter.name, binding.takes, default))
        return self._made(binding, positions, function)

    def _made(self, binding: Binding, positions: list[Position], function: Callable[..., Any]) -> Position:
        """What a binding makes of the values at these positions and of its services."""
        positions += [self._needed(needed, function) for needed in binding.needs]
        return self._add(Step(binding.make, kind_of(binding.make), None, Wiring(positions)), object())

    def _needed(self, kind: type, function: Callable[..., Any]) -> Position:
        """A service that a binding needs, of a provider or of another binder."""
        around = self.surroundings
        provider = around.providers.get((kind, None))
        if provider is not None:
            return self._service(provider, function)
        for known, binder in around.binders:
            if issubclass(kind, known):
                made = binder(kind, name=kind.__name__, source="query", optional=False, is_async=around.is_async)
                if made is not None and made.takes is None:
                    return self._made(made, [], function)
        raise _lacks(kind, function)

    def _opener(self) -> Opener:
        return Opener(self.surroundings, lambda function, around: self._make_call(function, around, self.singletons))

    def _scope(self) -> Position:
        if Scope not in self._known:
            opener = self._opener()
            self._add(Step(opener.scope_of, "value", None, Wiring([("request", 0)])), Scope)
        return self._known[Scope]

    def _background(self) -> Position:
        if BackgroundTasks not in self._known:
            opener = self._opener()
            make = background_of(opener, self.surroundings.crew)
            self._add(Step(make, "generator", None, Wiring([("request", 0)]), outermost=True), BackgroundTasks)
        return self._known[BackgroundTasks]

    def _socket(self) -> Position:
        self.takes_socket = True
        if WebSocket not in self._known:
            self._add(Step(socket_of, "value", None, Wiring([("request", 0)])), WebSocket)
        return self._known[WebSocket]

    def _add(self, step: Step, key: Any) -> Position:
        if step.wiring.keywords:
            step.factory = by_keyword(step.factory, step.wiring.keywords)
        self._known[key] = ("step", len(self.steps))
        self.steps.append(step)
        return self._known[key]


def _lacks(needed: type, function: Callable[..., Any]) -> SetupError:
    """What a binder asks for was to come from a battery that could not be installed: that mistake is told then."""
    module, _, battery = str(getattr(needed, "__provided_by__", "")).partition(":")
    return SetupError(
        "DMJ0309", f"{getattr(function, '__qualname__', function)}() needs the {battery or needed.__name__} battery,"
        " which is not in use.", fix=f"from {module} import {battery}\napp.use({battery}())", where=Where.of(function),
    )  # fmt: skip


def by_keyword(factory: Callable[..., Any], keywords: tuple[str, ...]) -> Callable[..., Any]:
    """A factory whose last parameters are keyword-only, called by position."""

    def call(*arguments: Any) -> Any:
        split = len(arguments) - len(keywords)
        return factory(*arguments[:split], **dict(zip(keywords, arguments[split:], strict=True)))

    return call


def awaited_first(steps: list[Step], own: Wiring) -> list[Step]:
    """The steps with those that are awaited, and what these need, before the others; what refers to them follows."""
    early: set[int] = set()
    for index in reversed(range(len(steps))):
        if steps[index].is_async or index in early:
            early |= {index, *(place for kind, place in steps[index].wiring.positions if kind == "step")}
    order = sorted(range(len(steps)), key=lambda index: index not in early)
    places = {("step", before): ("step", after) for after, before in enumerate(order)}
    for wiring in [own, *(step.wiring for step in steps)]:
        wiring.positions = [places.get(position, position) for position in wiring.positions]
    return [steps[index] for index in order]
