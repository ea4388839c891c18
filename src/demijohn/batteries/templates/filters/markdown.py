"""Markdown that may come from anybody: made into HTML by markdown-it-py, and of that only what is harmless kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from ....foundation.lazy import need
from ....foundation.markup import Markup


def markdown(value: Any) -> Markup:
    """CommonMark, tables and struck-out text as HTML without scripts, styles or event handlers.

    HTML in the text is kept as far as it is harmless; links get `rel="nofollow noopener noreferrer"`. Needs the extra
    `markdown`.
    """
    convert, clean = _tools()
    return Markup(clean(convert("" if value is None else str(value))))


@lru_cache(1)
def _tools() -> tuple[Callable[[str], str], Callable[[str], str]]:
    markdown_it = need("markdown_it", extra="markdown", wanted_by="The filter markdown")
    nh3 = need("nh3", extra="markdown", wanted_by="The filter markdown")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    schemes = {"http", "https", "mailto", "tel"}
    return parser.render, partial(nh3.clean, link_rel="nofollow noopener noreferrer", url_schemes=schemes)
