"""What apps and batteries hand to the `Templates` battery: templates, and what stands in them.

An app registers these, `app.register(InlineTemplates({...}))`; a battery offers them, `setup.offer(...)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...foundation.errors import SetupError, Where
from ...foundation.http.request import Request
from ...foundation.safe_join import safe_join

_HEADING = re.compile(r"^@@[ \t]*(\S.*?)?[ \t]*$", re.MULTILINE)


class InlineTemplates:
    """Templates that stand in the code, so that an app may be one file.

    Either a mapping from names to templates, or one text in which a line `@@ name` begins each template. A file
    of the same name in the app's folder of templates is taken instead.

    >>> inline = InlineTemplates('''
    ... @@ index.html
    ... <h1>{{ title }}</h1>
    ... @@ about.html
    ... <p>About us.</p>
    ... ''')
    >>> list(inline.templates)
    ['index.html', 'about.html']
    """

    def __init__(self, templates: Mapping[str, str] | str) -> None:
        self.where = Where.caller()
        self.templates = _split(templates, self.where) if isinstance(templates, str) else dict(templates)
        for name in self.templates:
            if safe_join("", name) is None:
                raise SetupError(
                    "DMJ0705",
                    f"{name!r} is no name for a template.",
                    fix="Name it as a file in a folder would be: index.html, or posts/show.html.",
                    where=self.where,
                )

    def __repr__(self) -> str:
        return f"InlineTemplates({', '.join(self.templates)})"


def _split(text: str, where: Where) -> dict[str, str]:
    head, *rest = _HEADING.split(text.replace("\r\n", "\n"))
    if head.strip() or not rest:
        raise SetupError(
            "DMJ0705",
            "The text of InlineTemplates does not begin with a line that names a template.",
            fix='InlineTemplates("""\n@@ index.html\n<h1>...</h1>\n""")',
            where=where,
        )
    templates: dict[str, str] = {}
    for name, source in zip(rest[::2], rest[1::2], strict=True):
        if not name or name in templates:
            problem = f"has two templates called {name}" if name else "has a line @@ without a name"
            raise SetupError(
                "DMJ0705",
                f"The text of InlineTemplates {problem}.",
                fix="Give each template a name of its own: @@ index.html",
                where=where,
            )
        templates[name] = source.removeprefix("\n")
    return templates


@dataclass(frozen=True)
class TemplateFolder:
    """A folder of templates that a battery or a package brings; the app's own templates go before them.

    With a `prefix`, its files are found under that name: `TemplateFolder(here / "templates", "admin")` has
    `admin/list.html` for its `list.html`.
    """

    path: str | Path
    prefix: str = ""


@dataclass(frozen=True)
class ContextValue:
    """A name that every template knows while a request is answered; `make` gets the request.

    It is made when a template first uses it, and not for others. What a handler gives to `render` goes before it.
    """

    name: str
    make: Callable[[Request], Any]


@dataclass(frozen=True)
class TemplateGlobal:
    """A name that all templates know, imported ones and those rendered outside of requests too."""

    name: str
    value: Any


@dataclass(frozen=True)
class TemplateFilter:
    """A filter for templates: `TemplateFilter("money", money)` makes `{{ price|money }}` call `money(price)`."""

    name: str
    function: Callable[..., Any]
