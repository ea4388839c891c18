"""Running one server at a time: started, checked, measured from the outside, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .rows import SERVERS, Row
from .workloads import STYLE, Workload

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(sys.executable).parent
TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30

# The server on one CPU and the load on another, where there are two.
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, LOAD_CPU = CPUS[0], CPUS[-1]


class Failed(Exception):
    """A row could not be measured; the others go on."""


@contextlib.contextmanager
def work_folder() -> Iterator[pathlib.Path]:
    """A temporary folder with what the apps read: templates, a static file, a database of a thousand rows."""
    with tempfile.TemporaryDirectory(prefix="demijohn-benchmark-") as name:
        folder = pathlib.Path(name)
        shutil.copytree(ROOT / "benchmarks" / "apps" / "templates", folder / "templates")
        (folder / "static").mkdir()
        (folder / "static" / "site.css").write_text(STYLE)
        with contextlib.closing(sqlite3.connect(folder / "rows.sqlite")) as database, database:
            database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            rows = [(key, f"Row {key}") for key in range(1, 1001)]
            database.executemany("INSERT INTO rows VALUES (?, ?)", rows)
        yield folder


@dataclass(frozen=True)
class Server:
    """A running server."""

    row: Row
    pid: int
    port: int

    def processes(self) -> set[int]:
        """The server's process and its descendants."""
        parents: dict[int, int] = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit() and (stat := _stat(int(entry.name))):
                parents[int(entry.name)] = int(stat[1])
        found = {self.pid}
        while more := {child for child, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def cpu_seconds(self) -> float:
        """CPU time of all of its processes so far, user and system."""
        stats = map(_stat, self.processes())
        return sum(int(stat[11]) + int(stat[12]) for stat in stats if stat) / TICK

    def resident_mb(self) -> float:
        """Resident memory of its largest process, in MB."""
        return max(map(_resident_mb, self.processes()), default=0.0)

    def check(self, workload: Workload) -> None:
        """The answer of a workload must be right."""
        method = "POST" if workload.body else "GET"
        answer, body = self._ask(method, workload.path, workload.body, self.headers(workload))
        kind = answer.getheader("content-type", "").partition(";")[0]
        if answer.status != 200 or kind != workload.media_type or not workload.is_right(body):
            raise Failed(f"{self.row.name}, {workload.name}: {answer.status} {kind} {body[:300]!r}")
        is_guarded = answer.getheader("x-content-type-options") == "nosniff"
        if self.row.kind != "peer" and is_guarded is not workload.has_headers:
            raise Failed(
                f"{self.row.name}, {workload.name}: security headers {'stand there' if is_guarded else 'are missing'}"
            )

    def headers(self, workload: Workload) -> dict[str, str]:
        """What is sent with each request of a workload."""
        headers = {"Content-Type": "application/json"} if workload.body else {}
        if workload.begins_at:
            answer, _ = self._ask("GET", workload.begins_at)
            cookie = answer.getheader("set-cookie")
            if cookie is None:
                raise Failed(f"{self.row.name}, {workload.begins_at}: {answer.status}, and no cookie")
            headers["Cookie"] = cookie.partition(";")[0]
        return headers

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()


def pinned(cpu: int) -> list[str]:
    """What a command begins with that is to run on one CPU."""
    return ["taskset", "--cpu-list", str(cpu)]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name; none if the process is gone."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _resident_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def serving(row: Row, folder: pathlib.Path) -> Iterator[Server]:
    """A server of a row that accepts connections; it and its children are ended afterwards."""
    port = free_port()
    command = f"{SERVERS[row.server]} {row.options}".format(port=port, target=row.target)
    program, *arguments = command.split()
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment = {**os.environ, "PYTHONPATH": paths, "BENCHMARK_FOLDER": str(folder), "DEMIJOHN_DEBUG": "0"}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*pinned(SERVER_CPU), str(BIN / program), *arguments],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, folder / "server.log")
        yield Server(row, process.pid, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise Failed(f"The server ended with status {process.returncode}:\n{log.read_text()[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise Failed(f"The server did not start within {START_SECONDS} seconds:\n{log.read_text()[-2000:]}")
