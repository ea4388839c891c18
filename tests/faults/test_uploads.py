"""Large uploads at real servers: in little memory, by a temporary file that nobody else may read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest
from faulty_servers import Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc"),
]

MEGABYTE = 1 << 20
HEAD = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


@pytest.mark.parametrize("name", ["granian-rsgi", "granian-asgi", "granian-wsgi", "uvicorn"])
def test_a_large_file_part(name: str, serving: Callable[[str], Server]) -> None:
    """100 MiB to a route that allows 200: the worker grows by 8 MiB at most, and the file goes with the answer."""
    pytest.importorskip(name.partition("-")[0])
    server = serving(name)
    send(server, 2)
    before = json.loads(server.ask("/large")[1])["peak"]
    facts = send(server, 100)
    assert facts["size"] == 100 * MEGABYTE
    assert facts["mode"] == "0o600"
    assert facts["peak"] - before <= 8 * MEGABYTE
    server.until(lambda facts: facts["files"] == 0)


def send(server: Server, megabytes: int) -> dict[str, object]:
    """Upload zeros; what the handler says of them."""
    connection = server.connect()
    length = len(HEAD) + megabytes * MEGABYTE + len(TAIL)
    connection.sendall(
        b"POST /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: %d\r\n\r\n" % length + HEAD
    )
    for _ in range(megabytes):
        connection.sendall(bytes(MEGABYTE))
    connection.sendall(TAIL)
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), answer[:300]
    facts: dict[str, object] = json.loads(body)
    return facts
