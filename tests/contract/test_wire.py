"""Requests that are no good HTTP, byte by byte, at real servers: refused or read in one way, and nothing is smuggled.

How a request is framed is read by the server, before an app sees any of it. What each server does is written down here:
a newer one that is stricter, or laxer, is noticed. Whatever the bytes, no answer is a failure of ours, none is a second
request in disguise, and the server goes on.
"""
# ruff: noqa: E501 - tables

import contextlib
import re
import socket
import threading
import time
from pathlib import Path

import pytest
from contract_servers import COMMANDS, Server, running

pytestmark = pytest.mark.server

NAMES = ["demijohn", *(name for name in COMMANDS if name != "granian-rsgi")]
GRANIAN = ("demijohn", "granian-asgi", "granian-wsgi")


@pytest.fixture(scope="module", params=NAMES)
def server(request, tmp_path_factory):
    """Each server in turn; in the end its log has no traceback of ours."""
    pytest.importorskip(request.param.partition("-")[0])
    with running(request.param, tmp_path_factory.mktemp("wire"), "contract_wire:app") as server:
        is_alive(server)  # gunicorn's port answers before its worker does
        yield server
        assert b"demijohn/gateways" not in server.log.read_bytes()
        assert b"demijohn/kernel" not in server.log.read_bytes()


class Said:
    """What came back over a connection, and whether the server closed it."""

    def __init__(self, raw: bytes, closed: bool) -> None:
        self.raw = raw
        self.closed = closed
        self.statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", raw)]
        self.body = raw.split(b"\r\n\r\n", 1)[-1]

    def __repr__(self) -> str:
        return f"{self.statuses} closed={self.closed} {self.raw[-200:]!r}"


def say(server: Server, raw: bytes, patience: float = 0.5) -> Said:
    """Send some bytes, and wait until the server closes, or says nothing more for a while (of a first byte, longer)."""
    said, closed = b"", False
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with contextlib.suppress(OSError):  # refused while it was sent
            connection.sendall(raw)
        connection.settimeout(max(patience, 3))
        try:
            while chunk := connection.recv(65_536):
                said += chunk
                connection.settimeout(patience)
            closed = True
        except TimeoutError:
            pass
        except ConnectionResetError:
            closed = True
    return Said(said, closed)


def is_alive(server: Server) -> None:
    """It answers as ever."""
    assert say(server, b"GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 10).raw.endswith(b"plain")


def head(line: str, *fields: bytes | str) -> bytes:
    """A head with a host, after which the connection is to be closed."""
    lines = [line, "Host: a", "Connection: close", *fields]
    return b"\r\n".join(each if isinstance(each, bytes) else each.encode("latin-1") for each in lines) + b"\r\n\r\n"


# Framing -----------------------------------------------------------------------------------------------------

NEXT = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
BOTH = b"POST /echo HTTP/1.1\r\nHost: a\r\n%s\r\n%s\r\n\r\n0\r\n\r\n" + NEXT


@pytest.mark.parametrize("target", [b"/echo", b"/echo-async", b"/stream", b"/form"])
@pytest.mark.parametrize(
    "order",
    [(b"Content-Length: 5", b"Transfer-Encoding: chunked"), (b"Transfer-Encoding: chunked", b"Content-Length: 5")],
)
def test_a_length_beside_chunks_smuggles_nothing(server: Server, target: bytes, order: tuple[bytes, bytes]) -> None:
    """Refused, or the chunks count and the connection is closed (RFC 9112, section 6.3)."""
    said = say(server, BOTH.replace(b"/echo", target) % order)
    assert said.statuses in ([400], [200])
    assert said.closed
    assert b"smuggled" not in said.raw
    assert (said.statuses == [200]) == (server.name in GRANIAN)  # which takes the length away
    is_alive(server)


def test_two_lengths_smuggle_nothing(server: Server) -> None:
    """Different ones are refused; of the same, servers that take them make one."""
    start = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: %d\r\n\r\nabc" + NEXT
    said = say(server, start % 6)
    assert said.statuses == [400]
    assert said.closed
    said = say(server, start % 3)
    if server.name in (*GRANIAN, "hypercorn"):
        assert said.statuses == [200, 200]
        assert b"<abc>" in said.raw
    else:
        assert said.statuses == [400]


@pytest.mark.parametrize(
    "length", ["+3", "-1", "0x3", "", "3e0", "\u00b3", "3.0", "1_0", "3 3", "٣".encode().decode("latin-1"), "9" * 40]
)
def test_lengths_that_are_none(server: Server, length: str) -> None:
    """400, or 413 for one without end; and the connection is closed."""
    said = say(server, head("POST /echo HTTP/1.1", "Content-Type: text/plain", f"Content-Length: {length}") + b"abc")
    assert said.statuses in ([400], [413])
    assert said.closed


def test_a_list_of_lengths(server: Server) -> None:
    """Refused but by hypercorn, which makes one of them."""
    said = say(server, head("POST /echo HTTP/1.1", "Content-Length: 3,3") + b"abc")
    assert said.statuses == ([200] if server.name == "hypercorn" else [400])
    said = say(server, head("POST /echo HTTP/1.1", "Content-Length: 3, 4") + b"abc")
    assert said.statuses == [400]


def test_spaces_around_a_length(server: Server) -> None:
    """They are nothing."""
    assert say(server, head("POST /echo HTTP/1.1", "Content-Length:  3 ") + b"abc").body == b"<abc>"


@pytest.mark.parametrize(
    "coding",
    ["xchunked", "chunked, identity", "identity", "gzip, chunked", "chunked, chunked", "\x0bchunked", "chunked\0", "chunked;q=1", "\"chunked\"", "chunked\r\nTransfer-Encoding: chunked",
     "chunked\r\nTransfer-Encoding: identity", "identity\r\nTransfer-Encoding: chunked", "gzip\r\nTransfer-Encoding: chunked"],
)  # fmt: skip
def test_other_transfer_codings(server: Server, coding: str) -> None:
    """400 or 501: whoever stands in front may have read them in another way (CVE-2024-1135)."""
    for target in ("/echo", "/echo-async", "/stream"):
        said = say(server, head(f"POST {target} HTTP/1.1", f"Transfer-Encoding: {coding}") + b"3\r\nabc\r\n0\r\n\r\n")
        assert said.statuses in ([400], [501])
        assert said.closed


CHUNKS = {
    "negative": b"-3\r\nabc\r\n0\r\n\r\n", "hexadecimal twice": b"0x3\r\nabc\r\n0\r\n\r\n", "a sign": b"+3\r\nabc\r\n0\r\n\r\n", "no number": b"g\r\nabc\r\n0\r\n\r\n",
    "no end of data": b"3\r\nabcXX0\r\n\r\n", "empty": b"\r\nabc\r\n0\r\n\r\n", "an underscore": b"1_0\r\nabc\r\n0\r\n\r\n", "too long a number": b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n",
    "line feeds": b"3\nabc\n0\n\n", "no bytes": b"\x00\x01\x02\x03", "wrong end": b"3\r\nabc\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", CHUNKS)
@pytest.mark.parametrize("target", ["/echo", "/echo-async", "/stream", "/form"])
def test_malformed_chunks_reach_no_handler(server: Server, kind: str, target: str) -> None:
    """400, and the connection is closed; granian's WSGI has no way to say it, and ends the body there."""
    kind_of_body = (
        "Content-Type: text/plain" if target != "/form" else "Content-Type: application/x-www-form-urlencoded"
    )
    said = say(server, head(f"POST {target} HTTP/1.1", kind_of_body, "Transfer-Encoding: chunked") + CHUNKS[kind])
    assert b"\r\n\r\nsmuggled" not in said.raw
    if server.name == "granian-wsgi":
        assert said.statuses in ([200], [400], [])
    else:
        assert said.statuses in ([400], []), said  # some wait for more that could make it good
    is_alive(server)


def test_good_chunks_are_read(server: Server) -> None:
    """With extensions too."""
    for chunks in (
        b"3\r\nabc\r\n0\r\n\r\n",
        b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        b"3;name=value\r\nabc\r\n0\r\n\r\n",
        b"003\r\nabc\r\n00\r\n\r\n",
    ):
        for target in ("/echo", "/echo-async", "/stream"):
            said = say(server, head(f"POST {target} HTTP/1.1", "Transfer-Encoding: chunked") + chunks)
            assert (said.statuses, b"abc" in said.body) == ([200], True)


def test_a_body_that_is_cut_off_reaches_no_handler(server: Server) -> None:
    """The client leaves in its middle: nobody has half of it, and no file of it stays."""
    form = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + b"x" * 500
    for kind, body in (
        ("text/plain", b"x" * 500),
        ("multipart/form-data; boundary=b", form),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 500),
    ):
        for target in ("/form", "/stream", "/echo-async"):
            for framing in ("Content-Length: 1000000", "Transfer-Encoding: chunked"):
                raw = head(f"POST {target} HTTP/1.1", f"Content-Type: {kind}", framing)
                with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                    connection.sendall(raw + (body if "Length" in framing else b"%x\r\n%s\r\n" % (len(body), body)))
    is_alive(server)
    # That no traceback came of it is seen when the server stops.


# Lines and fields --------------------------------------------------------------------------------------------

# What most say, and who says something else.
LINES: dict[str, tuple[bytes, tuple, dict[str, tuple]]] = {
    "bare line feeds": (b"GET /plain HTTP/1.1\nHost: a\nConnection: close\n\n", (400,), dict.fromkeys((*GRANIAN, "hypercorn"), (200,))),
    "a folded line": (head("GET /plain HTTP/1.1", "X: 1\r\n 2"), (400,), {"hypercorn": (200,)}),
    "a space before the colon": (head("GET /plain HTTP/1.1", "X : 1"), (400,), {}),
    "a zero byte": (head("GET /plain HTTP/1.1", "X: a\0b"), (400,), {}),
    "a vertical tab": (head("GET /plain HTTP/1.1", "X: a\x0bb"), (400,), {}),
    "a bare carriage return": (head("GET /plain HTTP/1.1", "X: a\rb"), (400,), {}),
    "no name": (head("GET /plain HTTP/1.1", ": a"), (400,), {}),
    "a name that is not ASCII": (head("GET /plain HTTP/1.1", "é: a"), (400,), {}),
    "no colon": (head("GET /plain HTTP/1.1", "abc"), (400,), {}),
    "a line of 9 KB": (head("GET /plain?" + "a" * 9_000 + " HTTP/1.1"), (414,), {}),
    "a line of 200 KB": (head("GET /plain?" + "a" * 200_000 + " HTTP/1.1"), (414, 431, 400), {}),
    "a method in lower case": (head("get /plain HTTP/1.1"), (400, 405), {"hypercorn": (200,)}),
    "a method with an at sign": (head("G@T /plain HTTP/1.1"), (400,), {}),
    "a long method": (head("G" * 100 + " /plain HTTP/1.1"), (400, 405), {}),
    "another version": (head("GET /plain HTTP/2.0"), (400, 505), {"uvicorn": (200,), "hypercorn": (200,)}),
    "words after the version": (head("GET /plain HTTP/1.1 x"), (400,), {}),
    "tabs": (head("GET\t/plain\tHTTP/1.1"), (400,), {}),
    "an asterisk": (head("GET * HTTP/1.1"), (400, 404), {}),
    "an asterisk for OPTIONS": (head("OPTIONS * HTTP/1.1"), (404, 200, 204), {}),
    "an authority": (head("GET a:80 HTTP/1.1"), (400, 404), {}),
    "CONNECT": (head("CONNECT a:80 HTTP/1.1"), (400, 404, 405), {}),
    "bytes in the path": (b"GET /pl\xc3\xa9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", (400, 404), {}),
    "no host": (b"GET /plain HTTP/1.1\r\nConnection: close\r\n\r\n", (400,), {}),
    "two hosts": (head("GET /plain HTTP/1.1", "Host: b"), (400,), {}),
    "a host that is none": (b"GET /plain HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n", (400,), {}),
    "a hundred and one fields": (head("GET /headers HTTP/1.1", *[f"X-{n}: 1" for n in range(101)]), (431,), {}),
    "a field of 9 KB": (head("GET /headers HTTP/1.1", "X: " + "a" * 9_000), (431,), {}),
    "fields of a megabyte": (head("GET /headers HTTP/1.1", "X: " + "a" * 1_000_000), (431, 400), {}),
    "fields of 70 KB in all": (head("GET /headers HTTP/1.1", *[f"X-{n}: {'a' * 7_700}" for n in range(9)]), (431, 400), {}),
    "an expectation that is none": (head("GET /plain HTTP/1.1", "Expect: x"), (200, 417), {}),
    "a body over the limit, asked before": (head("POST /small HTTP/1.1", "Content-Length: 100000", "Expect: 100-continue"), (413,), {}),
    "a body without end, announced": (head("POST /echo HTTP/1.1", "Content-Length: 1000000000000000"), (413,), {}),
    "the start of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505), {}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400,), {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", LINES)
def test_odd_heads(server: Server, kind: str) -> None:
    """Each server answers as it is written here: with 4xx, but where it takes what others refuse."""
    raw, expected, others = LINES[kind]
    said = say(server, raw)
    final = [status for status in said.statuses if status != 100]
    if kind in ("the start of HTTP/2", "TLS") and not final:
        return  # HTTP/2 without TLS, or the connection closed without a word
    assert len(final) == 1, said
    assert final[0] in others.get(server.name, expected), said
    is_alive(server)


def test_an_absolute_target_changes_neither_scheme_nor_host(server: Server) -> None:
    """What a client claims in its line is no scheme of the connection; a host in it is not preferred to the field."""
    for target in ("https://b.example:99/where", "https://a/where", "http://evil.tld@a/where"):
        said = say(server, head(f"GET {target} HTTP/1.1"))
        if server.name == "hypercorn":  # which makes a path of it
            assert said.statuses == [404]
        else:
            assert said.body == b'{"scheme":"http","host":"a","path":"/where"}'


def test_names_with_an_underscore_pose_as_nothing(server: Server) -> None:
    """But at granian's WSGI, where an app cannot tell them apart: a proxy has to drop them (CVE-2026-3902)."""
    said = say(server, head("GET /headers HTTP/1.1", "X_Forwarded_For: 1.2.3.4"))
    assert (b"1.2.3.4" in said.body) == (server.name == "granian-wsgi")


def test_what_has_no_body_keeps_the_next_answer_apart(server: Server) -> None:
    """HEAD, 204 and 304 in one connection, before an answer that has one."""
    said = say(
        server,
        b"".join(b"%s HTTP/1.1\r\nHost: a\r\n\r\n" % line for line in (b"HEAD /plain", b"GET /none", b"HEAD /nowhere"))
        + b"GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        3,
    )
    assert said.statuses == [200, 204, 404, 200]
    assert said.raw.count(b"plain\r\n") + said.raw.endswith(b"plain") >= 1
    assert said.body


def test_pipelined_requests_are_answered_in_their_order(server: Server) -> None:
    """A hundred in one write."""
    raw = b"".join(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n%03d" % number for number in range(100))
    said = say(server, raw + head("GET /plain HTTP/1.1"), 5)
    assert [int(number) for number in re.findall(rb"<(\d{3})>", said.raw)] == list(range(100))
    assert said.raw.endswith(b"plain")


def memory(server: Server) -> int:
    """What the processes of a server have in memory, in bytes."""
    total, pids = 0, [server.process.pid]
    for pid in pids:
        with contextlib.suppress(OSError):
            pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    return total


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_pipelined_requests_are_not_read_ahead(tmp_path) -> None:
    """Ten thousand at once, of a handler that takes its time, take no memory to speak of (CVE-2026-54273)."""
    with running("demijohn", tmp_path, "contract_wire:app") as server:
        for _ in range(20):
            is_alive(server)
        before = memory(server)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.settimeout(2)
            with contextlib.suppress(TimeoutError):
                connection.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" * 10_000)
            most = before
            for _ in range(10):
                time.sleep(0.1)
                most = max(most, memory(server))
        assert most - before < 16 * 1024 * 1024
        is_alive(server)


# Slow clients ------------------------------------------------------------------------------------------------


def test_heads_that_never_end_hold_nobody_up(tmp_path) -> None:
    """A hundred clients send their heads byte by byte: others are served, and in ten seconds they are gone."""
    with running("demijohn", tmp_path, "contract_wire:app") as server, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10)) for _ in range(100)]
        for connection in slow:
            connection.sendall(b"GET /plain HTTP/1.1\r\nHost: a\r\nX: ")
        is_alive(server)
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(1):
                for connection in slow:
                    with contextlib.suppress(OSError):
                        connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            deadline = time.monotonic() + 30
            for connection in slow:
                connection.settimeout(max(deadline - time.monotonic(), 0.1))
                with contextlib.suppress(ConnectionResetError):
                    while connection.recv(1_000):
                        pass
        finally:
            ended.set()
            thread.join()
        is_alive(server)
