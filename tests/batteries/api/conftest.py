"""The shop, whose document most tests read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from demijohn import Client

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def client() -> Client:
    """A client of the shop."""
    import shop

    return Client(shop.app)


@pytest.fixture(scope="session")
def document(client: Client) -> dict[str, Any]:
    """The shop's document, as it is served."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found
