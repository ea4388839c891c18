"""Real servers, by name, for the tests here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from faulty_servers import Server, running


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    """Start a server by its name; it is gone after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda name: stack.enter_context(running(name, tmp_path))
