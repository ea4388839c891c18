"""Measure pages beside the peers, headers, sessions, templates and forms: sh scripts/benchmark pages."""

from __future__ import annotations

import argparse
import os
import pathlib

from .. import load, measure, report
from ..servers import ROOT, work_folder
from . import contest, headers
from .forms import FORMS
from .report import PageTables
from .templates import PAGE

LATEST = ROOT / "benchmarks" / "results" / "pages.json"
SHORT = 0.1  # seconds of a sample in process


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments choose, and show the tables."""
    options = _parser().parse_args(arguments)
    if options.report is not None:
        results = measure.Results.load(options.report)
    else:
        load.require_wrk()
        words = [word.lower() for word in options.only]
        rows = [row for row in headers.ROWS if not words or any(word in row.name.lower() for word in words)]
        results = measure.run(rows, headers.ORDER, rounds=options.rounds, seconds=options.seconds)
        _contests(words, options.rounds * 4, results)
        results.save(options.json)
    tables = PageTables(results)
    print(tables.text())
    if options.write:
        report.replace("pages", tables.markdown())
        print(f"\nWritten: {report.PAGE.relative_to(ROOT)}")
    if results.failures:
        raise SystemExit("\nNot measured:\n" + "\n".join(dict.fromkeys(results.failures)))


def _contests(words: list[str], rounds: int, results: measure.Results) -> None:
    with work_folder() as folder:
        os.environ["BENCHMARK_FOLDER"] = str(folder)
        os.environ["DEMIJOHN_DEBUG"] = "0"
        chosen = [each.choose(words) for each in (PAGE, *FORMS)]
        for name, samples in contest.run(chosen, rounds=rounds, seconds=SHORT).items():
            results.samples.setdefault(name, {}).update(samples)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="rows by part of their name")
    parser.add_argument("--rounds", type=int, default=5, help="five unless told; four times as many in process")
    parser.add_argument("--seconds", type=int, default=2, help="for each sample over HTTP")
    parser.add_argument("--write", action="store_true", help="write the section of docs/performance.md")
    parser.add_argument("--json", type=pathlib.Path, default=LATEST, help="where all samples go")
    parser.add_argument(
        "--report", type=pathlib.Path, nargs="?", const=LATEST, help="measure nothing: take the samples of this file"
    )
    return parser


if __name__ == "__main__":
    main()
