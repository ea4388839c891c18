"""The page in a browser: on a telephone and a desk, by day and night, by keyboard, and trying a request."""

from __future__ import annotations

import os
import shutil
import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")


def missing(what: str) -> NoReturn:
    """Skip; with CI=true nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"With CI=true nothing may be skipped. {what}")
    pytest.skip(what)


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """One thread for each request."""

    daemon_threads = True


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The shop, served."""
    import shop

    server = wsgiref.simple_server.make_server("127.0.0.1", 0, shop.app.wsgi, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
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


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Any]:
    """Opens the page in a profile of its own; at the end its console is empty: no error, no refused script or style."""
    complaints: list[str] = []
    contexts = []

    def open_(anchor: str = "", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/docs{anchor}")
        return page

    yield open_
    for context in contexts:
        context.close()
    # A browser complains of each refusal too, which is none of the page's own.
    assert [said for said in complaints if "status of 401" not in said] == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_with_everything_open(open_page: Any, width: int, scheme: str) -> None:
    """Nothing is wider than the screen, and its colours are those of the day or night."""
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    bright = page.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])") > 128
    assert bright is (scheme == "light")


@pytest.mark.browser
def test_it_is_used_by_keyboard(open_page: Any) -> None:
    """Ctrl+K searches, Tab leads to what was found, Enter opens it."""
    page = open_page(viewport={"width": 360, "height": 800})
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


@pytest.mark.browser
def test_an_address_opens_its_operation(open_page: Any) -> None:
    """A link to an operation shows it."""
    page = open_page("#op-items_create")
    assert page.locator("#op-items_create").evaluate("(one) => one.open")


@pytest.mark.browser
def test_a_request_is_tried(open_page: Any) -> None:
    """With a path, a body and credentials; the answer is shown as it came, and a refusal too."""
    page = open_page("#op-items_create", viewport={"width": 1280, "height": 900})
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


@pytest.mark.browser
def test_a_form_and_a_file_are_tried(open_page: Any) -> None:
    """Fields are sent as the form that the operation takes, a file as multipart."""
    page = open_page("#op-items_picture")
    operation = page.locator("#op-items_picture")
    operation.locator('input[type="file"]').set_input_files(
        {"name": "cup.png", "mimeType": "image/png", "buffer": b"png"}
    )
    operation.get_by_role("button", name="Send").click()
    operation.get_by_text("201 Created in").wait_for()
    assert '"name": "cup.png"' in operation.locator(".result pre").inner_text()


@pytest.mark.browser
def test_it_can_be_read_without_a_script(open_page: Any) -> None:
    """Operations open by themselves; what needs the script is not shown."""
    page = open_page(java_script_enabled=False)
    page.locator("#op-items_listed > summary").click()
    assert page.locator("#op-items_listed").get_by_text("Which page, from 1.").is_visible()
    assert page.locator(".try:visible, .search:visible, .copy:visible").count() == 0
