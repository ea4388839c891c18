"""Why, and what to do: the two sentences that finish an error message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The reason for an error and the way to mend it; either may be empty, and false when both are."""

    why: str = ""
    fix: str = ""

    def __bool__(self) -> bool:
        return bool(self.why or self.fix)
