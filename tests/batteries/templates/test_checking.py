"""What `demijohn check` finds in templates, and in what renders them."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from demijohn.foundation.errors import SetupError
from demijohn.kernel.checks import Check

APP = """
from demijohn import App, InlineTemplates, Templates, render
app = App(debug=True)
app.use(Templates())
app.register(InlineTemplates({
    "base.html": "<title>{{ title }}</title>{% block main %}{% endblock %}",
    "components/card.html": "{% props title: str, level: int = 2 %}{{ title }}{{ slot }}",
    "line.html": "{{ post }} {{ site }}",
    "page.html": TEMPLATE,
}))
@app.get("/", name="home")
def home():
    return RENDER
@app.get("/posts/{id}", name="show")
def show(id: int):
    return str(id)
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[SetupError]]:
    """The mistakes of an app with one page and one way of rendering it."""

    def found(template: str, rendering: str = "render('page.html', posts=[])") -> list[SetupError]:
        source = APP.replace("TEMPLATE", repr(template)).replace("RENDER", rendering)
        name = f"checked_{uuid.uuid4().hex}"
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.syspath_prepend(str(tmp_path))
        kernel = importlib.import_module(name).app.seal()
        return [error for check in kernel.offers(Check) for error in check.run(kernel)]

    return found


def test_a_page_without_mistakes_has_none(found):
    """What is set, looped over, counted on as missing, imported or known to all is no mistake."""
    assert not found(
        "{% extends 'base.html' %}{% set title = 'T' %}{% block main %}{% for post in posts %}{% set site = 1 %}"
        "{% include 'line.html' %}{{ loop.index }}{% endfor %}{{ maybe|default('') }}"
        "{% if other is defined %}{{ other }}{% endif %}<a href='{{ url('show', id=1) }}' {{ nonce }}>"
        "{% component 'card' title='x' %}{% endcomponent %}"
        "{% include 'none.html' ignore missing %}{{ request.path }}{{ url(request.path) }}{% endblock %}"
    )


@pytest.mark.parametrize(
    ("template", "code", "what", "fix"),
    [
        ("\n{{ 'a'|nofilter }}", "DMJ0670", "No filter named 'nofilter'", "Jinja's"),
        ("\n{% url 'home' %}", "DMJ0670", "unknown tag 'url'", "{{ url('show', id=1) }}"),
        ("\n{{ posts|join:', ' }}", "DMJ0670", "got ':'", "|date('j F Y')"),
        (
            "\n{% include 'lin.html' %}",
            "DMJ0671",
            "There is no template 'lin.html'. Did you mean line.html?",
            "Looked in",
        ),
        ("\n{{ component('car', title='') }}", "DMJ0671", "'components/car.html'", "Create it"),
        (
            "\n{{ component('card', titel='') }}",
            "DMJ0672",
            "has no prop titel, only title, level, and needs title",
            "title=",
        ),
        ("\n{{ url('hom') }}", "DMJ0673", "No route is called 'hom'. Did you mean home or show?", "demijohn routes"),
        ("\n{{ url('show') }}", "DMJ0673", "url('show') needs id", "demijohn routes"),
    ],
)
def test_each_mistake_is_told_with_its_line_and_the_way_out(found, template: str, code: str, what: str, fix: str):
    """In the template."""
    (error,) = found(template)
    assert error.code == code
    assert what in error.what
    assert fix in error.fix
    assert (error.where[0].file, error.where[0].line) == ("<template page.html>", 2)


def test_what_render_does_not_give_is_told(found):
    """With the call and the line of the template, through what it extends and includes."""
    errors = found(
        "{% extends 'base.html' %}{% block main %}\n{% for post in posts %}{% include 'line.html' %}{% endfor %}"
        "{% endblock %}"
    )
    assert [error.code for error in errors] == ["DMJ0674"] * 2
    assert [error.what for error in errors] == [
        "The template page.html uses title, which render() does not give it.",
        "The template page.html uses site, which render() does not give it.",
    ]
    assert errors[0].where[0].name == "home"
    assert errors[0].where[1].file == "<template base.html>"


def test_what_others_give_all_templates_is_one_mistake_of_the_template(found):
    """Not one for each page that extends it, and mended there: `render(..., url_for=...)` would be a wrong turn."""
    errors = found(
        "{{ get_flashed_messages() }}\n{{ url_for('home') }}", "render('page.html'), render('page.html', title='')"
    )
    assert [(error.code, error.what, error.fix) for error in errors] == [
        ("DMJ0674", "The template page.html uses get_flashed_messages, which nothing gives it here.",
         "It is messages(), with app.use(Sessions()); each has a category."),
        ("DMJ0674", "The template page.html uses url_for, which nothing gives it here.",
         "Links are url('show', id=1), files static('app.css')."),
    ]  # fmt: skip
    assert [(place.file, place.line) for error in errors for place in error.where] == [
        ("<template page.html>", 1),
        ("<template page.html>", 2),
    ]


def test_blocks_see_what_their_template_makes_at_its_top(found):
    """Imports, macros and values; a name that is made nowhere is told still."""
    errors = found(
        "{% extends 'base.html' %}{% import 'line.html' as line %}{% from 'line.html' import one, two as other %}"
        "{% macro own() %}{% endmacro %}{% set first, second = 1, 2 %}{% set text %}{% endset %}"
        "{% block main %}{{ line }}{{ one }}{{ other }}{{ own() }}{{ first }}{{ second }}{{ text }}\n{{ two }}"
        "{% endblock %}",
        "render('page.html', title='', site='', post='')",
    )
    assert [error.what for error in errors] == ["The template page.html uses two, which render() does not give it."]


def test_what_is_known_at_run_time_alone_is_left_alone(found):
    """A whole context, a name that is computed."""
    assert not found("{{ anything }}", "render('page.html', **{'anything': 1})")
    assert not found("", "render('page' + '.html')")


def test_a_template_that_render_names_must_be_there(found):
    """A fragment's page too."""
    (error,) = found("", "render('pages.html#list')")
    assert error.what == "There is no template 'pages.html'. Did you mean page.html?"
    assert error.where[0].name == "home"


def test_the_template_of_a_view_is_told_what_things_are_called_here(tmp_path, monkeypatch):
    """A page of Django's would be empty, without a word in production; what a context gives is its own affair."""
    name = f"checked_{uuid.uuid4().hex}"
    (tmp_path / f"{name}.py").write_text("""
from demijohn import App, InlineTemplates, Templates, TemplateView
app = App()
app.use(Templates())
app.register(InlineTemplates({"list.html": "{{ unknown }}\\n{% for each in object_list %}{% endfor %}"}))
@app.view("/")
class Posts(TemplateView):
    template = "list.html"
@app.view("/own")
class Own(TemplateView):
    template = "list.html"
    def context(self):
        return {"object_list": []}
""")
    monkeypatch.syspath_prepend(str(tmp_path))
    kernel = importlib.import_module(name).app.seal()
    (error,) = [error for check in kernel.offers(Check) for error in check.run(kernel)]
    assert error.what == "The template list.html uses object_list, which nothing gives it here."
    assert error.fix == "It is items: {% for post in items %}."
    assert (error.where[0].file, error.where[0].line) == ("<template list.html>", 2)
