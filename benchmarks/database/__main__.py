"""Measure the database beside the ORMs and the bare drivers: sh scripts/benchmark database."""

from __future__ import annotations

import argparse
import os
import pathlib

from .. import load, measure, report
from ..servers import ROOT, SERVER_CPU
from . import awaited, held
from .postgres import postgres
from .report import DatabaseTables
from .rows import choose
from .workloads import WORKLOADS

LATEST = ROOT / "benchmarks" / "results" / "database.json"


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments choose, and show the tables."""
    options = _parser().parse_args(arguments)
    if options.in_process:
        os.sched_setaffinity(0, {SERVER_CPU})
        text = held.markdown([*held.run(options.only), *awaited.run(options.only)])
        print(text)
        if options.write:
            report.replace("held", text)
        return
    if options.report is not None:
        results = measure.Results.load(options.report)
    else:
        load.require_wrk()
        with postgres() as url:
            os.environ["BENCHMARK_DATABASE"] = url
            results = measure.run(choose(options.only), WORKLOADS, rounds=options.rounds, seconds=options.seconds)
        results.save(options.json)
    tables = DatabaseTables(results)
    print(tables.text())
    if options.write:
        report.replace("database", tables.markdown())
        print(f"\nWritten: {report.PAGE.relative_to(ROOT)}")
    if results.failures:
        raise SystemExit("\nNot measured:\n" + "\n".join(dict.fromkeys(results.failures)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.database", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="rows by part of their name")
    parser.add_argument(
        "--in-process", action="store_true", help="no server: a connection that is held, beside the bare driver"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="for each sample")
    parser.add_argument("--write", action="store_true", help="write the section of docs/performance.md")
    parser.add_argument("--json", type=pathlib.Path, default=LATEST, help="where all samples go")
    parser.add_argument(
        "--report", type=pathlib.Path, nargs="?", const=LATEST, help="measure nothing: take the samples of this file"
    )
    return parser


if __name__ == "__main__":
    main()
