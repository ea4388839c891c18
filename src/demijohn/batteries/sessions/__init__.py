"""Sessions: what a site remembers of its visitors, in a cookie or on the server; and messages for the next page."""

from .battery import Sessions
from .keeper import SessionTooLarge
from .session import Flash, Session
from .store import SessionStore

__all__ = ["Flash", "Session", "SessionStore", "SessionTooLarge", "Sessions"]
