"""Memory under streams, idle connections and a long run: sh scripts/benchmark memory.

    python -m benchmarks.memory [--door rsgi] [--megabytes 1024] [--connections 5000] [--requests 1000000] [--write]

The resident memory of the worker is sampled while it works; what is shown is its growth over what it had before.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import load, report
from .rows import Row
from .servers import LOAD_CPU, Server, pinned, serving, work_folder

# As `demijohn serve` has it: granian's own bound of connections is the backlog.
_CONNECTIONS = "--backpressure 16384 --backlog 1024"
DOORS = {
    "rsgi": Row("RSGI", "granian RSGI", "memory", attribute="rsgi", options=f"--ws {_CONNECTIONS}"),
    "asgi": Row("ASGI", "granian ASGI", "memory", attribute="asgi", options=f"--ws {_CONNECTIONS}"),
    "wsgi": Row("WSGI", "granian WSGI", "memory", attribute="wsgi", options=_CONNECTIONS),
}
MEGABYTE = 1 << 20
CHUNK = bytes(MEGABYTE)
STREAM_LIMIT_MB = 64
DRIFT_LIMIT_MB = 4


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    growth_mb: float
    limit_mb: float | None
    remark: str


class Watch:
    """Samples the resident memory of a server while a block runs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.before = server.resident_mb()
        self.most = self.before
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    @property
    def growth(self) -> float:
        """The most that there was over what there was before."""
        return self.most - self.before

    def _look(self) -> None:
        while not self._done.wait(0.02):
            self.most = max(self.most, self.server.resident_mb())

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.most = max(self.most, self.server.resident_mb())


def connect(server: Server) -> socket.socket:
    """An open connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def ask(connection: socket.socket, path: str = "/plaintext") -> bytes:
    """A small answer over a connection that stays open."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return _small_answer(connection)


def _small_answer(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < int(length.partition(b":")[2]):
        body += _some(connection)
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"The server answered {head.splitlines()[0].decode()}.")
    return body


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    if not received:
        raise SystemExit("The server closed a connection.")
    return received


def upload(server: Server, megabytes: int) -> Finding:
    """A body that is read piece by piece."""
    size = megabytes * MEGABYTE
    with connect(server) as connection, Watch(server) as watch:
        connection.sendall(f"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(megabytes):
            connection.sendall(CHUNK)
        counted = int(_small_answer(connection))
    if counted != size:
        raise SystemExit(f"{size} bytes were sent, and {counted} arrived.")
    return Finding(f"upload of {megabytes:,} MB", watch.growth, STREAM_LIMIT_MB, "as a `BodyStream`")


def download(server: Server, megabytes: int) -> Finding:
    """An answer that is made piece by piece."""
    with connect(server) as connection, Watch(server) as watch:
        request = f"GET /download?megabytes={megabytes} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        received = 0
        while piece := connection.recv(MEGABYTE):
            received += len(piece)
    if received < megabytes * MEGABYTE:
        raise SystemExit(f"{megabytes} MB were to come, and {received} bytes did.")
    return Finding(f"download of {megabytes:,} MB", watch.growth, STREAM_LIMIT_MB, "from a generator")


def idle(server: Server, count: int, opened: Callable[[Server], socket.socket], what: str) -> Finding:
    """Connections that stay open and do nothing; at the end the server still answers, on a new one too."""
    with contextlib.ExitStack() as stack, Watch(server) as watch:
        connections = [stack.enter_context(opened(server)) for _ in range(count)]
        time.sleep(1)
        with connect(server) as another:
            ask(another)
        each = watch.growth * 1000 / max(count, 1)
        if opened is keep_alive:
            for connection in connections:
                ask(connection)
    return Finding(f"{count:,} idle {what}", watch.growth, None, f"{each:.1f} kB each; all answered")


def keep_alive(server: Server) -> socket.socket:
    """A connection on which one request was answered."""
    connection = connect(server)
    ask(connection)
    return connection


def websocket(server: Server) -> socket.socket:
    """A WebSocket that was accepted."""
    connection = connect(server)
    connection.sendall(
        b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    if not _some(connection).startswith(b"HTTP/1.1 101"):
        raise SystemExit("A WebSocket was not accepted.")
    return connection


def long_run(server: Server, requests: int, folder: pathlib.Path) -> Finding:
    """Many requests of three kinds; the growth from the first tenth to the end."""
    sizes: list[float] = []
    done = 0
    while done < requests:
        for path in ("/plaintext", "/users/42?q=cork", "/missing"):
            done += _wrk(server, path, folder)
        sizes.append(server.resident_mb())
        if done < requests / 10:
            sizes.clear()
    return Finding(f"{done:,} requests", sizes[-1] - sizes[0], DRIFT_LIMIT_MB, "from the first tenth to the end")


def _wrk(server: Server, path: str, folder: pathlib.Path, seconds: int = 1) -> int:
    script = folder / "count.lua"
    script.write_text("done = function(summary) io.write('COUNT ' .. summary.requests .. '\\n') end\n")
    command = [*pinned(LOAD_CPU), load.require_wrk(), "-t1", "-c64", f"-d{seconds}s", "-s", str(script)]
    output = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return int(next(line for line in output.splitlines() if line.startswith("COUNT "))[6:])


def findings(door: str, options: argparse.Namespace) -> Iterator[Finding]:
    """All that a door is asked, each with a fresh server."""
    row = DOORS[door]
    with work_folder() as folder:
        with serving(row, folder) as server:
            _warm_up(server)
            yield upload(server, options.megabytes)
        with serving(row, folder) as server:
            _warm_up(server)
            yield download(server, options.megabytes)
        with serving(row, folder) as server:
            _warm_up(server)
            yield idle(server, options.connections, keep_alive, "keep-alive connections")
        if door != "wsgi":
            with serving(row, folder) as server:
                _warm_up(server)
                yield idle(server, options.connections, websocket, "WebSockets")
        with serving(row, folder) as server:
            yield long_run(server, options.requests, folder)


def _warm_up(server: Server) -> None:
    """What the first requests import and fill is no growth."""
    upload(server, 1)
    download(server, 1)
    with connect(server) as connection:
        ask(connection)


def table(found: list[tuple[str, Finding]]) -> str:
    """The findings, as Markdown."""
    lines = ["| | door | growth, MB | limit, MB | |", "|---|---|---:|---:|---|"]
    for door, finding in found:
        limit = "" if finding.limit_mb is None else f"{finding.limit_mb:.0f}"
        missed = finding.limit_mb is not None and finding.growth_mb > finding.limit_mb
        growth = f"{finding.growth_mb:.1f}" + (" (missed)" if missed else "")
        lines.append(f"| {finding.what} | {DOORS[door].server} | {growth} | {limit} | {finding.remark} |")
    return "\n".join(lines)


def main() -> None:
    """Measure the doors that the arguments choose."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--door", action="append", choices=list(DOORS), help="all three unless told")
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if options.connections > most - 100:
        raise SystemExit(f"{options.connections} connections need as many open files; ulimit -n allows {most}.")
    found: list[tuple[str, Finding]] = []
    for door in options.door or DOORS:
        for finding in findings(door, options):
            found.append((door, finding))
            print(f"{door}: {finding.what}: {finding.growth_mb:.1f} MB, {finding.remark}", flush=True)
    print("\n" + table(found))
    if options.write:
        report.replace("memory", table(found))


if __name__ == "__main__":
    main()
