"""Real servers: how each is started for an app of this folder, asked, and stopped."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from contract_doors import Got, Sent, got

HERE = Path(__file__).parent
COMMANDS = {
    "granian-rsgi": ["granian", "--interface", "rsgi", "--host", "127.0.0.1", "--port", "{port}", "{app}"],
    "granian-asgi": ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", "{port}", "{app}"],
    "granian-wsgi": ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "{app}"],
    "uvicorn": ["uvicorn", "--port", "{port}", "--log-level", "warning", "{app}"],
    "hypercorn": ["hypercorn", "--bind", "127.0.0.1:{port}", "{app}"],
    "gunicorn": ["gunicorn", "--bind", "127.0.0.1:{port}", "--threads", "4", "{app}"],
}
# As the project itself serves in production, with its limits and time-outs.
OUR_OWN = {
    "demijohn-auto": ["demijohn", "serve", "{app}", "--port", "{port}", "--workers", "1"],
    "demijohn": ["demijohn", "serve", "{app}", "--port", "{port}", "--interface", "rsgi", "--workers", "1"],
}
# What servers say on their own account.
SERVERS_OWN = {"date", "server", "connection", "transfer-encoding", "keep-alive", "alt-svc"}


class Server:
    """A server process, and how to ask it."""

    def __init__(self, name: str, port: int, process: subprocess.Popen, log: Path) -> None:
        self.name = name
        self.port = port
        self.process = process
        self.log = log

    def ask(self, sent: Sent) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(sent.method, sent.target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.pairs():
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused while it was sent
                if sent.chunks is None:
                    connection.send(sent.body)
                else:
                    for piece in (piece for piece in sent.chunks if piece):
                        connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
                    connection.send(b"0\r\n\r\n")
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        headers = [(name.lower(), value) for name, value in answer.getheaders()]
        own = [(name, value) for name, value in headers if name not in SERVERS_OWN]
        return got(sent, answer.status, own, body, streamed=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(name: str, tmp_path: Path, app: str = "contract_app:app") -> Iterator[Server]:
    """A server that answers, stopped at the end."""
    port = free_port()
    command = [part.format(port=port, app=app) for part in (COMMANDS | OUR_OWN)[name]]
    log = tmp_path / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=HERE,
            env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "default"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(name, port, process, log)
    try:
        deadline = time.monotonic() + 30
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield server
        assert process.poll() is None, log.read_text()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    said = log.read_text()
    assert "never awaited" not in said, said
    assert "ResourceWarning" not in said, said
