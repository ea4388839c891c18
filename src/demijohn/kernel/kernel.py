"""The kernel: a sealed app. It decides which plan answers a request, and holds what all plans share.

Nothing in it changes once it is made, but for what starts and stops (threads, singletons, the lifespan).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ..foundation.errors import SetupError, SetupErrors, Where
from ..foundation.http.errors import BadRequest, HTTPError, MethodNotAllowed, NotFound, URITooLong
from ..foundation.http.request import DEFAULT_LIMITS, Request
from ..foundation.limits import Limits
from ..foundation.workers import WorkerPool
from .battery import Assembly, Battery, Contribution
from .hops import Hop, in_thread
from .lifespan import Lifespan
from .links import Links
from .manners import DerivedMethod, Manner, Miss, without_body
from .matcher import Matcher
from .paths import PathPattern
from .plan import Parts, Plan, compile_plan
from .replies import Replies, require_askable
from .routes import METHODS, Route
from .services import Singletons

T = TypeVar("T")

# RFC 9110, section 7.2 and RFC 3986, section 3.2.2: a name, an IPv4 or a bracketed IPv6 address, and a port.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?(?::[0-9]{{1,5}})?", re.IGNORECASE).fullmatch
_HOST_V6 = re.compile(r"\[[0-9a-f:.]{2,45}\](?::[0-9]{1,5})?", re.IGNORECASE).fullmatch


@dataclass(frozen=True, slots=True)
class Encoder:
    """Offered by a battery: how values of a type (and its subclasses) become plain ones, for JSON."""

    kind: type
    encode: Callable[[Any], Any]

    def __post_init__(self) -> None:
        require_askable(self.kind, Where.caller())


class Kernel:
    """A frozen app: `plan_for` finds the plan of a request; `start` and `stop` frame its life."""

    def __init__(
        self,
        routes: list[Route],
        parts: Parts,
        assembly: Assembly,
        error_handlers: dict[Any, Callable[..., Any]] | None = None,
    ) -> None:
        self.error_handlers = error_handlers or {}
        self.routes = tuple(routes)
        self.limits: Limits = parts.limits
        self.pool: WorkerPool = parts.pool
        self.debug = assembly.debug
        self.ledger: tuple[Contribution, ...] = tuple(assembly.ledger)
        self.batteries: tuple[Battery, ...] = tuple(assembly.installed.values())
        self.sources = assembly.sources
        self.links = Links(routes)
        self.parts = parts
        self._offers = tuple(assembly.offers)
        self._lifespan = Lifespan(assembly.lifespans)
        self._hosts: set[str] = {""}
        self._matcher: Matcher[Plan] = Matcher()
        self._compile()
        self.plan_for: Callable[[Request], Plan] = self._make_plan_for()

    # Deciding -----------------------------------------------------------------------------------------------

    def _make_plan_for(self) -> Callable[[Request], Plan]:
        """The function that finds the plan of a request: one that explains, if no route answers. It never raises.

        It is made over frozen tables, not a method, as it runs once for each request.
        """
        static, hosts, most = self._matcher.static, self._hosts, self.limits.url
        find, refuse = self._matcher.find_parametric, self._refuse
        own_limits = None if self.limits == DEFAULT_LIMITS else self.limits

        def plan_for(request: Request) -> Plan:
            path = request.path
            if request.host not in hosts or len(path) + len(request.query_string) > most:
                error = self._head_error(request)
                if error is not None:
                    return refuse(request, error)
            methods = static.get(path)
            if methods is None:
                found = find(path)
                if found is None or not (path.isascii() and path.isprintable()):
                    if _is_odd(path):
                        return refuse(request, BadRequest("The path has control characters, or is not UTF-8."))
                    if found is None:
                        return refuse(request, NotFound())
                methods, request.captured = found
            plan = methods.get(request.method)
            if plan is None:
                return refuse(request, MethodNotAllowed(request.method, self._allowed(methods)))
            request.plan = plan
            if own_limits is not None:
                request.limits = own_limits
            return plan

        return plan_for

    def refusal(self, request: Request, error: HTTPError) -> Plan:
        """The plan for a request that could not even be read (a path that is not UTF-8, say)."""
        return self._refuse(request, error)

    def _refuse(self, request: Request, error: HTTPError) -> Plan:
        request.refusal = error
        request.plan = plan = self._refused_head if request.method == "HEAD" else self._refused
        request.captured = ()
        return plan

    def _head_error(self, request: Request) -> HTTPError | None:
        if len(request.path) + len(request.query_string) > self.limits.url:
            return URITooLong(f"The address is over {self.limits.url} bytes.")
        host = request.host
        if len(host) > 259 or not (_HOST(host) or _HOST_V6(host)):
            return BadRequest("The Host header is not a host name with an optional port.")
        if len(self._hosts) < 1000:  # Known to be well-formed; a bound, as clients choose them.
            self._hosts.add(host)
        return None

    def _allowed(self, methods: dict[str, Plan]) -> list[str]:
        names = [name for name in METHODS if name in methods]
        return names if "OPTIONS" in methods or not self._manners else [*names, "OPTIONS"]

    def finds(self, path: str) -> bool:
        """Whether some route has this path, whatever its method."""
        return self._matcher.find(path) is not None

    def explain(self, method: str, path: str) -> tuple[Route | None, tuple[str, ...]]:
        """The route that wins for a method and path (None if none does), and the methods of that address."""
        found = self._matcher.find(path)
        if found is None:
            return None, ()
        plan = found[0].get(method)
        return (None if plan is None else plan.route), tuple(found[0])

    # Compiling ----------------------------------------------------------------------------------------------

    def _compile(self) -> None:
        errors: list[SetupError] = []
        taken: dict[tuple[str, str], Route] = {}
        for route in self.routes:
            clash = [method for method in route.methods if (route.pattern.shape, method) in taken]
            if clash:
                errors.append(_never_runs(route, taken[route.pattern.shape, clash[0]]))
                continue
            taken |= {(route.pattern.shape, method): route for method in route.methods}
            try:
                plan = compile_plan(route, self.parts)
            except SetupErrors as several:
                errors += several.errors
                continue
            except SetupError as error:
                errors.append(error)
                continue
            self._add(route, plan)
        self._manners = tuple(self.offers(Manner))
        self._derive()
        self._matcher.freeze()
        self._refused = self._compile_refusals()
        self._refused_head = self._refused.derive(without_body)
        if errors:
            raise errors[0] if len(errors) == 1 else SetupErrors(errors)

    def _add(self, route: Route, plan: Plan) -> None:
        plan.kernel = self
        methods = self._matcher.methods_at(route.pattern)
        for method in route.methods:
            methods[method] = plan.derive(without_body) if method == "HEAD" else plan

    def _derive(self) -> None:
        for derived in self.offers(DerivedMethod):
            for methods in self._matcher.all_methods():
                source = methods.get(derived.source)
                if source is not None and derived.method not in methods:
                    methods[derived.method] = source.derive(derived.change)

    def _compile_refusals(self) -> Plan:
        manners, finds = self._manners, self.finds

        def refused(request: Request) -> Any:
            error = request.refusal
            assert error is not None
            allowed = tuple(error.allowed) if isinstance(error, MethodNotAllowed) else ()
            if allowed or type(error) is NotFound:
                miss = Miss(allowed, finds)
                for manner in manners:
                    answer = manner.answer(request, miss)
                    if answer is not None:
                        return answer
            raise error

        where = Where.of(refused)
        pattern = PathPattern.parse("/", where)
        handlers = (self.error_handlers,)
        route = Route(pattern, METHODS, refused, "refused", where, blocking=False, error_handlers=handlers)
        plan = compile_plan(route, self.parts, answers_refusals=True)
        plan.body = None
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

    def stop_sync(self) -> None:
        """Stop what `start_sync` started, then services and threads."""
        self._lifespan.stop_sync()
        self._stop_services()

    async def start(self) -> None:
        """Start on the running loop."""
        await self._lifespan.start()

    async def stop(self) -> None:
        """Stop on the loop it was started on."""
        await self._lifespan.stop()
        self._stop_services()

    def _stop_services(self) -> None:
        self.parts.singletons.close()
        self.pool.stop(timeout=30)

    def hop(self) -> Hop:
        """A way back to the running loop, for a gateway that hands work to the pool itself."""
        return Hop(asyncio.get_running_loop())

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run blocking code on a worker thread and wait for it."""
        return await in_thread(self.pool, function, *arguments)

    # Facts for tools ----------------------------------------------------------------------------------------

    @property
    def has_async(self) -> bool:
        """Whether any route's plan needs an event loop."""
        return any(plan.is_async for methods in self._matcher.all_methods() for plan in methods.values())

    @property
    def has_sync(self) -> bool:
        """Whether any route's plan is sync and may block."""
        return any(
            not plan.is_async and plan.blocking for methods in self._matcher.all_methods() for plan in methods.values()
        )


def _is_odd(path: str) -> bool:
    """Whether a path has control characters, or came in bytes that were no UTF-8 (servers put U+FFFD there)."""
    return "\ufffd" in path or any(char < " " or "\x7f" <= char < "\xa0" for char in path)


def _never_runs(route: Route, other: Route) -> SetupError:
    return SetupError(
        "DMJ0206", f"{route} ({route.name}) can never run: {other} ({other.name}) answers first.",
        fix="Change one of the paths or methods; what a parameter is called or typed does not tell two paths apart.",
        where=[other.where, route.where],
    )  # fmt: skip


def build_parts(assembly: Assembly, limits: Limits, encoders: dict[type, Callable[[Any], Any]]) -> Parts:
    """The parts that plans are compiled from: batteries' contributions joined with the app's own."""
    encoders = {**{offer.kind: offer.encode for offer in assembly.offers if isinstance(offer, Encoder)}, **encoders}
    replies = Replies(assembly.fixed, encoders, debug=assembly.debug)
    return Parts(
        replies, limits, WorkerPool(), Singletons(), assembly.providers, assembly.binders,
        outer_arounds=assembly.arounds, error_handlers=assembly.error_handlers,
    )  # fmt: skip
