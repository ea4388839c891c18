"""Examples as visitors see them: served by `demijohn dev`, in headless Chromium, with and without JavaScript."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from .conftest import EXAMPLES, MAIN

CHROMIUM = (
    os.environ.get("CHROMIUM_PATH")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
SCROLL_WIDTH = "document.documentElement.scrollWidth"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def missing(what: str) -> NoReturn:
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


@contextmanager
def served(name: str, folder: Path) -> Iterator[str]:
    """The address of an example that keeps all it writes in a folder, and believes who its visitors say they are."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'app.sqlite'}",
        "DEMIJOHN_STORAGE_FOLDER": str(folder / "media"),
        "DEMIJOHN_SECURITY_TRUSTED_PROXIES": "1",
        "SECRET_KEY": secrets.token_urlsafe(32),
    }
    log = folder / "log.txt"
    app = str(EXAMPLES / name / "app.py")
    command = [sys.executable, "-c", MAIN, "dev", app, "--port", str(port), "--no-reload"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
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


@contextmanager
def chromium() -> Iterator[Any]:
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


def open_page(browser: Any, complaints: list[str], **options: Any) -> Any:
    """A page of a visitor of its own address, whose console is listened to."""
    visitor = ".".join(["10", *(str(1 + secrets.randbelow(250)) for _ in range(3))])
    page = browser.new_context(extra_http_headers={"x-forwarded-for": visitor}, **options).new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def hear(said: Any) -> None:
        # Chromium tells of each answer to a form with a mistake, which is a 422, as if it were one of the page.
        if said.type in ("error", "warning") and "422" not in said.text:
            complaints.append(said.text)

    page.on("console", hear)
    return page


def lightness(page: Any) -> float:
    """How light the page is, from 0 to 1."""
    return float(page.evaluate(BACKGROUND).split("(")[1].split()[0])


def screenshot(page: Any, name: str) -> None:
    """A picture of the page in the folder that SCREENSHOTS names, if it names one."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
