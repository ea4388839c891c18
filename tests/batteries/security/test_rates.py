"""Rates: how many requests are answered, over how long, for whom, and what is told of it."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, AsyncClient, Blueprint, Client, Request, Security, SetupError
from demijohn.batteries.security.backends.memory import MemoryRates
from demijohn.batteries.security.rates import address, decide
from demijohn.foundation.http.forwarded import Outer
from demijohn.security import Decision, Rate, RateStore, rate_limit


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def make(*rates: str, store=None, **options) -> App:
    app = App(debug=False)
    app.use(Security(rates=store or MemoryRates(Clock())))

    @app.get("/", around=[rate_limit(*rates, **options)])
    def home():
        return "hello"

    @app.get("/async", around=[rate_limit(*rates, **options)])
    async def home_async():
        return "hello"

    return app


# How it counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5/minute", (5, 60)), ("1/second", (1, 1)), ("100 per hour", (100, 3600)), ("10/day", (10, 86_400)),
        ("1000 per 15 minutes", (1000, 900)), ("3/2 seconds", (3, 2)), ("5 / minute", (5, 60)), (" 5/MINUTE ", (5, 60)),
        ("0/minute", None), ("5/0 minutes", None), ("5", None), ("minute", None), ("-5/minute", None),
        ("5/fortnight", None), ("1.5/minute", None), ("\u0665/minute", None), ("", None),
    ],
)  # fmt: skip
def test_rates_as_they_are_written(text, rate):
    """A number, and a time."""
    found = Rate.parse(text)
    assert (found and (found.limit, found.seconds)) == rate


@pytest.mark.parametrize("rates", [[], ["5"], ["5/minute", "x"]])
def test_what_is_no_rate_is_a_mistake(rates):
    """At the line that says it."""
    with pytest.raises(SetupError, match="DMJ0663"):
        rate_limit(*rates)


@given(st.integers(1, 12), st.integers(1, 100), st.lists(st.floats(0, 30), max_size=200))
def test_no_period_has_more_than_the_limit(limit, seconds, pauses):
    """Wherever it begins: there is no edge at which twice as many get through."""
    rate, counts, now, taken = Rate(limit, seconds), {}, 5_000.0, []
    for pause in pauses:
        now += pause
        decision = decide(counts, rate, now)
        if decision.allowed:
            taken.append(now)
        else:
            assert decision.reset > 0
        assert 0 <= decision.left <= limit
        assert sum(1 for each in taken if each > now - seconds) <= limit
        assert len(counts) <= 61


@given(st.integers(1, 12), st.integers(1, 3600))
def test_after_the_time_that_is_told_there_is_room(limit, seconds):
    """`Retry-After` is true, and not much longer than it need be."""
    rate, counts = Rate(limit, seconds), {}
    for _ in range(limit):
        assert decide(counts, rate, 777.0).allowed
    refused = decide(counts, rate, 777.0)
    assert not refused.allowed
    assert refused.reset <= seconds + 2 * rate.slice
    assert decide(counts, rate, 777.0 + refused.reset + 0.001).allowed


def test_memory_is_bounded():
    """By what is over, and by the most keys."""
    clock = Clock()
    store = MemoryRates(clock, most_keys=100)
    for number in range(1000):
        store.take(str(number), Rate(1, 60))
    assert store.size == 100
    clock.now += 1000
    for _ in range(100):
        store.take("one", Rate(100, 60))
    assert store.size <= 1


@pytest.mark.parametrize("place", ["memory", "redis"])
def test_at_once_exactly_the_limit_gets_through(place, request):
    """A hundred who ask at the same time, by two workers with one store."""
    if place == "memory":
        shared = MemoryRates()
        stores = [shared, shared]
    else:
        from demijohn.batteries.security.backends.redis import RedisRates

        url = request.getfixturevalue("redis_url")
        stores = [RedisRates(url, prefix="at-once:"), RedisRates(url, prefix="at-once:")]
    workers = [Client(make("10/minute", store=store)) for store in stores]
    gate = threading.Barrier(20)

    def ask(number: int) -> list[int]:
        gate.wait(60)
        return [workers[number % 2].get("/").status for _ in range(5)]

    with ThreadPoolExecutor(20) as pool:
        answers = [status for statuses in pool.map(ask, range(20)) for status in statuses]
    assert sorted(answers) == [200] * 10 + [429] * 90
    for store in stores:
        if place == "redis":
            store.close()


def test_redis_counts_as_memory_does(redis_url):
    """By its own clock: what is over gets room, and is forgotten."""
    from demijohn.batteries.security.backends.redis import RedisRates

    store = RedisRates(redis_url)
    rate = Rate(2, 1)
    first = [store.take("a", rate) for _ in range(3)]
    assert [each.allowed for each in first] == [True, True, False]
    assert [each.left for each in first] == [1, 0, 0]
    assert 0 < first[2].reset <= 1.1
    assert store.take("b", rate).allowed
    deadline = time.monotonic() + 30
    while not store.take("a", rate).allowed:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    import redis

    client = redis.Redis.from_url(redis_url)
    assert 0 < client.ttl("rates:a") <= 2
    client.close()
    store.close()


def test_a_redis_that_is_away_is_503():
    """Nobody gets through uncounted, and nobody sees why."""
    app = App(debug=False)
    app.use(Security(rates="redis://127.0.0.1:1/0"))
    app.get("/", name="home", around=[rate_limit("5/minute")])(lambda: "hello")
    answer = Client(app).get("/")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert "127.0.0.1" not in answer.text


# Whom it counts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"), ("", ""), (None, ""), ("a:b", "a:b"),
    ],
)  # fmt: skip
def test_a_household_is_one_visitor(client, counted):
    """It has 2^64 addresses of IPv6, and may use a new one for each request."""
    request = Request(None, "GET", "/", "")
    request.outer = Outer("http", client, "")
    assert address(request) == counted


def test_the_client_is_who_the_proxy_says():
    """And nobody can choose his own address."""
    app = App(debug=False)
    app.use(Security(trusted_proxies=1))
    app.get("/", name="home", around=[rate_limit("1/minute")])(lambda: "hello")
    client = Client(app)
    told = [("x-forwarded-for", "6.6.6.6, 192.0.2.1")]
    assert client.get("/", headers=told).status == 200
    assert client.get("/", headers=[("x-forwarded-for", "7.7.7.7, 192.0.2.1")]).status == 429
    assert client.get("/", headers=[("x-forwarded-for", "192.0.2.2")]).status == 200


class Key:
    """Whom a request comes from."""

    def __init__(self, name: str | None) -> None:
        self.name = name


def test_by_what_a_function_says():
    """Its parameters are injected; None is not counted."""

    app = App(debug=False)

    @app.provide
    def key(request: Request) -> Key:
        return Key(request.headers.get("x-key"))

    def by_key(key: Key):
        return key.name

    app.get("/", name="home", around=[rate_limit("1/minute", by=by_key)])(lambda: "hello")
    client = Client(app)
    statuses = [client.get("/", headers={"x-key": name} if name else {}).status for name in ("a", "a", "b", "", "")]
    assert statuses == [200, 429, 200, 200, 200]


def test_limits_of_one_name_count_together():
    """Those of another apart, and each route's own are told from each other by a name."""
    app = App(debug=False)
    for path, name in (("/a", "x"), ("/b", "x"), ("/c", "y")):
        app.get(path, name=path[1:], around=[rate_limit("1/minute", name=name)])(lambda: "hello")
    client = Client(app)
    assert [client.get(path).status for path in ("/a", "/b", "/c")] == [200, 429, 200]


def test_a_blueprint_and_an_app_can_be_limited():
    """What no route answers counts for the app, too."""
    app = App(debug=False)
    app.around(rate_limit("3/minute", name="app"))
    api = Blueprint("api", around=[rate_limit("1/minute", name="api")])
    api.get("/a", name="a")(lambda: "a")
    app.include(api, prefix="/api")
    client = Client(app)
    assert [client.get(path).status for path in ("/api/a", "/api/a", "/nowhere", "/nowhere")] == [200, 429, 404, 429]


# What it says -------------------------------------------------------------------------------------------------


def test_headers_tell_what_is_left():
    """The fields of the draft, and `Retry-After` with the problem."""
    client = Client(make("2/minute"))
    first = client.get("/")
    assert first.headers["ratelimit-policy"] == '"default";q=2;w=60'
    assert re.fullmatch(r'"default";r=1;t=6[01]', first.headers["ratelimit"])
    assert "retry-after" not in first.headers
    client.get("/")
    refused = client.get("/")
    assert refused.status == 429
    assert refused.headers["ratelimit"].startswith('"default";r=0;t=')
    assert 1 <= int(refused.headers["retry-after"]) <= 62
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["title"] == "Too Many Requests"
    assert len(refused.headers.getlist("ratelimit")) == 1


def test_several_rates_each_hold():
    """The wait is that of the one that is exceeded, longest first."""
    clock = Clock()
    client = Client(make("2/second", "3/hour", store=MemoryRates(clock), name="api"))
    assert [client.get("/").status for _ in range(3)] == [200, 200, 429]
    clock.now += 2
    last = client.get("/")
    assert last.headers["ratelimit-policy"] == '"api-1";q=2;w=1, "api-3600";q=3;w=3600'
    clock.now += 2
    refused = client.get("/")
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 3000


def test_a_flood_s_bodies_are_not_read():
    """What is refused by the address alone is so from the head; once for each request."""
    read: list[int] = []

    class Counting(MemoryRates):
        def take(self, key: str, rate: Rate) -> Decision:
            read.append(1)
            return super().take(key, rate)

    app = App(debug=False)
    app.use(Security(rates=Counting(Clock())))
    app.post("/", name="home", around=[rate_limit("1/minute")])(lambda: "hello")
    client = Client(app)
    assert client.post("/", content=b"x").status == 200
    refused = client.post("/", content=b"x" * 3_000_000)
    assert refused.status == 429
    assert len(read) == 2
    client.post("/nowhere")
    assert len(read) == 2


def test_a_refused_request_counts_once():
    """What the first rate refuses is not taken from the second."""
    clock = Clock()
    client = Client(make("1/second", "3/hour", store=MemoryRates(clock)))
    assert [client.get("/").status for _ in range(4)] == [200, 429, 429, 429]
    clock.now += 2
    assert '"default-3600";r=1;' in client.get("/").headers["ratelimit"]


def test_long_keys_are_told_apart():
    """They are shortened to a hash, not cut off."""
    client = Client(make("1/minute", by=lambda request: request.query["key"]))
    assert [client.get("/", query={"key": "x" * 500 + end}).status for end in "aab"] == [200, 429, 200]


def test_async_handlers_and_stores_that_wait():
    """Such a store is asked on a worker thread, never on the loop."""
    asked: list[bool] = []

    class Slow:
        blocking = True

        def take(self, key: str, rate: Rate) -> Decision:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                asked.append(True)
            return Decision(len(asked) < 2, 0, 1.0)

    store = Slow()
    assert isinstance(store, RateStore)
    app = make("5/minute", store=store)

    async def go():
        async with AsyncClient(app) as client:
            return [(await client.get("/async")).status for _ in range(2)]

    assert asyncio.run(go()) == [200, 429]
    assert asked == [True, True]


@pytest.mark.parametrize("rates", ["memcached://x", "", 5, object()])
def test_places_where_nothing_can_be_counted(rates):
    """Told at start, without what may be a password."""
    app = App()
    app.use(Security(rates=rates))
    with pytest.raises(SetupError, match="DMJ0666"):
        app.seal()


def test_an_app_without_the_battery_says_so():
    """A forgotten battery is a mistake at start, not a limit that is not there."""
    app = App(bare=True)
    app.get("/", name="home", around=[rate_limit("5/minute")])(lambda: "hello")
    with pytest.raises(SetupError):
        app.seal()
