"""Forms in forms, of which a browser drops the inner one."""

from __future__ import annotations

import jinja2
import pytest

from demijohn import App, Forms, InlineTemplates, Templates
from demijohn.batteries.templates.nesting import forms_in_forms
from demijohn.kernel.checks import Check


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<form>{{ form }}</form>", ["form"]),
        ("<FORM method=post>{% if a %}\n{{ login_form }}{% endif %}</FORM>", ["login_form"]),
        ("{% block main %}<form>{% for x in y %}{{ x }}{{ form }}{% endfor %}</form>{% endblock %}", ["form"]),
        ("{{ form }}<form></form>{{ form }}", []),
        ("<form>{{ form.title }}{{ form.summary }}{{ platform }}{{ title }}</form>", []),
        ("{{ form.opening }}{{ form.title }}{{ form.closing }}", []),
        ("<format>{{ form }}</format>", []),
    ],
)
def test_what_stands_in_a_form(template: str, found: list[str]):
    """A name that is called like one and printed as it is; its pieces may stand there."""
    assert [name for name, _ in forms_in_forms(jinja2.Environment().parse(template))] == found


@pytest.mark.parametrize("forms", [True, False])
def test_check_warns_of_it(forms: bool):
    """Once, with the template and its line, and only where forms are in use."""
    app = App()
    app.use(Templates(), *([Forms()] if forms else []))
    app.register(InlineTemplates({"page.html": "<form method='post'>\n{{ form }}<button>Save</button></form>"}))
    kernel = app.seal()
    found = [each for check in kernel.offers(Check) for each in check.warn(kernel)]
    assert [(each.id, each.level) for each in found] == [("TPL001", "warning")] * forms
    for each in found:
        assert each.what.startswith("page.html, line 2: {{ form }} stands in a <form>")
        assert "{{ form.opening }} ... {{ form.closing }}" in each.fix
