"""A report as one self-contained HTML page: it works when templates and static files are what is broken.

Everything from outside passes `_escape`; there is no other way into the page. Order: what, where, the code
with its caret, why, fix, then the frames, what caused it, the request and the versions.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from urllib.parse import quote

from ..places import package_of
from .asked import Asked
from .environment import versions
from .highlight import highlighted
from .markdown import markdown_page
from .masking import HIDDEN
from .report import Frame, Mistake, Problem, Report
from .style import SCRIPT, STYLE
from .suggestion import Suggestion
from .values import Describer

_MOST_HEADLINE = 240
_escape = html.escape


class Page:
    """A page under way: what its parts share, and no state of its own between pages."""

    def __init__(
        self, report: Report, asked: Asked | None, *, heading: str = "", editor: str = "", footer: str = ""
    ) -> None:
        self.report = report
        self.asked = asked
        self.heading = heading
        self.editor = editor
        self.footer = footer
        self.describer = Describer()

    def render(self) -> str:
        """The whole page."""
        report = self.report
        problem = report.problem
        found = versions(report)
        parts = [self.header(problem)]
        if report.mistakes:
            parts += [self.mistake(mistake) for mistake in report.mistakes]
        else:
            parts += [code(report.where), suggestion(report.suggestion)]
        parts += [self.frames(problem), *(self.cause(one) for one in report.problems[1:])]
        if self.asked is not None:
            parts.append(request(self.asked))
        parts += ["<h2>Versions</h2>", pairs(found), f"<footer>{_escape(self.footer)}</footer>"]
        title = f"{problem.type}: {_clipped(problem.headline, 80)}"
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
            f"<title>{_escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
            + "\n".join(part for part in parts if part)
            + '\n</main>\n<textarea id="markdown" readonly hidden aria-hidden="true">\n'
            + _escape(markdown_page(report, self.asked, found))
            + f"</textarea>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
        )

    def header(self, problem: Problem) -> str:
        """What happened, and where."""
        module = self.module(problem)
        headline = _clipped(problem.headline, _MOST_HEADLINE)
        rest = problem.rest if headline == problem.headline else problem.message
        said = f'<pre class="message" tabindex="0">{_escape(rest)}</pre>' if rest else ""
        notes = "".join(f'<p class="soft">{_escape(note)}</p>' for note in problem.notes)
        where = self.where(problem)
        return (
            f'<header><p class="type">{self.eyebrow(problem)}{module}</p>'
            '<button id="copy" type="button" aria-live="polite" hidden>Copy as Markdown</button>'
            f"<h1>{_escape(headline)}</h1>{said}{notes}{where}</header>"
        )

    def module(self, problem: Problem) -> str:
        """Where the type of the exception comes from; of a setup mistake its code says more."""
        shown = problem.module and not (self.report.mistakes and not problem.relation)
        return f" <small>{_escape(problem.module)}</small>" if shown else ""

    def eyebrow(self, problem: Problem) -> str:
        """The line above the headline: the type of the exception, or the code of the mistake."""
        kind = self.report.mistakes[0].code if len(self.report.mistakes) == 1 else problem.type
        if len(self.report.mistakes) > 1 and self.heading:
            return _escape(self.heading)
        return f"{_escape(self.heading)}: {_escape(kind)}" if self.heading else _escape(kind)

    def place(self, frame: Frame) -> str:
        """A place in the source, as a link where an editor is known."""
        text = f"<code>{_escape(frame.path)}:{frame.line}</code>"
        if self.editor:
            target = self.editor.replace("{file}", quote(frame.file)).replace("{line}", str(frame.line))
            text = f'<a href="{_escape(target)}">{text}</a>'
        return f"in <code>{_escape(frame.function)}</code> {text}" if frame.function else text

    def where(self, problem: Problem) -> str:
        """The line that says where; of a setup mistake its places say it."""
        if problem.where is None or (self.report.mistakes and not problem.relation):
            return ""
        return f'<p class="where soft">{self.place(problem.where)}</p>'

    def mistake(self, mistake: Mistake) -> str:
        """One mistake of the setup, with its places and its fix."""
        places = "".join(f'<p class="where soft">{self.place(one)}</p>{code(one)}' for one in mistake.places)
        fix = suggestion(Suggestion(fix=mistake.fix))
        if len(self.report.mistakes) == 1:  # its code and what it is are the headline
            return f"<section>{places}{fix}</section>"
        head = f'<p class="type">{_escape(mistake.code)}</p><h2>{_escape(mistake.what)}</h2>'
        return f'<section class="mistake">{head}{places}{fix}</section>'

    def cause(self, problem: Problem) -> str:
        """A further exception: one that led to the first, or a member of its group."""
        module = self.module(problem)
        where = self.where(problem)
        return (
            f"<h2>{_escape(problem.relation)}</h2>"
            f'<p class="type">{_escape(problem.type)}{module}</p>'
            f'<p class="said">{_escape(_clipped(problem.message, 4000))}</p>{where}'
            f"{code(problem.where)}{self.frames(problem, heading='')}"
        )

    def frames(self, problem: Problem, *, heading: str = "Frames") -> str:
        """The frames, the innermost first: the user's open, those of libraries folded."""
        # The place of a syntax error is no frame: nothing ran there.
        frames = [frame for frame in problem.frames if frame.function]
        if not frames:
            return ""
        parts = []
        for yours, group in groupby(frames, key=lambda frame: frame.yours):
            run = list(group)
            parts += [self.frame(one, shown=one is problem.where) for one in run] if yours else [self.folded(run)]
        if not heading:
            return "".join(parts)
        count = sum(frame.yours for frame in frames)
        others = len(frames) - count
        libraries = f", {others} of libraries" if others else ""
        hint = f"The innermost first: {_count(count, 'frame')} of your code{libraries}."
        return f'<section><h2>{heading}</h2><p class="soft">{hint}</p>{"".join(parts)}</section>'

    def frame(self, frame: Frame, *, shown: bool) -> str:
        """A frame of the user's: open, with its variables; its code too, unless the page shows it above."""
        variables = frame.described(self.describer)
        table = pairs(variables) if variables else '<p class="empty">No variables here.</p>'
        body = f'<div class="body">{"" if shown else code(frame)}{table}</div>'
        return f"<details open>{self._summary(frame)}{body}</details>"

    def folded(self, frames: Sequence[Frame]) -> str:
        """A run of library frames as one line, to be unfolded."""
        packages = dict.fromkeys(package_of(frame.module) for frame in frames if frame.module)
        names = ", ".join(list(packages)[:4])
        inner = "".join(
            f'<details>{self._summary(frame)}<div class="body">{code(frame)}</div></details>' for frame in frames
        )
        return (
            f'<details class="folded"><summary>{_count(len(frames), "library frame")} '
            f'<span class="mono">{_escape(names)}</span></summary>{inner}</details>'
        )

    def _summary(self, frame: Frame) -> str:
        times = f" <span>{frame.repeats} times</span>" if frame.repeats > 1 else ""
        name = f"<b>{_escape(frame.function)}</b>" if frame.function else ""
        line = f'<code class="line">{_escape(frame.current.text.strip())}</code>' if frame.current else ""
        text = f'<span class="mono">{_escape(frame.path)}:{frame.line}</span>'
        return f"<summary>{name}{text}{times}{line}</summary>"


def html_page(
    report: Report,
    asked: Asked | None = None,
    *,
    heading: str = "",
    editor: str = "",
    footer: str = "Shown in development only, and to this computer only.",
) -> str:
    """The report as a page, to be sent with `DEBUG_CSP`.

    `heading` goes before the type of the exception. `editor` is the address that opens a file, such as
    `vscode://file{file}:{line}`; places are links then.
    """
    return Page(report, asked, heading=heading, editor=editor, footer=footer).render()


def code(frame: Frame | None) -> str:
    """The lines of a frame, the current one marked, with its caret below."""
    if frame is None or not frame.lines:
        return ""
    shown = highlighted if frame.file.endswith((".py", ".pyw", ">")) and not frame.template else _escape
    rows: list[str] = []
    for line in frame.lines:
        kind = "l now" if line.current else "l"
        rows.append(f'<span class="{kind}"><i>{line.number}</i>{shown(line.text)}</span>')
        if line.caret:
            rows.append(f'<span class="l now caret"><i></i>{line.caret}</span>')
    label = _escape(f"{frame.path}, line {frame.line}")
    opening = f'<pre class="code" tabindex="0" role="region" aria-label="{label}">'
    return f"{opening}<code>{''.join(rows)}</code></pre>"


def suggestion(said: Suggestion) -> str:
    """Why it happened, and what to do."""
    rows = "".join(_help(label, text) for label, text in (("Why", said.why), ("Fix", said.fix)) if text)
    return f'<div class="help">{rows}</div>' if rows else ""


def _help(label: str, text: str) -> str:
    kind = ' class="mono"' if "\n" in text or text.startswith(("pip install ", "import ", "from ")) else ""
    return f"<b>{label}</b><span{kind}>{_escape(text)}</span>"


def request(asked: Asked) -> str:
    """The request: its line, then query, headers and cookies with secrets masked."""
    parts = [f"<h2>Request</h2><p><code>{_escape(f'{asked.method} {asked.path}')}</code></p>"]
    for name, values in (("Query", asked.query), ("Headers", asked.headers), ("Cookies", asked.cookies)):
        if values:
            parts.append(f"<h3>{name}</h3>{pairs(values)}")
    return f"<section>{''.join(parts)}</section>"


def pairs(values: Iterable[tuple[str, str]]) -> str:
    """Names and values as a list of two columns, of one on a phone."""
    return f"<dl>{''.join(_pairs(values))}</dl>"


def _pairs(values: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in values:
        shown = _escape(value).replace(HIDDEN, f"<em>{HIDDEN}</em>")
        yield f"<dt>{_escape(name)}</dt><dd>{shown or '<em>empty</em>'}</dd>"


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
