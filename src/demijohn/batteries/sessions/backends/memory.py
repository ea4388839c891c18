"""Sessions in the memory of one process: for tests, as another process knows nothing of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..store import key_of, new_token

_SWEEP_EVERY = 600


class MemoryStore:
    """A dictionary, and when each of its sessions is over."""

    blocking = False

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._swept = clock()

    def __len__(self) -> int:
        return len(self._kept)

    def load(self, token: str) -> bytes | None:
        """What is kept, if its time is not over."""
        ends, payload = self._kept.get(key_of(token) or "", (0.0, None))
        return payload if ends > self._clock() else None

    def save(self, token: str | None, payload: bytes, max_age: int) -> str | None:
        """Keep it; what was ended stays so."""
        with self._lock:
            if token is not None and (key_of(token) or "") not in self._kept:
                return None
            token = token or new_token()
            self._kept[key_of(token) or ""] = (self._clock() + max_age, payload)
            self._sweep()
        return token

    def end(self, token: str) -> None:
        """Forget it."""
        with self._lock:
            self._kept.pop(key_of(token) or "", None)

    def _sweep(self) -> None:
        now = self._clock()
        if now - self._swept >= _SWEEP_EVERY:
            self._swept = now
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
