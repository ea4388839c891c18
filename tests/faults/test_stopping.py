"""How `demijohn serve` stops, and what it survives: as a real process, told by signals."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable

import pytest
from faulty_servers import Server

pytestmark = pytest.mark.server


def begin(server: Server, path: bytes) -> socket.socket:
    """Ask for something, and do not wait for it."""
    connection = server.connect()
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path)
    return connection


def rest_of(connection: socket.socket) -> bytes:
    """Everything until the connection is closed."""
    parts = []
    with contextlib.suppress(OSError):
        while chunk := connection.recv(1 << 20):
            parts.append(chunk[-100:])
    return b"".join(parts)


@pytest.mark.parametrize("name", ["serve-rsgi", "serve-asgi"])
def test_what_would_never_end_is_ended_within_the_limit(serving: Callable[[str], Server], name: str) -> None:
    """Requests are finished; streams get ten seconds, and are then closed so that all they were lent comes back."""
    server = serving(name)
    idle, busy = begin(server, b"/idle"), begin(server, b"/aendless")
    slow = [begin(server, b"/slow?seconds=2"), begin(server, b"/patient?seconds=2")]
    server.until(lambda facts: facts["counts"].get("stream begun") == 2 and facts["counts"].get("slow begun") == 2)
    reading = threading.Thread(target=rest_of, args=(busy,))
    reading.start()
    began = time.monotonic()
    assert server.end(patience=25) == 0
    assert 8 < time.monotonic() - began < 20
    for connection in slow:
        assert b" 200 OK" in connection.recv(1000)
    assert idle.recv(1000).startswith(b"HTTP/1.1 200")
    busy.close()
    reading.join(20)
    counts = eval((server.folder / "stopped").read_text())
    assert counts["lent"] == counts["returned"] == 4
    assert counts["stream ended"] == counts["slow ended"] == 2
    assert "Traceback" not in server.output


@pytest.mark.parametrize("name", ["serve-rsgi", "serve-asgi", "serve-wsgi"])
def test_idle_connections_do_not_hold_it_up(serving: Callable[[str], Server], name: str) -> None:
    """Keep-alive connections with nothing to say are closed at once."""
    server = serving(name)
    connections = [begin(server, b"/") for _ in range(20)]
    for connection in connections:
        assert b"home" in connection.recv(1000)
    began = time.monotonic()
    assert server.end() == 0
    assert time.monotonic() - began < 6
    assert all(rest_of(connection) == b"" for connection in connections)


def test_slow_heads_keep_nobody_out(serving: Callable[[str], Server]) -> None:
    """Connections that send a byte now and then are closed in time, and others are answered meanwhile."""
    server = serving("serve-rsgi")
    slow = [server.connect() for _ in range(100)]
    for connection in slow:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        connection.settimeout(0.001)
    opened, deadline = list(slow), time.monotonic() + 25
    while opened:
        assert time.monotonic() < deadline, f"{len(opened)} slow connections are still open"
        assert server.ask() == (200, b"home")
        for connection in list(opened):
            try:
                connection.sendall(b"x")
                if not connection.recv(1000):
                    opened.remove(connection)
            except TimeoutError:
                pass
            except OSError:
                opened.remove(connection)
        time.sleep(0.2)


def test_a_killed_worker_takes_only_its_own_along(serving: Callable[[str], Server]) -> None:
    """`kill -9` costs those whose request it had; the next ones are answered by another."""
    server = serving("serve-rsgi")
    time.sleep(1.2)  # a worker that has lived has shown that the app starts
    for _ in range(3):
        pid = server.facts()["pid"]
        waiting = [begin(server, b"/slow?seconds=20") for _ in range(3)]
        server.until(lambda facts: facts["counts"].get("slow begun") == 3)
        os.kill(pid, signal.SIGKILL)
        assert [rest_of(connection) for connection in waiting] == [b""] * 3
        began = time.monotonic()
        assert server.ask() == (200, b"home")
        assert time.monotonic() - began < 10
        assert server.facts()["pid"] != pid
    assert server.end() == 0
