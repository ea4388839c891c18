"""A form in a browser, with its script and without: on a telephone and a desk, by day and night, by keyboard."""

from __future__ import annotations

import os
import shutil
import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NoReturn

import pytest

from demijohn import App, InlineTemplates, Meta, Schema, Templates, redirect, render
from demijohn.forms import Email, Field, Form, Forms, LongText

pytestmark = [pytest.mark.browser]

CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")


def missing(what: str) -> NoReturn:
    """Skip; with CI=true nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"With CI=true nothing may be skipped. {what}")
    pytest.skip(what)


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
    app.register(InlineTemplates({"order.html": PAGE}))

    @app.get("/done")
    def done() -> str:
        return "Thank you."

    @app.route("/order", methods=["GET", "POST"])
    def order(form: OrderForm) -> Any:
        if form.valid:
            taken.append(form.value)
            return redirect(done)
        return render("order.html", form=form)

    return app


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """One thread for each request."""

    daemon_threads = True


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The app, served."""
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, _app().wsgi, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/order"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    if CHROMIUM is None:
        missing("There is no Chromium (apt-get install chromium, or set CHROMIUM_PATH).")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed.")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


def _open(browser: Any, complaints: list[str], **options: Any) -> Any:
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    return page


def test_with_the_script(browser: Any, address: str) -> None:
    """A field is checked when it is left, another appears, rows come and go, and nothing is loaded anew."""
    complaints: list[str] = []
    taken.clear()
    page = _open(browser, complaints)
    page.goto(address)
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
    assert complaints == []


def test_without_the_script(browser: Any, address: str) -> None:
    """The same by pages: rows by buttons, all mistakes at once with the focus on them, and a link to each field."""
    taken.clear()
    page = _open(browser, [], java_script_enabled=False)
    page.goto(address)
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


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_as_it_should(browser: Any, address: str, width: int, scheme: str) -> None:
    """Nothing runs over the edge, what is clicked is large enough, and the mistakes have the focus and a name."""
    page = _open(browser, [], viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(address)
    page.evaluate("document.querySelector('.dj-form').noValidate = true")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    page.locator(".dj-summary:focus").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.dj-form :is(input, select, textarea, button)')]"
        ".filter((one) => one.offsetParent && !one.matches('.dj-first') && one.type !== 'hidden')"
        ".map((one) => one.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"
    )
    assert sizes
    assert min(sizes) >= 20
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
