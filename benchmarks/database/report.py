"""The tables of the database benchmark."""

from __future__ import annotations

import statistics

from ..measure import Results
from ..report import Tables, rule
from ..rows import Row
from ..workloads import Workload
from .rows import ROWS
from .workloads import WORKLOADS, DatabaseWorkload


class DatabaseTables(Tables):
    """What was measured, each Demijohn beside the best peer with an ORM and the bare drivers."""

    def __init__(self, results: Results) -> None:
        super().__init__(results, ROWS, WORKLOADS)

    def times_of_peers(self) -> str:
        """How many times the best peer each Demijohn is; above 1 it is ahead."""
        titles = [workload.title for workload in self.workloads]
        lines = ["| | " + " | ".join(titles) + " |", rule(len(titles))]
        for row in self.rows:
            if row.kind == "demijohn":
                lines.append(f"| {row.name} | " + " | ".join(self._cell(row, each) for each in self.workloads) + " |")
        return "\n".join(lines)

    def misses(self) -> str:
        """Every goal that was missed."""
        lines = [
            f"* {row.name}, {workload.title}: {times:.2f} times {peer.name}, goal {workload.goal:.1f}"
            for row in self.rows
            for workload in self._judged()
            if (found := self._times(row, workload)) is not None
            for times, peer in [found]
            if times < workload.goal
        ]
        return "\n".join(lines) or "None."

    def markdown(self) -> str:
        """All of it, for the page."""
        failures = [f"* {line.splitlines()[0]}" for line in dict.fromkeys(self.results.failures)]
        parts = [
            self.about(),
            "### Times the best peer with an ORM\n\nBy CPU time of the server.",
            self.times_of_peers(),
            "### Requests by second of CPU time\n\nMB is the resident memory of the worker after the run.",
            self.speeds("by_cpu"),
            "### Requests by second",
            self.speeds("by_second"),
            "### Goals missed in this run",
            self.misses(),
            *(["### Not measured", "\n".join(failures)] if failures else []),
        ]
        return "\n\n".join(parts)

    def text(self) -> str:
        """The tables that a terminal is shown."""
        return "\n\n".join([self.about(), self.times_of_peers(), self.speeds("by_cpu"), self.misses()])

    def _judged(self) -> list[DatabaseWorkload]:
        return [workload for workload in self.workloads if isinstance(workload, DatabaseWorkload)]

    def _cell(self, row: Row, workload: Workload) -> str:
        assert isinstance(workload, DatabaseWorkload)
        found = self._times(row, workload)
        if found is None:
            return ""
        times, peer = found
        goal = "" if times >= workload.goal else f", goal {workload.goal:.1f}"
        return f"{times:.2f} ({peer.name}{goal})"

    def _times(self, row: Row, workload: DatabaseWorkload) -> tuple[float, Row] | None:
        """The median over the rounds of the quotient within a round, and the best peer."""
        if row.kind != "demijohn" or not self._samples(row, workload.name):
            return None
        theirs = workload.like or workload.name
        peers = [peer for peer in self.rows if peer.kind == "peer" and self._samples(peer, theirs)]
        if not peers:
            return None
        best = max(peers, key=lambda peer: statistics.median(self._samples(peer, theirs)))
        pairs = zip(self._samples(row, workload.name), self._samples(best, theirs), strict=False)
        return statistics.median(mine / other for mine, other in pairs), best

    def _samples(self, row: Row, name: str) -> list[float]:
        return [sample["by_cpu"] for sample in self.results.samples.get(row.name, {}).get(name, [])]
