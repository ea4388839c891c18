"""The tables of the benchmark of pages."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ..measure import Results
from ..report import Tables, rule
from ..rows import Row
from ..workloads import Workload
from .contest import Contest
from .forms import FORMS
from .headers import ROWS, WORKLOADS
from .templates import PAGE


class PageTables(Tables):
    """What was measured: answers over HTTP, each beside the bare one of its own row, and contests in process."""

    def __init__(self, results: Results) -> None:
        super().__init__(results, ROWS, WORKLOADS)

    # Over HTTP ----------------------------------------------------------------------------------------------

    def left(self) -> str:
        """What is left of the speed of the bare answer, by CPU time."""
        judged = [workload for workload in self.workloads if workload.name != "bare"]
        lines = ["| | server | " + " | ".join(workload.title for workload in judged) + " |", rule(len(judged) + 1)]
        for row in self.rows:
            cells = " | ".join(self._left(row, workload) for workload in judged)
            lines.append(f"| {_marked(row.name)} | {row.server} | {cells} |")
        return "\n".join(lines)

    def _left(self, row: Row, workload: Workload) -> str:
        quotients, goal = self.quotients(row, workload), row.goals.get(workload.name, 0)
        if not quotients:
            return ""
        missed = statistics.median(quotients) < goal
        return _spread(quotients) + (f", goal {goal:.2f}" if missed else "")

    def quotients(self, row: Row, workload: Workload) -> list[float]:
        """Of each pair of samples, which were taken in one run of the server."""
        samples = self.results.samples.get(row.name, {})
        pairs = zip(samples.get(workload.name, []), samples.get("bare", []), strict=False)
        return [mine["by_cpu"] / bare["by_cpu"] for mine, bare in pairs]

    # In process ---------------------------------------------------------------------------------------------

    def contest(self, contests: Sequence[Contest]) -> str:
        """Microseconds of CPU time, and how many times the base's that is."""
        titles = [title for each in contests for title in (f"{each.title}, µs", f"times {_marked(each.base)}")]
        lines = ["| | " + " | ".join(titles) + " |", rule(len(titles))]
        for name in dict.fromkeys(name for each in contests for name in each.makers):
            if self.results.samples.get(name):
                cells = [cell for each in contests for cell in self._cells(each, name)]
                lines.append(f"| {_marked(name)} | " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def _cells(self, contest: Contest, name: str) -> tuple[str, str]:
        taken = self._taken(contest, name)
        if not taken:
            return "", ""
        median = f"{statistics.median(taken):,.0f}"
        times = self.times(contest, name)
        if name == contest.base or not times:
            return median, ""
        missed = contest.misses(name, statistics.median(times))
        return median, _spread(times) + (f", goal {missed}" if missed else "")

    def _taken(self, contest: Contest, name: str) -> list[float]:
        samples = self.results.samples.get(name, {}).get(contest.name, [])
        return [sample["microseconds"] for sample in samples]

    def times(self, contest: Contest, name: str) -> list[float]:
        """How many times the base's CPU time, in each round."""
        pairs = zip(self._taken(contest, name), self._taken(contest, contest.base), strict=False)
        return [mine / base for mine, base in pairs]

    # All of it ----------------------------------------------------------------------------------------------

    def misses(self) -> str:
        """Every goal that was missed."""
        lines = [
            f"* {row.name}, {workload.title}: {statistics.median(found):.2f} of its bare answers, goal {goal:.2f}"
            for row in self.rows
            for workload in self.workloads
            if (goal := row.goals.get(workload.name, 0)) and (found := self.quotients(row, workload))
            if statistics.median(found) < goal
        ]
        for contest in (PAGE, *FORMS):
            for name in contest.makers:
                times = self.times(contest, name)
                if times and (missed := contest.misses(name, statistics.median(times))):
                    lines.append(
                        f"* {name}, {contest.title}: {statistics.median(times):.2f} times {contest.base}, goal {missed}"
                    )
        return "\n".join(lines) or "None."

    def markdown(self) -> str:
        """All of it, for the page."""
        failures = [f"* {line.splitlines()[0]}" for line in dict.fromkeys(self.results.failures)]
        parts = [
            self.about(),
            "### Headers and sessions\n\nWhat is left of the speed of the bare answer of the same row, by CPU time.",
            self.left(),
            "Requests by second of CPU time:",
            self.speeds("by_cpu"),
            "### Templates",
            self.contest([PAGE]),
            "### Forms",
            self.contest(FORMS),
            "### Goals missed in this run",
            self.misses(),
            *(["### Not measured", "\n".join(failures)] if failures else []),
        ]
        return "\n\n".join(parts)

    def text(self) -> str:
        """The tables that a terminal is shown."""
        return "\n\n".join([self.about(), self.left(), self.contest([PAGE]), self.contest(FORMS), self.misses()])


def _marked(name: str) -> str:
    return f"**{name}**" if name.startswith("Demijohn") else name


def _spread(values: list[float]) -> str:
    """The median, and between which values the middle half lies."""
    if len(values) < 2:
        return f"{values[0]:.2f}"
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{median:.2f} ({low:.2f} to {high:.2f})"
