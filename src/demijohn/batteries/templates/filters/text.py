"""Text: into paragraphs, shortened, made part of an address."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from jinja2 import Environment, pass_environment
from jinja2.filters import do_truncate

from ....foundation.markup import Markup, escape

_PARAGRAPHS = re.compile(r"\n{2,}")


def linebreaks(value: Any) -> Markup:
    """Paragraphs of plain text as HTML: an empty line begins a paragraph, any other line end is `<br>`.

    >>> linebreaks("One\\ntwo\\n\\n<three>")
    Markup('<p>One<br>two</p>\\n\\n<p>&lt;three&gt;</p>')
    """
    parts = _PARAGRAPHS.split(_lines(value).strip("\n"))
    return Markup("\n\n".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts))


def linebreaksbr(value: Any) -> Markup:
    """Each line end as `<br>`.

    >>> linebreaksbr("a\\nb")
    Markup('a<br>b')
    """
    return Markup(_lines(value).replace("\n", "<br>"))


def truncatewords(value: Any, count: int) -> str:
    """The first words, and an ellipsis if there are more; line ends become blanks.

    >>> truncatewords("to be or not to be", 2)
    'to be …'
    """
    words = _text(value).split()
    return " ".join(words if len(words) <= count else [*words[: max(count, 0)], "…"])


def truncatechars(value: Any, length: int) -> str:
    """No more characters than `length`, the ellipsis among them.

    >>> truncatechars("philosophy", 6)
    'philo…'
    """
    text = _text(value)
    return text if len(text) <= length else text[: max(length - 1, 0)] + "…"


@pass_environment
def truncate(  # noqa: PLR0917 - as Jinja's
    environment: Environment, value: Any, length: int = 255, killwords: bool = False, end: str = "...",
    leeway: int | None = None,
) -> str:  # fmt: skip
    """Jinja's own, but that of markup the text alone is taken: half a tag would swallow what follows it."""
    return do_truncate(environment, _text(value), length, killwords, end, leeway)


def _text(value: Any) -> str:
    """The text of a value; of markup less its tags, so that none is cut in two."""
    return Markup(value).striptags() if hasattr(value, "__html__") else str(value)


def slugify(value: Any) -> str:
    """Text as a part of an address: letters and digits of ASCII, in lower case, joined by hyphens.

    >>> slugify("Crème brûlée, twice!")
    'creme-brulee-twice'
    """
    plain = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain)).strip("-_")


def _lines(value: Any) -> str:
    """Escaped, unless it is markup already, with line ends of one kind."""
    return str(escape("" if value is None else value)).replace("\r\n", "\n").replace("\r", "\n")
