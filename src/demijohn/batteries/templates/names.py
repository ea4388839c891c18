"""What the name of a template tells: its media type, and whether its values are escaped."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ...foundation.http.response import HTML_TYPE, JSON, TEXT

REQUEST: Final = "demijohn.request"
"""Under which name the request stands in a context beside `request`, which a handler may give another value."""

_TYPES = {
    "txt": TEXT,
    "xml": "application/xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "svg": "image/svg+xml",
    "xhtml": "application/xhtml+xml; charset=utf-8",
    "json": JSON,
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}


def bare_name(name: str) -> str:
    """A name less what editors know templates by, and less the block that is meant.

    >>> bare_name("mail/welcome.txt.j2")
    'mail/welcome.txt'
    """
    name = name.partition("#")[0]
    for suffix in (".j2", ".jinja", ".jinja2"):
        name = name.removesuffix(suffix)
    return name


def is_text(name: str) -> bool:
    """Whether a template is plain text, in which nothing is escaped: `.txt` alone is."""
    return bare_name(name).endswith(".txt")


@lru_cache(1024)
def media_type_of(name: str) -> str:
    """What a rendered template is sent as: HTML, where its name does not say otherwise.

    >>> media_type_of("feed.xml.j2"), media_type_of("index")
    ('application/xml; charset=utf-8', 'text/html; charset=utf-8')
    """
    return _TYPES.get(bare_name(name).rpartition(".")[2], HTML_TYPE)
