"""Components and fragments: what they take, what they see, and what is said of mistakes."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from demijohn import App, Client, InlineTemplates, Templates, render
from demijohn.batteries.templates.drawing import ComponentError
from demijohn.templates import TemplateRenderer

CARD = """{% props title: str, level: int = 2, kind: "plain" | "warning" = "plain" -%}
<section class="{{ kind }}"><h{{ level }}>{{ title }}</h{{ level }}>{{ slot }}
{%- if slots.footer %}<footer>{{ slots.footer }}</footer>{% endif %}</section>"""


def app_with(**templates: str) -> App:
    """An app that renders any of its templates by name."""
    app = App(debug=True)
    app.use(Templates())
    named = {name.replace("__", "/") + ".html": source for name, source in templates.items()}
    app.register(InlineTemplates({"components/card.html": CARD, **named}))

    @app.get("/show/{name}", name="show")
    def show(name: str):
        return render(name, names=["<a>", "b"], secret="s")

    return app


def shown(source: str, **templates: str) -> str:
    """A page that uses components."""
    return Client(app_with(page=source, **templates)).get("/show/page.html").text


def test_a_component_gets_its_props_and_what_stands_in_it():
    """Values are escaped once; what is not given has its default."""
    page = shown(
        "{% component 'card' title=names[0] %}<p>{{ names[1] }}</p>"
        "{% slot footer %}<i>end</i>{% endslot %}{% endcomponent %}"
    )
    assert page == '<section class="plain"><h2>&lt;a&gt;</h2><p>b</p><footer><i>end</i></footer></section>'
    assert shown("{{ component('card', title='T', level=3, kind='warning') }}") == (
        '<section class="warning"><h3>T</h3></section>'
    )


def test_slots_see_the_names_around_them():
    """Those of a loop too."""
    page = shown(
        "{% for n in names %}{% component 'card' title=n %}{{ loop.index }}{% slot footer %}{{ n }}{% endslot %}"
        "{% endcomponent %}{% endfor %}"
    )
    assert "<h2>&lt;a&gt;</h2>1<footer>&lt;a&gt;</footer>" in page
    assert "<h2>b</h2>2<footer>b</footer>" in page


def test_a_component_sees_nothing_of_the_page():
    """But what every template knows."""
    page = shown(
        "{% component 'look' %}{% endcomponent %}",
        components__look="{{ secret is defined }} {{ url('show', name='x') }} {{ request.path }}",
    )
    assert page == "False /show/x /show/page.html"


def test_components_stand_in_components():
    """And in the slots of others."""
    page = shown(
        "{% component 'card' title='out' %}{% component 'card' title='in' %}x{% slot footer %}f{% endslot %}"
        "{% endcomponent %}{% slot footer %}{{ component('card', title='foot') }}{% endslot %}{% endcomponent %}"
    )
    assert page.count("<section") == 3
    assert page.index(">out<") < page.index(">in<") < page.index(">foot<")


def test_a_component_may_be_any_template():
    """A name with a suffix is its own."""
    assert shown("{{ component('parts/line.html', text='x') }}", parts__line="<hr>{{ text }}") == "<hr>x"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ component('card', titel='x') }}", "card has no prop titel, only title, level, kind, and needs title"),
        ("{{ component('card', title=3) }}", "says that title is a str, not 3"),
        ("{{ component('card', title='x', level=true) }}", "says that level is an int, not True"),
        ("{{ component('card', title='x', kind='odd') }}", "kind is one of 'plain' | 'warning', not 'odd'"),
    ],
)
def test_wrong_props_are_told(source: str, problem: str):
    """All of them at once."""
    with pytest.raises(ComponentError, match=problem.replace("|", "[|]")):
        Client(app_with(page=source), raise_errors=True).get("/show/page.html")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "{% component 'card' %}{% if 1 %}{% slot a %}{% endslot %}{% endif %}{% endcomponent %}",
            "stands directly between",
        ),
        ("{% slot a %}{% endslot %}", "stands directly between"),
        ("{% component 'card' %}{% slot a %}{% endslot %}{% slot a %}{% endslot %}{% endcomponent %}", "filled twice"),
        ("{% props x: number %}", "number is no type of a prop: any, str"),
    ],
)
def test_mistakes_of_the_tags_are_told(source: str, problem: str):
    """When the template is read, with its line."""
    with pytest.raises(jinja2.TemplateSyntaxError, match=problem):
        Client(app_with(page=source), raise_errors=True).get("/show/page.html")


def test_a_component_can_be_a_page():
    """Its props are then what it is rendered with."""
    app = App(debug=True)
    app.use(Templates())
    app.register(InlineTemplates({"components/card.html": CARD}))
    app.get("/", name="card")(lambda: render("components/card.html", title="T"))
    assert Client(app).get("/").text == '<section class="plain"><h2>T</h2></section>'


def test_a_fragment_is_one_block_of_a_page():
    """Rendered alone, in a page that extends another too; with the page's media type."""
    app = app_with(
        base="<title>{% block title %}{% endblock %}</title>{% block main %}{% endblock %}",
        page="{% extends 'base.html' %}{% block main %}<ul>{% block list %}{% for n in names %}<li>{{ n }}</li>"
        "{% endfor %}{% endblock %}</ul>{% endblock %}",
    )

    @app.get("/part")
    def part(block: str):
        return render(f"page.html#{block}", names=["<a>"])

    client = Client(app, raise_errors=True)
    answer = client.get("/part?block=list")
    assert answer.text == "<li>&lt;a&gt;</li>"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/part?block=main").text == "<ul><li>&lt;a&gt;</li></ul>"
    with pytest.raises(jinja2.TemplateNotFound, match=r"page.html has no block rows. It has: list, main."):
        client.get("/part?block=rows")


def test_mistakes_in_a_fragment_name_its_line():
    """As those of a page do."""
    app: Any = app_with(page="{% block a %}\n{{ missing }}{% endblock %}")
    app.get("/part")(lambda: render("page.html#a"))
    with pytest.raises(jinja2.UndefinedError) as caught:
        Client(app, raise_errors=True).get("/part")
    assert any(entry.lineno == 1 and "page.html" in str(entry.path) for entry in caught.traceback)


ROW = """{% props name: str, count: int, kind: "plain" | "odd" = "plain", note: any = none -%}
<tr class="{{ kind }}"><td>{{ count }}</td><td>{{ name }}</td></tr>"""


@pytest.mark.parametrize(
    ("use", "most"),
    [
        ("{{ component('row', name=r, count=1, kind='odd') }}", 34),
        ("{% component 'row' name=r, count=1 %}{% endcomponent %}", 26),
    ],
    ids=["function", "tag"],
)
def test_a_row_costs_few_calls(use: str, most: int, calls_of: Any):
    """A table of a thousand rows makes no objects of its props for each: the same macro of Jinja's has 18."""
    app = App(debug=False)
    app.use(Templates())
    app.register(
        InlineTemplates({"components/row.html": ROW, "page.html": f"{{% for r in rows %}}{use}{{% endfor %}}"})
    )
    seen: list[int] = []

    @app.get("/{count}")
    def show(count: int, templates: TemplateRenderer):
        seen.append(calls_of(lambda: templates.render("page.html", rows=["a"] * count)))
        return ""

    client = Client(app)
    for count in (1, 1, 101):
        client.get(f"/{count}")
    assert (seen[2] - seen[1]) / 100 <= most


def test_a_default_may_be_worked_out():
    """Only where nothing was given, of the props before it too; 1 and true are not taken for each other."""
    source = (
        "{% props name: str, title: str = name|upper, size: int = 1 + 1, open: bool = true, count: int = 1 -%}"
        "{{ title }} {{ size }} {{ open }} {{ count }}"
    )
    assert shown("{{ component('one', name='a') }}", components__one=source) == "A 2 True 1"
    used = "{{ component('one', name='a', title='b', size=3, open=false, count=0) }}"
    assert shown(used, components__one=source) == "b 3 False 0"
    other = source.replace("open: bool = true, count: int = 1", "open: int = 1, count: any = true")
    assert shown("{{ component('one', name='a') }}", components__one=other) == "A 2 1 True"


def test_what_a_component_includes_sees_its_props():
    """As what any template includes does."""
    page = shown(
        "{{ component('outer', name='a') }}",
        components__outer="{% props name: str %}{% include 'part.html' %}{% set name = 'b' %}{% include 'part.html' %}",
        part="<{{ name }}>",
    )
    assert page == "<a><b>"


@pytest.mark.parametrize("use", ["{{ component('one', name='a') }}" * 2, "{% include 'components/one.html' %}"])
def test_blocks_in_a_component_see_its_props(use: str):
    """In one that extends another, too; each time."""
    page = shown(
        f"{{% set name = 'a' %}}{use}",
        base="<b>{% block main %}{% endblock %}</b>",
        components__one="{% props name: str, size: int = 1 %}{% extends 'base.html' %}"
        "{% block main %}{{ super() }}{{ name }}{{ size }}{% endblock %}",
    )
    assert page == "<b>a1</b>" * (page.count("<b>") or 1)


def test_components_of_a_macro_that_is_imported():
    """It lives longer than a page."""
    client = Client(
        app_with(
            page="{% import 'macros.html' as m %}{% for n in names %}{{ m.titled(n) }}{% endfor %}{{ request.path }}",
            macros="{% macro titled(name) %}{% component 'card' title=name %}{% endcomponent %}{% endmacro %}",
        )
    )
    first = client.get("/show/page.html").text
    assert first.count("<h2>") == 2
    assert client.get("/show/page.html").text == first


def test_a_component_that_changes_is_read_again(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    """In development, as any template; in what an imported macro shows too."""
    folder = tmp_path / "templates"
    (folder / "components").mkdir(parents=True)
    (folder / "components" / "one.html").write_text("{% props n: int = 1 %}one{{ n }}")
    macros = "{% macro show() %}{{ component('one') }}{% endmacro %}"
    (folder / "macros.html").write_text(macros)
    (folder / "page.html").write_text("{% import 'macros.html' as m %}{{ m.show() }}{{ component('one') }}")
    app = App(debug=True)
    app.use(Templates(folder=str(folder)))
    app.get("/")(lambda: render("page.html"))
    client = Client(app)
    assert client.get("/").text == "one1one1"
    (folder / "components" / "one.html").write_text("{% props n: int = 2, m: int = 3 %}two{{ n }}{{ m }}")
    assert client.get("/").text == "two23two23"


def test_slots_see_the_caller_of_the_macro_around_them():
    """What it is called with, too; in components in components; a macro in a slot has its own."""
    page = shown(
        "{% macro titled(name) %}{% component 'card' title=name %}{% component 'card' title='in' %}"
        "{{ caller() }}{{ varargs }}{% slot footer %}{{ caller() }}{{ kwargs.end }}{% endslot %}"
        "{% endcomponent %}{% endcomponent %}{% endmacro %}"
        "{% call titled('out', 1, end='!') %}<i>{{ names[1] }}</i>{% endcall %}"
        "{% component 'card' title='x' %}{{ caller is defined }}"
        "{% macro own() %}{{ caller() }}{% endmacro %}{% call own() %}own{% endcall %}{% endcomponent %}"
    )
    assert ">in</h2><i>b</i>(1,)<footer><i>b</i>!</footer>" in page
    assert ">x</h2>Falseown</section>" in page


def test_macros_of_a_component_can_be_imported():
    """As those of any template."""
    page = shown(
        "{% from 'components/one.html' import twice with context %}{{ twice(2) }}",
        components__one="{% props n: int = 1 %}{% macro twice(n) %}{{ n * 2 }}{% endmacro %}{{ twice(n) }}",
    )
    assert page == "4"


def test_text_as_a_component_is_escaped_by_the_page():
    """Nothing is escaped in it, so what it says is no HTML."""
    app = app_with(page="{{ component('note.txt', title='<a>') }}")
    app.register(InlineTemplates({"note.txt": "{% props title: str %}{{ title }} & b"}))
    assert Client(app).get("/show/page.html").text == "&lt;a&gt; &amp; b"
