"""The rows that all databases of the benchmark hold."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ..apps.database.texts import WORLDS


def rows() -> Iterator[tuple[int, int]]:
    """Each key with a number, the same in every run."""
    numbers = random.Random(0)
    for key in range(1, WORLDS + 1):
        yield key, numbers.randint(1, WORLDS)
