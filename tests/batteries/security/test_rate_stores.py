"""One contract for all places that rates are counted in: each in turn, by two workers that share it."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, make_url, select, text
from sqlalchemy.exc import OperationalError

from demijohn import DB, App, AsyncClient, Client, Database, Security, SetupError
from demijohn.batteries.database import Engines
from demijohn.batteries.database.rates import DatabaseRates, rates
from demijohn.batteries.security.backends.memory import MemoryRates
from demijohn.batteries.security.backends.redis import RedisRates
from demijohn.security import Decision, Rate, RateStore, rate_limit

SERVERS = {"postgresql": "postgresql://postgres@127.0.0.1:5432", "mariadb": "mariadb://root@127.0.0.1:3306"}
"""By variable `DEMIJOHN_TEST_<NAME>`, else here."""
DATABASES = ("sqlite", *SERVERS)
SLICES = 12


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def database_url(kind: str, folder: Any) -> Iterator[str]:
    """A database of its own on a kind of server, dropped afterwards; skips, but not in CI, without one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'rates.sqlite'}"
        return
    url = make_url(os.environ.get(f"DEMIJOHN_TEST_{kind.upper()}", SERVERS[kind]))
    name = f"demijohn_{uuid.uuid4().hex[:12]}"
    home = url.set(database="postgres" if kind != "mariadb" else "mysql")
    try:
        server = Engines(home, pool_size=1).sync.execution_options(isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except (OperationalError, SetupError) as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no {kind}: {error}")
    yield url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}" + ("" if kind == "mariadb" else " WITH (FORCE)")))
    server.dispose()


def two_engines(kind: str, folder: Any) -> Iterator[list[Engines]]:
    """Those of two workers that share one database, with its table."""
    for url in database_url(kind, folder):
        engines = [Engines(url) for _ in range(2)]
        for each in engines:
            DatabaseRates(each).open()
        yield engines
        for each in engines:
            each.close()


@pytest.fixture(scope="module", params=["memory", "redis", *DATABASES])
def workers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RateStore]]:
    """The stores of two workers, in each place."""
    if request.param == "memory":
        yield [MemoryRates()] * 2
    elif request.param == "redis":
        address = request.getfixturevalue("redis_url")
        redis = [RedisRates(address, prefix="contract:") for _ in range(2)]
        yield [*redis]
        for each in redis:
            each.close()
    else:
        for engines in two_engines(request.param, tmp_path_factory.mktemp("rates")):
            yield [DatabaseRates(each) for each in engines]


@pytest.fixture(scope="module", params=DATABASES)
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Engines]]:
    """Those of two workers, in each kind of database."""
    yield from two_engines(request.param, tmp_path_factory.mktemp("rates"))


# All places ---------------------------------------------------------------------------------------------------


def test_a_place_is_a_store(workers):
    """It has what `Security(rates=...)` asks for."""
    assert all(isinstance(each, RateStore) for each in workers)


def test_at_once_exactly_the_limit_gets_through(workers):
    """A hundred who ask at the same time, by two workers with one place."""
    key, rate, gate = uuid.uuid4().hex, Rate(10, 3600), threading.Barrier(20)

    def ask(number: int) -> list[bool]:
        gate.wait(60)
        return [workers[number % 2].take(key, rate).allowed for _ in range(5)]

    with ThreadPoolExecutor(20) as pool:
        answers = [allowed for each in pool.map(ask, range(20)) for allowed in each]
    assert sorted(answers) == [False] * 90 + [True] * 10


def test_what_is_told_of_a_request(workers):
    """How many are left, and when there is room again; others are counted for themselves."""
    key, rate = uuid.uuid4().hex, Rate(2, 3600)
    told = [workers[number % 2].take(key, rate) for number in range(4)]
    assert [each.allowed for each in told] == [True, True, False, False]
    assert [each.left for each in told] == [1, 0, 0, 0]
    assert all(3600 <= each.reset <= 3600 * (1 + 1 / SLICES) + 1 for each in told)
    assert workers[0].take(key + "x", rate).allowed
    assert workers[1].take(key.upper(), rate).allowed == (key.upper() != key)


def test_there_is_room_again(workers):
    """By the true clock: after the time that was told."""
    key, rate = uuid.uuid4().hex, Rate(1, 1)
    assert workers[0].take(key, rate).allowed
    refused = workers[1].take(key, rate)
    deadline = time.monotonic() + 30
    while not refused.allowed:
        assert time.monotonic() < deadline
        assert refused.reset <= 1.2
        time.sleep(0.05)
        refused = workers[1].take(key, rate)


# Databases ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(engines: list[Engines]) -> tuple[Clock, list[DatabaseRates]]:
    """A clock, and two workers that go by it, in each kind of database."""
    clock = Clock()
    return clock, [DatabaseRates(each, clock) for each in engines]


def by_the_book(taken: list[float], rate: Rate, now: float) -> Decision:
    """What is to be decided, counted from all that was taken."""
    length = rate.seconds / SLICES
    number = int(now / length)
    counts = [slice_ for each in taken if (slice_ := int(each / length)) >= number - SLICES]
    allowed = len(counts) < rate.limit
    reset = (min(counts, default=number) + SLICES + 1) * length - now
    return Decision(allowed, rate.limit - len(counts) - allowed, max(0.0, reset))


@pytest.mark.parametrize("rate", [Rate(5, 60), Rate(3, 1), Rate(7, 999_999 * 86_400)], ids=["minute", "second", "age"])
def test_a_database_counts_by_the_book(shared, rate):
    """Whichever slice a request is in, and however long nobody asked: never more than the limit in any period."""
    clock, stores = shared
    key, chance, taken = uuid.uuid4().hex, random.Random(7), []
    for number in range(40):
        clock.now += chance.choice([0, 0.01, 0.1, 0.3, 1.1]) * rate.seconds / 2
        expected, told = by_the_book(taken, rate, clock.now), stores[number % 2].take(key, rate)
        assert (told.allowed, told.left) == (expected.allowed, expected.left)
        assert told.reset == pytest.approx(expected.reset, rel=1e-6, abs=1e-3)
        taken += [clock.now] * told.allowed
        assert sum(1 for each in taken if each > clock.now - rate.seconds) <= rate.limit
    assert 10 < len(taken) < 40


@pytest.mark.parametrize("ahead", [1, 6, 30, 60, 400, 100_000])
def test_clocks_may_differ(shared, ahead):
    """A little, without a request too many; and one that was far ahead once locks nobody out for long."""
    clock, stores = shared
    key, rate = uuid.uuid4().hex, Rate(4, 60)
    clock.now += ahead
    assert [stores[0].take(key, rate).allowed for _ in range(2)] == [True, True]
    clock.now -= ahead
    told = [stores[1].take(key, rate).allowed for _ in range(6)]
    assert sum(told) == (2 if ahead <= 60 else 4)
    clock.now += 200
    assert stores[1].take(key, rate).allowed


def statements(engines: Engines) -> list[str]:
    """What an engine is asked from now on."""
    seen: list[str] = []
    event.listen(engines.sync, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
    return seen


def test_one_statement_for_a_request_and_none_for_a_flood(engines):
    """Who was refused is not asked about again until there is room."""
    clock = Clock()
    store, rate, key = DatabaseRates(engines[0], clock), Rate(2, 60), uuid.uuid4().hex
    seen = statements(engines[0])
    for number in (1, 2, 3):
        store.take(key, rate)
        assert len(seen) == number
    refused = [store.take(key, rate) for _ in range(50)]
    assert len(seen) == 3
    assert not any(each.allowed for each in refused)
    clock.now += refused[0].reset
    assert store.take(key, rate).allowed
    assert len(seen) == 4


def test_what_is_over_is_swept(shared):
    """Now and then; what still counts stays."""
    clock, stores = shared
    with stores[0]._engines.sync.connect() as connection:
        before = len(connection.execute(select(rates.c.visitor)).all())
        keys = [uuid.uuid4().hex for _ in range(5)]
        for key in keys:
            stores[0].take(key, Rate(1, 60))
        stores[0].take(keys[0] + "x", Rate(1, 86_400))
        clock.now += 1000
        stores[0].take(keys[1] + "x", Rate(1, 60))
        left = len(connection.execute(select(rates.c.visitor)).all())
    assert left <= before + 2


def test_it_counts_where_nothing_is_returned(engines, monkeypatch):
    """MySQL answers an insert with nothing: there it is two statements in a transaction."""
    monkeypatch.setattr(engines[0].sync.dialect, "insert_returning", False)
    store, key, gate = DatabaseRates(engines[0]), uuid.uuid4().hex, threading.Barrier(10)

    def ask(_: int) -> bool:
        gate.wait(60)
        return store.take(key, Rate(4, 3600)).allowed

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(ask, range(10))) == [False] * 6 + [True] * 4


# In an app ----------------------------------------------------------------------------------------------------


def make(url: str, **settings_: Any) -> App:
    app = App(debug=False)
    app.use(Database(url, create_tables="never", **settings_), Security(rates=settings_.get("name", "database")))

    @app.get("/", around=[rate_limit("2/hour")])
    def home():
        return "hello"

    @app.get("/async", around=[rate_limit("2/hour", name="async")])
    async def home_async():
        return "hello"

    @app.get("/fails", around=[rate_limit("2/hour", name="fails")])
    def fails(db: DB):
        db.execute(text("CREATE TABLE made (id INTEGER)"))
        raise RuntimeError("broken")

    return app


def test_in_an_app(tmp_path):
    """By its database, for all workers; the table is made at the start, and each kind of handler is limited."""
    address = f"sqlite:///{tmp_path / 'app.sqlite'}"
    with Client(make(address)) as one, Client(make(address)) as other:
        assert [each.get("/").status for each in (one, other, one, other)] == [200, 200, 429, 429]
        assert one.get("/").headers["ratelimit"].startswith('"default";r=0;t=')

    async def run():
        async with AsyncClient(make(address)) as client:
            return [(await client.get("/async")).status for _ in range(3)]

    assert asyncio.run(run()) == [200, 200, 429]


def test_a_request_that_fails_has_counted(tmp_path):
    """What it changed is rolled back, and the count is not."""
    with Client(make(f"sqlite:///{tmp_path / 'app.sqlite'}"), raise_errors=False) as client:
        assert [client.get("/fails").status for _ in range(3)] == [500, 500, 429]


def test_a_database_by_name(tmp_path):
    """One that is not the app's first can be the place, too."""
    app = make(f"sqlite:///{tmp_path / 'counts.sqlite'}", name="counts")
    app.use(Database(f"sqlite:///{tmp_path / 'app.sqlite'}", create_tables="never"))
    with Client(app) as client:
        assert [client.get("/").status for _ in range(3)] == [200, 200, 429]
    engines = Engines(f"sqlite:///{tmp_path / 'counts.sqlite'}")
    with engines.sync.connect() as connection:
        assert len(connection.execute(select(rates)).all()) == 1
    engines.close()


def test_a_database_that_is_away_is_503(tmp_path):
    """Nobody gets through uncounted, and nobody sees why."""
    with Client(make(f"sqlite:///{tmp_path / 'app.sqlite'}")) as client:
        assert client.get("/").status == 200
        engines = Engines(f"sqlite:///{tmp_path / 'app.sqlite'}")
        with engines.sync.begin() as connection:
            connection.execute(text("DROP TABLE security_rates"))
        engines.close()
        answer = client.get("/")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert "sqlite" not in answer.text
    assert "security_rates" not in answer.text


@pytest.mark.parametrize("place", ["database", "memcached"])
def test_a_place_that_nobody_offers(place):
    """Told at start, once for all routes."""
    app = App(debug=False)
    app.use(Security(rates=place))
    for path in ("/a", "/b"):
        app.get(path, name=path[1:], around=[rate_limit("5/minute")])(lambda: "hello")
    with pytest.raises(SetupError, match="DMJ0675") as caught:
        app.seal()
    assert str(caught.value).count("DMJ0675") == 1
