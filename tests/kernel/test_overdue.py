"""`def` handlers that hang: they are told of, once, with the place where they are."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest

from demijohn import App, Client, Request, Timeouts
from demijohn.kernel import overdue
from demijohn.kernel.overdue import Overdue

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from contract_asking import DOORS, ask
from contract_doors import Sent


class Hanging:
    """An app with a handler that hangs until it is let go."""

    def __init__(self, **timeouts) -> None:
        self.app = app = App(timeouts=Timeouts(**timeouts))
        self.begun, self.go_on = threading.Event(), threading.Event()

        @app.get("/reset/{token}")
        def reset(token: str, request: Request):
            self.wait()
            return request.id

        @app.get("/patient", timeout=None)
        def patient():
            self.wait()
            return "done"

        @app.get("/quick")
        def quick():
            return "quick"

    def wait(self) -> None:
        self.begun.set()
        assert self.go_on.wait(20)

    def while_it_hangs(self, target: str, door: str, act) -> str:
        """Do something while a request hangs in a thread; what the request was answered."""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(ask(self.app, door, Sent("GET", target))))
        thread.start()
        try:
            assert self.begun.wait(20)
            act()
        finally:
            self.go_on.set()
            thread.join(20)
        return answers[0].text


@pytest.mark.parametrize("door", DOORS)
def test_a_handler_that_hangs_is_told_of_once(door, caplog):
    """With its request, its id, and the line where it is; nothing else happens to it."""
    hanging, watcher = Hanging(handler=5.0), Overdue()

    def look():
        for second in range(20):
            watcher.look(float(second))

    with caplog.at_level(logging.WARNING, "demijohn"):
        request_id = hanging.while_it_hangs("/reset/S3CR3T", door, look)
    (record,) = (record for record in caplog.records if "has been running" in record.getMessage())
    message = record.getMessage()
    assert message.startswith("GET /reset/******** has been running for 5 s, over its time-out of 5 s.")
    assert "self.wait()" in message
    assert "S3CR3T" not in message
    assert record.request_id == request_id


@pytest.mark.parametrize(("target", "handler"), [("/patient", 5.0), ("/reset/x", None), ("/reset/x", 60.0)])
def test_one_that_may_take_its_time_is_left_alone(target, handler, caplog):
    """A route's own `timeout=None`, an app without one, and time that is left."""
    hanging, watcher = Hanging(handler=handler), Overdue()

    def look():
        for second in range(20):
            watcher.look(float(second))

    hanging.while_it_hangs(target, "wsgi", look)
    assert "has been running" not in caplog.text


def test_another_request_on_the_same_thread_begins_anew(caplog):
    """A thread that is always busy with something is not one that hangs."""
    hanging, watcher = Hanging(handler=5.0), Overdue()
    hanging.while_it_hangs("/reset/a", "wsgi", lambda: watcher.look(0.0))
    hanging.begun.clear()
    hanging.go_on.clear()
    hanging.while_it_hangs("/reset/b", "wsgi", lambda: watcher.look(100.0))
    assert "has been running" not in caplog.text


def test_nobody_looks_where_nothing_can_hang(monkeypatch):
    """Only an app with `def` handlers that have a time-out starts the thread that looks, and one thread is enough."""
    started = []
    monkeypatch.setattr(overdue, "watch", lambda: started.append(1))
    app = App(bare=True, timeouts=Timeouts(handler=None))
    app.get("/")(lambda: "hi")
    Client(app).get("/")
    assert not started
    Client(Hanging().app).get("/quick")
    assert started
    monkeypatch.undo()
    overdue.watch()
    overdue.watch()
    assert [thread.name for thread in threading.enumerate()].count("demijohn-overdue") == 1
