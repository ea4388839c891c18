"""Health checks: what an app needs to be well, said by whoever needs it and asked by whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Offered by a battery or registered by an app: `check` raises, or returns False, if something is not well.

    It may be `def` or `async def` (on a loop of its own, so with a connection of its own), and has `timeout` seconds.
    """

    name: str
    check: Callable[[], Any]
    timeout: float = 2.0
