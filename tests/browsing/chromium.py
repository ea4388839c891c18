"""One headless Chromium for all browser tests of a process."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(what: str) -> NoReturn:
    """Skip with a reason; in continuous integration nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and with CI=true nothing may be skipped.")
    pytest.skip(f"{what}.")


class Chromium:
    """Playwright and a Chromium, which are started once.

    Between its calls Playwright leaves its event loop marked as the one that runs, so that no other could run in this
    thread. While no browser test runs the mark is taken away.
    """

    def __init__(self) -> None:
        self._path = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)
        if self._path is None:
            missing("There is no Chromium (apt-get install chromium, or set CHROMIUM_PATH)")
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            missing("Playwright is not installed (pip install playwright)")
        self._playwright = sync_playwright().start()
        self._loop = asyncio.get_running_loop()
        try:
            self._launched = self._launch()
        finally:
            asyncio._set_running_loop(None)

    def _launch(self) -> Any:
        return self._playwright.chromium.launch(executable_path=self._path, args=["--no-sandbox", "--disable-gpu"])

    @contextmanager
    def awake(self) -> Iterator[Any]:
        """The browser, for one test; another one if a test before has killed it."""
        asyncio._set_running_loop(self._loop)
        try:
            if not self._launched.is_connected():
                self._launched = self._launch()
            yield self._launched
        finally:
            asyncio._set_running_loop(None)

    def close(self) -> None:
        """End both."""
        with self.awake() as browser:
            browser.close()
            self._playwright.stop()
