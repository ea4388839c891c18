"""The benchmarks work: a quick run of two apps, the tables and the picture made of it. Nothing here reads a clock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WORKLOADS = "plaintext,order,template,static,row"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What a quick run of the bare WSGI callable and of Demijohn on it prints and leaves."""
    if not sys.platform.startswith("linux"):
        pytest.skip("The benchmarks read /proc.")
    if shutil.which("wrk") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no wrk, and with CI=true nothing may be skipped.")
        pytest.skip("There is no wrk.")
    file = tmp_path_factory.mktemp("benchmark") / "samples.json"
    command = ["-m", "benchmarks", "--quick", "--only", f"{WORKLOADS},def on wsgi", "--json", str(file)]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(file.read_text())


@pytest.mark.server
def test_a_quick_run_measures_what_was_chosen(run: tuple[str, dict[str, Any]]):
    """Every chosen workload of every chosen row, and what the row is divided by, has one positive sample."""
    printed, results = run
    assert set(results["samples"]) == {"bare WSGI", "Demijohn, def on WSGI"}
    for samples in results["samples"].values():
        assert set(samples) == set(WORKLOADS.split(","))
        assert all(len(taken) == 1 and taken[0]["by_cpu"] > 0 < taken[0]["by_second"] for taken in samples.values())
    assert results["failures"] == []
    assert "| **Demijohn, def on WSGI** | granian WSGI |" in printed


@pytest.mark.server
def test_samples_become_the_page_and_the_picture(
    run: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`--write` puts tables between the marks of the page, leaves what is around them, and draws well-formed SVG."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import measure, report

    page, picture = tmp_path / "page.md", tmp_path / "picture.svg"
    page.write_text("Before.\n<!-- measured: speed -->\nold\n<!-- end: speed -->\nAfter.\n")
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "PICTURE", picture)
    report.write(measure.Results(**run[1]))
    text = page.read_text()
    assert text.startswith("Before.\n<!-- measured: speed -->\n")
    assert text.endswith("<!-- end: speed -->\nAfter.\n")
    assert "old" not in text
    assert "| **Demijohn, def on WSGI** | granian WSGI |" in text
    drawn = ElementTree.fromstring(picture.read_text())
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(drawn.findall(".//*[@class='ours']")) == len(WORKLOADS.split(","))


def test_the_page_has_a_place_for_what_is_measured(monkeypatch: pytest.MonkeyPatch):
    """The sections that the benchmarks write are there, in the page of the documentation."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.report import BEGIN, END, PAGE

    text = PAGE.read_text()
    for section in ("speed", "database", "pages", "memory"):
        assert text.count(BEGIN.format(section)) == text.count(END.format(section)) == 1


def test_an_unknown_word_is_answered_with_the_known_ones(monkeypatch: pytest.MonkeyPatch):
    """`--only` with a typing mistake does not measure everything, or nothing, for forty minutes."""
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.__main__ import select

    with pytest.raises(SystemExit, match=r"(?s)called 'flaks'.*plaintext.*Flask"):
        select(["plaintext,flask", "flaks"])
