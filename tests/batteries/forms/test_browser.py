"""A form in a browser, with its script and without: on a telephone and a desk, by day and night, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest

from demijohn import App, InlineTemplates, Meta, Schema, Templates, redirect, render
from demijohn.forms import Email, Field, Form, Forms, LongText

pytestmark = [pytest.mark.browser]


class Line(Schema):
    """A row."""

    product: Annotated[str, Meta(min_length=2)]
    count: Annotated[int, Meta(ge=1)] = 1


class OrderIn(Schema):
    """Some of everything."""

    title: Annotated[str, Meta(max_length=20, description="Short.")]
    email: Email
    note: LongText = ""
    kind: Literal["private", "company"] = "private"
    vat: Annotated[str | None, Field(label="VAT number", show_if={"kind": "company"}, required=True)] = None
    lines: list[Line] = []


class OrderForm(Form[OrderIn]):
    """Checked while it is filled in."""

    live = True

    def validate_title(self, value: str) -> None:
        """A rule that only the server knows."""
        if value == "taken":
            raise ValueError("This title is taken.")


PAGE = """
<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1">
<title>An order</title></head><body><main><h1>An order</h1>{{ form }}</main></body></html>
"""

taken: list[Any] = []


def _app() -> App:
    app = App(debug=True)
    app.use(Forms(), Templates())
    two_forms = PAGE.replace("{{ form }}", "{{ first }}<h2>Another</h2>{{ second }}")
    app.register(InlineTemplates({"order.html": PAGE, "two.html": two_forms}))

    @app.get("/done")
    def done() -> str:
        return "Thank you."

    @app.route("/order", methods=["GET", "POST"])
    def order(form: OrderForm) -> Any:
        if form.valid:
            taken.append(form.value)
            return redirect(done)
        return render("order.html", form=form)

    @app.route("/two", methods=["GET", "POST"])
    def two(first: Annotated[OrderForm, "a"], second: Annotated[OrderForm, "b"]) -> Any:
        if first.valid:
            taken.append(first.value)
            return redirect(done)
        return render("two.html", first=first, second=second)

    return app


@pytest.fixture(scope="module")
def address(serve: Any) -> Iterator[str]:
    """The app, served."""
    with serve(_app().wsgi) as url:
        yield f"{url}/order"


def test_with_the_script(visitor: Any, address: str) -> None:
    """A field is checked when it is left, another appears, rows come and go, and nothing is loaded anew."""
    taken.clear()
    page = visitor(address)
    page.get_by_label("Title").fill("taken")
    page.get_by_label("Email").focus()
    page.get_by_text("This title is taken.").wait_for()
    assert page.get_by_label("Title").get_attribute("aria-invalid") == "true"
    page.get_by_label("Title").fill("Corks")
    page.get_by_label("Email").fill("a@b.org")
    page.get_by_text("This title is taken.").wait_for(state="hidden")
    assert page.get_by_label("VAT number").is_hidden()
    page.get_by_label("Company").check()
    page.get_by_label("VAT number").fill("DE1")
    page.get_by_role("button", name="Add another").click()
    assert page.evaluate("document.activeElement.name") == "lines.1.product"
    page.locator("[name='lines.1.product']").fill("Jug")
    page.get_by_role("button", name="Remove Lines 1").click()
    assert page.locator("[name='lines.0.product']").input_value() == "Jug"
    assert page.locator(".dj-row > legend").all_inner_texts() == ["Lines 1"]
    page.get_by_label("Title").press("Enter")
    page.get_by_text("Thank you.").wait_for()
    assert taken == [
        OrderIn(title="Corks", email="a@b.org", kind="company", vat="DE1", lines=[Line(product="Jug", count=1)])
    ]


def test_two_forms_on_a_page(visitor: Any, address: str) -> None:
    """The script minds only the form that it is asked about, and what was typed in the other one is not lost."""
    taken.clear()
    page = visitor(address.replace("/order", "/two"))
    first, second = page.locator("#form-a"), page.locator("#form-b")
    second.get_by_label("Title").fill("Typed")
    second.get_by_label("Company").check()
    second.get_by_label("VAT number").fill("DE1")
    first.get_by_label("Title").fill("taken")
    first.get_by_label("Email").fill("a@b.org")
    first.get_by_role("button", name="Add another").click()
    first.locator("[name='a.lines.1.product']").fill("Jug")
    first.get_by_role("button", name="Remove Lines 1").click()
    assert first.locator("[name='a.lines.0.product']").get_attribute("id") == "form-a-lines-0-product"
    first.get_by_text("This title is taken.").wait_for()
    assert second.get_by_text("This title is taken.").count() == 0
    first.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_text("This title is taken.").wait_for()
    assert second.get_by_label("Title").input_value() == "Typed"
    assert second.get_by_label("VAT number").input_value() == "DE1"
    assert second.locator(".dj-summary").count() == 0
    first.get_by_label("Title").fill("Corks")
    first.get_by_role("button", name="Save").click()
    page.get_by_text("Thank you.").wait_for()
    assert taken == [OrderIn(title="Corks", email="a@b.org", lines=[Line(product="Jug", count=1)])]


def test_without_the_script(visitor: Any, address: str) -> None:
    """The same by pages: rows by buttons, all mistakes at once with the focus on them, and a link to each field."""
    taken.clear()
    page = visitor(address, scripts=False)
    page.get_by_label("Title").fill("taken")
    page.get_by_label("Email").fill("a@b.org")
    page.locator("[name='lines.0.product']").fill("Jug")
    page.get_by_role("button", name="Add another").click()
    page.locator("[name='lines.1.product']").fill("Cup")
    page.locator("[name='lines.1.count']").fill("2")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_text("This title is taken.").wait_for()
    page.get_by_role("link", name="Title").click()
    page.get_by_label("Title").fill("Corks")
    page.get_by_role("button", name="Remove Lines 2").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Thank you.").wait_for()
    assert taken == [OrderIn(title="Corks", email="a@b.org", lines=[Line(product="Jug", count=1)])]


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "touch"])
def test_it_looks_as_it_should(visitor: Any, address: str, touch: bool) -> None:
    """What is clicked is large enough, larger under a finger, and the mistakes have the focus and a name."""
    page = visitor(address, width=360, has_touch=touch, is_mobile=touch)
    page.evaluate("document.querySelector('.dj-form').noValidate = true")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    page.locator(".dj-summary:focus").wait_for()
    sizes = page.evaluate(
        "[...document.querySelectorAll('.dj-form :is(input, select, textarea, button)')]"
        ".filter((one) => one.offsetParent && !one.matches('.dj-first') && one.type !== 'hidden')"
        # A box is ticked by its label, too.
        ".map((one) => ['checkbox', 'radio'].includes(one.type) ? one.labels[0] : one)"
        ".map((one) => one.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"
    )
    assert sizes
    assert min(sizes) >= (44 if touch else 28)
    unlabelled = page.evaluate(
        "[...document.querySelectorAll('.dj-form :is(input, select, textarea)')]"
        ".filter((one) => one.type !== 'hidden' && one.labels.length === 0 && !one.ariaLabel).map((one) => one.name)"
    )
    assert unlabelled == []
    broken = page.evaluate(
        "[...document.querySelectorAll('.dj-form [aria-describedby]')]"
        ".flatMap((one) => one.getAttribute('aria-describedby').split(' '))"
        ".filter((id) => document.getElementById(id) === null)"
    )
    assert broken == []
