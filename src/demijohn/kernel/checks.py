"""Checks that are too slow for every start, or no reason not to start: batteries offer them, `demijohn check` runs
them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..foundation.errors import SetupError

if TYPE_CHECKING:
    from .deploy import Finding
    from .kernel import Kernel


def _nothing(kernel: Kernel) -> Iterable[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class Check:
    """Offered by a battery: `run` looks at a sealed app, and yields what it finds wrong; `warn` what may be as you
    want it."""

    run: Callable[[Kernel], Iterable[SetupError]] = _nothing
    warn: Callable[[Kernel], Iterable[Finding]] = _nothing
