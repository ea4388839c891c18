"""The wizard in a real browser: three steps, with JavaScript and without, by day and night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .running import running

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `demijohn dev examples/wizard/app.py` answers."""
    with running("wizard", tmp_path_factory.mktemp("wizard")) as url:
        yield url


def fill_address(page: Any) -> None:
    """The first step, but for the card."""
    for label, text in [
        ("Name", "Ada Lovelace"), ("Email", "ada@example.org"), ("Street", "Quay 1"), ("Postcode", "0150"),
        ("City", "Oslo"),
    ]:  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)


def fill_item(page: Any, row: int, product: str, count: int) -> None:
    """A row of the second step."""
    page.locator(f"[name='lines.{row}.product']").select_option(product)
    page.locator(f"[name='lines.{row}.count']").fill(str(count))


def step(page: Any, name: str) -> None:
    """Wait until a step is the one shown."""
    page.locator("[aria-current=step]").get_by_text(name).wait_for()


def go_on(page: Any) -> None:
    """To the next step."""
    page.get_by_role("button", name="Continue").locator("visible=true").last.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_order(visitor: Any, address: str, scripts: bool) -> None:
    """A gift of two products: rows come and go, going back loses nothing, and the summary has it all."""
    page = visitor(address, scripts=scripts)
    fill_address(page)
    card = page.get_by_label("What the card says")
    if scripts:
        assert card.is_hidden()
    page.get_by_label("It is a gift").check()
    card.fill("For you")
    go_on(page)
    step(page, "What you take")
    fill_item(page, 0, "Demijohn, 5 litres", 2)
    page.get_by_role("button", name="Add another").click()
    fill_item(page, 1, "Funnel", 1)
    page.get_by_role("button", name="Add another").click()
    fill_item(page, 2, "Cork", 3)
    page.get_by_role("button", name="Remove Item 2").click()
    page.locator("[name='lines.2.product']").wait_for(state="detached")
    assert page.locator("[name='lines.1.product']").input_value() == "Cork"
    page.get_by_role("button", name="Back").click()
    step(page, "Where it goes")
    assert page.get_by_label("Street").input_value() == "Quay 1"
    go_on(page)
    step(page, "What you take")
    assert page.locator("[name='lines.1.count']").input_value() == "3"
    go_on(page)
    step(page, "A last look")
    assert page.get_by_role("row", name="Total").inner_text().split()[-2:] == ["51.60", "€"]
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Order", exact=True).click()
    page.get_by_role("heading", name="Thank you, Ada Lovelace.").wait_for()
    assert page.get_by_role("row").all_inner_texts()[1].split("\t") == ["Demijohn, 5 litres", "2", "48.00 €"]
    assert page.get_by_text("For you").is_visible()
    page.reload()
    assert page.get_by_role("heading", name="Thank you").is_visible()


def test_look(visitor: Any, address: str) -> None:
    """Every step, a mistake and the summary, by day and night, on a desk and a phone, from right to left."""
    page = visitor(address)
    fill_address(page)
    page.get_by_label("Street").fill(" ")  # browsers let that pass
    go_on(page)
    page.locator(".dj-summary:focus").wait_for()
    visitor.inspect(page, "wizard-mistake")
    page.get_by_label("Street").fill("Quay 1")
    page.get_by_label("It is a gift").check()
    page.get_by_label("What the card says").fill("For you " * 12)
    visitor.inspect(page, "wizard-address")
    go_on(page)
    step(page, "What you take")
    fill_item(page, 0, "Demijohn, 15 litres", 99)
    page.get_by_role("button", name="Add another").click()
    fill_item(page, 1, "Cork", 1)
    visitor.inspect(page, "wizard-items")
    go_on(page)
    step(page, "A last look")
    visitor.inspect(page, "wizard-review")
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Order", exact=True).click()
    page.get_by_role("heading", name="Thank you").wait_for()
    visitor.inspect(page, "wizard-thanks")
