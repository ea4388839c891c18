"""What to look at before an app goes public: batteries offer checks, `demijohn check --deploy` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .kernel import Kernel
    from .plan import Facts

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


@dataclass(frozen=True, slots=True)
class Gate:
    """Offered by a battery that knows visitors: `closes` tells whether a route refuses those whom it does not know.

    `demijohn routes --public` lists the routes that no gate closes.
    """

    closes: Callable[[Facts], bool]
