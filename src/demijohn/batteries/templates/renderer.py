"""The templates of one app, for whoever asks for them by annotation."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...foundation.current import current

if TYPE_CHECKING:  # Jinja is imported where an app uses templates, not where it could.
    from .engine import Engine


class TemplateRenderer:
    """Renders templates to text: for mails, fragments and files; what a handler answers with is `render(...)`.

    Ask for it by annotation, in handlers and in providers: `def send(templates: TemplateRenderer)`.
    """

    def __init__(self, make_engine: Callable[[], Engine]) -> None:
        self._make_engine = make_engine
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """What renders, made at first use: only then has everybody offered what they bring."""
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = self._make_engine()
        return self._engine

    def render(self, template: str, /, **context: Any) -> str:
        """The text of a template: `Markup`, or a plain `str` of a `.txt`.

        It is looked for beside the module that calls this, then where all are. Raises `TemplateNotFound`, and
        what Jinja raises for mistakes in a template.
        """
        return self.engine.render(calling_file(), template, context, current.get())


def calling_file() -> str:
    """The file of the module, outside of Demijohn, that is calling; "" where code has none."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("demijohn."):
        frame = frame.f_back
    return frame.f_globals.get("__file__") or ""
