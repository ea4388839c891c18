"""What nobody can read from models: whether something was renamed, or dropped and something else added."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..migration_error import MigrationError

__all__ = ["Ask", "MigrationError", "Renames"]

Ask = Callable[[str], bool]
"""Puts a question to a person, and gives the answer."""


@dataclass
class Renames:
    """What is known of names: `known` goes from old to new, `dropped` are old names that were not renamed.

    A table is `post`, a column `post.title`. What is not known is asked, if there is somebody to `ask`.
    """

    known: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    ask: Ask | None = None
    seen: set[str] = field(default_factory=set)

    def choose(self, kind: str, gone: Iterable[str], come: Iterable[str]) -> list[tuple[str, str]]:
        """Which of the names that are `gone` now are which of those that `come`; raises `MigrationError`."""
        left = list(come)
        found: list[tuple[str, str]] = []
        for old in gone:
            self.seen.add(old)
            new = self._new_name(kind, old, left)
            if new is not None:
                left.remove(new)
                found.append((old, new))
        return found

    def check(self) -> None:
        """Raise `MigrationError` for names that were told and are neither gone nor renamed: they are misspelt."""
        unused = sorted(({*self.known} | self.dropped) - self.seen)
        if unused:
            raise MigrationError(
                f"{unused[0]} was told to be renamed or dropped, and is not gone from the models.",
                "Write a table as post and a column as post.title, by the names in the database; of a table that "
                "is renamed\nwith it, the column goes by the new name of the table.",
            )

    def _new_name(self, kind: str, old: str, left: list[str]) -> str | None:
        if old in self.dropped or not left:
            return None
        if old in self.known:
            new = self.known[old]
            if new not in left:
                raise MigrationError(
                    f"--rename {old}={new}: there is no new {kind} {new}.", f"New are: {', '.join(left)}."
                )
            return new
        if self.ask is None:
            lines = [f"demijohn db make --rename {old}={new}" for new in left]
            verb = "is" if len(left) == 1 else "are"
            raise MigrationError(
                f"The {kind} {old} is gone from the models and {', '.join(left)} {verb} new: is it renamed?",
                "\n".join(["Say which (without a terminal nobody can be asked):", *lines,
                           f"demijohn db make --drop {old}      its data is lost"]),
            )  # fmt: skip
        return next((new for new in left if self.ask(f"Was the {kind} {old} renamed to {new}?")), None)
