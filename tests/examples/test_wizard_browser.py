"""The wizard in a real browser: three steps, with JavaScript and without, by day and night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .browsing import SCROLL_WIDTH, chromium, lightness, open_page, screenshot, served

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `demijohn dev examples/wizard/app.py` answers."""
    with served("wizard", tmp_path_factory.mktemp("wizard")) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    with chromium() as launched:
        yield launched


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
def test_an_order(browser: Any, address: str, scripts: bool) -> None:
    """A gift of two products: rows come and go, going back loses nothing, and the summary has it all."""
    complaints: list[str] = []
    page = open_page(browser, complaints, java_script_enabled=scripts)
    page.goto(address)
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
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_look(browser: Any, address: str, scheme: str, width: int) -> None:
    """Every step, a mistake and the summary fit their window, and are light or dark as the visitor wants them."""
    complaints: list[str] = []
    page = open_page(browser, complaints, viewport={"width": width, "height": 800}, color_scheme=scheme)

    def look(name: str) -> None:
        assert page.evaluate(SCROLL_WIDTH) <= width, name
        assert (lightness(page) > 0.9) == (scheme == "light"), name
        screenshot(page, f"wizard-{name}-{width}-{scheme}")

    page.goto(address)
    fill_address(page)
    page.get_by_label("Street").fill(" ")  # browsers let that pass
    go_on(page)
    page.locator(".dj-summary:focus").wait_for()
    look("mistake")
    page.get_by_label("Street").fill("Quay 1")
    page.get_by_label("It is a gift").check()
    page.get_by_label("What the card says").fill("For you " * 12)
    look("address")
    go_on(page)
    step(page, "What you take")
    fill_item(page, 0, "Demijohn, 15 litres", 99)
    page.get_by_role("button", name="Add another").click()
    fill_item(page, 1, "Cork", 1)
    look("items")
    go_on(page)
    step(page, "A last look")
    look("review")
    page.get_by_label("I have read").check()
    page.get_by_role("button", name="Order", exact=True).click()
    page.get_by_role("heading", name="Thank you").wait_for()
    look("thanks")
    assert complaints == []
