"""The page for an app that does not start: it cannot be imported, or its setup has mistakes."""

from __future__ import annotations

from pathlib import Path

from .html import html_page
from .report import Report
from .text import text_page

_HEADING = "The app does not start"
_FOOTER = "Mend the file and save it: the server tries again by itself. Then load this page anew."


def import_error_page(exc: BaseException, *, app_root: Path | None = None, editor: str = "") -> str:
    """The debug page of an exception that the import or the setup of an app raised; send it with `DEBUG_CSP`.

    A syntax error shows its line with a caret, setup mistakes each show their places and their fix.
    """
    report = Report.of(exc, app_root=app_root or Path.cwd())
    return html_page(report, heading=_HEADING, editor=editor, footer=_FOOTER)


def import_error_text(exc: BaseException, *, app_root: Path | None = None) -> str:
    """The same as plain text."""
    return f"{_HEADING}\n\n{text_page(Report.of(exc, app_root=app_root or Path.cwd()))}"
