"""The frames of WebSockets at real servers, case by case: the groups 1 to 7, 9 and 10 of the Autobahn test suite.

The suite itself needs Python 2. Frames are the servers' work: this holds that what they let through reaches a handler
whole and in order, that what they fail never does, and that they live. Group 12 and 13 are about compression.
"""

import json
import struct

import pytest
from contract_doors import Sent
from contract_frame_cases import CASES, FrameCase
from contract_frames import CLOSE, PING, TEXT, Wire
from contract_servers import running

pytestmark = pytest.mark.server

SERVERS = ["demijohn-auto", "granian-rsgi", "uvicorn", "hypercorn"]


@pytest.fixture(scope="module", params=SERVERS)
def server(request, tmp_path_factory):
    """Each server in turn; one that is not installed is skipped by name."""
    pytest.importorskip(request.param.partition("-")[0])
    with running(request.param, tmp_path_factory.mktemp("server"), "contract_realtime:app") as server:
        yield server


def play(port: int, case: FrameCase) -> tuple[list[tuple[int, bytes]], int | str | None]:
    """Send a case's frames; the messages and pongs that came, and the close code (None: closed without a frame)."""
    came: list[tuple[int, bytes]] = []
    with Wire(port, "/echo", timeout=3) as wire:
        data = b"".join(case.sent)
        step = case.chop or len(data)
        for at in range(0, len(data), step):
            wire.raw(data[at : at + step])
        whole: list[bytes] = []
        opcode = TEXT
        while True:
            if case.fails is None and not case.closes and len(came) == len(case.echoed):
                wire.close(1000)
                answer = wire.next_frame()
                return came, None if answer is None else _code(answer[2])
            try:
                found = wire.next_frame()
            except TimeoutError:
                return came, "open"
            if found is None:
                return came, None
            final, kind, payload = found
            if kind == CLOSE:
                return came, _code(payload)
            if kind == PING:  # The server's own.
                continue
            if kind >= CLOSE:
                came.append((kind, payload))
                continue
            opcode = kind or opcode
            whole.append(payload)
            if final:
                came.append((opcode, b"".join(whole)))
                whole = []


def _code(payload: bytes) -> int:
    return struct.unpack("!H", payload[:2])[0] if payload else 1005


# Some servers call text that is no text a protocol error, or the other way round.
OTHER_NAME = {1002: 1007, 1007: 1002}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_frames(server, case):
    """What is right is echoed, what is wrong ends the connection, with the code of its mistake where one is sent."""
    came, end = play(server.port, case)
    if case.fails is not None:
        # A mistake may end the connection before the answer to what came before it is out.
        assert tuple(came) in {case.echoed, ()}
        assert end in {case.fails, None, 1005, OTHER_NAME.get(case.fails)}
    elif case.closes:
        # Who says goodbye in one breath with a question need not get an answer: the server closes by itself.
        assert tuple(came) in {case.echoed, ()}
        assert end != "open"
    else:
        assert tuple(came) == case.echoed
        assert end in {1000, 1005, None}


def test_the_server_lives(server):
    """After all that, nothing is left of it: no handler, no worker that was replaced."""
    facts = json.loads(server.ask(Sent("GET", "/facts")).body)
    assert facts["counts"].get("open", 0) == 0
    assert "WEBSOCKET /echo failed" not in server.log.read_text()
