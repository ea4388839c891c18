"""What goes wrong with migrations, said without Alembic: data steps raise it too."""

from __future__ import annotations


class MigrationError(Exception):
    """A migration cannot be made or run: `what` is wrong, and the `fix`."""

    def __init__(self, what: str, fix: str) -> None:
        self.what = what
        self.fix = fix
        super().__init__(f"{what}\n  Fix: {fix}")
