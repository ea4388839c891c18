"""Rates: how many requests of one visitor are answered in a time, and what is told of it.

What is counted are slices of time, a sixtieth of the period each. A request is answered if fewer than the limit were
answered in the slices that reach into the period before it: never more than the limit in any period, at no edge.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, runtime_checkable

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import TooManyRequests
from ...foundation.http.request import Request
from ...kernel.markers import Depends
from ...kernel.spelling import around_only

_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(r"(\d{1,9}) ?(?:/|per) ?(?:(\d{1,6}) ?)?(second|minute|hour|day)s?", re.ASCII).fullmatch
_SLICES = 60
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds.

    >>> Rate.parse("5/minute"), Rate.parse("100 per 15 minutes").seconds
    (Rate(limit=5, seconds=60), 900)
    """

    limit: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate | None:
        """A rate as it is written; None for what is none."""
        found = _RATE(text.strip().lower()) if isinstance(text, str) else None
        if found is None or int(found[1]) < 1 or int(found[2] or 1) < 1:
            return None
        return cls(int(found[1]), int(found[2] or 1) * _PERIODS[found[3]])

    @property
    def slice(self) -> float:
        """The length of a slice, in seconds."""
        return self.seconds / _SLICES


@dataclass(frozen=True, slots=True)
class Decision:
    """What a store says of one request: whether it is within the rate, how many are left, when there is room again.

    `reset` is in seconds: until the oldest request that counts does no more.
    """

    allowed: bool
    left: int
    reset: float


@runtime_checkable
class RateStore(Protocol):
    """Where requests are counted: `Security(rates=...)` takes any object that has this.

    `take` counts one request and decides, at once for all who ask at the same time. `blocking` tells that it may wait,
    and so has a worker thread in async plans.
    """

    blocking: bool

    def take(self, key: str, rate: Rate) -> Decision:
        """Count a request of a key, if it is within the rate."""
        ...


def decide(counts: dict[int, int], rate: Rate, now: float) -> Decision:
    """Count a request, now, among the slices of a key; those that count no more are taken out."""
    current = int(now / rate.slice)
    for old in [number for number in counts if number < current - _SLICES]:
        del counts[old]
    used = sum(counts.values())
    if used < rate.limit:
        counts[current] = counts.get(current, 0) + 1
        used, allowed = used + 1, True
    else:
        allowed = False
    oldest = min(counts, default=current)
    return Decision(allowed, rate.limit - used, max(0.0, (oldest + _SLICES + 1) * rate.slice - now))


class Rates:
    """The store of one app, injected into the arounds that count."""

    def __init__(self, store: RateStore) -> None:
        self.store = store


def rate_limit(*rates: str, by: Callable[..., Any] | None = None, name: str = "default") -> Callable[..., Any]:
    """An around that answers 429 beyond a rate: `around=[rate_limit("5/minute")]`; of several rates each holds.

    Visitors are told apart by their address (of IPv6 the first 64 bits, as a household has that many), or by what `by`
    returns: a function whose parameters are injected as a handler's are, and whose None is not counted. Limits of the
    same `name` and rate count together.
    """
    where = Where.caller()
    parsed = [_parsed(text, where) for text in rates]
    if not parsed:
        raise _no_rate("nothing", where)
    policy = ", ".join(f'"{_policy(name, rate, parsed)}";q={rate.limit};w={rate.seconds}' for rate in parsed)

    def limit(request: Request, rates: Any, key: Any) -> Any:
        if key is None:
            return None
        told = f"{name}:{str(key)[:_LONGEST_KEY]}"

        def count() -> None:
            decisions = [(rate, rates.store.take(f"{rate.limit}/{rate.seconds}:{told}", rate)) for rate in parsed]
            _tell(request, decisions, policy, lambda rate: _policy(name, rate, parsed))

        if rates.store.blocking and request.plan.is_async:
            return request.plan.kernel.in_thread(count)
        return count()

    limit.__annotations__ = {
        "request": Request, "rates": Rates, "key": Annotated[Any, Depends(by or address)], "return": Any,
    }  # fmt: skip
    around = around_only(limit, "rate_limit(...)", where)
    around.counts_rates = parsed  # type: ignore[attr-defined]  # for those who describe the route
    return around


def address(request: Request) -> str:
    """Whom a request comes from: the address, of IPv6 its network of 64 bits."""
    client = request.client or ""
    if ":" not in client:
        return client
    import ipaddress  # here, because few apps pay for it

    try:
        parsed = ipaddress.IPv6Address(client.partition("%")[0])
    except ValueError:
        return client
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))


def _tell(
    request: Request, decisions: list[tuple[Rate, Decision]], policy: str, name_of: Callable[[Rate], str]
) -> None:
    """The fields of draft-ietf-httpapi-ratelimit-headers, and TooManyRequests if a rate is exceeded."""
    state = ", ".join(
        f'"{name_of(rate)}";r={max(decision.left, 0)};t={math.ceil(decision.reset)}' for rate, decision in decisions
    )
    request.owe("ratelimit-policy", policy)
    request.owe("ratelimit", state)
    waits = [decision.reset for _, decision in decisions if not decision.allowed]
    if waits:
        seconds = max(1, math.ceil(max(waits)))
        request.owe("retry-after", str(seconds))
        raise TooManyRequests(f"Too many requests. Try again in {seconds} {'second' if seconds == 1 else 'seconds'}.")


def _policy(name: str, rate: Rate, rates: list[Rate]) -> str:
    return name if len(rates) == 1 else f"{name}-{rate.seconds}"


def _parsed(text: str, where: Where) -> Rate:
    rate = Rate.parse(text)
    if rate is None:
        raise _no_rate(repr(text), where)
    return rate


def _no_rate(what: str, where: Where) -> SetupError:
    return SetupError(
        "DMJ0663", f"rate_limit() is given {what}, which is no rate.",
        fix='rate_limit("5/minute"), "100 per hour", "1000 per 15 minutes"; of several each holds.', where=where,
    )  # fmt: skip
