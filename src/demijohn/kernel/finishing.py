"""Finishers: what is done to an answer last, when status, headers and body are settled.

An around sees a `Response`, and costs each request one. A finisher sees the plain tuple that goes to the gateway, and
costs a call; compressing is one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..foundation.http.request import Request
from ..foundation.http.response import Answer
from ..foundation.workers import WorkerPool
from .hops import in_thread
from .routes import Route

Heavy: TypeAlias = Callable[[], Answer]
Change: TypeAlias = Callable[[Answer, Request], Answer | Heavy]


@dataclass(frozen=True, slots=True)
class Finisher:
    """Offered by a battery: `make` is asked once for each route, and gives what changes its answers (None: nothing).

    A change that takes long returns a function that makes the answer: an async plan runs it on a worker thread. With
    `asked` it is for those exchanges alone in which something was made under that key (`made_for`).
    """

    make: Callable[[Route], Change | None]
    asked: Any = None


def finished(
    answer: Callable[[Request], Any], route: Route, finishers: Iterable[Finisher], pool: WorkerPool, *, is_async: bool
) -> Callable[[Request], Any]:
    """A plan's function with the finishers of its route applied to each answer."""
    for finisher in finishers:
        change = finisher.make(route)
        if change is not None:
            wrap = _changed_async if is_async else _changed_sync
            answer = wrap(answer, change, pool, finisher.asked)
    return answer


def _changed_sync(
    inner: Callable[[Request], Answer], change: Change, pool: WorkerPool, asked: Any
) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        made = inner(request)
        if asked is not None and (request._scope is None or asked not in request._scope):
            return made
        changed = change(made, request)
        return changed if isinstance(changed, tuple) else changed()

    return answer


def _changed_async(
    inner: Callable[[Request], Awaitable[Answer]], change: Change, pool: WorkerPool, asked: Any
) -> Callable[[Request], Awaitable[Answer]]:
    async def answer(request: Request) -> Answer:
        made = await inner(request)
        if asked is not None and (request._scope is None or asked not in request._scope):
            return made
        changed = change(made, request)
        return changed if isinstance(changed, tuple) else await in_thread(pool, changed)

    return answer
