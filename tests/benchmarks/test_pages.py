"""The benchmark of pages works: a quick run of Demijohn, and the tables. Nothing here reads a clock."""

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
ROW = "Demijohn, def on WSGI"
BASE = "Demijohn, `Form[T]`"


@pytest.mark.server
def test_a_quick_run_checks_every_answer(tmp_path: Path):
    """One row over HTTP with and without headers and session, and what is measured in process."""
    if not sys.platform.startswith("linux"):
        pytest.skip("The benchmarks read /proc.")
    if shutil.which("wrk") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no wrk, and with CI=true nothing may be skipped.")
        pytest.skip("There is no wrk.")
    file = tmp_path / "samples.json"
    options = ["--rounds", "1", "--seconds", "1", "--json", str(file)]
    for word in ("def on wsgi", "component", "schema", "include", "macro"):
        options += ["--only", word]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pages", *options],
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
    measured = {name: set(samples) for name, samples in results["samples"].items()}
    assert measured == {
        ROW: {"bare", "brought", "headers", "cookie", "session"},
        "Jinja2": {"page"},
        "Jinja2, a macro for each row": {"page"},
        "Jinja2, an include for each row": {"page"},
        "Demijohn, a component for each row": {"page"},
        BASE: {"checked", "sent", "shown"},
        "Demijohn, a `Schema` as the body": {"sent"},
    }


def _results(**samples: dict[str, dict[str, list[dict[str, float]]]]) -> Any:
    from benchmarks.measure import Results

    about = dict.fromkeys(("date", "demijohn", "machine", "python"), "")
    return Results(about={**about, "rounds": 1, "seconds": 1, "versions": {}, "load": 0.0}, **samples)  # type: ignore[arg-type]


def test_a_row_is_divided_by_its_own_bare_answers(monkeypatch: pytest.MonkeyPatch):
    """Sample by sample, as they were taken in one run of a server; a missed goal is said."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.pages.report import PageTables

    def taken(*by_cpu: float) -> list[dict[str, float]]:
        return [{"by_cpu": value, "by_second": value, "p50": 1.0, "p99": 1.0} for value in by_cpu]

    samples = {"bare": taken(1000.0, 2000.0), "headers": taken(990.0, 1980.0), "cookie": taken(900.0, 1800.0)}
    tables = PageTables(_results(samples={ROW: samples}))
    line = next(line for line in tables.left().splitlines() if ROW in line)
    assert line == f"| **{ROW}** | granian WSGI | 0.99 (0.99 to 0.99) | 0.90 (0.90 to 0.90), goal 0.95 |"
    assert tables.misses() == f"* {ROW}, headers, a cookie that nobody reads: 0.90 of its bare answers, goal 0.95"


def test_contestants_are_divided_by_their_base(monkeypatch: pytest.MonkeyPatch):
    """What takes too many times the base's time, or too few, is said to miss its goal."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.pages.forms import FORMS
    from benchmarks.pages.report import PageTables
    from benchmarks.pages.templates import PAGE

    def taken(contest: str, *microseconds: float) -> dict[str, list[dict[str, float]]]:
        return {contest: [{"microseconds": value} for value in microseconds]}

    pages = {"Jinja2": taken("page", 100.0, 100.0), "Demijohn": taken("page", 120.0, 120.0)}
    forms = {BASE: taken("checked", 10.0), "Django": taken("checked", 40.0), "Flask, WTForms": taken("checked", 20.0)}
    tables = PageTables(_results(samples={**pages, **forms}))
    assert "| **Demijohn** | 120 | 1.20 (1.20 to 1.20), goal at most 1.05 |" in tables.contest([PAGE])
    assert "| Django | 40 | 4.00 |" in tables.contest(FORMS)
    assert tables.misses().splitlines() == [
        "* Demijohn, a page of 1,000 rows: 1.20 times Jinja2, goal at most 1.05",
        f"* Flask, WTForms, parsed and checked: 2.00 times {BASE}, goal at least 3.0",
    ]
