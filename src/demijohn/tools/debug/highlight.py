"""Python source as HTML with a little colour: keywords, strings, comments, numbers.

Line by line, so that a few lines out of a file do; the inside of a text of several lines is taken for code,
which is only a matter of colour. Everything is escaped, whatever it is taken for.
"""

from __future__ import annotations

import html
import keyword
import re

_KEYWORDS = "|".join(sorted([*keyword.kwlist, "match", "case"], key=len, reverse=True))
_TOKEN = re.compile(
    rf"""(?x)
    (?P<c> \#.* )
  | (?P<s> \b[rRbBfFuU]{{0,2}} (?: \"\"\".*?(?:\"\"\"|$) | '''.*?(?:'''|$)
         | "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? )
         | (?: \"\"\".*?(?:\"\"\"|$) | "(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? ) )
  | (?P<k> \b(?:{_KEYWORDS})\b )
  | (?P<n> \b\d[\w.]*\b )
  | (?P<f> (?<=def[ ])\w+ | (?<=class[ ])\w+ | ^[ ]*@[\w.]+ )
    """
)


def highlighted(text: str) -> str:
    """A line of Python as HTML; each coloured piece is a `span` of the class `c`, `s`, `k`, `n` or `f`.

    >>> highlighted("return 1 < x")
    '<span class="k">return</span> <span class="n">1</span> &lt; x'
    """
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts.append(html.escape(text[end : match.start()]))
        parts.append(f'<span class="{match.lastgroup}">{html.escape(match[0])}</span>')
        end = match.end()
    parts.append(html.escape(text[end:]))
    return "".join(parts)
