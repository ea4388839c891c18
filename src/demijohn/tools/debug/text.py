"""A report as plain text, for curl and terminals: what, where, the code with its caret, the fix, frames."""

from __future__ import annotations

from collections.abc import Iterator

from .report import Frame, Mistake, Problem, Report


def text_page(report: Report) -> str:
    """The report as text; library frames are counted, not listed."""
    parts = ["\n".join(_head(report.problem))]
    if report.mistakes:
        parts = [report.problem.message] if len(report.mistakes) > 1 else []
        parts += ["\n".join(_mistake(mistake)) for mistake in report.mistakes]
        return "\n\n".join(parts) + "\n"
    if report.where is not None and report.where.lines:
        parts.append("\n".join(code_block(report.where)))
    suggestion = report.suggestion
    said = [f"{label}: {value}" for label, value in (("Why", suggestion.why), ("Fix", suggestion.fix)) if value]
    if said:
        parts.append("\n".join(said))
    parts += [block for problem in report.problems if (block := "\n".join(_way(problem)))]
    return "\n\n".join(parts) + "\n"


def _head(problem: Problem) -> Iterator[str]:
    yield f"{problem.type}: {problem.message.strip()}" if problem.message.strip() else problem.type
    yield from problem.notes
    if problem.where is not None:
        yield f"  at {place(problem.where)}"


def _way(problem: Problem) -> Iterator[str]:
    """The user's frames, and before them the problem itself where it is not the first."""
    if problem.relation:
        yield f"{problem.relation}: {problem.type}: {problem.headline}"
    yours = [frame for frame in problem.frames if frame.yours and frame.function]
    others = sum(not frame.yours for frame in problem.frames)
    if yours and not problem.relation:
        yield "Your code, the innermost first:"
    for frame in yours:
        code = f"    {frame.current.text.strip()}" if frame.current is not None else ""
        yield f"  {place(frame)}{f' ({frame.repeats} times)' if frame.repeats > 1 else ''}"
        if code:
            yield code
    if others:
        yield f"  and {others} frame{'' if others == 1 else 's'} of libraries"


def _mistake(mistake: Mistake) -> Iterator[str]:
    yield f"{mistake.code}  {mistake.what}"
    for where in mistake.places:
        yield f"  at {place(where)}"
        yield from code_block(where)
    first, *rest = mistake.fix.splitlines() or [""]
    yield f"  Fix: {first}"
    for line in rest:
        yield f"       {line}"


def place(frame: Frame) -> str:
    """A frame as `file:line in function`."""
    return f"{frame.path}:{frame.line}" + (f" in {frame.function}" if frame.function else "")


def code_block(frame: Frame) -> Iterator[str]:
    """The lines of a frame with their numbers, the current one marked, with its caret below."""
    width = len(str(max((line.number for line in frame.lines), default=0)))
    for line in frame.lines:
        yield f"  {'>' if line.current else ' '} {line.number:>{width}} | {line.text}".rstrip()
        if line.caret:
            yield f"    {'':>{width}} | {line.caret}"
