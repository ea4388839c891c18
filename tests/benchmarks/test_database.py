"""The database benchmark works: a quick run of Demijohn, and the tables. Nothing here reads a clock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WORKLOADS = {"db", "queries", "fortunes", "updates", "built", "built20"}


@pytest.mark.server
@pytest.mark.parametrize("row", ["def on wsgi", "async def on rsgi"])
def test_a_quick_run_checks_every_answer(row: str, tmp_path: Path):
    """On a PostgreSQL that it starts and ends itself, every workload is answered right, and has a sample."""
    if not sys.platform.startswith("linux"):
        pytest.skip("The benchmarks read /proc.")
    lacking = [name for name in ("wrk", "initdb") if not _found(name)]
    if lacking:
        if os.environ.get("CI") == "true":
            pytest.fail(f"There is no {lacking[0]}, and with CI=true nothing may be skipped.")
        pytest.skip(f"There is no {lacking[0]}.")
    file = tmp_path / "samples.json"
    options = ["--rounds", "1", "--seconds", "1", "--only", row, "--json", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.database", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(file.read_text())
    assert results["failures"] == []
    assert [set(samples) for samples in results["samples"].values()] == [WORKLOADS]


def _found(name: str) -> bool:
    return bool(shutil.which(name) or list(Path("/").glob(f"usr/lib/postgresql/*/bin/{name}")))


def test_each_is_compared_with_the_best_peer_of_its_round(monkeypatch: pytest.MonkeyPatch):
    """What is built per call with what the peers do instead; a missed goal is said."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.database.report import DatabaseTables
    from benchmarks.measure import Results

    def samples(**by_cpu: float) -> dict[str, Any]:
        return {name: [{"by_cpu": value, "by_second": value, "p50": 1.0, "p99": 1.0}] for name, value in by_cpu.items()}

    about = {
        "date": "",
        "demijohn": "",
        "rounds": 1,
        "seconds": 1,
        "machine": "",
        "python": "",
        "versions": {},
        "load": 0.0,
    }
    results = Results(about=about)
    results.samples = {
        "Demijohn, def on WSGI": samples(db=4000.0, built=1500.0),
        "Django ORM": samples(db=1000.0),
        "Flask, SQLAlchemy": samples(db=800.0),
        "bare psycopg": samples(db=9000.0),
    }
    tables = DatabaseTables(results)
    line = next(line for line in tables.times_of_peers().splitlines() if line.startswith("| Demijohn"))
    assert line == "| Demijohn, def on WSGI | 4.00 (Django ORM) | 1.50 (Django ORM, goal 2.0) |"
    assert "statement built per call: 1.50 times Django ORM, goal 2.0" in tables.misses()
    assert "one row: 4.00" not in tables.misses()


HELD = """
from benchmarks import units
from benchmarks.database import held

held.SLICES, held.ONE_SLICE, units.RUNS = 1, 10, 1
(found,) = held.run(["sqlite"])
assert set(found.orm) == {work.__name__ for work in units.WORKS}
found.title = "PostgreSQL, psycopg"
found.one = {name: [20.0 if name == held.BARE else 30.0] for name in found.one}
found.orm["read_thousand"] = (1.0, 2.0)
print(held.markdown([found]))
"""


def test_held_connections_are_measured_and_told():
    """In process, on SQLite, each thing once; goals that are missed stand beside the figures."""
    done = subprocess.run(
        [sys.executable, "-c", HELD],  # its models are to be nobody else's
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "| PostgreSQL, psycopg | 20.0 µs | 1.50 (goal 1.4) | 1.50 | 1.50 | 1.50 |" in done.stdout
    assert "| PostgreSQL, psycopg | 2.00 (goal 1.15) |" in done.stdout
