"""Rates counted in the memory of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..rates import Decision, Rate, decide

MOST_KEYS = 100_000


class MemoryRates:
    """Counts in this process: with several workers each lets as many through."""

    blocking = False

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._lock = threading.Lock()
        # Those that asked last are at the end.
        self._counts: dict[str, tuple[float, dict[int, int]]] = {}

    def take(self, key: str, rate: Rate) -> Decision:
        """Count a request, if it is within the rate."""
        now = self._clock()
        with self._lock:
            _, counts = self._counts.pop(key, (0.0, {}))
            decision = decide(counts, rate, now)
            self._counts[key] = (now + rate.seconds + rate.slice, counts)
            self._forget(now)
        return decision

    def _forget(self, now: float) -> None:
        """Drop the two keys that asked longest ago if they are over, and one in any case when there are too many."""
        for _ in range(2):
            oldest = next(iter(self._counts))
            if len(self._counts) > self._most_keys or self._counts[oldest][0] < now:
                del self._counts[oldest]
            else:
                return

    @property
    def size(self) -> int:
        """How many keys are remembered."""
        return len(self._counts)
