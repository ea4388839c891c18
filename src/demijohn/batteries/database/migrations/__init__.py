"""Migrations: what models say, what the app's `migrations/` folder says, and the steps between the two."""

from __future__ import annotations

from .asking import MigrationError, Renames
from .history import Applied, Draft, History
from .safety import Danger

__all__ = ["Applied", "Danger", "Draft", "History", "MigrationError", "Renames"]
