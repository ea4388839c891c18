"""The pace of a client on RSGI: its socket is found, waited for, and let go."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

import pytest

from demijohn.foundation.http.errors import ServiceUnavailable
from demijohn.gateways import pacing
from demijohn.gateways.pacing import FREE, PART, Pace, find_socket


class Machine:
    """What lends a thread, or has none left."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy

    async def in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """As the kernel's."""
        if self.busy:
            raise ServiceUnavailable
        return function(*arguments)


@pytest.fixture
def pair():
    """Both ends of a connection: the server's, and the client's with its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        server, _ = listening.accept()
        with client, server:
            client_name = client.getsockname()
            yield server, client, f"{client_name[0]}:{client_name[1]}"


def test_the_socket_of_a_client_is_found(pair):
    """By its address, however that is written; the copy is a copy."""
    server, _, name = pair
    for spelt in (name, name.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
        found = find_socket(spelt)
        assert found is not None
        assert found.getpeername() == server.getpeername()
        assert found.fileno() != server.fileno()
        found.close()
    server.send(b"still open")


@pytest.mark.parametrize("name", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:0", "unix:", "nobody:1", "[::1]:1"])
def test_where_there_is_none(pair, name):
    """Nothing is found, and nothing is left open."""
    assert find_socket(name) is None


def test_where_open_files_cannot_be_listed(pair, monkeypatch, tmp_path):
    """On other systems."""
    monkeypatch.setattr(pacing, "_OPEN", tmp_path / "nowhere")
    assert find_socket(pair[2]) is None


def test_it_is_time_after_much_and_then_after_each_part():
    """Most streams end before it is looked at all."""
    pace = Pace("127.0.0.1:0", Machine())
    assert not pace.is_due(FREE - 1)
    assert pace.is_due(1)
    asyncio.run(pace.wait())
    assert not pace.is_due(PART - 1)
    assert pace.is_due(1)
    pace.close()


@pytest.mark.parametrize("busy", [False, True])
def test_a_client_that_does_not_read_is_waited_for(pair, busy):
    """Until it reads; also where no thread is free to look for it."""
    server, client, name = pair
    server.setblocking(False)
    with contextlib.suppress(BlockingIOError):  # there is no room left
        while True:
            server.send(b"x" * 100_000)

    async def drive() -> None:
        pace = Pace(name, Machine(busy=busy))
        waiting = asyncio.ensure_future(pace.wait())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        client.settimeout(0.5)
        loop = asyncio.get_running_loop()
        while not waiting.done():
            await loop.run_in_executor(None, client.recv, 1 << 20)
            await asyncio.sleep(0)
        await waiting
        await pace.wait()  # at once, as there is room
        pace.close()
        pace.close()

    asyncio.run(drive())
