"""The command line that all benchmarks share."""

from __future__ import annotations

import argparse
import pathlib

from .measure import Results
from .servers import ROOT


def parser(name: str, about: str | None, *, rounds: int, latest: str, only: str) -> argparse.ArgumentParser:
    """Which rows, how long, and where it goes; `latest` is the file of the samples, `only` the help of --only."""
    file = ROOT / "benchmarks" / "results" / latest
    made = argparse.ArgumentParser(prog=f"python -m {name}", description=about)
    made.add_argument("--only", action="append", default=[], metavar="WORDS", help=only)
    made.add_argument("--rounds", type=int, default=rounds, help="%(default)s unless told")
    made.add_argument("--seconds", type=int, default=2, help="for each sample: %(default)s unless told")
    made.add_argument("--write", action="store_true", help="write its part of docs/performance.md")
    made.add_argument("--json", type=pathlib.Path, default=file, help="where all samples go")
    made.add_argument(
        "--report", type=pathlib.Path, nargs="?", const=file, help="measure nothing: take the samples of this file"
    )
    return made


def stop_on_failures(results: Results) -> None:
    """End with the rows that could not be measured, if there are any."""
    if results.failures:
        raise SystemExit("\nNot measured:\n" + "\n".join(dict.fromkeys(results.failures)))
