"""Clients that leave, stall or dawdle, at real servers: what they held comes back, and others notice nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_servers import Server, reset

pytestmark = pytest.mark.server

MANY = 40
ALL = ["granian-rsgi", "granian-asgi", "granian-wsgi", "uvicorn"]
ON_A_LOOP = ["granian-rsgi", "granian-asgi", "uvicorn"]
UPLOAD = (
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 2000000\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
)


@pytest.fixture
def server(request: pytest.FixtureRequest, serving: Callable[[str], Server]) -> Server:
    """Each of the servers in turn; one that is not installed is skipped by name."""
    pytest.importorskip(request.param.partition("-")[0])
    return serving(request.param)


class Visitors:
    """Good clients, who go on all the time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answers: list[object] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(3)]

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(20)

    def _visit(self) -> None:
        while not self._done.is_set():
            try:
                self.answers.append(self.server.ask())
            except OSError as error:
                self.answers.append(error)
            time.sleep(0.02)

    @property
    def all_well(self) -> bool:
        return len(self.answers) >= 3 and set(self.answers) == {(200, b"home")}


def memory(pid: int) -> int:
    """What a process holds in memory, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


@pytest.mark.parametrize("server", ALL, indirect=True)
def test_clients_that_leave_while_they_send(server: Server) -> None:
    """No handler gets half a body as if it were whole; files, services and threads come back; nobody is alarmed."""
    server.ask("/slow?seconds=0")
    before = server.facts()
    with Visitors(server) as visitors:
        for path in (b"/form", b"/bytes", b"/stream", b"/astream"):
            connections = [server.connect() for _ in range(MANY // 4)]
            for connection in connections:
                connection.sendall(UPLOAD % path + b"x" * 1_000_000)
            time.sleep(0.3)
            for connection in connections:
                reset(connection)
        after = server.until(
            lambda facts: (
                facts["fds"] <= before["fds"] + 8  # the visitors' connections
                and facts["files"] == before["files"]
                and facts["counts"].get("lent") == facts["counts"].get("returned")
                and facts["counts"].get("reading begun") == facts["counts"].get("reading ended")
                and facts["tasks"] <= before["tasks"] + 8
            )
        )
    assert visitors.all_well, visitors.answers
    assert after["counts"].get("handled") is None
    assert after["pid"] == before["pid"]
    if not server.name.endswith("wsgi"):
        assert after["counts"]["told"] == MANY // 4
        assert "Traceback" not in server.output
    assert "WARNING demijohn" not in server.output
    for path in ("/form", "/bytes", "/stream", "/astream"):
        assert server.output.count(f"POST {path} ") <= MANY // 4


@pytest.mark.parametrize("server", ALL, indirect=True)
def test_clients_that_leave_while_they_read(server: Server) -> None:
    """Busy or idle, each stream ends soon after its client has gone, and gives back what it was lent."""
    before = server.facts()
    paths = [b"/endless", b"/aendless", b"/file"] + ([] if server.name == "granian-wsgi" else [b"/idle"])
    with Visitors(server) as visitors:
        for path in paths:
            connections = [server.connect() for _ in range(MANY // 4)]
            for connection in connections:
                connection.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path)
            for connection in connections:
                assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            for index, connection in enumerate(connections):
                if index % 2:
                    reset(connection)
                else:
                    connection.close()
        streams = (len(paths) - 1) * (MANY // 4)
        after = server.until(
            lambda facts: (
                facts["counts"].get("stream ended") == streams
                and facts["counts"]["lent"] == facts["counts"]["returned"]
                and facts["fds"] <= before["fds"] + 8
                and facts["tasks"] <= before["tasks"] + 8
            )
        )
    assert visitors.all_well, visitors.answers
    assert after["pid"] == before["pid"]
    if server.name != "granian-wsgi":
        assert "Traceback" not in server.output


@pytest.mark.parametrize("server", ON_A_LOOP, indirect=True)
def test_a_client_that_reads_nothing_is_given_up(server: Server) -> None:
    """An endless stream waits for its client, in little memory, and after `Timeouts.write` it is ended."""
    pid = server.facts()["pid"]
    before, most = memory(pid), 0
    dawdlers = []
    for path in (b"/endless", b"/aendless"):
        for _ in range(3):
            dawdlers.append(server.connect())
            dawdlers[-1].sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path)
    deadline = time.monotonic() + 20
    while (counts := server.facts()["counts"]).get("returned") != 6:
        most = max(most, memory(pid))
        assert time.monotonic() < deadline, (counts, server.output[-2000:])
        time.sleep(0.05)
    assert most - before < 64
    assert counts["stream ended"] == 6
    assert "Traceback" not in server.output


@pytest.mark.parametrize("server", ON_A_LOOP, indirect=True)
def test_a_client_that_reads_slowly_gets_everything(server: Server) -> None:
    """A pace is no time-out: who takes something now and then keeps the stream."""
    with server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.sendall(b"GET /aendless HTTP/1.1\r\nHost: a\r\n\r\n")
        end, got = time.monotonic() + 4, 0
        while time.monotonic() < end:
            chunk = connection.recv(1 << 20)
            assert chunk, "the stream was cut"
            got += len(chunk)
            time.sleep(0.01)
    assert got > 1 << 20


@pytest.mark.parametrize("server", ON_A_LOOP, indirect=True)
def test_a_client_that_sends_nothing_is_given_up(server: Server) -> None:
    """A body that was announced and does not come is a 408 after `Timeouts.body`, and no handler waits for it."""
    for path in (b"/bytes", b"/form"):
        with server.connect() as connection:
            connection.sendall(UPLOAD % path)
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")
    counts = server.facts()["counts"]
    assert counts.get("lent") == counts.get("returned")
    assert "handled" not in counts


@pytest.mark.parametrize("server", ALL, indirect=True)
def test_a_handler_that_takes_too_long(server: Server) -> None:
    """`async def` is given up, and cleans up; `def` goes on and is told of; a route may say that it takes long."""
    assert server.ask("/aslow")[0] == 503
    assert server.ask("/patient") == (200, b"patient")
    assert server.ask("/slow?seconds=3.5") == (200, b"slow")
    assert server.output.count("GET /slow has been running for") == 1
    assert "time.sleep(seconds)" in server.output
    counts = server.facts()["counts"]
    assert counts["slow begun"] == counts["slow ended"] == 3
    assert counts["lent"] == counts["returned"] == 3
