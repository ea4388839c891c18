"""Measure pages beside the peers, headers, sessions, templates and forms: sh scripts/benchmark pages."""

from __future__ import annotations

import argparse
import os

from .. import load, measure, options, report
from ..servers import ROOT, work_folder
from . import contest, headers
from .forms import FORMS
from .report import PageTables
from .templates import PAGE

SHORT = 0.1  # seconds of a sample in process


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments choose, and show the tables."""
    asked = _parser().parse_args(arguments)
    if asked.report is not None:
        results = measure.Results.load(asked.report)
    else:
        load.require_wrk()
        words = [word.lower() for word in asked.only]
        rows = [row for row in headers.ROWS if not words or any(word in row.name.lower() for word in words)]
        results = measure.run(rows, headers.ORDER, rounds=asked.rounds, seconds=asked.seconds)
        _contests(words, asked.rounds * 4, results)
        results.save(asked.json)
    tables = PageTables(results)
    print(tables.text())
    if asked.write:
        report.replace("pages", tables.markdown())
        print(f"\nWritten: {report.PAGE.relative_to(ROOT)}")
    options.stop_on_failures(results)


def _contests(words: list[str], rounds: int, results: measure.Results) -> None:
    with work_folder() as folder:
        os.environ["BENCHMARK_FOLDER"] = str(folder)
        os.environ["DEMIJOHN_DEBUG"] = "0"
        chosen = [each.choose(words) for each in (PAGE, *FORMS)]
        for name, samples in contest.run(chosen, rounds=rounds, seconds=SHORT).items():
            results.samples.setdefault(name, {}).update(samples)


def _parser() -> argparse.ArgumentParser:
    return options.parser("benchmarks.pages", __doc__, rounds=5, latest="pages.json", only="rows by part of their name")


if __name__ == "__main__":
    main()
