"""A report as problem details (RFC 9457), for clients that ask for JSON."""

from __future__ import annotations

from typing import Any

from .report import Frame, Problem, Report


def problem_details(report: Report) -> dict[str, Any]:
    """The members of the answer: those of RFC 9457, and what a developer wants to know besides."""
    problem = report.problem
    details: dict[str, Any] = {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": f"{problem.type}: {problem.message}" if problem.message else problem.type,
        "exception": _exception(problem),
        "where": _frame(report.where) if report.where is not None else None,
        "why": report.suggestion.why,
        "fix": report.suggestion.fix,
        "frames": [_frame(frame) for frame in problem.frames],
    }
    if len(report.problems) > 1:
        details["causes"] = [
            {"relation": one.relation, **_exception(one), "where": _frame(one.where) if one.where else None}
            for one in report.problems[1:]
        ]
    if report.mistakes:
        details["mistakes"] = [
            {
                "code": one.code,
                "what": one.what,
                "fix": one.fix,
                "where": [_frame(where) for where in one.places],
            }
            for one in report.mistakes
        ]
    return details


def _exception(problem: Problem) -> dict[str, Any]:
    return {
        "type": f"{problem.module}.{problem.type}" if problem.module else problem.type,
        "message": problem.message,
        "notes": list(problem.notes),
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "file": frame.path,
        "line": frame.line,
        "function": frame.function,
        "code": frame.current.text.strip() if frame.current is not None else "",
        "yours": frame.yours,
    }
