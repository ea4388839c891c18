"""What the apps of the database benchmark share: where the database is, how many connections, which rows."""

from __future__ import annotations

import os
import random

from .texts import EXTRA, WORLDS

__all__ = ["CONNECTIONS", "EXTRA", "URL", "any_number", "driver_url", "some_keys"]

URL = os.environ["BENCHMARK_DATABASE"]
CONNECTIONS = 8


def any_number() -> int:
    """The key of a row, or a new value for one."""
    return random.randint(1, WORLDS)


def some_keys(count: int) -> list[int]:
    """That many different keys, in order: of two requests that update, neither can lock the other out."""
    return sorted(random.sample(range(1, WORLDS + 1), min(max(1, count), 500)))


def driver_url(driver: str) -> str:
    """The URL for SQLAlchemy, with a driver."""
    return URL.replace("postgresql:", f"postgresql+{driver}:", 1)
