"""What to look at before an app goes public: batteries offer checks, `demijohn check --deploy` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .kernel import Kernel

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not fit for the public: an id to look it up by, what it is, and what to do.

    An "error" makes the command fail; a "warning" may be as you want it.
    """

    id: str
    what: str
    fix: str
    level: Level = "error"


@dataclass(frozen=True, slots=True)
class DeployCheck:
    """Offered by a battery: `run` looks at a sealed app as it would be in production."""

    run: Callable[[Kernel], Iterable[Finding]]
