"""What the gateways ask of the kernel, which they never import: a plan for a request, and a life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ..foundation.http.body_rule import BodyRule
from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.workers import WorkerPool

T = TypeVar("T")


class Plan(Protocol):
    """What answers a request."""

    answer: Callable[[Request], Any]
    body: BodyRule | None
    is_async: bool
    blocking: bool


class Hop(Protocol):
    """One piece of work on a worker thread: `done` is called there, `wait` awaited on the loop."""

    def done(self, result: Any, error: BaseException | None = None) -> None: ...
    async def wait(self) -> Any: ...


class Machine(Protocol):
    """A sealed app."""

    pool: WorkerPool

    @property
    def needs_loop(self) -> bool: ...
    def plan_for(self, request: Request) -> Plan: ...
    def refusal(self, request: Request, error: HTTPError) -> Plan: ...
    def start_sync(self) -> None: ...
    def stop_sync(self) -> None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def hop(self) -> Hop: ...
    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T: ...
