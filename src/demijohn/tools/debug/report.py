"""An exception as data: what happened, where, why, how to mend it, and the way that led there.

A `Report` is made once and shown in many forms (`html`, `text`, `markdown`, `as_json`). The values of
variables are kept as they are and described only when a form shows them (`Frame.described`): most do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, FunctionType, ModuleType, TracebackType
from typing import Any

from demijohn.foundation.errors import SetupError, SetupErrors, Where

from ..places import is_library, short_path
from .fixes import suggest
from .masking import printable, scrub
from .source import Line, columns, lines_around, undefined_columns
from .suggestion import Suggestion
from .values import Describer, message_of

_MOST_FRAMES = 80
_MOST_PROBLEMS = 12
_MOST_VARIABLES = 40


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the way: a place in the source, and the variables that were there."""

    file: str
    path: str
    line: int
    function: str
    module: str
    yours: bool
    template: bool = False
    lines: tuple[Line, ...] = ()
    repeats: int = 1
    variables: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def current(self) -> Line | None:
        """The line that was running, None when the source cannot be read."""
        return next((line for line in self.lines if line.current), None)

    def described(self, describer: Describer) -> list[tuple[str, str]]:
        """Names and values of the variables, as text with what is secret hidden."""
        names = [name for name, value in self.variables.items() if self._shows(name, value)]
        return [(printable(name), describer.describe(name, self.variables[name])) for name in names[:_MOST_VARIABLES]]

    def _shows(self, name: str, value: object) -> bool:
        if not name.isidentifier() or name.startswith("__") or isinstance(value, ModuleType):
            return False
        # Of a module, or of a template's globals, what is defined there is no news.
        defined = isinstance(value, (FunctionType, type))
        return not (defined and (self.function == "<module>" or self.template))


@dataclass(frozen=True, slots=True)
class Problem:
    """One exception: its type, its message, and its frames, the innermost first.

    `relation` says how it belongs to the problem before it in the report ("Caused by"); the first has none.
    """

    type: str
    module: str
    message: str
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]
    relation: str = ""

    @property
    def where(self) -> Frame | None:
        """The innermost frame of the user's code, else the innermost of all."""
        return next((frame for frame in self.frames if frame.yours), self.frames[0] if self.frames else None)

    @property
    def headline(self) -> str:
        """The first line of the message; the type where there is no message."""
        return self.message.strip().partition("\n")[0] or self.type

    @property
    def rest(self) -> str:
        """What the message says after its first line."""
        return self.message.strip().partition("\n")[2].strip("\n")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in how the app is put together: a `SetupError` with its places in the source."""

    code: str
    what: str
    fix: str
    places: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known about an exception; the first of its `problems` is the exception itself."""

    problems: tuple[Problem, ...]
    suggestion: Suggestion
    mistakes: tuple[Mistake, ...] = ()

    @property
    def problem(self) -> Problem:
        """What happened."""
        return self.problems[0]

    @property
    def where(self) -> Frame | None:
        """Where it happened: the innermost frame of the user's code."""
        return self.problem.where

    @classmethod
    def of(cls, exc: BaseException, *, app_root: Path | None) -> Report:
        """The report on an exception; paths are said from `app_root`, the folder of the user's app.

        >>> try:
        ...     1 / 0
        ... except ZeroDivisionError as error:
        ...     report = Report.of(error, app_root=None)
        >>> report.problem.type, report.problem.message
        ('ZeroDivisionError', 'division by zero')
        """
        problems: list[Problem] = []
        suggestion = Suggestion()
        for relation, one in _sequence(exc):
            problems.append(_problem(one, relation, app_root))
            if not suggestion:
                suggestion = suggest(one)
            if len(problems) == _MOST_PROBLEMS:
                break
        return cls(tuple(problems), suggestion, _mistakes(exc, app_root))


def _sequence(exc: BaseException) -> Iterator[tuple[str, BaseException]]:
    """An exception, the members of its group, and what caused each: the one to read first comes first."""
    members = list(_leaves(exc)) if isinstance(exc, BaseExceptionGroup) else []
    if len(members) == 1:
        yield from _chain(members[0], "")
        yield from _chain(exc, "Raised in the group")
        return
    yield from _chain(exc, "")
    for number, member in enumerate(members, 1):
        yield from _chain(member, f"{number} of {len(members)} in the group")


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for member in group.exceptions:
        if isinstance(member, BaseExceptionGroup):
            yield from _leaves(member)
        else:
            yield member


def _chain(exc: BaseException, relation: str) -> Iterator[tuple[str, BaseException]]:
    seen: set[int] = set()
    current: BaseException | None = exc
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield relation, current
        if current.__cause__ is not None:
            relation, current = "Caused by", current.__cause__
        elif current.__context__ is not None and not current.__suppress_context__:
            relation, current = "Raised while handling", current.__context__
        else:
            current = None


def _problem(exc: BaseException, relation: str, app_root: Path | None) -> Problem:
    kind = type(exc)
    module = "" if kind.__module__ in {"builtins", "__main__"} else kind.__module__
    notes = tuple(printable(scrub(str(note))) for note in getattr(exc, "__notes__", ()))
    frames = _frames(exc.__traceback__, app_root)
    if isinstance(exc, SyntaxError) and exc.filename and exc.lineno:
        frames = (_syntax_frame(exc, app_root), *frames)
    elif frames and not frames[0].lines and isinstance(getattr(exc, "source", None), str):
        frames = (_from_source(frames[0], getattr(exc, "source", "")), *frames[1:])
    return Problem(kind.__qualname__, module, _message(exc), notes, frames, relation)


def _message(exc: BaseException) -> str:
    if isinstance(exc, SetupErrors):
        return f"The app has {len(exc.errors)} setup mistakes."
    if isinstance(exc, SetupError):
        return printable(exc.what)
    if isinstance(exc, SyntaxError) and exc.msg:
        return printable(exc.msg)
    if isinstance(exc, KeyError) and len(exc.args) == 1 and isinstance(exc.args[0], str):
        return f"There is no key {printable(repr(exc.args[0]))}."
    if type(exc).__name__ == "TemplateSyntaxError" and isinstance(getattr(exc, "message", None), str):
        return printable(getattr(exc, "message", ""))  # jinja2's str() repeats the place and the line
    return message_of(exc)


def _frames(traceback: TracebackType | None, app_root: Path | None) -> tuple[Frame, ...]:
    """The frames of a traceback, the innermost first; repeated ones are counted, many are cut."""
    steps: list[tuple[TracebackType, int]] = []
    while traceback is not None:
        same = steps and (steps[-1][0].tb_frame.f_code, steps[-1][0].tb_lineno)
        if same == (traceback.tb_frame.f_code, traceback.tb_lineno):
            steps[-1] = (traceback, steps[-1][1] + 1)
        else:
            steps.append((traceback, 1))
        traceback = traceback.tb_next
    if len(steps) > _MOST_FRAMES:
        steps = steps[: _MOST_FRAMES // 4] + steps[-_MOST_FRAMES * 3 // 4 :]
    return tuple(_frame(step, repeats, app_root) for step, repeats in reversed(steps))


def _frame(step: TracebackType, repeats: int, app_root: Path | None) -> Frame:
    frame: FrameType = step.tb_frame
    code = frame.f_code
    file = code.co_filename
    template = "__jinja_exception__" in frame.f_globals
    # The instructions of a template's frame are those of a stand-in: only its line is true.
    error = frame.f_globals.get("__jinja_exception__")
    span = (
        undefined_columns(str(error), file, step.tb_lineno)
        if template
        else columns(code, step.tb_lasti, file, step.tb_lineno)
    )
    return Frame(
        file=file,
        path=printable(short_path(file, app_root)),
        line=step.tb_lineno,
        function=printable(code.co_name if template else code.co_qualname),
        module=str(frame.f_globals.get("__name__", "")),
        yours=template if file.startswith("<") else not is_library(file),
        template=template,
        lines=lines_around(file, step.tb_lineno, span),
        repeats=repeats,
        variables=dict(frame.f_locals),
    )


def _syntax_frame(exc: SyntaxError, app_root: Path | None) -> Frame:
    file, line = exc.filename or "<unknown>", exc.lineno or 0
    start = max(0, (exc.offset or 1) - 1)
    end = (exc.end_offset or 0) - 1 if exc.end_lineno == line else 0
    span = (start, max(end, start + 1)) if exc.offset else None
    lines = lines_around(file, line, span)
    if not lines and exc.text:
        lines = lines_around(file, 1, span, source=exc.text)
    path = printable(short_path(file, app_root))
    return Frame(file, path, line, "", "", file.startswith("<") or not is_library(file), lines=lines)


def _from_source(frame: Frame, source: str) -> Frame:
    """A template that has no file: its source comes with the exception."""
    return Frame(
        frame.file, frame.path, frame.line, frame.function, frame.module, frame.yours, frame.template,
        lines_around(frame.file, frame.line, source=source), frame.repeats, frame.variables,
    )  # fmt: skip


def _mistakes(exc: BaseException, app_root: Path | None) -> tuple[Mistake, ...]:
    if not isinstance(exc, SetupError):
        return ()
    errors = exc.errors if isinstance(exc, SetupErrors) else (exc,)
    return tuple(
        Mistake(
            error.code,
            printable(error.what),
            printable(error.fix),
            tuple(_place(where, app_root) for where in error.where),
        )
        for error in errors
    )


def _place(where: Where, app_root: Path | None) -> Frame:
    path = printable(short_path(where.file, app_root))
    lines = lines_around(where.file, where.line, before=1, after=5)
    return Frame(where.file, path, where.line, printable(where.name), "", not is_library(where.file), lines=lines)
