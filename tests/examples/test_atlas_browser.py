"""The atlas in a real browser: a server of its own, headless Chromium, and not one complaint in the console."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import ATLAS, MAIN

pytestmark = [pytest.mark.browser, pytest.mark.server]

CHROMIUM = (
    os.environ.get("CHROMIUM_PATH")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
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


def missing(what: str) -> None:
    """Skip with a reason; in continuous integration nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and with CI=true nothing may be skipped.")
    pytest.skip(f"{what}.")


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[], str]) -> Iterator[str]:
    """Where `demijohn serve` answers, with the larger cities in a database of its own."""
    folder = tmp_path_factory.mktemp("served")
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": migrated(),
        "ATLAS_MIN_POPULATION": "100000",
    }
    log = folder / "log.txt"
    command = [sys.executable, "-c", MAIN, "serve", str(ATLAS), "--port", str(port), "--workers", "1"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/about", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until the server answers; tell its log if it does not."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The server did not answer:\n{log.read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    if CHROMIUM is None:
        missing("There is no Chromium (apt-get install chromium, or set CHROMIUM_PATH)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed (pip install playwright)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def complaints() -> list[str]:
    """What browsers said in their consoles: errors, and violations of the content security policy."""
    return []


def open_page(browser: Any, complaints: list[str], **options: Any) -> Any:
    """A page in a profile of its own, whose console is listened to."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def test_search_open_and_save(browser: Any, address: str, complaints: list[str]) -> None:
    """Typing searches, a result opens its city, and a place is saved there after a mistake was told."""
    page = open_page(browser, complaints, viewport={"width": 1280, "height": 900})
    page.goto(address)
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
    complaints[:] = [said for said in complaints if "422" not in said]  # Chromium tells the status of the answer.
    page.get_by_label("Name").fill("Bench")
    page.get_by_label("Longitude").fill("8.55")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/places")
    assert page.get_by_role("heading", name="Bench").is_visible()
    page.get_by_role("button", name="Delete Bench").click()
    assert page.get_by_text("No places yet.").is_visible()
    assert complaints == []


def test_quick_typing_shows_the_last_search(browser: Any, address: str, complaints: list[str]) -> None:
    """Earlier answers never overwrite later ones, and nothing found is said."""
    page = open_page(browser, complaints)
    page.goto(f"{address}/search")
    field = page.get_by_label("Find a city")
    for text in ["be", "ber", "berl", "berlin"]:
        field.fill(text)
        page.wait_for_timeout(170)
    page.wait_for_url("**/search?q=berlin")
    assert page.locator("#results a").first.inner_text() == "Berlin"
    field.fill("qqqqqq")
    page.wait_for_url("**/search?q=qqqqqq")
    assert "No city is called" in page.locator("#count").inner_text()
    assert complaints == []


def test_search_without_javascript(browser: Any, address: str, complaints: list[str]) -> None:
    """The same address answers a plain form."""
    page = open_page(browser, complaints, java_script_enabled=False)
    page.goto(address)
    page.get_by_label("Find a city").fill("zurich")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("link", name="Zürich").is_visible()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_look(browser: Any, address: str, complaints: list[str], scheme: str, width: int) -> None:
    """Every page fits its window, and is light or dark as the visitor wants it."""
    page = open_page(browser, complaints, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in PAGES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        lightness = float(page.evaluate("getComputedStyle(document.body).backgroundColor").split("(")[1].split()[0])
        assert (lightness > 0.9) == (scheme == "light"), path
    assert complaints == []


def test_keyboard(browser: Any, address: str, complaints: list[str]) -> None:
    """The first key leads past the header, and where the focus is can be seen."""
    page = open_page(browser, complaints)
    page.goto(f"{address}/countries")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert complaints == []
