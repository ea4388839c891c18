#!/usr/bin/env python3
"""Measure Demijohn beside the bare callable of the same server and interface, in one run.

    python benchmarks/run.py [--rounds 5] [--seconds 3] [--only SUBSTRING] [--json FILE]

Needs Linux, two CPUs and `wrk`. One server at a time, with one worker, on CPU 0; `wrk -t1 -c64` on CPU 1. In each
round every row is started afresh, its answers are checked, and its workloads are measured in turn; the order of the
rows turns round every other round. The figure is requests per second of CPU time of the server's whole process tree:
on an idle machine that is the requests per second of one full core, and on a shared one it holds still where plain
requests per second fall. The ratio is that figure over the bare callable's, as the median over rounds of the ratio
within a round.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "apps"))
from work import BODY, MESSAGE, ORDER, summarize  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
BIN = pathlib.Path(sys.executable).parent


@dataclass(frozen=True)
class Row:
    """One server with one app; `base` is the row that it is divided by, `goal` the ratio to reach by workload."""

    name: str
    server: str
    target: str
    base: str = ""
    goals: tuple[float, float, float, float] | None = None


GRANIAN = "granian --http 1 --no-ws --workers 1 --host 127.0.0.1 --port {port} --log-level error"
SERVERS = {
    "wsgi": GRANIAN + " --interface wsgi --blocking-threads 4 {target}",
    "rsgi": GRANIAN + " --interface rsgi {target}",
    "asgi": GRANIAN + " --interface asgi {target}",
    "uvicorn": "uvicorn --host 127.0.0.1 --port {port} --loop uvloop --http httptools --no-access-log"
    " --log-level error --workers 1 {target}",
}
ROWS = [
    Row("bare WSGI, granian", "wsgi", "bare:wsgi"),
    Row("def on WSGI, granian", "wsgi", "framework:sync_wsgi", "bare WSGI, granian", (0.90, 0.90, 0.88, 0.88)),
    Row("bare RSGI, granian", "rsgi", "bare:rsgi"),
    Row("async def on RSGI, granian", "rsgi", "framework:async_rsgi", "bare RSGI, granian", (0.90, 0.90, 0.88, 0.88)),
    Row("def on RSGI, granian", "rsgi", "framework:sync_rsgi", "bare RSGI, granian", (0.70, 0.70, 0.70, 0.70)),
    Row("bare ASGI, uvicorn", "uvicorn", "bare:asgi"),
    Row("async def on ASGI, uvicorn", "uvicorn", "framework:async_asgi", "bare ASGI, uvicorn"),
]
USER = {"id": 42, "q": "cork", "limit": 25}
WORKLOADS = {
    "plaintext": ("GET", "/plaintext", None, MESSAGE),
    "json": ("GET", "/json", None, {"message": MESSAGE}),
    "parameters": ("GET", "/users/42?q=cork&limit=25", None, USER),
    "validated POST": ("POST", "/orders", BODY, None),
}


def expected(workload: str) -> object:
    """The right answer of a workload."""
    if workload != "validated POST":
        return WORKLOADS[workload][3]
    import msgspec
    from work import Order

    return summarize(msgspec.convert(ORDER, Order))


def tree(pid: int) -> set[int]:
    """A process and its descendants."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text()
                parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_seconds(pids: set[int]) -> float:
    """CPU time of processes, user and system."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_mb(pid: int) -> float:
    """Resident memory of one process, in MB."""
    with contextlib.suppress(OSError):
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def server(row: Row):
    """A running server of a row: its process and port."""
    port = free_port()
    command = SERVERS[row.server].format(port=port, target=row.target).split()
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE / "apps"), str(HERE.parent / "src")]),
        "DEMIJOHN_DEBUG": "0",
    }
    process = subprocess.Popen(
        ["taskset", "-c", "0", str(BIN / command[0]), *command[1:]], env=environ, cwd=HERE / "apps",
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(port, process)
        yield process.pid, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers; it has ten seconds."""
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit(f"The server ended with status {process.returncode}.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise SystemExit("The server did not start within ten seconds.")


def check(port: int, row: Row) -> None:
    """Every answer of a row must be right."""
    for name, (method, path, body, _) in WORKLOADS.items():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        raw = answer.read()
        got = raw.decode() if name == "plaintext" else json.loads(raw)
        if answer.status != 200 or got != expected(name):
            raise SystemExit(f"{row.name}: {name} answered {answer.status} {raw[:200]!r}")
        if answer.getheader("x-content-type-options") != "nosniff":
            raise SystemExit(f"{row.name}: {name} lacks the security headers")
        connection.close()


def measure(port: int, pid: int, workload: str, seconds: int, scripts: pathlib.Path) -> float:
    """Requests per CPU-second of one workload."""
    method, path, body, _ = WORKLOADS[workload]
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"]
    if body:
        script = scripts / "post.lua"
        script.write_text(
            f'wrk.method = "{method}"\nwrk.body = [==[{body.decode()}]==]\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
        )
        command[-1:-1] = ["-s", str(script)]
    pids = tree(pid)
    before = cpu_seconds(pids)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(pids) - before
    if "Non-2xx" in output:
        raise SystemExit(f"{workload}: some answers were errors\n{output}")
    found = re.search(r"(\d+) requests in", output)
    assert found is not None, output
    return int(found[1]) / spent


def run(rows: list[Row], rounds: int, seconds: int) -> tuple[dict[str, dict[str, list[float]]], dict[str, float]]:
    """All samples by row and workload, and the resident memory of each row's largest process."""
    samples: dict[str, dict[str, list[float]]] = {row.name: {name: [] for name in WORKLOADS} for row in rows}
    memory: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for index in range(rounds):
            print(f"round {index + 1} of {rounds}", file=sys.stderr)
            for row in rows if index % 2 == 0 else reversed(rows):
                with server(row) as (pid, port):
                    check(port, row)
                    memory[row.name] = max(resident_mb(each) for each in tree(pid))
                    measure(port, pid, "plaintext", 1, pathlib.Path(folder))
                    for name in WORKLOADS:
                        samples[row.name][name].append(measure(port, pid, name, seconds, pathlib.Path(folder)))
    return samples, memory


def report(rows: list[Row], samples: dict[str, dict[str, list[float]]], memory: dict[str, float]) -> str:
    """The table, with ratios and whether the goals are met."""
    lines = ["| row | " + " | ".join(WORKLOADS) + " | resident MB at start |", "|---|" + "---:|" * (len(WORKLOADS) + 1)]
    for row in rows:
        cells = []
        for index, name in enumerate(WORKLOADS):
            mine = samples[row.name][name]
            cell = f"{statistics.median(mine):,.0f}"
            if row.base in samples:
                ratio = statistics.median(a / b for a, b in zip(mine, samples[row.base][name], strict=True))
                goal = row.goals[index] if row.goals else None
                mark = "" if goal is None else (" ok" if ratio >= goal else f" (goal {goal:.2f})")
                cell += f", **{ratio:.3f}**{mark}"
            cells.append(cell)
        lines.append(f"| {row.name} | " + " | ".join(cells) + f" | {memory[row.name]:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="for each measurement; wrk takes whole ones")
    parser.add_argument("--only", default="", help="rows whose name contains this (and what they are divided by)")
    parser.add_argument("--json", type=pathlib.Path, help="write all samples to this file")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    chosen = [row for row in ROWS if options.only.lower() in row.name.lower()]
    names = {row.name for row in chosen} | {row.base for row in chosen}
    rows = [row for row in ROWS if row.name in names]
    samples, memory = run(rows, options.rounds, options.seconds)
    print(report(rows, samples, memory))
    if options.json:
        options.json.write_text(json.dumps({"samples": samples, "memory": memory}, indent=1))


if __name__ == "__main__":
    main()
