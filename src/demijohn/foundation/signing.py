"""Signed tokens: text that a visitor may hold and read, but not change.

A token is the URL-safe base64 (RFC 4648, section 5, without padding) of

    8 bytes   when it was signed, in milliseconds since 1970, big-endian
    n bytes   the payload, as it was given
    32 bytes  HMAC-SHA256 (RFC 2104) over all that precedes

Time and signature have fixed lengths, so that no two (time, payload) pairs share their signed bytes. The key
of the HMAC is not the app's secret itself but is derived from it for one purpose, with every part behind its
length: a token of one purpose is never good for another, and no two ways of writing a purpose meet (as in
CVE-2026-6873). Only the first key signs; the others verify what was signed before the keys were rotated
(CVE-2025-47278). The payload is not encrypted.
"""

from __future__ import annotations

import binascii
import hmac
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from demijohn.foundation.errors import SetupError, raise_all

MIN_KEY_LENGTH = 32
NEW_KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'

_LABEL = b"demijohn.signing.1"
_DETACHED = b"demijohn.signing.detached.1"
_OTHER = b"demijohn.derived.1"
_TIME = 8
_DIGEST = 32
# How far the clock of another server may run ahead of ours before its tokens look wrong, in milliseconds.
_SKEW = 60_000
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = str.maketrans("-_", "+/")
# Words of eight letters and more: by chance one of them is in a random key once in ten billion keys.
_PLACEHOLDERS = (
    "changeme", "change-me", "change_me", "change this", "change-this", "change_this", "changethis",
    "insecure", "your-secret", "your_secret", "your secret", "yoursecret", "super-secret", "super_secret",
    "supersecret", "secret-key", "secret_key", "secret key", "secretkey", "replace-me", "replace_me",
    "replaceme", "placeholder", "development", "password",
)  # fmt: skip
# Keys printed in well-known tutorials (FastAPI's and Flask's): long and random, and known to everybody.
_PUBLISHED = (
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
)


class BadSignature(Exception):
    """A token that this signer never made; `signed_at` is None, for nothing that it says counts."""

    def __init__(self, message: str, signed_at: datetime | None = None) -> None:
        super().__init__(message)
        self.signed_at = signed_at


class SignatureExpired(BadSignature):
    """A token of this signer that is older than `max_age`; `signed_at` (UTC) says when it was made."""


def key_problem(key: str | bytes) -> str | None:
    """What makes a key unfit for signing, as the end of a sentence about it; None if nothing does.

    >>> key_problem("changeme")
    'has 8 characters, and 32 are the least'
    >>> key_problem("an-insecure-key-that-is-long-enough")
    "is a placeholder (it has 'insecure' in it)"
    """
    text = key if isinstance(key, str) else key.decode("latin-1")
    if len(text) < MIN_KEY_LENGTH:
        return f"has {len(text)} characters, and {MIN_KEY_LENGTH} are the least"
    if len(set(text)) < 8:
        return f"is made of {len(set(text))} different characters, and could be guessed"
    lowered = text.lower()
    if lowered in _PUBLISHED:
        return "is printed in a tutorial, so that everybody knows it"
    for word in _PLACEHOLDERS:
        if word in lowered:
            return f"is a placeholder (it has {word!r} in it)"
    return None


class Signer:
    """Signs and verifies for one purpose; the first key signs, the others only verify.

    `purpose` keeps tokens apart: one made to reset a password does not open a session. A key that is short or
    a placeholder is a `SetupError` (DMJ0610), a missing purpose another (DMJ0611). `clock` gives seconds
    since 1970. Nothing changes after construction: one signer serves all threads.

    >>> signer = Signer("kJ8-6Wc5Yq0Ztq1cJx4b2v9nM3sLdF7hGpRa", "newsletter")
    >>> token = signer.sign("ann@example.org")
    >>> signer.unsign(token, max_age=3600)
    b'ann@example.org'
    >>> signer.unsign(token + "A")
    Traceback (most recent call last):
    demijohn.foundation.signing.BadSignature: The signature of the token does not match.
    """

    __slots__ = ("_clock", "_detached", "_keys", "purpose")

    def __init__(
        self,
        keys: str | bytes | Sequence[str | bytes],
        purpose: str,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        listed: Sequence[str | bytes] = (keys,) if isinstance(keys, (str, bytes)) else keys
        _check_keys(listed)
        if not purpose:
            raise SetupError(
                "DMJ0611",
                "A signer was made without a purpose.",
                fix='Say what its tokens are for: Signer(keys, "invitation"). They serve nothing else.',
            )
        self.purpose = purpose
        self._keys = tuple(_derive(key, purpose) for key in listed)
        self._detached = tuple(_derive(key, purpose, _DETACHED) for key in listed)
        self._clock = clock

    def __repr__(self) -> str:
        return f"<Signer {self.purpose!r}, {len(self._keys)} keys>"

    def sign(self, value: str | bytes) -> str:
        """The token for some bytes, or for text as UTF-8; made of letters, digits, `-` and `_`."""
        payload = value.encode() if isinstance(value, str) else value
        signed = int(self._clock() * 1000).to_bytes(_TIME, "big") + payload
        return _encode(signed + hmac.digest(self._keys[0], signed, "sha256"))

    def unsign(self, token: str, max_age: float | timedelta | None = None) -> bytes:
        """The bytes that were signed; `BadSignature` for anything that `sign` did not return.

        `max_age` is in seconds: a token older than that is `SignatureExpired`. One from more than a minute in
        the future is bad. Without `max_age` a token is good for ever.
        """
        raw = _decode(token)
        signed, digest = raw[:-_DIGEST], raw[-_DIGEST:]
        matches = [hmac.compare_digest(hmac.digest(key, signed, "sha256"), digest) for key in self._keys]
        if not any(matches):
            raise BadSignature("The signature of the token does not match.")
        if max_age is not None:
            self._check_age(int.from_bytes(signed[:_TIME], "big"), max_age)
        return signed[_TIME:]

    def signature(self, value: str | bytes) -> str:
        """The signature alone, for what travels beside it; `matches` verifies it. It is no token, and never old."""
        payload = value.encode() if isinstance(value, str) else value
        return _encode(hmac.digest(self._detached[0], payload, "sha256"))

    def matches(self, value: str | bytes, signature: str) -> bool:
        """Whether a text is the signature of a value, by any of the keys."""
        payload = value.encode() if isinstance(value, str) else value
        given = signature.encode("utf-8", "surrogatepass")
        expected = [_encode(hmac.digest(key, payload, "sha256")).encode() for key in self._detached]
        return any([hmac.compare_digest(each, given) for each in expected])  # noqa: C419 - none tells which by its time

    def dumps(self, value: Any) -> str:
        """The token for a JSON value, as msgspec encodes it: dates become text; TypeError if it cannot."""
        import msgspec.json  # here, because importing msgspec costs ten milliseconds

        return self.sign(msgspec.json.encode(value))

    def loads(self, token: str, max_age: float | timedelta | None = None) -> Any:
        """The JSON value in a token of `dumps`; `BadSignature` and `SignatureExpired` as in `unsign`."""
        import msgspec

        payload = self.unsign(token, max_age)
        try:
            return msgspec.json.decode(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # Ours, but made by `sign`: to who asks for JSON it is as good as forged.
            raise BadSignature("The token holds no JSON value.") from None

    def _check_age(self, signed: int, max_age: float | timedelta) -> None:
        seconds = max_age.total_seconds() if isinstance(max_age, timedelta) else max_age
        age = int(self._clock() * 1000) - signed
        if age < -_SKEW:
            raise BadSignature("The token was signed in the future.")
        # Not `age > limit`: a limit that is not a number must not let everything through.
        if not max(age, 0) <= seconds * 1000:
            signed_at = datetime.fromtimestamp(signed / 1000, UTC)
            raise SignatureExpired(f"The token of {signed_at:%Y-%m-%d %H:%M:%S} UTC has expired.", signed_at)


def derived_keys(keys: Sequence[str | bytes], purpose: str) -> tuple[bytes, ...]:
    """Keys of 32 bytes for another use than signing, such as encryption; unfit ones are a `SetupError` (DMJ0610)."""
    _check_keys(keys)
    return tuple(_derive(key, purpose, _OTHER) for key in keys)


def _check_keys(keys: Sequence[str | bytes]) -> None:
    if not keys:
        raise _unfit("There is no key to sign with: SECRET_KEY is not set.")
    problems = [(number, key_problem(key)) for number, key in enumerate(keys)]
    raise_all(
        [
            _unfit(f"The key to sign with (SECRET_KEY{f', fallback {number}' if number else ''}) {problem}.")
            for number, problem in problems
            if problem
        ]
    )


def _unfit(what: str) -> SetupError:
    return SetupError("DMJ0610", what, fix=f"Make one and set it as SECRET_KEY:\n{NEW_KEY_COMMAND}")


def _derive(key: str | bytes, purpose: str, label: bytes = _LABEL) -> bytes:
    # surrogatepass: a key from the environment that is not UTF-8 arrives with surrogates, and is still a key.
    secret = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
    parts = (label, purpose.encode("utf-8", "surrogatepass"))
    return hmac.digest(secret, b"".join(len(part).to_bytes(8, "big") + part for part in parts), "sha256")


def _encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL, b"=").decode("ascii")


def _decode(token: str) -> bytes:
    if not isinstance(token, str) or not token.isascii():
        raise BadSignature("The token is no ASCII text.")
    try:
        raw = binascii.a2b_base64(token.translate(_FROM_URL) + "=" * (-len(token) % 4))
    except binascii.Error:
        raise BadSignature("The token is no URL-safe base64.") from None
    # base64 has many spellings of the same bytes (stray characters, spare bits, padding): only one is ours.
    if _encode(raw) != token:
        raise BadSignature("The token is no URL-safe base64 in its one spelling.")
    if len(raw) < _TIME + _DIGEST:
        raise BadSignature("The token is too short.")
    return raw
