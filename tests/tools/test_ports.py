"""Who holds a port, and which comes next; with real sockets."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from demijohn.tools import ports
from demijohn.tools.console import CommandError
from demijohn.tools.ports import (
    Holder,
    command_line,
    holder_of,
    is_free,
    listen,
    listen_on_free_port,
    listen_on_this_port,
)

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SERVER = """
import socket, sys
server = socket.create_server((sys.argv[1], 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_server(tmp_path):
    """A process that listens on a port: its process and the port."""
    script = tmp_path / "manage.py"
    script.write_text(SERVER)
    command = [sys.executable, "manage.py", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield process, int(process.stdout.readline())
        process.stdin.close()


@needs_proc
def test_the_holder_is_named(other_server, tmp_path):
    """Another process that listens is found with its id, command and folder."""
    process, port = other_server
    holder = holder_of(port)
    assert holder.pid == process.pid
    assert holder.command.endswith("manage.py 127.0.0.1")
    assert holder.folder == str(tmp_path)


@needs_proc
def test_the_next_free_port_and_why(other_server):
    """The default port gives way, and the sentence says to whom."""
    process, port = other_server
    server, sentence = listen_on_free_port("127.0.0.1", port)
    with server:
        taken = server.getsockname()[1]
    assert taken > port
    assert sentence.startswith(f"Port {port} is used by `python")
    assert f"(pid {process.pid}, " in sentence
    assert sentence.endswith(f"Using {taken}.")


def test_a_port_asked_for_is_never_replaced(other_server):
    """An explicit port that is taken is an error that names the holder and a way out."""
    _, port = other_server
    with pytest.raises(CommandError, match=f"Port {port} is used by") as caught:
        listen_on_this_port("127.0.0.1", port)
    assert f"--port {port + 1}" in caught.value.fix
    assert not is_free("127.0.0.1", port)


@needs_proc
def test_a_holder_on_ipv6_is_found():
    """Sockets of IPv6 are in another table of the system."""
    try:
        server = listen("::1", 0)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        assert holder_of(server.getsockname()[1]).pid == os.getpid()


def test_a_holder_that_cannot_be_seen_is_said_to_be_so():
    """Nobody is invented: a process of another user stays unnamed."""
    assert str(Holder()) == "another process (of another user, or in another container)"


def test_a_port_just_left_is_free():
    """A server may take its port again at once after it was stopped."""
    with listen("127.0.0.1", 0) as server:
        port = server.getsockname()[1]
    assert is_free("127.0.0.1", port)


def test_an_address_of_another_machine():
    """The error names the address and the usual ones."""
    with pytest.raises(CommandError, match=r"no address 192\.0\.2\.1") as caught:
        listen_on_this_port("192.0.2.1", 0)
    assert "127.0.0.1" in caught.value.fix


def test_ports_run_out(monkeypatch):
    """When every candidate is taken, the range is named."""
    monkeypatch.setattr(ports, "_TRIES", 1)
    with listen("127.0.0.1", 0) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError, match=f"Every port from {port} to {port} is used"):
            listen_on_free_port("127.0.0.1", port)


def test_long_commands_are_cut_and_harmless():
    """A command is shown in one line of bounded length, whatever its arguments are."""
    line = command_line(["/bin/sh", "-c", "x\n" * 100])
    assert len(line) <= 60
    assert "\n" not in line
