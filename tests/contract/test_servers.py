"""The same cases over real servers and sockets: granian's three interfaces, uvicorn, hypercorn and gunicorn."""
# ruff: noqa: E501 - tables

import contextlib
import re
import socket
import time

import pytest
from contract_cases import CASES, Case
from contract_doors import Sent
from contract_servers import COMMANDS, Server, running

pytestmark = pytest.mark.server

# Servers refuse these before an app sees them, with pages of their own.
REFUSED = {
    "GET /str/%00": {"hypercorn", "gunicorn", "granian-wsgi"},
}


@pytest.fixture(scope="module", params=list(COMMANDS))
def server(request, tmp_path_factory):
    """Each server in turn; one that is not installed is skipped by name."""
    module = request.param.partition("-")[0]
    pytest.importorskip(module)
    with running(request.param, tmp_path_factory.mktemp("server")) as server:
        yield server


EVERYWHERE = [case for case in CASES if case.everywhere and case.logged is None]


@pytest.mark.parametrize("case", EVERYWHERE, ids=lambda case: case.name)
def test_every_server_answers_as_promised(case: Case, server: Server):
    """Over a socket, too, the answer is that of the case."""
    answer = server.ask(case.sent)
    if server.name in REFUSED.get(case.name, ()):
        assert answer.status == 400
        return
    case.check(answer)


def test_keep_alive_survives_what_has_no_body(server: Server):
    """After HEAD, 204 and 304-like answers the next one on the same connection is read right."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for method, target in (
            ("HEAD", "/"),
            ("GET", "/none"),
            ("GET", "/status-204"),
            ("HEAD", "/nowhere"),
            ("GET", "/generator"),
        ):
            connection.sendall(f"{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1)
            assert re.match(rb"HTTP/1.1 (200|204|404) ", head), (method, target, head)
        rest = b""
        while not rest.endswith(b"0\r\n\r\n"):
            rest += connection.recv(1000)
        assert b"".join(re.findall(rb"[0-9a-f]+\r\n(.*?)\r\n", rest)) == b"one two three"


def test_bad_framing_never_reaches_a_handler_twice(server: Server):
    """A length together with chunks is refused, or read in one way: what follows is no second request."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(
            b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\nGET /tuple2 HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        connection.settimeout(3)
        said = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while chunk := connection.recv(65_536):
                said += chunk
    # RFC 9112, section 6.3: refuse it, or believe the chunks alone and close.
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200"))
    assert b" 201 " not in said
    assert said.count(b"HTTP/1.1") == 1


def test_a_stream_ends_when_its_client_leaves(server: Server):
    """A stream that nobody reads any more is closed, busy or idle; a WSGI server learns of it at its next write."""
    targets = ["/endless"] if server.name in ("gunicorn", "granian-wsgi") else ["/endless", "/idle"]
    for target in targets:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            said = b""
            while b"begun" not in said and b"xxxx" not in said:
                said += connection.recv(1000)
    deadline = time.monotonic() + 20
    while (ended := server.ask(Sent("GET", "/ended")).text) and not all(target[1:] in ended for target in targets):
        assert time.monotonic() < deadline, ended
        time.sleep(0.05)
