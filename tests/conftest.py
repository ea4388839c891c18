"""What holds for every test: no exchange leaves its request behind, and no example is too slow for a busy machine."""

import gc
import os
import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import settings

from .browsing.fixtures import axe, browser, chromium, serve, visitor

__all__ = ["axe", "browser", "chromium", "serve", "visitor"]

# Where a change is judged, the same examples are tried each time: new ones are found beforehand, and by fuzzing.
settings.register_profile("house", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("house")

# Other folders use the doors of the contract too: whichever is collected first, their assertions explain themselves.
pytest.register_assert_rewrite("contract_cases", "contract_doors")


@pytest.fixture(autouse=True)
def _no_request_left():
    """A test ends with the context it began with: whoever enters a request leaves it."""
    from demijohn.foundation.current import request_context

    assert request_context.get(None) is None, "an earlier test left its request in the context"
    yield
    assert request_context.get(None) is None, "this test left its request in the context"


@pytest.fixture
def calls_of() -> Callable[[Callable[[], object]], int]:
    """Counts the Python functions that some work enters, the steps of generators among them."""
    return _calls_of


def _calls_of(work: Callable[[], object]) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    gc.disable()  # which would call back for what other tests have left
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count
