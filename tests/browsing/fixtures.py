"""What browser tests are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from .chromium import Chromium, missing
from .serving import served
from .visitor import Visitor


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Chromium, started by the first test of the process that asks for it."""
    started = Chromium()
    yield started
    started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for what keeps people from using a page."""
    try:
        from axe_playwright_python.base import AXE_SCRIPT
    except ImportError:
        missing("Axe is not installed (pip install axe-playwright-python)")
    return str(AXE_SCRIPT)


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Any]:
    """Headless Chromium, as Playwright has it; a test closes the contexts that it makes."""
    with chromium.awake() as awake:
        yield awake


@pytest.fixture
def visitor(browser: Any, axe: str) -> Iterator[Visitor]:
    """Opens pages, which complain of nothing to the end of the test unless it clears `visitor.complaints`."""
    made = Visitor(browser, axe)
    yield made
    made.close()
    assert made.complaints == [], "\n".join(made.complaints)


@pytest.fixture(scope="session")
def serve() -> Callable[[Any], AbstractContextManager[str]]:
    """Serves a WSGI app to the browser: `with serve(app.wsgi) as address`."""
    return served
