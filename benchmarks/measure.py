"""The rounds: every row in turn, its answers checked, its workloads measured."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from . import load
from .rows import Row
from .servers import ROOT, Failed, serving, work_folder
from .workloads import Workload

Sample = dict[str, float]
PACKAGES = (
    *("granian", "uvicorn", "uvloop", "Flask", "Django", "whitenoise", "bottle", "falcon", "fastapi", "starlette"),
    *(
        "litestar",
        "blacksheep",
        "emmett55",
        "sanic",
        "pydantic",
        "msgspec",
        "SQLAlchemy",
        "Jinja2",
        "psycopg",
        "asyncpg",
    ),
)


@dataclass
class Results:
    """All samples by row and workload, one for each round, and what they were taken with."""

    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    resident_mb: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    def save(self, path: pathlib.Path) -> None:
        """Write all of it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: pathlib.Path) -> Results:
        """What `save` wrote."""
        return cls(**json.loads(path.read_text()))


def run(rows: list[Row], workloads: list[Workload], *, rounds: int, seconds: int) -> Results:
    """Measure in interleaved rounds; the order of the rows turns round every other round."""
    results = Results(about=about(rounds, seconds))
    with work_folder() as folder:
        for index in range(rounds):
            for row in rows if index % 2 == 0 else reversed(rows):
                print(f"round {index + 1} of {rounds}: {row.name}", file=sys.stderr, flush=True)
                try:
                    _measure(row, workloads, seconds, folder, results)
                except Failed as failure:
                    results.failures.append(str(failure))
                    print(failure, file=sys.stderr)
    return results


def _measure(row: Row, workloads: Iterable[Workload], seconds: int, folder: pathlib.Path, results: Results) -> None:
    mine = results.samples.setdefault(row.name, {})
    with serving(row, folder) as server:
        right: list[Workload] = []
        for workload in workloads:
            if workload.applies_to(row):
                try:
                    server.check(workload)
                    right.append(workload)
                except (Failed, OSError) as failure:
                    results.failures.append(str(failure))
                    print(failure, file=sys.stderr)
        if right:
            load.measure(server, right[0], 1, folder)
        for workload in right:
            mine.setdefault(workload.name, []).append(load.measure(server, workload, seconds, folder))
        results.resident_mb[row.name] = server.resident_mb()


def about(rounds: int, seconds: int) -> dict[str, Any]:
    """What the figures were taken with: machine, versions, method."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "rounds": rounds,
        "seconds": seconds,
        "machine": f"{_cpu_name()}, {os.cpu_count()} CPUs, {_memory_gb()} GB, {platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": os.getloadavg()[0],
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES if _is_installed(name)},
        "demijohn": _revision(),
    }


def _cpu_name() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _revision() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
