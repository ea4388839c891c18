"""Passages: what every exchange goes through, whether a route answers it or none does.

An around wraps the work of a plan; a passage is further out. It sees a request before a plan is sought, when nothing
is known of it but its head, and the answer when nobody else will change it. An app to which none is offered has none
compiled in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import Answer, Response
from ..foundation.limits import Limits

Look: TypeAlias = Callable[[Request], HTTPError | None]
Leave: TypeAlias = Callable[[Request, Answer], Answer]


@dataclass(frozen=True, slots=True)
class Passage:
    """Offered by a battery; those of a lower `rank` are further out.

    `enter` may set what the server cannot know (`request.outer`, `request.host`), before the host is checked. `admit`
    is asked when the plan is found, or the request refused (`request.refusal`). Both return an error to refuse the
    request, and must be quick: they run wherever the gateway does. `leave` has the last look at each answer.
    """

    enter: Look | None = None
    admit: Look | None = None
    leave: Leave | None = None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class HostRule:
    """Offered by a battery: whether an app answers to a host, well-formed, in lower case and without port.

    `refuse` makes the error for one that it does not answer to.
    """

    allows: Callable[[str], bool]
    refuse: Callable[[str], HTTPError]


@dataclass(frozen=True, slots=True)
class Probe:
    """Offered by a battery: a path that machines ask for by any host and over plain HTTP, such as a health check."""

    path: str


class Instead(HTTPError):
    """Returned by `admit` to answer with a response that is no error, such as a redirect."""

    def __init__(self, response: Response) -> None:
        super().__init__(400)
        self.response = response


def guarded(
    plan_for: Callable[[Request], Any],
    passages: Iterable[Passage],
    refuse: Callable[[Request, HTTPError], Any],
    limits: Limits,
) -> Callable[[Request], Any]:
    """`plan_for` behind its passages; itself if there are none."""
    ranked = sorted(passages, key=lambda passage: passage.rank)
    enters = tuple(passage.enter for passage in ranked if passage.enter is not None)
    admits = tuple(passage.admit for passage in ranked if passage.admit is not None)
    if not enters and not admits:
        return plan_for

    def plan_behind(request: Request) -> Any:
        request.limits = limits
        try:
            for enter in enters:
                error = enter(request)
                if error is not None:
                    return refuse(request, error)
            plan = plan_for(request)
            for admit in admits:
                error = admit(request)
                if error is not None:
                    return refuse(request, error)
        except HTTPError as error:  # The head itself cannot be read: too many fields, say.
            return refuse(request, error)
        return plan

    return plan_behind


def leave_through(plans: Iterable[Any], passages: Iterable[Passage]) -> None:
    """Have every answer of these plans pass what looks at answers, the innermost first."""
    leaves = [
        passage.leave
        for passage in sorted(passages, key=lambda passage: passage.rank, reverse=True)
        if passage.leave is not None
    ]
    if leaves:
        for plan in {id(plan): plan for plan in plans}.values():
            for leave in leaves:
                plan.answer = _leaving(plan.answer, leave, is_async=plan.is_async)


def _leaving(inner: Callable[[Request], Any], leave: Leave, *, is_async: bool) -> Callable[[Request], Any]:
    def answer(request: Request) -> Answer:
        return leave(request, inner(request))

    async def answer_async(request: Request) -> Answer:
        waiting: Awaitable[Answer] = inner(request)
        return leave(request, await waiting)

    return answer_async if is_async else answer
