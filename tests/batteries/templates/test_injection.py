"""What strangers write is text: never a template, and no name of theirs reaches what templates keep to themselves."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import jinja2
import pytest

from demijohn import App, Client, Form, Forms, HTTPError, InlineTemplates, Schema, Session, Sessions, Templates, render

TEXTS = [
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "{{ request.plan }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{# hidden",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{0.__class__} %(name)s",
]


class NoteIn(Schema):
    """What somebody writes."""

    name: str
    stars: int = 0


@dataclass
class Item:
    """Something with more to it than is shown."""

    name: str
    _secret: str = "hidden"


def app_with(**templates: str) -> App:
    """An app that puts what it is asked into its templates."""
    app = App(debug=True)
    app.use(Templates(), Forms(), Sessions())
    app.register(InlineTemplates({name.replace("__", "/") + ".html": text for name, text in templates.items()}))

    @app.get("/show/{name}")
    def show(name: str, text: str = "", session: Session | None = None) -> Any:
        return render(name, text=text, items=[Item("b"), Item("a")])

    @app.route("/form", methods=["GET", "POST"])
    def form(form: Form[NoteIn]) -> Any:
        return render("form.html", form=form)

    @app.get("/flash")
    def flash(session: Session, text: str) -> Any:
        session.flash(text)
        return render("flash.html")

    @app.get("/error")
    def error(text: str) -> Any:
        raise HTTPError(404, text)

    return app


@pytest.fixture(scope="module")
def client() -> Client:
    """Of an app that shows a text in all the ways there are."""
    return Client(
        app_with(
            plain="{{ text }}",
            again="{{ ('' ~ text)|e }} {% set other = text %}{{ other }}",
            included="{% include 'plain.html' %}",
            macro="{% macro say(it) %}{{ it }}{% endmacro %}{{ say(text) }}",
            component="{% component 'say' text=text %}{{ text }}{% slot end %}{{ text }}{% endslot %}"
            "{% endcomponent %}",
            components__say="{% props text: str %}{{ text }}{{ slot }}{{ slots.end }}",
            filters="{{ text|linebreaks }}{{ text|linebreaksbr }}{{ text|truncatechars(200) }}{{ text|default('') }}"
            "{{ text|replace('x', 'y') }}{{ '%s'|format(text) }}",
            attribute="<p title='{{ text }}'></p>",
            form="{{ form }}",
            flash="{% for message in messages() %}{{ message }}{% endfor %}",
        ),
        raise_errors=False,
    )


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("page", ["plain", "again", "included", "macro", "component", "filters", "attribute"])
def test_a_text_is_shown_as_it_was_written(client: Client, page: str, text: str) -> None:
    """In a page, a component, its slots, and through filters."""
    shown = client.get(f"/show/{page}.html", params={"text": text})
    assert shown.status == 200
    assert _escaped(text) in _same(shown.text)
    assert "49" not in shown.text


@pytest.mark.parametrize("text", TEXTS)
def test_pages_of_our_own_show_it_so_too(client: Client, text: str) -> None:
    """Forms that are shown again, messages and error pages."""
    html = {"accept": "text/html"}
    answers = [
        client.post("/form", data={"name": text, "stars": text}),
        client.get("/flash", params={"text": text}),
        client.get("/error", params={"text": text}, headers=html),
    ]
    for answer in answers:
        assert _escaped(text) in _same(answer.text)
        assert ">49<" not in answer.text


@pytest.mark.parametrize(
    "name", ["{{7*7}}", "{% raw %}", "a{0}b", "%s", "plain.html#{{7}}", "{{ lipsum.__globals__ }}"]
)
def test_a_name_is_no_template_either(name: str) -> None:
    """A template by a name that a visitor gave is sought, and not there."""
    app = app_with(plain="x")
    app.get("/named")(lambda request: render(request.query["name"]))
    with pytest.raises(jinja2.TemplateNotFound):
        Client(app, raise_errors=True).get("/named", params={"name": name})


@pytest.mark.parametrize(
    "name", ["_secret", "__class__", "__class__.__init__", "name.__class__", "__init__.__globals__"]
)
@pytest.mark.parametrize(
    "source",
    [
        "{{ items|sort(attribute=text)|map(attribute='name')|join }}",
        "{{ items|map(attribute=text)|join }}",
        "{{ items|groupby(text)|length }}",
        "{{ items|sum(attribute=text, start='') }}",
        "{{ (items|max(attribute=text)).name }}",
        "{{ items|selectattr(text)|list|length }}{{ items|selectattr(text, 'undefined')|list|length }}",
        "{{ items[0][text] }}",
        "{{ items[0]|attr(text) }}",
    ],
)
def test_a_name_of_theirs_reaches_nothing_private(source: str, name: str) -> None:
    """To sort, group and ask by: what begins with an underscore is not there."""
    client = Client(app_with(page=source), raise_errors=True)
    try:
        shown = client.get("/show/page.html", params={"text": name}).text
    except (jinja2.UndefinedError, TypeError):
        return
    assert shown == "02", shown


def test_names_that_a_template_says_itself_are_found() -> None:
    """A key that begins with an underscore, as those of MongoDB do, and an attribute."""
    source = "{{ {'_id': 7}['_id'] }} {{ items[0]._secret }} {{ items[0]['name'] }} {{ items[1]|attr('name') }}"
    client = Client(app_with(page=source))
    assert client.get("/show/page.html").text == "7 hidden b a"


def _escaped(text: str) -> str:
    return _same(escape(text))


def _same(html: str) -> str:
    """One spelling of what can be escaped in several."""
    return html.replace("&#39;", "'").replace("&#x27;", "'").replace("&#34;", '"').replace("&quot;", '"')
