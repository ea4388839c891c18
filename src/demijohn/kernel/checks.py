"""Checks that are too slow for every start: batteries offer them, `demijohn check` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..foundation.errors import SetupError

if TYPE_CHECKING:
    from .kernel import Kernel


@dataclass(frozen=True, slots=True)
class Check:
    """Offered by a battery: `run` looks at a sealed app, and yields what it finds wrong."""

    run: Callable[[Kernel], Iterable[SetupError]]
