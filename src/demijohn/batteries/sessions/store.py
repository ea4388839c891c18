"""What a place to keep sessions in has to do: three verbs, sync, which one suite of tests asks of all of them."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Protocol, runtime_checkable

from ...foundation.http.errors import ServiceUnavailable

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch


@runtime_checkable
class SessionStore(Protocol):
    """Keeps sessions: `token` is what the visitor's cookie holds, `payload` bytes, `max_age` seconds.

    `blocking` tells whether its calls may wait for a disk or a network. A store that cannot be reached raises an
    `HTTPError`, a 503: a session that cannot be read is not an empty one.
    """

    blocking: bool

    def load(self, token: str) -> bytes | None:
        """What was saved; None for what was not, is over or was ended, whatever the text."""
        ...

    def save(self, token: str | None, payload: bytes, max_age: int) -> str | None:
        """Keep a session and return its token, a new one for None; None if that session was ended meanwhile."""
        ...

    def end(self, token: str) -> None:
        """Forget a session."""
        ...


def new_token() -> str:
    """A token of 256 random bits."""
    return secrets.token_urlsafe(32)


def key_of(token: str) -> str | None:
    """What a token is kept under: not itself, so that whoever reads a store has no cookie; None for what is no token.

    Being a hash, it is also safe as the name of a file, and looking for it tells nothing by the time that it takes.
    """
    return hashlib.sha256(token.encode()).hexdigest() if _TOKEN(token) else None


def unreachable() -> ServiceUnavailable:
    """The answer where a store does not answer."""
    return ServiceUnavailable("The sessions cannot be read at the moment: try again soon.", retry_after=5)
