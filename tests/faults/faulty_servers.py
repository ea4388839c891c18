"""Real servers, whose connections are treated badly."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_DEMIJOHN = ["-c", "from demijohn.tools.cli import main; main()", "serve", "faulty_app:app", "--workers", "1"]
COMMANDS = {
    "granian-rsgi": ["-m", "granian", "--interface", "rsgi", "--port", "{port}", "faulty_app:app"],
    "granian-asgi": ["-m", "granian", "--interface", "asgi", "--port", "{port}", "faulty_app:app"],
    "granian-wsgi": [
        "-m", "granian", "--interface", "wsgi", "--blocking-threads", "64", "--port", "{port}", "faulty_app:app",
    ],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "--log-level", "warning", "faulty_app:app"],
    "serve-rsgi": [*_DEMIJOHN, "--port", "{port}", "--interface", "rsgi"],
    "serve-asgi": [*_DEMIJOHN, "--port", "{port}", "--interface", "asgi"],
    "serve-wsgi": [*_DEMIJOHN, "--port", "{port}", "--interface", "wsgi", "--behind-proxy"],
}  # fmt: skip
PATIENCE = 20.0


class Server:
    """A server process, and what can be done to it."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.name = name
        self.port = port
        self.process = process
        self.folder = folder
        self.connections: list[socket.socket] = []

    @property
    def output(self) -> str:
        """What it has printed."""
        return (self.folder / "output").read_text()

    def connect(self) -> socket.socket:
        """A connection, closed with the server at the latest."""
        self.connections.append(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE))
        return self.connections[-1]

    def ask(self, path: str = "/", *, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def facts(self) -> dict[str, Any]:
        """What the app counts."""
        status, body = self.ask("/facts")
        assert status == 200
        found: dict[str, Any] = json.loads(body)
        return found

    def until(self, holds: Callable[[dict[str, Any]], bool], patience: float = PATIENCE) -> dict[str, Any]:
        """Wait until the app's facts are as they should be."""
        deadline = time.monotonic() + patience
        while not holds(facts := self.facts()):
            assert time.monotonic() < deadline, (facts, self.output[-3000:])
            time.sleep(0.05)
        return facts

    def end(self, number: int = signal.SIGTERM, patience: float = PATIENCE) -> int:
        """Tell it to stop, and wait until it has; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(patience)


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator[Server]:
    """A server that answers, with a folder of its own for temporary files."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "temporary").mkdir()
    environment = {
        **os.environ, "PYTHONPATH": str(HERE), "TMPDIR": str(folder / "temporary"), "NO_COLOR": "1",
        "FAULTY_LOG": str(folder / "stopped"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    environment.pop("DEMIJOHN_DEBUG", None)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(part.format(port=port) for part in COMMANDS[name])],
            cwd=HERE, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    server = Server(name, port, process, folder)
    try:
        deadline = time.monotonic() + 30
        while True:
            assert process.poll() is None, server.output
            assert time.monotonic() < deadline, server.output
            with contextlib.suppress(OSError):
                server.ask()
                break
            time.sleep(0.05)
        yield server
    finally:
        for connection in server.connections:
            connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def reset(connection: socket.socket) -> None:
    """Leave as a client does that crashes or loses its network: with a reset, not a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
