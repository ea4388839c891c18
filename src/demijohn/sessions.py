"""What users type of the `Sessions` battery: `from demijohn.sessions import Session, Sessions`."""

from __future__ import annotations

from demijohn.batteries.sessions import Flash, Session, Sessions, SessionStore, SessionTooLarge

__all__ = ["Flash", "Session", "SessionStore", "SessionTooLarge", "Sessions"]
