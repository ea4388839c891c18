"""Who tells the developer what happens."""

from __future__ import annotations

from typing import Any, Protocol


class Voice(Protocol):
    """Who tells the developer what happens."""

    def ready(self, facts: dict[str, Any], seconds: float) -> None:
        """The first child serves, `seconds` after the parent started."""

    def restarted(self, changed: list[str], seconds: float) -> None:
        """A new child serves, `seconds` after the change of these files was noticed."""

    def broken(self, text: str) -> None:
        """The app does not import; a page says so."""

    def cut_off(self, places: list[str]) -> None:
        """A child did not stop in time; `places` are the lines that were still running."""

    def drifted(self, hints: list[dict[str, Any]], key: str) -> None:
        """The models have what the database lacks; `key` mends what a hint may `run`, if there is one to press."""

    def mending(self, command: list[str]) -> None:
        """The key was pressed: what `demijohn` does now."""
