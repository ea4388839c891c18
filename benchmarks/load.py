"""The load: wrk, which repeats one request over open connections."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess

from .servers import LOAD_CPU, Failed, Server, pinned
from .workloads import Workload

CONNECTIONS = 64
_REPORT = """
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests": %d, "microseconds": %d, "p50": %.0f, "p99": %.0f, "errors": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


def require_wrk() -> str:
    """The path of wrk; its absence ends the program."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("The benchmarks need wrk: apt-get install wrk, or https://github.com/wg/wrk")
    return found


def measure(server: Server, workload: Workload, seconds: int, folder: pathlib.Path) -> dict[str, float]:
    """One sample: requests by second of server CPU and by second, and latency in milliseconds."""
    script = folder / "wrk.lua"
    lines = [f'wrk.headers["{name}"] = [==[{value}]==]\n' for name, value in server.headers(workload).items()]
    if workload.body:
        lines.append(f'wrk.method = "POST"\nwrk.body = [==[{workload.body.decode()}]==]\n')
    script.write_text("".join(lines) + _REPORT)
    url = f"http://127.0.0.1:{server.port}{workload.path}"
    before = server.cpu_seconds()
    done = subprocess.run(
        [
            *pinned(LOAD_CPU),
            require_wrk(),
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}s",
            "--latency",
            "-s",
            str(script),
            url,
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        check=True,
    )
    spent = server.cpu_seconds() - before
    found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))[7:])
    if found["errors"] or not found["requests"]:
        raise Failed(f"{server.row.name}, {workload.name}: errors under load\n{done.stdout}")
    return {
        "by_cpu": found["requests"] / max(spent, 1 / 100),
        "by_second": found["requests"] / (found["microseconds"] / 1e6),
        "p50": found["p50"] / 1000,
        "p99": found["p99"] / 1000,
    }
