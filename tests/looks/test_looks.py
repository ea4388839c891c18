"""Every page of ours, untouched: by day and night, on a desk and a phone, from right to left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from demijohn import App, InlineTemplates, Templates, render
from demijohn.database import Page

from .gallery import development, production

pytestmark = [pytest.mark.browser]
Serve = Callable[[Any], AbstractContextManager[str]]

PAGER = """{% extends "demijohn/base.html" %}{% block title %}List{% endblock %}
{% block main %}{{ component("demijohn/pager.html", page=page) }}{% endblock %}"""


@pytest.fixture(scope="module")
def address(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the gallery answers."""
    with serve(development(tmp_path_factory.mktemp("gallery")).wsgi) as url:
        yield url


@pytest.fixture(scope="module")
def closed(serve: Serve) -> Iterator[str]:
    """Where the site answers that has nothing but errors."""
    with serve(production().wsgi) as url:
        yield url


@pytest.mark.parametrize(
    "path", ["page", "form", "bottles", "bottles?page=2", "bottles/3", "new", "bottles/3/change", "bottles/3/delete"]
)
def test_pages(visitor: Any, address: str, path: str) -> None:
    """The base page with all that may stand in it, a form of every widget, and those of the generic views."""
    visitor.inspect(visitor(f"{address}/{path}"), re.sub("[/?=]", "-", path))


def test_turning_pages(visitor: Any, address: str) -> None:
    """By hand and by keyboard, with what was searched for kept, and without a script."""
    page = visitor(f"{address}/bottles?q=Bottle")
    pager = page.get_by_role("navigation", name="Pages")
    pager.get_by_role("link", name="Page 2").click()
    page.wait_for_url("**/bottles?q=Bottle&page=2")
    assert pager.locator("[aria-current=page]").inner_text() == "2"
    assert pager.get_by_role("link", name="Next").count() == 0
    pager.get_by_role("link", name="Previous").press("Enter")
    page.wait_for_url("**/bottles?q=Bottle&page=1")


@pytest.mark.parametrize(
    ("number", "pages", "shown"),
    [
        (5, 10, "1 … 4 5 6 … 10"),
        (4, 10, "1 … 3 4 5 … 10"),
        (3, 5, "1 2 3 4 5"),
        (12345, 99999, "1 … 12344 12345 12346 … 99999"),
    ],
)
def test_the_pager_of_a_phone(visitor: Any, serve: Serve, number: int, pages: int, shown: str) -> None:
    """Fewer numbers, on one line; what is left out is a gap."""
    app = App(debug=True)
    app.use(Templates())
    app.register(InlineTemplates({"list.html": PAGER}))
    app.get("/")(lambda: render("list.html", page=Page(items=[], page=number, size=1, total=pages)))
    with serve(app.wsgi) as url:
        page = visitor(url)
        page.set_viewport_size({"width": 360, "height": 600})
        seen = page.evaluate(
            """() => [...document.querySelectorAll(".dj-pager li")]
                .filter(item => getComputedStyle(item).display != "none")
                .map(item => [item.querySelector("a")?.checkVisibility() ? item.innerText.trim() : "…",
                              item.getBoundingClientRect().top])"""
        )
    assert " ".join(text for text, _ in seen) == shown
    assert max(top for _, top in seen) - min(top for _, top in seen) < 20


def test_a_form_with_mistakes(visitor: Any, address: str) -> None:
    """All of them told, with a row."""
    page = visitor(f"{address}/form")
    page.get_by_role("button", name="Add another").click()
    page.evaluate("document.querySelector('.dj-form').noValidate = true")
    page.get_by_role("button", name="Save").click()
    page.locator(".dj-summary:focus").wait_for()
    visitor.inspect(page, "form-mistakes")


@pytest.mark.parametrize("status", [415, 422, 503])
def test_error_pages(visitor: Any, closed: str, status: int) -> None:
    """As visitors see them in production."""
    visitor.inspect(visitor(f"{closed}/error/{status}"), f"error-{status}")


@pytest.mark.parametrize("path", ["nowhere", "send", "number?count=x&size=y", "crash"])
def test_errors_of_the_kernel(visitor: Any, closed: str, path: str) -> None:
    """404, 405, 422 and 500 as they come about."""
    visitor.inspect(visitor(f"{closed}/{path}"), f"kernel-{path.partition('?')[0]}")


def test_a_request_from_elsewhere(visitor: Any, closed: str) -> None:
    """That of another site's form is refused."""
    page = visitor(f"{closed}/nowhere".replace("127.0.0.1", "localhost"))
    page.evaluate(
        """(url) => {
            const form = Object.assign(document.createElement("form"), {method: "post", action: url});
            document.body.append(form);
            form.submit();
        }""",
        f"{closed}/send",
    )
    page.wait_for_url(f"{closed}/send")
    page.get_by_role("heading", name="Forbidden").wait_for()
    visitor.inspect(page, "error-forged")


@pytest.mark.parametrize("path", ["broken", "wrong-template", "no-start", "welcome"])
def test_debug_pages(visitor: Any, address: str, path: str) -> None:
    """As developers see them: an exception, a missing template, an app that does not start, one without routes."""
    visitor.inspect(visitor(f"{address}/{path}"), f"debug-{path}")
