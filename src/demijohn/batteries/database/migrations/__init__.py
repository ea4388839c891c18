"""Migrations: what models say, what the app's `migrations/` folder says, and the steps between the two."""

from __future__ import annotations

from .asking import MigrationError, Renames
from .drafts import Draft, Finding, Maker
from .drift import Drift, drift
from .history import History
from .running import Applied
from .safety import Danger

__all__ = ["Applied", "Danger", "Draft", "Drift", "Finding", "History", "Maker", "MigrationError", "Renames", "drift"]
