"""Encryption by AES-256-GCM, of the package `cryptography`.

A token is the URL-safe base64 of 16 random bytes and what was encrypted. Each has a key of its own, made of the app's
and of these bytes by HMAC-SHA-512, so that no pair of key and nonce is used twice, however many tokens are made.
"""

from __future__ import annotations

import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ....foundation.signing import derived_keys

_SALT, _TAG = 16, 16
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_INNER, _OUTER = (bytes(octet ^ pad for octet in range(256)) for pad in (0x36, 0x5C))


class Encrypted:
    """Seals with the first key; the others only open what was sealed before.

    What was sealed for one cookie is nothing in another, of an app with the same keys.
    """

    def __init__(self, keys: Sequence[str], cookie: str) -> None:
        self._keys = [_Key(key) for key in derived_keys(keys, f"demijohn.session.encrypted.{cookie}")]

    def seal(self, payload: bytes) -> str:
        """The token of some bytes, another one each time."""
        salt = os.urandom(_SALT)
        cipher, nonce = self._keys[0].cipher(salt)
        return _text(salt + cipher.encrypt(nonce, payload, None)).decode("ascii")

    def unseal(self, token: str) -> bytes | None:
        """The bytes of a token that was made here; None for any other text."""
        raw = _raw(token)
        if raw is None:
            return None
        salt, encrypted = raw[:_SALT], raw[_SALT:]
        for key in self._keys:
            cipher, nonce = key.cipher(salt)
            try:
                return cipher.decrypt(nonce, encrypted, None)
            except InvalidTag:
                continue
        return None


class _Key:
    """A key of the app's, from which each token's is made: with the part of HMAC done that is the same for all.

    HMAC is two hashes (RFC 2104, section 2), each of which begins with the key; to begin anew takes twice as long.
    """

    def __init__(self, key: bytes) -> None:
        block = key.ljust(hashlib.sha512().block_size, b"\0")  # which the keys are shorter than
        self._inner = hashlib.sha512(block.translate(_INNER))
        self._outer = hashlib.sha512(block.translate(_OUTER))

    def cipher(self, salt: bytes) -> tuple[AESGCM, bytes]:
        """The cipher and the nonce of one token."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(salt)
        outer.update(inner.digest())
        made = outer.digest()
        return AESGCM(made[:32]), made[32:44]


def _raw(token: str) -> bytes | None:
    if not token.isascii():
        return None
    text = token.encode("ascii")
    try:
        raw = binascii.a2b_base64(text.translate(_FROM_URL) + b"==="[: -len(text) % 4])
    except binascii.Error:
        return None
    # base64 has many spellings of the same bytes: only one is ours.
    return raw if len(raw) >= _SALT + _TAG and _text(raw) == text else None


def _text(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL, b"=")
