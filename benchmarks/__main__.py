"""Measure Demijohn beside the bare callables and its peers: sh scripts/benchmark, or python -m benchmarks."""

from __future__ import annotations

import argparse
import pathlib

from . import load, measure, report
from .rows import Row, choose
from .servers import ROOT
from .workloads import WORKLOADS, Workload

LATEST = ROOT / "benchmarks" / "results" / "latest.json"


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments choose, and show the tables."""
    options = _parser().parse_args(arguments)
    if options.report is not None:
        results = measure.Results.load(options.report)
    else:
        load.require_wrk()
        rows, workloads = select(options.only)
        quick = options.quick
        results = measure.run(
            rows,
            workloads,
            rounds=options.rounds or (1 if quick else 5),
            seconds=options.seconds or (1 if quick else 2),
        )
        results.save(options.json)
    print(report.Tables(results).text())
    if options.write:
        report.write(results)
        print(f"\nWritten: {report.PAGE.relative_to(ROOT)} and {report.PICTURE.relative_to(ROOT)}")
    if results.failures:
        raise SystemExit("\nNot measured:\n" + "\n".join(dict.fromkeys(results.failures)))


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
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of one second: to see that all of it works")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="WORDS",
        help="workloads (plaintext,order) and rows by part of their name or server (flask,def on wsgi,uvicorn)",
    )
    parser.add_argument("--rounds", type=int, help="5 unless told")
    parser.add_argument("--seconds", type=int, help="for each sample: 2 unless told")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and its picture")
    parser.add_argument("--json", type=pathlib.Path, default=LATEST, help="where all samples go")
    parser.add_argument(
        "--report", type=pathlib.Path, nargs="?", const=LATEST, help="measure nothing: take the samples of this file"
    )
    return parser


if __name__ == "__main__":
    main()
