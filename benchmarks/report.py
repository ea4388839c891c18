"""The tables, as Markdown, and the page that shows them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from . import picture
from .measure import Results
from .rows import ROWS, Row
from .servers import ROOT
from .workloads import WORKLOADS, Workload

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "_static" / "performance.svg"
BUSY = 0.7  # processes that wanted to run when it began
BEGIN, END = "<!-- measured: {} -->", "<!-- end: {} -->"


class Tables:
    """What was measured, as tables."""

    def __init__(
        self, results: Results, rows: Sequence[Row] = tuple(ROWS), workloads: Sequence[Workload] = tuple(WORKLOADS)
    ) -> None:
        self.results = results
        self.rows = [row for row in rows if results.samples.get(row.name)]
        measured = {name for row in self.rows for name in results.samples[row.name]}
        self.workloads = [workload for workload in workloads if workload.name in measured]

    def value(self, row: Row, workload: Workload, key: str = "by_cpu") -> float | None:
        """The median over the rounds; None if it was not measured."""
        samples = self.results.samples.get(row.name, {}).get(workload.name)
        return statistics.median(sample[key] for sample in samples) if samples else None

    def share(self, row: Row, other: Row | None, workload: Workload) -> float | None:
        """The median over the rounds of the quotient within a round, by CPU time."""
        mine = self.results.samples.get(row.name, {}).get(workload.name)
        theirs = self.results.samples.get(other.name, {}).get(workload.name) if other else None
        if not mine or not theirs:
            return None
        return statistics.median(a["by_cpu"] / b["by_cpu"] for a, b in zip(mine, theirs, strict=False))

    def base(self, row: Row) -> Row | None:
        """The bare callable that a row is divided by."""
        return next((each for each in self.rows if each.name == row.base), None)

    # The tables ---------------------------------------------------------------------------------------------

    def shares(self) -> str:
        """Each row's share of its bare callable; goals that were missed stand beside it."""

        def cell(row: Row, workload: Workload) -> str:
            share, goal = self.share(row, self.base(row), workload), row.goals.get(workload.name)
            if share is None:
                return ""
            return f"{share:.2f}" if goal is None or share >= goal else f"{share:.2f} (goal {goal:.2f})"

        return self._table([row for row in self.rows if row.base], cell)

    def speeds(self, key: str) -> str:
        """Requests by second of CPU time (`by_cpu`) or by second (`by_second`), with the bare callables."""

        def cell(row: Row, workload: Workload) -> str:
            value = self.value(row, workload, key)
            return "" if value is None else f"{value:,.0f}"

        return self._table(self.rows, cell, memory=key == "by_cpu")

    def latencies(self) -> str:
        """The time that 99 of 100 requests stay under, with 64 under way."""

        def cell(row: Row, workload: Workload) -> str:
            value = self.value(row, workload, "p99")
            return "" if value is None else f"{value:.1f}"

        return self._table(self.rows, cell)

    def against_peers(self) -> str:
        """Our best row of each kind beside the best peer of that kind."""
        lines = ["| | " + " | ".join(w.title for w in self.workloads) + " |", rule(len(self.workloads))]
        for title, names, is_async in (
            ("`def` on WSGI, by the best WSGI peer", ("Demijohn, def on WSGI",), False),
            ("`async def` on RSGI, by the best async peer", ("Demijohn, async def on RSGI",), True),
            ("`async def` on ASGI, by the best async peer", ("Demijohn, async def on ASGI",), True),
            ("`def` on RSGI, by the best async peer", ("Demijohn, def on RSGI",), True),
        ):
            mine = next((row for row in self.rows if row.name in names), None)
            peers = [row for row in self.rows if row.kind == "peer" and row.is_async is is_async]
            if mine and peers:
                lines.append(f"| {title} | " + " | ".join(self._beside(mine, peers, w) for w in self.workloads) + " |")
        return "\n".join(lines)

    def _beside(self, mine: Row, peers: list[Row], workload: Workload) -> str:
        measured = [(value, peer) for peer in peers if (value := self.value(peer, workload)) is not None]
        if not measured:
            return ""
        best = max(measured, key=lambda pair: pair[0])[1]
        share = self.share(mine, best, workload)
        return "" if share is None else f"{share:.2f} ({best.name})"

    def _table(self, rows: list[Row], cell: Callable[[Row, Workload], str], *, memory: bool = False) -> str:
        titles = [workload.title for workload in self.workloads] + (["MB"] if memory else [])
        lines = ["| | server | " + " | ".join(titles) + " |", rule(len(titles) + 1)]
        for row in rows:
            cells = [cell(row, workload) for workload in self.workloads]
            if memory:
                cells.append(f"{self.results.resident_mb.get(row.name, 0):.0f}")
            mark = {"demijohn": "**", "bare": "*"}.get(row.kind, "")
            lines.append(f"| {mark}{row.name}{mark} | {row.server} | " + " | ".join(cells) + " |")
        return "\n".join(lines)

    # The sentences ------------------------------------------------------------------------------------------

    def misses(self) -> str:
        """Every goal that was missed."""
        lines = [
            f"* {row.name}, {workload.title}: {share:.2f} of {row.base}, goal {row.goals[workload.name]:.2f}"
            for row in self.rows
            for workload in self.workloads
            if (share := self.share(row, self.base(row), workload)) is not None
            and share < row.goals.get(workload.name, 0)
        ]
        return "\n".join(lines) or "None."

    def about(self) -> str:
        """Machine, versions and method, in a few lines."""
        about = self.results.about
        versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
        busy = (
            f" **The machine was busy with other things (load {about['load']:.1f}): these figures are rough.**"
            if about["load"] > BUSY
            else ""
        )
        return (
            f"{about['date']}, Demijohn at `{about['demijohn']}`, {about['rounds']} rounds of {about['seconds']} s; "
            f"{about['machine']}; {about['python']}. {versions}.{busy}"
        )

    def markdown(self) -> str:
        """All of it, for the page."""
        failures = [f"* {line.splitlines()[0]}" for line in dict.fromkeys(self.results.failures)]
        parts = [
            self.about(),
            "![Requests by second of CPU time, by framework](_static/performance.svg)",
            "### Share of the bare callable\n\nBy CPU time, each against the bare callable of its own server.",
            self.shares(),
            "### Beside the best peer\n\nBy CPU time; above 1 we are ahead.",
            self.against_peers(),
            "### Requests by second of CPU time\n\nMB is the resident memory of the worker after the run.",
            self.speeds("by_cpu"),
            "### Requests by second\n\nThe clock's: what else ran on the machine shows here.",
            self.speeds("by_second"),
            "### Latency\n\nMilliseconds that 99 of 100 requests stay under, with 64 under way.",
            self.latencies(),
            "### Goals missed in this run",
            self.misses(),
            *(["### Not measured", "\n".join(failures)] if failures else []),
        ]
        return "\n\n".join(parts)

    def text(self) -> str:
        """The tables that a terminal is shown."""
        return "\n\n".join([self.about(), self.shares(), self.against_peers(), self.speeds("by_cpu"), self.misses()])


def rule(columns: int) -> str:
    """The line under the heads of a table."""
    return "|---|" + "---:|" * columns


def replace(section: str, text: str) -> None:
    """Put a text into the page, between the marks of a section; what people wrote around it stays."""
    begin, end = BEGIN.format(section), END.format(section)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{PAGE} lacks the marks {begin} and {end}.")
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def write(results: Results) -> None:
    """Write the page and the picture."""
    tables = Tables(results)
    replace("speed", tables.markdown())
    panels = [
        picture.Panel(
            workload.title,
            [
                picture.Bar(row.name, value, row.kind == "demijohn", _limit(tables, row, workload))
                for row in tables.rows
                if row.kind != "bare" and (value := tables.value(row, workload)) is not None
            ],
        )
        for workload in tables.workloads
    ]
    PICTURE.write_text(picture.draw(panels), encoding="utf-8")


def _limit(tables: Tables, row: Row, workload: Workload) -> float | None:
    base = tables.base(row)
    return None if base is None else tables.value(base, workload)
