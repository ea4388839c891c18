"""The user's line that is being run: below it are only libraries that work for it."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

_BELOW: Final = frozenset({"demijohn", "sqlalchemy", "jinja2", "markupsafe", "msgspec"})
"""Packages whose lines are passed over."""


def reading_place() -> tuple[str, int]:
    """File and line; of a template, its own."""
    frame: FrameType | None = sys._getframe(1)
    last = sys._getframe(1)
    while frame is not None:
        last = frame
        template = frame.f_globals.get("__jinja_template__")
        if template is not None and template.name is not None:
            file = template.filename if template.filename not in {None, "<template>"} else template.name
            return file, template.get_corresponding_lineno(frame.f_lineno)
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _BELOW:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return last.f_code.co_filename, last.f_lineno
