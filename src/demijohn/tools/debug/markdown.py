"""A report as Markdown, to be pasted into an issue or a chat."""

from __future__ import annotations

from collections.abc import Sequence

from .asked import Asked
from .report import Report
from .text import code_block, place


def markdown_page(report: Report, asked: Asked | None, versions: Sequence[tuple[str, str]]) -> str:
    """The report as Markdown: without the values of variables, because it leaves the house.

    The text of the exception is put into fences longer than any run of backticks in it: it stays text.
    """
    problem = report.problem
    parts = [f"# {problem.type}", _fenced(problem.message or problem.type)]
    if report.mistakes:
        for mistake in report.mistakes:
            code = "\n".join(line for where in mistake.places for line in (place(where), *code_block(where)))
            parts += [f"## {mistake.code}", _fenced("\n".join(filter(None, [mistake.what, code])))]
            parts.append("**Fix:**\n" + _fenced(mistake.fix))
    else:
        if report.where is not None:
            parts += [
                f"at {_inline(place(report.where))}",
                _fenced("\n".join(code_block(report.where)), "python"),
            ]
        for label, value in (("Why", report.suggestion.why), ("Fix", report.suggestion.fix)):
            if value:
                parts.append(f"**{label}:** {_inline(value)}")
        for one in report.problems:
            frames = "\n".join(
                f"{place(frame)}{'' if frame.yours else '  (library)'}"
                + (f"\n    {frame.current.text.strip()}" if frame.current is not None and frame.yours else "")
                for frame in one.frames
            )
            title = f"{one.relation}: {one.type}: {one.headline}" if one.relation else "Frames, the innermost first"
            parts += [f"## {_inline(title) if one.relation else title}", _fenced(frames or "none")]
    if asked is not None:
        parts += ["## Request", _fenced(f"{asked.method} {asked.path}")]
    parts += ["## Versions", "\n".join(f"* {name} {version}" for name, version in versions)]
    return "\n\n".join(parts) + "\n"


def _fenced(text: str, language: str = "") -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _inline(text: str) -> str:
    text = text.replace("\n", " ")
    ticks = "`" * (_longest_run(text) + 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _longest_run(text: str) -> int:
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest
