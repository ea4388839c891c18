"""The health addresses: what they ask, how long, and what they tell to whom."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest

from demijohn import App, Client, Database, HealthCheck, Security, Telemetry
from demijohn.batteries.database import battery as database
from demijohn.batteries.telemetry import health as health_module
from demijohn.batteries.telemetry.health import Health


def app_with(*checks: HealthCheck, debug: bool = False, **settings) -> App:
    app = App(debug=debug)
    app.use(Telemetry(**settings))
    for check in checks:
        app.register(check)
    app.get("/")(lambda: "home")
    return app


def fail():
    raise RuntimeError("password=S3CR3T at 10.0.0.5")


def test_an_app_that_needs_nothing_is_well():
    """All three addresses answer, and no cache keeps what they said."""
    client = Client(app_with())
    for path in ("/health", "/health/live", "/health/ready"):
        answer = client.get(path)
        assert (answer.status, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("check", [fail, lambda: False])
def test_what_fails_is_503_and_no_stranger_learns_why(check, caplog):
    """Only the log says which check it was; `live` asks nothing and stays well."""
    client = Client(app_with(HealthCheck("payments", check)))
    answer = client.get("/health/ready")
    assert (answer.status, answer.json()) == (503, {"status": "unavailable"})
    assert "payments" not in answer.text
    assert "The health check payments failed." in caplog.text
    assert client.get("/health/live").status == 200


def test_in_development_the_checks_are_named():
    """The developer sees which it is, though not the reason, which stands in the log."""
    client = Client(app_with(HealthCheck("payments", fail), HealthCheck("mail", lambda: None), debug=True))
    assert client.get("/health").json()["checks"] == {"payments": "failed", "mail": "ok"}


def test_checks_may_be_async():
    """They run on a loop of their own."""

    async def well():
        await asyncio.sleep(0)

    async def ill():
        await asyncio.sleep(0)
        raise RuntimeError

    assert Client(app_with(HealthCheck("a", well))).get("/health").status == 200
    assert Client(app_with(HealthCheck("a", ill))).get("/health").status == 503


def test_a_check_that_hangs_is_given_up_and_not_started_again(caplog):
    """It costs one thread, however often somebody asks, and its time-out; then it is asked anew."""
    hanging, begun = threading.Event(), []

    def hang():
        begun.append(1)
        hanging.wait(20)

    health = Health([HealthCheck("slow", hang, timeout=0.05), HealthCheck("fast", lambda: None)], shows_details=True)
    assert health.look() == {"slow": "timed out", "fast": "ok"}
    health._until = 0.0
    assert health.look()["slow"] == "timed out"
    assert len(begun) == 1
    assert caplog.text.count("did not end within 0.05 s") == 1
    hanging.set()
    health._running[health._checks[0]].result(20)
    health._until = 0.0
    with caplog.at_level(logging.INFO):
        assert health.look()["slow"] == "ok"
    assert "slow is well again" in caplog.text


def test_many_questions_are_one_look(monkeypatch):
    """A crowd that asks does not become work: within a second all get what the first found."""
    now, asked = [100.0], []
    monkeypatch.setattr(health_module, "monotonic", lambda: now[0])
    health = Health([HealthCheck("db", lambda: asked.append(1))], shows_details=False)
    for _ in range(50):
        health.look()
    assert len(asked) == 1
    now[0] += 1.5
    health.look()
    assert len(asked) == 2


def test_nobody_waits_for_somebody_else_s_look():
    """While a check hangs, others get the last answer at once: a probe cannot hold an app's threads."""
    begun, go_on = threading.Event(), threading.Event()
    hangs = []

    def check():
        if hangs:
            begun.set()
            go_on.wait(20)

    health = Health([HealthCheck("db", check, timeout=20)], shows_details=False)
    health.look()
    hangs.append(True)
    health._until = 0.0
    looking = threading.Thread(target=health.look)
    looking.start()
    assert begun.wait(20)
    began = time.thread_time()
    assert health.look() == {"db": "ok"}
    assert time.thread_time() - began < 1
    go_on.set()
    looking.join(20)
    assert not looking.is_alive()


def test_of_two_checks_with_one_name_the_ill_one_counts():
    """A battery and the app may both have called theirs `database`."""
    health = Health([HealthCheck("db", fail), HealthCheck("db", lambda: None)], shows_details=True)
    assert health.look() == {"db": "failed"}


def test_failures_are_logged_when_they_begin(caplog):
    """A probe each second does not fill a log: a failure is told once, and its end once."""
    health = Health([HealthCheck("db", fail)], shows_details=False)
    for _ in range(5):
        health._until = 0.0
        health.look()
    assert caplog.text.count("The health check db failed.") == 1


def test_the_database_is_asked(tmp_path, monkeypatch):
    """The Database battery brings its check along."""
    app = app_with()
    app.use(Database(f"sqlite:///{tmp_path}/x.db", create_tables="always"))
    assert Client(app).get("/health").status == 200
    monkeypatch.setattr(database, "_ping", lambda engines: fail())
    other = app_with()
    other.use(Database(f"sqlite:///{tmp_path}/x.db", create_tables="always"))
    assert Client(other).get("/health").status == 503


def test_probes_come_by_address_and_plain_http():
    """A load balancer names no host and speaks no TLS; everything else is as strict as ever."""
    app = app_with()
    app.use(Security(hosts=["example.com"], https=True))
    client = Client(app, base_url="http://10.0.0.7:8000")
    assert client.get("/health/live").status == 200
    assert client.get("/").status == 400


def test_the_address_can_be_another_or_none():
    """`health` is a path, or None."""
    client = Client(app_with(health="/up"))
    assert [client.get(path).status for path in ("/up", "/up/live", "/up/ready", "/health")] == [200, 200, 200, 404]
    assert Client(app_with(health=None)).get("/health").status == 404
