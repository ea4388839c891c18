"""The kernel: a sealed app. It decides which plan answers a request, and holds what all plans share.

Nothing in it changes once it is made, but for what starts and stops (threads, singletons, the lifespan).
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from ..foundation.errors import SetupError, SetupErrors, Where
from ..foundation.http.errors import BadRequest, HTTPError, MethodNotAllowed, NotFound
from ..foundation.http.host import split_host
from ..foundation.http.request import DEFAULT_LIMITS, Request
from ..foundation.limits import Limits
from ..foundation.timeouts import Timeouts
from ..foundation.workers import WorkerPool
from . import overdue
from .addresses import Addresses
from .battery import Assembly, Battery, Contribution
from .connections import Sockets, compile_socket
from .error_handlers import ErrorHandlers
from .guards import guarded_plan
from .heads import Heads, is_odd
from .hops import Hop, in_thread
from .lifespan import Lifespan
from .link_values import taken_by
from .links import Links
from .manners import DerivedMethod, Manner, Miss, without_body
from .marks import is_mark
from .mounts import ANY, Mount, compile_mount
from .outbox import Connection
from .parts import Parts
from .passages import HostRule, Instead, Passage, Probe, guarded, leave_through
from .paths import PathPattern
from .plan import Plan, compile_plan
from .routes import METHODS, WEBSOCKET, Route, never_runs
from .signed_urls import Seals, is_guarded

T = TypeVar("T")


class Kernel:
    """A frozen app: `plan_for` finds the plan of a request; `start` and `stop` frame its life."""

    def __init__(
        self,
        routes: list[Route],
        parts: Parts,
        assembly: Assembly,
        error_handlers: ErrorHandlers | None = None,
        mounts: Sequence[Mount] = (),
    ) -> None:
        self.mounts = tuple(mounts)
        self.error_handlers = error_handlers or ErrorHandlers()
        self.routes = tuple(routes)
        self.limits: Limits = parts.limits
        self.timeouts: Timeouts = parts.timeouts
        self.pool: WorkerPool = parts.pool
        self.crew = parts.crew
        self.debug = assembly.debug
        self.ledger: tuple[Contribution, ...] = tuple(assembly.ledger)
        self.batteries: tuple[Battery, ...] = tuple(assembly.installed.values())
        self.sources = assembly.sources
        self.seals = Seals(assembly.sources, debug=assembly.debug)
        self.links = Links(routes, functools.partial(taken_by, parts=parts))
        self.parts = parts
        self.encode = parts.replies.encode
        parts.translated = any(route.languages for route in routes)
        self._offers = tuple(assembly.offers)
        self._lifespan = Lifespan(assembly.lifespans)
        self.streams: set[asyncio.Task[Any]] = set()  # the answers that are being streamed
        self._addresses: Addresses[Plan] = Addresses()
        self._sockets = Sockets()
        self.heads = Heads(self.limits.url, self._addresses.answers_to, self.offers(HostRule), self.offers(Probe))
        self._compile()
        passages = tuple(self.offers(Passage))
        leave_through(self._all_plans(), passages)
        self.plan_for: Callable[[Request], Plan] = guarded(self._make_plan_for(), passages, self._refuse, self.limits)

    # Deciding -----------------------------------------------------------------------------------------------

    def _make_plan_for(self) -> Callable[[Request], Plan]:
        """The function that finds the plan of a request: one that explains, if no route answers. It never raises.

        It is made over frozen tables, not a method, as it runs once for each request.
        """
        if self._addresses.has_hosts:
            return self._plan_by_host
        static, hosts, most = self._addresses.anywhere.static, self.heads.known, self.limits.url
        find, refuse, head_error = self._addresses.anywhere.find_parametric, self._refuse, self.heads.error
        own_limits = None if self.limits == DEFAULT_LIMITS else self.limits

        def plan_for(request: Request) -> Plan:
            path = request.path
            if request.host not in hosts or len(path) + len(request.query_string) > most:
                error = head_error(request)
                if error is not None:
                    return refuse(request, error)
            methods = static.get(path)
            if methods is None:
                found = find(path)
                if found is None or not (path.isascii() and path.isprintable()):
                    if is_odd(path):
                        return refuse(request, BadRequest("The path has control characters, or is not UTF-8."))
                    if found is None:
                        return refuse(request, NotFound())
                methods, request.captured = found
            plan = methods.get(request.method)
            if plan is None:
                return self._miss(request, methods)
            request.plan = plan
            if own_limits is not None:
                request.limits = own_limits
            return guarded_plan(plan, request) if plan.looks else plan

        return plan_for

    def _plan_by_host(self, request: Request) -> Plan:
        """As the function that is made above, where routes are bound to hosts."""
        host, path = request.host, request.path
        if host not in self.heads.known or len(path) + len(request.query_string) > self.limits.url:
            error = self.heads.error(request)
            if error is not None:
                return self._refuse(request, error)
        if is_odd(path):
            return self._refuse(request, BadRequest("The path has control characters, or is not UTF-8."))
        found = self._addresses.find(host, path)
        if found is None:
            away = self._addresses.is_misdirected(host, path)
            return self._refuse(request, HTTPError(421, "This address is on another host.") if away else NotFound())
        methods, request.captured = found
        plan = methods.get(request.method)
        if plan is None:
            return self._miss(request, methods)
        request.plan = plan
        request.limits = self.limits
        return guarded_plan(plan, request) if plan.looks else plan

    def _miss(self, request: Request, methods: dict[str, Plan]) -> Plan:
        """No route has this method here: a mounted app may, else the request is refused."""
        mounted = methods.get(ANY) or (self._mounted_around(request) if self.mounts else None)
        if mounted is not None and mounted.enter is not None:
            return mounted.enter(request)
        return self._refuse(request, MethodNotAllowed(request.method, self._allowed(methods)))

    def _mounted_around(self, request: Request) -> Plan | None:
        """The way into the app that is mounted around an address, whose own routes have other methods."""
        host = split_host(request.host)[0]
        fits = [(len(mount.prefix), entry) for mount, entry in self._entries.items() if mount.has(host, request.path)]
        return max(fits, key=lambda fit: fit[0], default=(0, None))[1]

    def refusal(self, request: Request, error: HTTPError) -> Plan:
        """The plan for a request that could not even be read (a path that is not UTF-8, say)."""
        return self._refuse(request, error)

    def _refuse(self, request: Request, error: HTTPError) -> Plan:
        request.refusal = error
        request.plan = plan = self._refused_head if request.method == "HEAD" else self._refused
        request.captured = ()
        return plan

    def _all_plans(self) -> Iterator[Plan]:
        for methods in self._addresses.all_methods():
            yield from (plan for method, plan in methods.items() if method != ANY)
        yield from (self._refused, self._refused_head, *self._mounted)

    def _allowed(self, methods: dict[str, Plan]) -> list[str]:
        names = [name for name in METHODS if name in methods]
        return names if "OPTIONS" in methods or not self._manners else [*names, "OPTIONS"]

    def finds(self, path: str, host: str = "") -> bool:
        """Whether some route has this path on a host, whatever its method."""
        return self._addresses.find(host, path) is not None

    def explain(self, method: str, path: str, host: str = "") -> tuple[Route | None, tuple[str, ...]]:
        """The route that wins for a method and address (None if none does), and the methods of that address."""
        found = self._addresses.find(host, path)
        if found is None:
            return None, ()
        plan = found[0].get(method) or found[0].get(ANY)
        return (None if plan is None else plan.route), tuple(found[0])

    # Compiling ----------------------------------------------------------------------------------------------

    def _compile(self) -> None:
        errors: list[SetupError] = []
        taken: dict[tuple[str, str, str], Route] = {}
        for route in self.routes:
            shape, hosts = route.pattern.shape, [host.shape for host in route.hosts] or [""]
            places = [(host, shape, method) for host in hosts for method in route.methods]
            clash = [place for place in places if place in taken]
            if clash:
                errors.append(never_runs(route, taken[clash[0]]))
                continue
            taken |= dict.fromkeys(places, route)
            try:
                compiled = compile_socket if route.methods == (WEBSOCKET,) else compile_plan
                plan = compiled(route, self.parts)
            except SetupErrors as several:
                errors += several.errors
                continue
            except SetupError as error:
                errors.append(error)
                continue
            self._add(route, plan)
            self._check_links(route, errors)
        self._tell_to_upgrade()
        self._entries: dict[Mount, Plan] = {}
        self._mounted = list(self._compile_mounts(errors))
        self._manners = tuple(self.offers(Manner))
        self._derive()
        self._addresses.freeze()
        self._refused = self._compile_refusals()
        self._refused_head = self._refused.derive(without_body)
        if errors:
            raise errors[0] if len(errors) == 1 else SetupErrors(errors)

    def _add(self, route: Route, plan: Plan) -> None:
        plan.kernel = self
        for methods in self._addresses.methods_of(route):
            for method in route.methods:
                methods[method] = plan.derive(without_body) if method == "HEAD" else plan

    def _check_links(self, route: Route, errors: list[SetupError]) -> None:
        view = getattr(route.handler, "view", None)
        try:
            if is_guarded((*self.parts.app_arounds, *route.arounds)):
                self.seals.signer(route.where)
            if view is not None:
                view.check(self.links, route)
        except SetupErrors as several:
            errors += several.errors
        except SetupError as error:
            errors.append(error)

    def _compile_mounts(self, errors: list[SetupError]) -> Iterator[Plan]:
        for mount in self.mounts:
            try:
                plans = compile_mount(mount, self.parts)
            except SetupError as error:
                errors.append(error)
                continue
            for plan in plans:
                plan.kernel = self
            for route in mount.routes():
                for methods in self._addresses.methods_of(route):
                    methods[ANY] = plans[0]
            self._entries[mount] = plans[0]
            if mount.kernel is None:
                yield from plans
            else:
                yield from mount.kernel._all_plans()

    def _tell_to_upgrade(self) -> None:
        for methods in self._addresses.all_methods():
            if WEBSOCKET in methods:
                methods.setdefault("GET", methods[WEBSOCKET])

    def _derive(self) -> None:
        for derived in self.offers(DerivedMethod):
            for methods in self._addresses.all_methods():
                source = methods.get(derived.source)
                if source is not None and derived.method not in methods:
                    methods[derived.method] = source.derive(derived.change)

    def _compile_refusals(self) -> Plan:
        manners, finds = self._manners, self.finds

        def refused(request: Request) -> Any:
            error = request.refusal
            assert error is not None
            if isinstance(error, Instead):
                return error.response
            allowed = tuple(error.allowed) if isinstance(error, MethodNotAllowed) else ()
            if allowed or type(error) is NotFound:
                miss = Miss(allowed, functools.partial(finds, host=request.host))
                for manner in manners:
                    answer = manner.answer(request, miss)
                    if answer is not None:
                        return answer
            raise error

        where = Where.of(refused)
        pattern = PathPattern.parse("/", where)
        handlers = (self.error_handlers,)
        marks = tuple(around for around in self.parts.app_arounds if is_mark(around))
        route = Route(
            pattern, METHODS, refused, "refused", where, blocking=False, error_handlers=handlers, arounds=marks
        )
        plan = compile_plan(route, self.parts, answers_refusals=True)
        plan.body = None
        plan.route = None  # type: ignore[assignment]  # none answers, and `request.route` says so
        plan.kernel = self
        return plan

    # What batteries left here -------------------------------------------------------------------------------

    def offers(self, kind: type[T]) -> Iterator[T]:
        """Everything that was offered of a type."""
        return (thing for thing in self._offers if isinstance(thing, kind))

    def battery(self, kind: type[T]) -> T | None:
        """The installed battery of a type."""
        return next((battery for battery in self.batteries if isinstance(battery, kind)), None)

    # Life ---------------------------------------------------------------------------------------------------

    @property
    def needs_loop(self) -> bool:
        """Whether starting takes an event loop."""
        return self._lifespan.needs_loop

    def start_sync(self) -> None:
        """Start, where `needs_loop` is False."""
        self._lifespan.start_sync()
        self._watch()

    def stop_sync(self) -> None:
        """Stop what `start_sync` started, then services and threads."""
        self.crew.wait(self.timeouts.background)
        self._lifespan.stop_sync()
        self._stop_services()

    async def start(self) -> None:
        """Start on the running loop."""
        loop = asyncio.get_running_loop()
        self.use_loop(lambda: loop)
        await self._lifespan.start()
        self._watch()

    async def leave(self, seconds: float) -> None:
        """The server has been told to stop: end what would never end by itself, WebSockets now and streams later."""
        await self._sockets.close_all()
        if self.streams:
            await asyncio.wait(set(self.streams), timeout=seconds)
        for stream in list(self.streams):
            stream.cancel()

    async def stop(self) -> None:
        """Stop on the loop it was started on."""
        await self._sockets.close_all()
        await self.crew.wait_async(self.timeouts.background)
        await self._lifespan.stop()
        self._stop_services()

    def use_loop(self, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        """Called by a gateway that starts it without a loop: where to find one for what needs it later."""
        self.crew.use_loop(loop)
        for mount in self.mounts:
            if mount.kernel is not None:
                mount.kernel.use_loop(loop)

    def _watch(self) -> None:
        if any(not plan.is_async and plan.timeout is not None for plan in self._all_plans()):
            overdue.watch()

    def _stop_services(self) -> None:
        self.crew.stop()
        self.parts.singletons.close()
        self.pool.stop(timeout=30)

    def hop(self) -> Hop:
        """A way back to the running loop, for a gateway that hands work to the pool itself."""
        return Hop(asyncio.get_running_loop())

    async def serve_websocket(self, request: Request, connection: Connection) -> None:
        """Serve one WebSocket of a gateway's, from its handshake to its end."""
        await self._sockets.serve(self, request, connection)

    def in_thread(self, function: Callable[..., T], *arguments: Any) -> Coroutine[Any, Any, T]:
        """Run blocking code on a worker thread and wait for it."""
        return in_thread(self.pool, function, *arguments)

    # Facts for tools ----------------------------------------------------------------------------------------

    @property
    def has_async(self) -> bool:
        """Whether any route's plan needs an event loop."""
        return any(plan.is_async for methods in self._addresses.all_methods() for plan in methods.values())

    @property
    def has_websockets(self) -> bool:
        """Whether any route is a WebSocket's, which not every door can serve."""
        return any(route.methods == (WEBSOCKET,) for route in self.routes) or any(
            mount.kernel is not None and mount.kernel.has_websockets for mount in self.mounts
        )

    @property
    def has_sync(self) -> bool:
        """Whether any route's plan is sync and may block."""
        addresses = self._addresses.all_methods()
        return any(not plan.is_async and plan.blocking for methods in addresses for plan in methods.values())
