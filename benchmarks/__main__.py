"""Measure Demijohn beside the bare callables and its peers: sh scripts/benchmark, or python -m benchmarks."""

from __future__ import annotations

import argparse

from . import load, measure, options, report
from .rows import Row, choose
from .servers import ROOT
from .workloads import WORKLOADS, Workload


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments choose, and show the tables."""
    asked = _parser().parse_args(arguments)
    if asked.report is not None:
        results = measure.Results.load(asked.report)
    else:
        load.require_wrk()
        rows, workloads = select(asked.only)
        rounds, seconds = (1, 1) if asked.quick else (asked.rounds, asked.seconds)
        results = measure.run(rows, workloads, rounds=rounds, seconds=seconds)
        results.save(asked.json)
    print(report.Tables(results).text())
    if asked.write:
        report.write(results)
        print(f"\nWritten: {report.PAGE.relative_to(ROOT)} and {report.PICTURE.relative_to(ROOT)}")
    options.stop_on_failures(results)


def select(only: list[str]) -> tuple[list[Row], list[Workload]]:
    """The rows and workloads that the words of --only name; all of a kind that no word names."""
    words = [word.strip().lower() for argument in only for word in argument.split(",")]
    names = [workload.name for workload in WORKLOADS]
    unknown = [word for word in words if word not in names and not choose([word])]
    if unknown:
        rows = ", ".join(row.name for row in choose([]))
        raise SystemExit(f"Nothing is called {unknown[0]!r}.\nWorkloads: {', '.join(names)}\nRows: {rows}")
    workloads = [workload for workload in WORKLOADS if workload.name in words]
    return choose([word for word in words if word not in names]), workloads or WORKLOADS


def _parser() -> argparse.ArgumentParser:
    only = "workloads (plaintext,order) and rows by part of their name or server (flask,def on wsgi,uvicorn)"
    made = options.parser("benchmarks", __doc__, rounds=5, latest="latest.json", only=only)
    made.add_argument("--quick", action="store_true", help="one round of one second: to see that all of it works")
    return made


if __name__ == "__main__":
    main()
