"""HTML as a type: text that is markup already, told apart from text that must be escaped."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

__all__ = ["HTML", "Markup", "escape"]


class HTML(Markup):
    """Markup made of a template and values, which are escaped; a handler returns it as `text/html`.

    >>> HTML("<p>Hello, {}!</p>", "<script>")
    HTML('<p>Hello, &lt;script&gt;!</p>')
    """

    def __new__(cls, template: Any = "", /, *args: Any, **kwargs: Any) -> HTML:
        text = Markup(template)  # noqa: S704 - the template is the developer's own; values are escaped
        if args or kwargs:
            text = text.format(*args, **kwargs)
        return super().__new__(cls, text)
