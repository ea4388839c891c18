"""Server-sent events over real servers: the bytes, the headers, and what becomes of a stream that nobody listens to."""

import contextlib
import http.client
import json
import socket
import time

import pytest
from contract_doors import Sent
from contract_servers import running

pytestmark = pytest.mark.server

SERVERS = ["demijohn-auto", "granian-rsgi", "granian-wsgi", "uvicorn", "hypercorn", "gunicorn"]


@pytest.fixture(scope="module", params=SERVERS)
def server(request, tmp_path_factory):
    """Each server in turn; one that is not installed is skipped by name."""
    pytest.importorskip(request.param.partition("-")[0])
    with running(request.param, tmp_path_factory.mktemp("server"), "contract_realtime:app") as server:
        yield server


def facts(server):
    return json.loads(server.ask(Sent("GET", "/facts")).body)


def wait_for(server, condition, seconds=8):
    """The facts, as soon as they are as they should be."""
    deadline = time.monotonic() + seconds
    while not condition(found := facts(server)):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def wait_for_log(server, text, seconds=8):
    """Until the server has written something: its log may lag behind its answers."""
    deadline = time.monotonic() + seconds
    while text not in (said := server.log.read_text()):
        assert time.monotonic() < deadline, said[-2000:]
        time.sleep(0.05)


@contextlib.contextmanager
def listening(server, path, until=b"data: "):
    """A page that listens, once it has got something."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as page:
        page.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        got = b""
        while until not in got:
            chunk = page.recv(65_536)
            assert chunk, got
            got += chunk
        yield page


def test_events(server):
    """A generator's events, with names, ids and JSON; the unit of work of the stream ends with it."""
    before = facts(server)["counts"]
    answer = server.ask(Sent("GET", "/ticks"))
    assert answer.status == 200
    assert answer.all("content-type") == ["text/event-stream"]
    assert answer.all("cache-control") == ["no-store"]
    assert answer.all("x-accel-buffering") == ["no"]
    assert answer.text == ":\n\n" + "".join(f'event: tick\nid: {n}\ndata: {{"n":{n}}}\n\n' for n in (1, 2, 3))
    counts = wait_for(
        server,
        lambda found: found["counts"].get("units closed", 0) > before.get("units closed", 0),
    )["counts"]
    assert counts["units opened"] - before.get("units opened", 0) == 1


def test_a_page_goes_on_where_it_was(server):
    """Last-Event-ID is a header as any other."""
    answer = server.ask(Sent("GET", "/ticks", (("Last-Event-ID", "2"),)))
    assert answer.text == ':\n\nevent: tick\nid: 3\ndata: {"n":3}\n\n'


def test_lines_stay_data(server):
    """No data can make another field or event, whatever its lines end with; only what ends lines is a line's end."""
    answer = server.ask(Sent("GET", "/lines"))
    events = ["data: a\ndata: event: x\ndata: \ndata: b", "data: a\ndata: b", "data: é\u2028ü"]
    assert answer.text == ":\n\n" + "".join(event + "\n\n" for event in events)


def test_what_is_returned(server):
    """EventStream takes text, values and events, and says when to come back."""
    answer = server.ask(Sent("GET", "/returned"))
    assert answer.text == 'retry: 2000\n\ndata: {"a":1}\n\ndata: text\n\ndata: {"x":1,"y":0}\n\n'


@pytest.mark.parametrize("path", ["/endless", "/endless-threads"])
def test_pages_that_leave_end_the_stream(server, path):
    """A heartbeat finds out who has left, however silent the generator: its `finally` runs."""
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(listening(server, path))
        wait_for(server, lambda found: found["counts"].get("endless") == 3)
    wait_for(server, lambda found: found["counts"]["endless"] == 0)


def test_services_live_as_long_as_the_stream(server):
    """Those of a handler that is a generator are open until the page has left, and closed then."""
    before = facts(server)["counts"]
    with listening(server, "/endless-unit", b"more"):
        during = facts(server)["counts"]
        assert during["units opened"] - before.get("units opened", 0) == 1
        assert during.get("units closed", 0) == before.get("units closed", 0)
        assert during.get("units failed", 0) == before.get("units failed", 0)

    def is_closed(found):
        ends = [found["counts"].get(name, 0) - before.get(name, 0) for name in ("units closed", "units failed")]
        return sum(ends) == 1

    wait_for(server, is_closed)


def test_errors_cut_the_stream_off(server):
    """What is raised in the midst of it ends the connection, so that the page comes again; nothing of it is told."""
    begun = time.monotonic()
    with contextlib.suppress(http.client.HTTPException):  # Over RSGI it ends as if it were whole.
        assert server.ask(Sent("GET", "/breaks-off")).text == ":\n\ndata: first\n\n"
    assert time.monotonic() - begun < 5
    wait_for_log(server, "KeyError: 'off'")


def test_events_that_were_not_announced(server):
    """A generator of events without an annotation fails, and the log says what is missing."""
    with contextlib.suppress(Exception):
        server.ask(Sent("GET", "/no-events"))
    wait_for_log(server, "-> AsyncIterator[Event]")


def test_head(server):
    """HEAD has the headers, and begins no stream."""
    before = facts(server)["counts"].get("endless", 0)
    answer = server.ask(Sent("HEAD", "/endless"))
    assert (answer.status, answer.body) == (200, b"")
    assert facts(server)["counts"].get("endless", 0) == before
