"""The page in a browser: on a telephone and a desk, by day and night, by keyboard, and trying a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def address(serve: Any) -> Iterator[str]:
    """The page of the shop, served."""
    import shop

    with serve(shop.app.wsgi) as url:
        yield f"{url}/docs"


def test_it_looks_good(visitor: Any, address: str) -> None:
    """By day and night, on a telephone and a desk, from left to right and from right to left; folded and open."""
    page = visitor(address)
    visitor.inspect(page, "api")
    for name in ("credentials", "op-items_create", "op-items_picture"):
        page.locator(f"#{name}").evaluate("(one) => { one.open = true; }")
    page.evaluate("document.querySelectorAll('.op[open] details').forEach((one) => { one.open = true; })")
    page.evaluate("document.querySelectorAll('.op:not([open]) + .op:not([open])').forEach((one) => one.remove())")
    visitor.inspect(page, "api-open")


def test_it_is_used_by_keyboard(visitor: Any, address: str) -> None:
    """Ctrl+K searches, Tab leads to what was found, Enter opens it."""
    page = visitor(address, width=360)
    page.keyboard.press("Control+k")
    page.keyboard.type("get weather")
    assert page.locator(".op:visible").count() == 0
    assert page.get_by_text("Nothing is called that.").is_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("weather")
    assert page.locator(".op:visible").count() == 1
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.parentElement.id") == "op-weather":
            break
    page.keyboard.press("Enter")
    assert page.locator("#op-weather").evaluate("(one) => one.open")


def test_an_address_opens_its_operation(visitor: Any, address: str) -> None:
    """A link to an operation shows it."""
    page = visitor(f"{address}#op-items_create")
    assert page.locator("#op-items_create").evaluate("(one) => one.open")


def test_a_request_is_tried(visitor: Any, address: str) -> None:
    """With a path, a body and credentials; the answer is shown as it came, and a refusal too."""
    page = visitor(f"{address}#op-items_create")
    operation = page.locator("#op-items_create")
    operation.get_by_role("button", name="Send").click()
    operation.get_by_text("401 Unauthorized in").wait_for()
    page.locator("#credentials summary").click()
    page.locator('[data-scheme="bearer"] input').fill("token")
    operation.get_by_role("button", name="Send").click()
    operation.get_by_text("201 Created in").wait_for()
    assert '"name": "Cup"' in operation.locator(".result pre").inner_text()
    page.goto(page.url.partition("#")[0] + "#op-items_show")
    shown = page.locator("#op-items_show")
    shown.locator('[data-in="path"]').fill("7")
    shown.get_by_role("button", name="Send").click()
    shown.get_by_text("200 OK in").wait_for()
    assert '"name": "Item 7"' in shown.locator(".result pre").inner_text()


def test_a_form_and_a_file_are_tried(visitor: Any, address: str) -> None:
    """Fields are sent as the form that the operation takes, a file as multipart."""
    page = visitor(f"{address}#op-items_picture")
    operation = page.locator("#op-items_picture")
    operation.locator('input[type="file"]').set_input_files(
        {"name": "cup.png", "mimeType": "image/png", "buffer": b"png"}
    )
    operation.get_by_role("button", name="Send").click()
    operation.get_by_text("201 Created in").wait_for()
    assert '"name": "cup.png"' in operation.locator(".result pre").inner_text()


def test_it_can_be_read_without_a_script(visitor: Any, address: str) -> None:
    """Operations open by themselves; what needs the script is not shown."""
    page = visitor(address, scripts=False)
    page.locator("#op-items_listed > summary").click()
    assert page.locator("#op-items_listed").get_by_text("Which page, from 1.").is_visible()
    assert page.locator(".try:visible, .search:visible, .copy:visible").count() == 0
