"""How many streams may be open at a time: each holds a connection that nobody else has meanwhile."""

from __future__ import annotations

import threading
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from demijohn.foundation.http.errors import ServiceUnavailable

from .faults import RETRY_AFTER


class TooManyStreams(ServiceUnavailable):
    """As many streams are open as may be; answered 503, as one that ends makes room."""


class Slots:
    """How many streams may be open on one engine, and for how many seconds each."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds
        self._free = threading.BoundedSemaphore(count)

    def take(self) -> None:
        """Take one; raises `TooManyStreams` at once if there is none."""
        if not self._free.acquire(blocking=False):
            detail = "Too much is being read at once: try again in a moment."
            raise TooManyStreams(detail, retry_after=RETRY_AFTER)

    def give_back(self) -> None:
        """Give one back."""
        self._free.release()


_SLOTS: Final[WeakKeyDictionary[Engine, Slots]] = WeakKeyDictionary()


def limit_streams(engine: Engine, count: int, seconds: float) -> None:
    """Say how many streams an engine may have open, and for how long each."""
    _SLOTS[engine] = Slots(count, seconds)


def slots_of(engine: Engine) -> Slots | None:
    """What was said of an engine's streams."""
    return _SLOTS.get(engine)
