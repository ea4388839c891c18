"""Mounts: other apps below a prefix. Routes go before them, method by method; what no route answers is theirs.

An `App` has a kernel of its own, which is asked for the plan. Another framework's app is served by a handler that knows
its interface; there are two, as a server without an event loop calls a WSGI app best in the thread that it is in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..foundation.errors import Where
from ..foundation.http.request import Request
from .hosts import HostPattern
from .parts import Parts
from .paths import PathPattern
from .plan import Plan, compile_plan
from .routes import Route

ANY = "*"  # the method that a mount answers: all that have no route


class Served(Protocol):
    """Another framework's app, as a gateway serves it: handlers, and one for WebSockets if it takes them."""

    sync: Callable[..., Any]
    asynchronous: Callable[..., Any]
    socket: Callable[[Request, Any], Awaitable[None]] | None


@dataclass(frozen=True, slots=True, eq=False)
class Mount:
    """An app below a prefix: an `App`'s kernel, or what serves another's."""

    prefix: str
    what: str
    where: Where
    hosts: tuple[HostPattern, ...] = ()
    kernel: Any = None
    served: Served | None = None
    arounds: tuple[Callable[..., Any], ...] = ()
    body_limit: int | None = None

    def routes(self) -> list[Route]:
        """The addresses that are its own."""
        return [
            Route(PathPattern.parse(path, self.where), (ANY,), _nobody, self.what, self.where, hosts=self.hosts)
            for path in (f"{self.prefix}/", f"{self.prefix}/{{path:path}}")
        ]

    def has(self, host: str, path: str) -> bool:
        """Whether an address lies below it; `host` is without its port."""
        at_home = not self.hosts or any(pattern.match(host) is not None for pattern in self.hosts)
        return at_home and path.startswith(f"{self.prefix}/")

    def below(self, request: Request) -> None:
        """Let a request see itself as the mounted app does: the prefix is part of what it is mounted at."""
        request.mounted_at += self.prefix
        request.path = request.path[len(self.prefix) :] or "/"
        request.captured = ()

    def __str__(self) -> str:
        return f"{self.what} at {self.prefix or '/'}"


def compile_mount(mount: Mount, parts: Parts) -> list[Plan]:
    """The plans of a mount; the first is entered through its `enter`, which decides which one answers."""
    if mount.kernel is not None:
        return [_into_kernel(mount)]
    assert mount.served is not None
    route = Route(
        PathPattern.parse("/", mount.where), (ANY,), mount.served.sync, mount.what, mount.where,
        arounds=mount.arounds, body_limit=mount.body_limit or parts.limits.form, timeout=None,
    )  # fmt: skip
    in_threads = compile_plan(route, parts)
    on_loops = compile_plan(replace(route, handler=mount.served.asynchronous), parts)

    def enter(request: Request) -> Plan:
        mount.below(request)
        request.plan = plan = in_threads if request.interface == "wsgi" else on_loops
        request.limits = parts.limits
        return plan

    in_threads.enter = enter
    for plan in (in_threads, on_loops):
        plan.foreign_socket = mount.served.socket
    return [in_threads, on_loops]


def _into_kernel(mount: Mount) -> Plan:
    (route, *_) = mount.routes()
    plan = Plan(_nobody, route, None, is_async=mount.kernel.has_async, blocking=mount.kernel.has_sync)

    def enter(request: Request) -> Plan:
        mount.below(request)
        found: Plan = mount.kernel.plan_for(request)
        return found

    plan.enter = enter
    return plan


def _nobody(request: Request) -> Any:
    raise AssertionError("A mount is entered, not answered.")  # pragma: no cover


def lifespan_of(kernel: Any) -> Callable[[], Any]:
    """The life of a mounted kernel, as a lifespan of the app that it is mounted in."""

    def life() -> Any:
        kernel.start_sync()
        yield
        kernel.stop_sync()

    async def life_async() -> Any:
        await kernel.start()
        yield
        await kernel.stop()

    return life_async if kernel.needs_loop else life
