"""The picture: for each workload the rows as bars, the fastest first, with a mark where their bare callable is.

It has a background of its own, so that it can be read on any page; colours follow the reader's scheme.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

COLUMNS, WIDTH, GAP = 3, 356, 10
LABEL, BAR, LINE, TOP = 184, 128, 15, 40
HEADER, MARGIN = 62, 20

_STYLE = """
.card { fill: #fff } .text { fill: #20262b } .quiet { fill: #59636b } .bar { fill: #b4bec6 }
.ours { fill: #0b7a57 } .limit { stroke: #c2570c; stroke-width: 2 }
text { font: 11px system-ui, sans-serif } .title { font-size: 17px; font-weight: 600 }
.panel { font-size: 13px; font-weight: 600 } .strong { font-weight: 600 }
@media (prefers-color-scheme: dark) {
  .card { fill: #171a1d } .text { fill: #e8ebed } .quiet { fill: #a2adb5 } .bar { fill: #56616a }
  .ours { fill: #4cc38a } .limit { stroke: #f5a35c }
}
"""


@dataclass(frozen=True)
class Bar:
    """One row: requests by second of CPU time, and those of its bare callable."""

    label: str
    value: float
    ours: bool
    limit: float | None


@dataclass(frozen=True)
class Panel:
    """One workload."""

    title: str
    bars: list[Bar]


def draw(panels: list[Panel]) -> str:
    """The picture as SVG."""
    height_of_panel = TOP + LINE * max((len(panel.bars) for panel in panels), default=0)
    lines = -(-len(panels) // COLUMNS)
    width = 2 * MARGIN + COLUMNS * WIDTH + (COLUMNS - 1) * GAP
    height = HEADER + lines * height_of_panel + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t">',
        '<title id="t">Requests by second of server CPU time, for each workload and framework</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="card" width="{width}" height="{height}" rx="10"/>',
        _text(MARGIN, 32, "Requests by second of server CPU time (thousands)", "title text"),
        f'<line class="limit" x1="{MARGIN + 1}" x2="{MARGIN + 1}" y1="42" y2="54"/>',
        _text(MARGIN + 8, 52, "the bare callable of the same server", "quiet"),
    ]
    for index, panel in enumerate(panels):
        left = MARGIN + index % COLUMNS * (WIDTH + GAP)
        parts += _panel(panel, left, HEADER + index // COLUMNS * height_of_panel)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, left: int, top: int) -> list[str]:
    bars = sorted(panel.bars, key=lambda bar: -bar.value)
    most = max((max(bar.value, bar.limit or 0) for bar in bars), default=1)
    parts = [_text(left, top + 24, panel.title, "panel text")]
    for index, bar in enumerate(bars):
        y = top + TOP - 8 + index * LINE
        length = bar.value / most * BAR
        kind = "strong text" if bar.ours else "text"
        parts += [
            _text(left + LABEL - 6, y + 10, bar.label, kind, anchor="end"),
            f'<rect class="{"ours" if bar.ours else "bar"}" x="{left + LABEL}" y="{y}" width="{length:.1f}" '
            f'height="{LINE - 4}" rx="2"/>',
        ]
        end = length
        if bar.limit is not None:
            at = bar.limit / most * BAR
            end = max(end, at + 1)
            x = f"{left + LABEL + at:.1f}"
            parts.append(f'<line class="limit" x1="{x}" x2="{x}" y1="{y}" y2="{y + LINE - 4}"/>')
        parts.append(_text(left + LABEL + end + 5, y + 10, f"{bar.value / 1000:.1f}", "quiet"))
    return parts


def _text(x: float, y: float, text: str, kind: str, *, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
