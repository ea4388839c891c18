"""WebSockets over real servers: handshakes, messages, ends, and peers that do what they should not."""

import contextlib
import json
import os
import signal
import socket
import struct
import time
from pathlib import Path

import pytest
from contract_doors import Sent
from contract_frames import BINARY, CLOSE, TEXT, Refused, Wire
from contract_servers import running

pytestmark = pytest.mark.server

SERVERS = ["demijohn-auto", "granian-asgi", "granian-rsgi", "uvicorn", "hypercorn"]
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
LIMIT = 1_048_576


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


def codes(server, code):
    """The close codes that may arrive: RSGI has none."""
    return {1005} if server.name == "granian-rsgi" else {code}


def refused(server, path, **options):
    """The status that a handshake was refused with."""
    with pytest.raises(Refused) as refusal, Wire(server.port, path, **options):
        pytest.fail("It was accepted.")
    return refusal.value


def memory(pid):
    """The resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_text_and_bytes_come_and_go(server):
    """Messages of both kinds are echoed as they are, short and long, and a normal end is a normal end."""
    with Wire(server.port, "/echo") as wire:
        for message in ("", "hello", "é\u2028𝄞", b"", b"\x00\xff", "x" * 70_000, b"y" * LIMIT):
            wire.send(message)
            assert wire.receive() == message
        wire.close(1000)
        assert wire.end() in {1000, 1005}
    wait_for(server, lambda found: found["counts"].get("open", 0) == 0)


def test_parameters_and_units_of_work(server):
    """Path and query are bound as for any handler, and each message has a unit of work of its own."""
    before = facts(server)["counts"]
    with Wire(server.port, "/rooms/7?name=Ann") as wire:
        for number in range(3):
            wire.send(str(number))
            assert wire.receive() == f"Ann in 7: {number}"
        wire.send("fail")
        assert wire.end() in codes(server, 1011)
    after = facts(server)["counts"]
    assert after["units opened"] - before.get("units opened", 0) == 4
    assert after["units closed"] - before.get("units closed", 0) == 3
    assert after["units failed"] - before.get("units failed", 0) == 1
    assert refused(server, "/rooms/seven").status == 404


def test_subprotocols_and_close_codes(server):
    """The app chooses one of the subprotocols that are offered, and closes with a code of its own."""
    if server.name == "granian-rsgi":
        pytest.skip("RSGI has no subprotocols.")
    with Wire(server.port, "/chat", headers=[("Sec-WebSocket-Protocol", "chat.v1, chat.v2")]) as wire:
        assert wire.subprotocol == "chat.v2"
        assert wire.receive() == "chat.v2"
        assert wire.next_frame() == (True, CLOSE, struct.pack("!H", 4001) + b"bye")
    with Wire(server.port, "/chat", headers=[("Sec-WebSocket-Protocol", "chat.v1")]) as wire:
        assert wire.subprotocol is None
        assert wire.receive() == "none"
    with Wire(server.port, "/plain") as wire:
        assert wire.next_frame() == (True, CLOSE, struct.pack("!H", 3000) + b"done")


def test_origins(server):
    """Pages of others may not connect, nor those of nobody with cookies; programs may, and our own pages."""
    own, cookie = ("Origin", f"http://127.0.0.1:{server.port}"), ("Cookie", "session=1")
    for headers in ([], [own], [own, cookie]):
        with Wire(server.port, "/echo", headers=headers) as wire:
            wire.send("hello")
            assert wire.receive() == "hello"
    for headers in (
        [("Origin", "https://evil.tld"), cookie],
        [("Origin", "null"), cookie],
        [cookie],
        [("Origin", "https://evil.tld")],
        [("Origin", f"http://127.0.0.1:{server.port}.evil.tld")],
    ):
        assert refused(server, "/echo", headers=headers).status == 403, headers
    assert refused(server, "/echo", headers=[own, ("Origin", "https://evil.tld")]).status in {400, 403}


def test_errors_before_the_handshake_are_answers(server):
    """What fails before it is accepted is an HTTP answer, without a traceback, as is what a WebSocket has not."""
    for path, status in (
        ("/refuses", 403),
        ("/breaks-early", 500),
        ("/page", 404),
        ("/nowhere", 404),
        ("/ticks", 404),
    ):
        refusal = refused(server, path)
        assert refusal.status == status, path
        assert b"Traceback" not in refusal.body
        if server.name not in {"granian-rsgi"}:
            assert json.loads(refusal.body)["status"] == status
    assert server.ask(Sent("GET", "/echo")).status == 426
    assert server.ask(Sent("POST", "/echo")).status in {405, 426}


def test_errors_after_the_handshake_are_closes(server):
    """What fails later closes with 1011 and says nothing of why."""
    with Wire(server.port, "/breaks") as wire:
        _, kind, payload = wire.next_frame()
        assert kind == CLOSE
        assert payload in {b"", struct.pack("!H", 1011)}
    deadline = time.monotonic() + 8
    while "KeyError: 'late'" not in (said := server.log.read_text()):
        assert time.monotonic() < deadline, said[-2000:]
        time.sleep(0.05)


def test_messages_over_the_limit(server):
    """One byte too many closes with 1009, whether it comes whole or in pieces."""
    for final in (1, 0):
        with Wire(server.port, "/echo") as wire:
            wire.frame(BINARY, b"x" * LIMIT, final=final)
            if not final:
                wire.frame(0, b"x")
            else:
                assert wire.receive() == b"x" * LIMIT
                wire.frame(TEXT, b"x" * (LIMIT + 1))
            assert wire.end() in codes(server, 1009)


def test_frames_that_announce_too_much(server):
    """A frame of 2^63 bytes that will never come costs no memory."""
    pid = facts(server)["pid"]
    before = memory(pid)
    with Wire(server.port, "/echo", timeout=1) as wire:
        wire.raw(bytes([0x82, 0xFF]) + (2**63 - 1).to_bytes(8, "big") + b"abcd" + b"x" * 100_000)
        with contextlib.suppress(TimeoutError):  # Some servers close at once, others when their own limit is reached.
            assert wire.end() in {None, 1005, 1009, 1002}
        assert memory(pid) - before < 4 * LIMIT
    assert facts(server)["pid"] == pid


@pytest.mark.parametrize(
    "message",
    ["[" * 100_000, '{"x": NaN}', "5" * 5_000, "not JSON", b"\xff\x00", '{"x": "one"}', '{"y": 1}', "[]", "null"],
    ids=lambda message: repr(message)[:12],
)
def test_bad_json(server, message):
    """What is no JSON, or not of the shape, closes with 1007 and a reason; the handler is gone, the server is not."""
    path = "/moves"
    with Wire(server.port, path) as wire:
        wire.send(message)
        _, kind, payload = wire.next_frame()
        assert kind == CLOSE
        if server.name != "granian-rsgi":
            assert struct.unpack("!H", payload[:2])[0] == 1007
            assert payload[2:].decode()
        assert b"Traceback" not in payload
        wire.close(None)
    with Wire(server.port, path) as wire:
        wire.send('{"x": 1}')
        assert wire.receive() == '{"x":2,"y":0}'


def test_odd_handshakes(server):
    """Keys, versions and subprotocols that are none are refused, or left out; the worker lives."""
    pid = facts(server)["pid"]
    for options in (
        {"key": "c2hvcnQ="},
        {"key": ""},
        {"key": "not base64 at all!!!!!!!"},
        {"version": "12"},
        {"version": "x"},
        {"headers": [("Sec-WebSocket-Protocol", "\xff\xfe")]},
        {"headers": [("Sec-WebSocket-Protocol", ", ".join(f"p{number}" for number in range(1500)))]},
    ):
        try:
            with Wire(server.port, "/echo", timeout=2, **options) as wire:
                assert "headers" in options, options
                wire.send("hello")
                assert wire.receive() == "hello"
        except Refused as refusal:
            assert refusal.status in {400, 403, 426, 431}, options  # noqa: PT017 - some are let in
        except (ConnectionResetError, TimeoutError):  # They are no handshakes to these, and get no answer.
            assert server.name in {"uvicorn", "hypercorn"}, options
    assert facts(server)["pid"] == pid


def test_peers_that_vanish(server):
    """A handler that waits for something else hears that its peer has gone: it is cancelled, and cleans up."""
    wires = [Wire(server.port, "/sleeps") for _ in range(3)]
    wait_for(server, lambda found: found["counts"].get("asleep") == 3)
    for wire in wires:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.socket.close()
    wait_for(server, lambda found: found["counts"]["asleep"] == 0)


def test_peers_that_do_not_read(server):
    """Who does not read holds the handler up, not the memory, and is closed after `Timeouts.write`."""
    before = facts(server)
    with Wire(server.port, "/floods", receive_buffer=8192):
        wait_for(server, lambda found: found["counts"].get("flooding") == 1)
        after = wait_for(server, lambda found: found["counts"]["flooding"] == 0, 15)
    flooded = after["counts"].get("flooded", 0) - before["counts"].get("flooded", 0)
    assert flooded < 200  # 20 MB: buffers of the system and of the server


def test_wsgi_says_that_it_cannot(tmp_path):
    """Under WSGI a handshake is told so; other routes are served."""
    with running("granian-wsgi", tmp_path, "contract_realtime:app") as server:
        refusal = refused(server, "/echo")
        assert refusal.status == 426
        assert "WSGI" in json.loads(refusal.body)["detail"]
        assert server.ask(Sent("GET", "/page")).body == b"page"


def test_a_server_that_stops_says_so(tmp_path):
    """On SIGTERM every socket gets 1001, its handler ends, and the server with it."""
    with running("demijohn-auto", tmp_path, "contract_realtime:app") as server:
        wires = [Wire(server.port, path) for path in ("/echo", "/sleeps", "/moves")]
        wires[0].send("hello")
        assert wires[0].receive() == "hello"
        server.process.send_signal(signal.SIGTERM)
        ends = [wire.end() for wire in wires]
        for wire in wires:
            wire.socket.close()
        assert server.process.wait(15) == 0
        server.process.poll = lambda: None  # It was to end.
    assert ends == [1001, 1001, 1001]
