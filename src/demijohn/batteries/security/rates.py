"""Rates: how many requests of one visitor are answered in a time, and what is told of it.

What is counted are slices of time, a sixtieth of the period each. A request is answered if fewer than the limit were
answered in the slices that reach into the period before it: never more than the limit in any period, at no edge.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, runtime_checkable

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import HTTPError, TooManyRequests
from ...foundation.http.request import Request
from ...kernel.calls import made_for
from ...kernel.guards import Look
from ...kernel.markers import Depends
from ...kernel.routes import Route
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


@dataclass(frozen=True, slots=True)
class RatePlace:
    """Offered by a battery that can count: `Security(rates=name)` takes the store that `make` gives.

    If that has an `open`, it is called at the start, before the first request.
    """

    name: str
    make: Callable[[], RateStore]


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


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """What one `rate_limit` says: its rates, under which name they count, and whether by another key than the address.

    `policy` is the field that tells of it (draft-ietf-httpapi-ratelimit-headers).
    """

    rates: tuple[Rate, ...]
    name: str
    has_own_key: bool

    @property
    def policy(self) -> str:
        """The rates, named."""
        return ", ".join(f'"{self.called(rate)}";q={rate.limit};w={rate.seconds}' for rate in self.rates)

    def called(self, rate: Rate) -> str:
        """The name of one of several rates."""
        return self.name if len(self.rates) == 1 else f"{self.name}-{rate.seconds}"

    def count(self, request: Request, store: RateStore, key: str) -> TooManyRequests | None:
        """Count a request, say so in its answer, and refuse it if a rate is exceeded; the others do not count it then.

        Once in an exchange: a guard may have done it before an around does.
        """
        counted = made_for(request)
        if self in counted:
            return None
        counted[self] = True
        told, states, refused = f"{self.name}:{_short(key)}", [], None
        for rate in self.rates:
            decision = store.take(f"{rate.limit}/{rate.seconds}:{told}", rate)
            states.append(f'"{self.called(rate)}";r={max(decision.left, 0)};t={math.ceil(decision.reset)}')
            if not decision.allowed:
                refused = decision
                break
        request.owe("ratelimit-policy", self.policy)
        request.owe("ratelimit", ", ".join(states))
        if refused is None:
            return None
        seconds = max(1, math.ceil(refused.reset))
        request.owe("retry-after", str(seconds))
        return TooManyRequests(f"Too many requests. Try again in {seconds} {'second' if seconds == 1 else 'seconds'}.")


def rate_limit(*rates: str, by: Callable[..., Any] | None = None, name: str = "default") -> Callable[..., Any]:
    """An around that answers 429 beyond a rate: `around=[rate_limit("5/minute")]`; of several rates each holds.

    Visitors are told apart by their address (of IPv6 the first 64 bits, as a household has that many), or by what `by`
    returns: a function whose parameters are injected as a handler's are, and whose None is not counted. Limits of the
    same `name` and rate count together.
    """
    where = Where.caller()
    if not rates:
        raise _no_rate("nothing", where)
    limit = Limit(tuple(_parsed(text, where) for text in rates), name, by is not None)

    def count_rates(request: Request, rates: Any, key: Any) -> Any:
        if key is None or limit in made_for(request):
            return None
        store: RateStore = rates.store

        def count() -> None:
            error = limit.count(request, store, str(key))
            if error is not None:
                raise error

        return request.plan.kernel.in_thread(count) if store.blocking and request.plan.is_async else count()

    count_rates.__annotations__ = {
        "request": Request, "rates": Rates, "key": Annotated[Any, Depends(by or address)], "return": Any,
    }  # fmt: skip
    around = around_only(count_rates, "rate_limit(...)", where)
    around.__dict__["limit"] = limit  # for who counts early, and who describes the route
    return around


def limits_of(route: Route) -> list[Limit]:
    """The limits of a route and of its blueprints."""
    return [limit for around in route.arounds if isinstance(limit := getattr(around, "limit", None), Limit)]


def look_of(route: Route, find: Callable[[], RateStore]) -> Look | None:
    """A look that counts before the body is read, where it takes no waiting and nothing but the address."""
    limits = limits_of(route)
    if not limits:
        return None
    store = find()  # Where there is none, it is told here: when the app is sealed.
    limits = [limit for limit in limits if not limit.has_own_key]
    if not limits or store.blocking:
        return None

    def look(request: Request) -> HTTPError | None:
        key = address(request)
        return next((error for limit in limits if (error := limit.count(request, store, key)) is not None), None)

    return look


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


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


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
