"""What must not be shown: `Secret` values, and values whose names give them away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, final

MASK = "********"

_SECRET_NAME = re.compile(r"pass|secret|token|key|auth|dsn|cred|sign", re.IGNORECASE).search
# Greedy up to the last @, because passwords with / and @ in them are pasted into URLs unescaped.
_URL_PASSWORD = re.compile(r"(://[^:@/\s]*):\S*@")


@final
class Secret:
    """A text that does not show itself: `repr`, `str` and `format` give stars, `reveal()` the text.

    Comparing, with another secret or with text, takes the same time wherever the difference is. JSON encoders
    refuse it.

    >>> api_key = Secret("tr0ub4dor")
    >>> api_key, f"{api_key}", api_key.reveal()
    (Secret('********'), '********', 'tr0ub4dor')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"A Secret is made of text, not of {type(text).__name__}.")
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one line that needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __len__(self) -> int:
        return len(self._text)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Secret):
            other = other._text
        if not isinstance(other, str):
            return NotImplemented
        from hmac import compare_digest  # here, because it loads OpenSSL

        ours, theirs = (text.encode("utf-8", "surrogatepass") for text in (self._text, other))
        return compare_digest(ours, theirs)

    def __hash__(self) -> int:
        return hash(self._text)


def looks_secret(name: str) -> bool:
    """Whether a name says that its value is nobody's business.

    >>> looks_secret("STRIPE_API_KEY"), looks_secret("currency")
    (True, False)
    """
    return _SECRET_NAME(name) is not None


def mask(name: str, value: object) -> Any:
    """The value as it may be shown: stars under a secret-looking name, no password in a URL.

    Lists and dicts are masked inside.

    >>> mask("database_url", "postgresql://ann:tr0ub4dor@db/shop")
    'postgresql://ann:********@db/shop'
    """
    if value is None or isinstance(value, (bool, Secret)):
        return value
    if looks_secret(name):
        return MASK
    if isinstance(value, str):
        return _URL_PASSWORD.sub(rf"\1:{MASK}@", value)
    if isinstance(value, Mapping):
        return {key: mask(str(key), item) for key, item in value.items()}
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(mask("", item) for item in value)  # type: ignore[call-arg, attr-defined]
    return value
