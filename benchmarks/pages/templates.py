"""A page of a thousand rows by template: Jinja itself, and whole answers of the frameworks."""

from __future__ import annotations

from .contest import Contest, Exchange, Task

_ESCAPED = b"<td>Cork &amp; wire &lt;999&gt;</td>"


def _jinja(name: str) -> Task:
    import jinja2

    from ..apps.folder import TEMPLATES
    from ..apps.pages.work import ROWS

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False)
    template = environment.get_template(name)
    assert _ESCAPED in template.render(rows=ROWS).encode()
    return lambda: template.render(rows=ROWS).encode()


def _demijohn(path: str) -> Task:
    from ..apps.pages import demijohn

    return Exchange(demijohn.pages, path, says=_ESCAPED)


def _flask() -> Task:
    from ..apps.pages import flask

    return Exchange(flask.pages, "/rows", says=_ESCAPED)


def _django() -> Task:
    from ..apps.pages import django

    return Exchange(django.pages, "/rows", says=_ESCAPED)


PAGE = Contest(
    "page",
    "a page of 1,000 rows",
    "Jinja2",
    {
        "Jinja2": lambda: _jinja("rows.html"),
        "Demijohn": lambda: _demijohn("/rows"),
        "Flask": _flask,
        "Django": _django,
        "Jinja2, a macro for each row": lambda: _jinja("rows-macros.html"),
        "Jinja2, an include for each row": lambda: _jinja("rows-includes.html"),
        "Demijohn, a component for each row": lambda: _demijohn("/rows/components"),
    },
    at_most={"Demijohn": 1.05},
)
