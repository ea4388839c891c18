"""The line that is told: the user's, in Python and in templates, not one of the libraries between."""

from __future__ import annotations

import sys
from typing import Any

import jinja2

from demijohn.batteries.database.reading_place import reading_place


def test_the_line_of_whoever_calls() -> None:
    """Here, at this line."""
    assert reading_place() == (__file__, sys._getframe().f_lineno)


def test_libraries_are_passed_over() -> None:
    """A function of SQLAlchemy calls; the line that called it is told."""
    scope: dict[str, Any] = {"reading_place": reading_place, "__name__": "sqlalchemy.orm.test"}
    exec("def place():\n    return reading_place()", scope)
    assert scope["place"]() == (__file__, sys._getframe().f_lineno)


def test_a_template_has_lines_of_its_own() -> None:
    """The name of the template, and the line in it."""
    source = "{# one #}\n<ul>\n{% for x in [1] %}\n<li>{{ place() }}</li>\n{% endfor %}"
    environment = jinja2.Environment(loader=jinja2.DictLoader({"list.html": source}), autoescape=False)
    places: list[tuple[str, int]] = []
    scope: dict[str, Any] = {"reading_place": reading_place, "places": places, "__name__": "demijohn.test"}
    exec("def place():\n    places.append(reading_place())", scope)
    environment.get_template("list.html").render(place=scope["place"])
    assert places == [("list.html", 4)]
