"""The app: the recipe that a user writes, and its three doors.

An `App` only takes notes. `seal` reads them all, reports every mistake at once, and makes the `Kernel`, which never
changes again; each door (WSGI, ASGI, RSGI) seals at its first opening.
"""

from __future__ import annotations

import functools
import importlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast

from .foundation.callers import folder_of_caller
from .foundation.config import Sources, settings_root
from .foundation.errors import SetupError, SetupErrors, Where, raise_all
from .foundation.http.request import DEFAULT_LIMITS
from .foundation.limits import Limits
from .foundation.timeouts import Timeouts
from .gateways.asgi import ASGIDoor, asgi_door
from .gateways.life import Life
from .gateways.rsgi import RSGIDoor
from .gateways.wsgi import WSGIDoor, wsgi_door
from .kernel.battery import Assembly, Battery
from .kernel.blueprint import Blueprint
from .kernel.forgotten import forgotten
from .kernel.hosts import hosts_of
from .kernel.kernel import Kernel
from .kernel.levels import Level
from .kernel.mounts import Mount, lifespan_of
from .kernel.parts import build_parts
from .kernel.recipe import Levels, all_blueprints, check_names, collected, groups_of
from .kernel.sealing import (
    add_providers,
    converters_of,
    distinct,
    provide_configs,
    replace_services,
    routes_in,
    serve_lifespans,
)
from .mounting import Interface, MountNote, interface_of, note_of, serve_foreign

D = TypeVar("D")

DEFAULT_TIMEOUTS = Timeouts()


class App(Blueprint):
    """A web app: handlers, batteries, and the callable of every WSGI, ASGI and RSGI server.

    `name` is what it is called where several are told apart; `bare` leaves out the batteries that every app starts
    with; `debug` is for development (by default what `DEMIJOHN_DEBUG` says, which `demijohn dev` sets); `limits` bounds
    requests in size, `timeouts` in time.

    >>> app = App()
    >>> @app.get("/")
    ... def home():
    ...     return "Hello, world!"
    """

    _OPTIONS: ClassVar[tuple[str, ...]] = ("name", "bare", "debug", "limits", "timeouts")

    def __init__(
        self,
        name: str = "app",
        *,
        bare: bool = False,
        debug: bool | None = None,
        limits: Limits = DEFAULT_LIMITS,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        self._sealed_at: Where | None = None
        super().__init__(name)
        self.bare = bare
        self.debug = debug
        self.limits = limits
        self.timeouts = timeouts
        self.root = folder_of_caller()
        self.option = ""  # what commands need to find it: " --app shop/api.py"; noted by the command that found it
        self.batteries: list[tuple[Battery, Where]] = []
        self.mounted: list[MountNote] = []
        self._kernel: Kernel | None = None
        self._life: Life | None = None
        self._doors: dict[str, Any] = {}
        self._lock = threading.RLock()
        # Servers that look (uvicorn, hypercorn) see an ASGI 3 callable; what they call is the class's `__call__`.
        self.__dict__["__call__"] = self._answer_asgi

    def use(self, *batteries: Battery) -> None:
        """Switch batteries on; the order does not matter, each is installed after those that it needs."""
        self.changing("use a battery")
        where = Where.caller()
        for battery in batteries:
            if not isinstance(battery, Battery):
                raise _no_battery(battery, where)
            self.batteries.append((battery, where))

    def mount(
        self,
        prefix: str,
        app: Any,
        *,
        name: str | None = None,
        interface: Interface | None = None,
        host: str | Sequence[str] = (),
        around: Sequence[Callable[..., Any]] = (),
        body_limit: int | None = None,
    ) -> None:
        """Hand all that is below a prefix, and that no route answers, to another app: an `App`, a WSGI or an ASGI app.

        With the prefix "/" it gets what is left over. An `App` keeps its own batteries, arounds and limits; before
        another framework's app come this app's arounds and those of `around`, and `body_limit` (in bytes) bounds its
        bodies. `interface` says how a callable is called where that cannot be seen.
        """
        self.changing("mount an app")
        where = Where.caller()
        note = note_of(
            prefix, app, name, interface, where, arounds=tuple(around), body_limit=body_limit,
            hosts=hosts_of(host, where),
        )  # fmt: skip
        if isinstance(app, App):
            if around or body_limit is not None:
                raise SetupError(
                    "DMJ0152", f"{note.name} is an App, which has arounds and limits of its own.",
                    fix="@old.around, App(limits=Limits(body=...)); or app.include(blueprint, prefix=...)", where=where,
                )  # fmt: skip
            if app._leads_to(self):
                raise SetupError(
                    "DMJ0152", f"{note.name} is mounted in itself.",
                    fix="Leave out the mount that leads back.", where=where,
                )  # fmt: skip
        elif isinstance(app, Blueprint):
            raise SetupError(
                "DMJ0150", f"mount() takes whole apps, and {note.name} is a Blueprint.",
                fix=f'app.include({app.name or "blueprint"}, prefix="{prefix}")', where=where,
            )  # fmt: skip
        elif interface is None:
            interface_of(note)
        self.mounted.append(note)

    def _leads_to(self, app: App) -> bool:
        """Whether an app is this one, or mounted in it, however deep."""
        return app is self or any(note.app._leads_to(app) for note in self.mounted if isinstance(note.app, App))

    def url(self, target: Callable[..., Any] | str, /, **values: Any) -> str:
        """The path of a handler or named route, outside of a request too (there, `url()` knows the prefix as well)."""
        return self.seal().links.url(target, values)

    def signed_url(
        self, target: Callable[..., Any] | str, /, *, expires: timedelta | datetime | None = None, **values: Any
    ) -> str:
        """As `url`, signed for a route with `around=[signed]`; good for as long as `expires` says, or until then."""
        kernel = self.seal()
        return str(kernel.seals.sign(kernel.links.link(target, values), expires))

    # Sealing ------------------------------------------------------------------------------------------------

    def seal(self, *, config: Mapping[str, Any] | None = None, provide: Mapping[Any, Any] | None = None) -> Kernel:
        """Check everything and freeze it; SetupErrors lists every mistake.

        With `config` (settings that override all others) or `provide` (values or factories that replace services and
        what a `Depends` names), a kernel of its own is made and the app stays as it is: that is for tests.
        """
        if config or provide:
            return self._build(config or {}, provide or {})
        with self._lock:
            if self._kernel is None:
                self._kernel = self._build({}, {})
                self._sealed_at = Where.caller()
        return self._kernel

    def changing(self, what: str) -> None:
        """Refuse changes to a sealed app, naming the line that sealed it."""
        if self._sealed_at is not None:
            raise SetupError(
                "DMJ0101", f"The app is sealed: it is too late to {what}.",
                fix="Put this above what starts the app (a server, a Client or app.seal()).",
                where=[Where.caller(), Where(self._sealed_at.file, self._sealed_at.line, "sealed here")],
            )  # fmt: skip

    def _build(self, config: Mapping[str, Any], provide: Mapping[Any, Any]) -> Kernel:
        sources = Sources.load(settings_root(self.root), overrides=config)
        assembly = Assembly(sources, self._is_debug(sources), self.root, option=self.option)
        self._add_batteries(assembly)
        assembly.install_all()
        errors = assembly.errors
        encoders: dict[type, Callable[[Any], Any]] = {}
        renderers: dict[str, Callable[[Any], str | bytes]] = {}
        for blueprint in all_blueprints(self, assembly):
            assembly.offers += blueprint.registered
            encoders |= blueprint.encoders
            renderers |= blueprint.renderers
        add_providers(assembly, self.providers)
        replace_services(assembly, provide)
        provide_configs(assembly, self)
        levels = Levels(Level(assembly.providers, converters_of(self, errors)), provide, errors)
        groups = groups_of(self, assembly, levels)
        routes = routes_in(groups, errors)
        check_names(routes, errors)
        errors += forgotten(routes, map(type, assembly.installed.values()))
        parts = build_parts(assembly, self.limits, self.timeouts, encoders, renderers)
        parts.app = levels.root
        parts.app_arounds = list(self.arounds)
        serve_lifespans(assembly, parts, groups)
        mounts = self._mounts(assembly, config, errors)
        kernel: list[Kernel] = []
        with collected(errors):
            kernel.append(Kernel(routes, parts, assembly, groups[0].error_handlers[0], mounts))
        raise_all(distinct(errors, assembly))
        return kernel[0]

    def _mounts(self, assembly: Assembly, config: Mapping[str, Any], errors: list[SetupError]) -> list[Mount]:
        mounts: list[Mount] = []
        for note in self.mounted:
            if not isinstance(note.app, App):
                mount, life = serve_foreign(note, self.limits)
                mounts.append(mount)
                assembly.lifespans.append(life)
                continue
            try:
                # A kernel for this place alone: what this app has all answers pass through is built into it.
                kernel = note.app._build(config, {})
            except SetupErrors as several:
                errors += several.errors
            except SetupError as error:
                errors.append(error)
            else:
                note.app._sealed_at = note.where
                mounts.append(Mount(note.prefix, note.name, note.where, note.hosts, kernel=kernel))
                assembly.lifespans.append(lifespan_of(kernel))
        return mounts

    def _is_debug(self, sources: Sources) -> bool:
        told = (sources.plain("DEMIJOHN_DEBUG") or "").lower() in ("1", "true", "yes", "on")
        return told if self.debug is None else self.debug

    def _add_batteries(self, assembly: Assembly) -> None:
        for battery in () if self.bare else _starting_batteries():
            assembly.batteries[battery.key] = battery
        for battery, where in self.batteries:
            key = battery.key
            if key in assembly.used_at:
                assembly.errors.append(_used_twice(battery, [assembly.used_at[key], where]))
            assembly.used_at[key] = where
            assembly.batteries[key] = battery

    # Doors --------------------------------------------------------------------------------------------------

    @property
    def wsgi(self) -> WSGIDoor:
        """The WSGI door; assign a wrapped one to put a middleware around it."""
        return self._door("wsgi", wsgi_door)

    @wsgi.setter
    def wsgi(self, door: WSGIDoor) -> None:
        self._doors["wsgi"] = door

    @property
    def asgi(self) -> ASGIDoor:
        """The ASGI door; assign a wrapped one to put a middleware around it."""
        return self._door("asgi", asgi_door)

    @asgi.setter
    def asgi(self, door: ASGIDoor) -> None:
        self._doors["asgi"] = door

    @property
    def rsgi(self) -> RSGIDoor:
        """The RSGI door: an object with `__rsgi__`."""
        return self._door("rsgi", RSGIDoor)

    @rsgi.setter
    def rsgi(self, door: RSGIDoor) -> None:
        self._doors["rsgi"] = door

    def _door(self, name: str, make: Callable[[Kernel, Life], D]) -> D:
        door = self._doors.get(name)
        if door is None:
            with self._lock:
                kernel = self.seal()
                if self._life is None:
                    self._life = Life(kernel)
                door = self._doors.setdefault(name, make(kernel, self._life))
        return cast("D", door)

    def __call__(self, *arguments: Any) -> Any:
        """Answer as a WSGI callable (two arguments), an ASGI 3 one (three) or an ASGI 2 one (one, as uvicorn asks)."""
        if len(arguments) == 2:
            return self.wsgi(*arguments)
        if len(arguments) == 3:
            return self.asgi(*arguments)
        if len(arguments) == 1:
            return functools.partial(self.asgi, arguments[0])
        raise TypeError("An App is called by servers: with (environ, start_response) or (scope, receive, send).")

    async def _answer_asgi(self, scope: Any, receive: Any, send: Any) -> None:
        await self.asgi(scope, receive, send)

    @property
    def __rsgi__(self) -> Any:
        return self.rsgi.__rsgi__

    def __rsgi_init__(self, loop: Any) -> None:
        self.rsgi.__rsgi_init__(loop)

    def __rsgi_del__(self, loop: Any) -> None:
        self.rsgi.__rsgi_del__(loop)


def _starting_batteries() -> Iterator[Battery]:
    """The batteries that every app starts with, named in the front door."""
    from . import STARTS_WITH

    for home in STARTS_WITH:
        module, _, name = home.partition(":")
        yield getattr(importlib.import_module(module), name)()


def _used_twice(battery: Battery, where: list[Where]) -> SetupError:
    kind = type(battery).__name__
    fix = "Leave one of the two out."
    if "name" in getattr(battery, "__dataclass_fields__", ()):
        fix += f' Two that differ have names: {kind}(..., name="other").'
    return SetupError("DMJ0406", f"{kind} is used twice.", fix=fix, where=where)


def _no_battery(thing: Any, where: Where) -> SetupError:
    name = getattr(thing, "__name__", type(thing).__name__)
    if isinstance(thing, type) and issubclass(thing, Battery):
        return SetupError("DMJ0407", f"use({name}) is given the class.", fix=f"app.use({name}())", where=where)
    return SetupError(
        "DMJ0407", f"use() takes batteries, not {name}.",
        fix="app.use(Templates())\nA blueprint: app.include(posts). A middleware: app.asgi = Middleware(app.asgi).",
        where=where,
    )  # fmt: skip
