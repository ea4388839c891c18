"""An app's own templates for a widget, a field, a form, and one field or form alone."""

from __future__ import annotations

from typing import Any

from demijohn import HTML, App, Client, ContextValue, InlineTemplates, Schema, Templates, render
from demijohn.forms import Field, Form, Forms


class Note(Schema):
    """Two fields."""

    title: str
    text: str = ""


class NoteForm(Form[Note]):
    """With templates of its own."""

    template = "note-form.html"
    text = Field(template="note-text.html", attributes={"data-x": "<1>", "hidden": False, "spellcheck": True})


def _page(kind: Any, templates: dict[str, str], **settings: Any) -> str:
    app = App(bare=True)
    app.use(Forms(**settings), Templates())
    app.register(InlineTemplates({"page.html": "{{ form }}", **templates}))
    app.register(ContextValue("csrf_field", lambda _: "TOKEN"))

    def page(form: Any) -> Any:
        return render("page.html", form=form)

    page.__annotations__["form"] = kind
    app.get("/")(page)
    return Client(app).get("/").text


def test_a_widget_of_the_app() -> None:
    """By the name of the battery's."""
    assert "MINE:title" in _page(Form[Note], {"forms/widgets/text.html": "MINE:{{ field.name }}"})


def test_all_fields_of_the_app() -> None:
    """One template."""
    page = _page(Form[Note], {"forms/field.html": "[{{ field.label }}]"})
    assert "[Title]" in page
    assert "[Text]" in page
    assert "<input" not in page


def test_one_form_and_one_field() -> None:
    """Said in the class."""
    page = _page(
        NoteForm, {"note-form.html": "<b>{{ form.text }}</b>", "note-text.html": "<i{{ field.attributes }}>"}
    )  # fmt: skip
    assert page == '<b><i id="form-text" name="text" data-x="&lt;1&gt;" spellcheck></b>'


def test_the_token_stands_in_the_form() -> None:
    """Whatever the security battery gives for it."""
    assert "TOKEN" in _page(Form[Note], {})


def test_assets_are_linked_once_and_not_where_they_are_not_wanted() -> None:
    """A page with two forms has one style sheet."""
    assert _page(Form[Note], {"page.html": "{{ form }}{{ form }}"}).count('rel="stylesheet"') == 1
    assert 'rel="stylesheet"' not in _page(Form[Note], {}, assets=False)


def test_a_form_in_html_without_a_template() -> None:
    """It is markup there, as its fields are."""
    app = App(debug=True)
    app.use(Forms())

    @app.get("/")
    def page(form: Form[Note]) -> Any:
        return HTML("<main>{}|{field}</main>", form, field=form["title"])

    text = Client(app).get("/").text
    assert "&lt;" not in text
    assert text.count('<input type="text" id="form-title"') == 2
