"""Sessions in the cookie itself: nothing is kept on the server, so that nothing can be taken back from there either."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from ....foundation.signing import BadSignature, Signer


class Sealing(Protocol):
    """Makes text that only this app can make."""

    def seal(self, payload: bytes) -> str:
        """The text for these bytes."""
        ...

    def unseal(self, token: str) -> bytes | None:
        """The bytes of a text; None if it was not made here."""
        ...


class Signed:
    """Signed, and for everybody to read; that of one cookie is none in another, of an app with the same keys."""

    def __init__(self, keys: Sequence[str], cookie: str, clock: Callable[[], float]) -> None:
        self._signer = Signer(keys, f"demijohn.session.signed.{cookie}", clock=clock)

    def seal(self, payload: bytes) -> str:
        """As `Signer.sign`."""
        return self._signer.sign(payload)

    def unseal(self, token: str) -> bytes | None:
        """As `Signer.unsign`."""
        try:
            return self._signer.unsign(token)
        except BadSignature:
            return None


_MOST_OPENED = 512
"""How many opened cookies a process keeps, of 4 kB at most: a visitor sends one with each request of a page."""


class CookieStore:
    """The token is the session; how old it may be is written inside.

    A token that was opened is kept with what is in it, so that it is decrypted once for all that a page asks for. Only
    what this app has made is kept, and what it says is the same for ever.
    """

    blocking = False

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._open = lru_cache(_MOST_OPENED)(self._opened)

    def _opened(self, token: str) -> bytes:
        payload = self._sealing.unseal(token)
        if payload is None:
            raise _Foreign  # which is not kept: else anybody could fill the cache
        return payload

    def load(self, token: str) -> bytes | None:
        """What is in the cookie."""
        try:
            return self._open(token)
        except _Foreign:
            return None

    def save(self, token: str | None, payload: bytes, max_age: int) -> str | None:
        """A new cookie, whatever the old one was."""
        return self._sealing.seal(payload)

    def end(self, token: str) -> None:
        """Nothing: who has kept a copy of the cookie can send it until it is too old."""


class _Foreign(Exception):
    """A token that was not made here."""
