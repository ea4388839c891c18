"""The atlas in a real browser: a server of its own, headless Chromium, and not one complaint in the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .running import running

pytestmark = [pytest.mark.browser, pytest.mark.server]

PAGES = [
    "/",
    "/search?q=san",
    "/countries",
    "/countries/DO",
    "/continents/EU",
    "/cities/2657896",
    "/map",
    "/places",
    "/places/new?city_id=2657896",
    "/about",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[], str]) -> Iterator[str]:
    """Where `demijohn serve` answers, with the larger cities in a database of its own."""
    settings = {"DATABASE_URL": migrated(), "ATLAS_MIN_POPULATION": "100000"}
    with running("atlas", tmp_path_factory.mktemp("served"), "serve", "--workers", "1", **settings) as url:
        yield url


def test_search_open_and_save(visitor: Any, address: str) -> None:
    """Typing searches, a result opens its city, and a place is saved there after a mistake was told."""
    page = visitor(address)
    page.get_by_label("Find a city").press_sequentially("zürich", delay=20)
    page.wait_for_url("**/search?q=z%C3%BCrich")
    assert page.locator("#count").inner_text() == "1 city with a name like “zürich”"
    page.get_by_role("link", name="Zürich").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Zürich"
    page.get_by_role("link", name="Save a place here").click()
    assert page.get_by_label("Latitude").input_value() == "47.36667"
    page.get_by_label("Note").fill("By the lake")
    page.get_by_label("Longitude").fill("east")
    page.get_by_role("button", name="Save").click()
    assert "name, longitude" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Longitude").input_value() == "east"
    assert page.get_by_label("Note").input_value() == "By the lake"
    page.get_by_label("Name").fill("Bench")
    page.get_by_label("Longitude").fill("8.55")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/places")
    assert page.get_by_role("heading", name="Bench").is_visible()
    page.get_by_role("button", name="Delete Bench").click()
    assert page.get_by_text("No places yet.").is_visible()


def test_quick_typing_shows_the_last_search(visitor: Any, address: str) -> None:
    """Earlier answers never overwrite later ones, and nothing found is said."""
    page = visitor(f"{address}/search")
    field = page.get_by_label("Find a city")
    for text in ["be", "ber", "berl", "berlin"]:
        field.fill(text)
        page.wait_for_timeout(170)
    page.wait_for_url("**/search?q=berlin")
    assert page.locator("#results a").first.inner_text() == "Berlin"
    field.fill("qqqqqq")
    page.wait_for_url("**/search?q=qqqqqq")
    assert "No city is called" in page.locator("#count").inner_text()


def test_search_without_javascript(visitor: Any, address: str) -> None:
    """The same address answers a plain form."""
    page = visitor(address, scripts=False)
    page.get_by_label("Find a city").fill("zurich")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("link", name="Zürich").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_look(visitor: Any, address: str, path: str) -> None:
    """Every page, by day and night, on a desk and a phone, from right to left."""
    visitor.inspect(visitor(address + path), f"atlas-{path.strip('/').replace('/', '-').partition('?')[0] or 'home'}")


def test_keyboard(visitor: Any, address: str) -> None:
    """The first key leads past the header, and where the focus is can be seen."""
    page = visitor(f"{address}/countries")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
