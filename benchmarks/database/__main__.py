"""Measure the database beside the ORMs and the bare drivers: sh scripts/benchmark database."""

from __future__ import annotations

import argparse
import os

from .. import load, measure, options, report
from ..servers import ROOT, SERVER_CPU
from . import awaited, held
from .postgres import postgres
from .report import DatabaseTables
from .rows import choose
from .workloads import WORKLOADS


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments choose, and show the tables."""
    asked = _parser().parse_args(arguments)
    if asked.in_process:
        os.sched_setaffinity(0, {SERVER_CPU})
        text = held.markdown([*held.run(asked.only), *awaited.run(asked.only)])
        print(text)
        if asked.write:
            report.replace("held", text)
        return
    if asked.report is not None:
        results = measure.Results.load(asked.report)
    else:
        load.require_wrk()
        with postgres() as url:
            os.environ["BENCHMARK_DATABASE"] = url
            results = measure.run(choose(asked.only), WORKLOADS, rounds=asked.rounds, seconds=asked.seconds)
        results.save(asked.json)
    tables = DatabaseTables(results)
    print(tables.text())
    if asked.write:
        report.replace("database", tables.markdown())
        print(f"\nWritten: {report.PAGE.relative_to(ROOT)}")
    options.stop_on_failures(results)


def _parser() -> argparse.ArgumentParser:
    made = options.parser(
        "benchmarks.database", __doc__, rounds=3, latest="database.json", only="rows by part of their name"
    )
    made.add_argument(
        "--in-process", action="store_true", help="no server: a connection that is held, beside the bare driver"
    )
    return made


if __name__ == "__main__":
    main()
