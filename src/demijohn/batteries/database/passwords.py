"""Password hashes: values that can verify a password, and never show themselves."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any, Final

from sqlalchemy import Dialect, String, TypeDecorator

from demijohn.foundation.lazy import need

MAX_PASSWORD: Final = 1024
"""Longer than any password that somebody types, in letters; hashing more would cost memory for nothing."""


class PasswordHash:
    """The Argon2id hash of a password: `user.password = PasswordHash.of("correct horse")`.

    Making and verifying one takes tens of milliseconds of a processor and 64 MiB, on purpose. In `def` handlers call
    it as it is; in `async def` hand it to a thread: `await asyncio.to_thread(PasswordHash.of, text)`. It needs the
    package `argon2-cffi`, which `demijohn[standard]` brings.

    >>> PasswordHash("$argon2id$v=19$...")
    <PasswordHash>
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, password: str) -> PasswordHash:
        """Hash a password; raises `ValueError` for one of more than 1,024 letters."""
        if len(password) > MAX_PASSWORD:
            raise ValueError(f"A password has at most {MAX_PASSWORD} characters.")
        return cls(_hasher().hash(_normal(password)))

    def verify(self, password: str) -> bool:
        """Whether this is the password's hash; a hash of another kind fits none."""
        if len(password) > MAX_PASSWORD:
            return False
        errors = need("argon2.exceptions", extra="standard", wanted_by="PasswordHash")
        try:
            return bool(_hasher().verify(self._text, _normal(password)))
        except (errors.VerificationError, errors.InvalidHashError):
            return False

    @property
    def is_outdated(self) -> bool:
        """Whether it was made with less work than is asked today: then hash the password again when it is given."""
        errors = need("argon2.exceptions", extra="standard", wanted_by="PasswordHash")
        try:
            return bool(_hasher().check_needs_rehash(self._text))
        except errors.InvalidHashError:
            return True

    def reveal(self) -> str:
        """The hash as text, as it is stored."""
        return self._text

    def __repr__(self) -> str:
        return "<PasswordHash>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PasswordHash) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@functools.cache
def _hasher() -> Any:
    return need("argon2", extra="standard", wanted_by="PasswordHash").PasswordHasher()


def _normal(password: str) -> str:
    """The same text for the same letters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


class PasswordType(TypeDecorator[PasswordHash]):
    """The column of a `PasswordHash`; text, which would be a password in the clear, is refused."""

    impl = String(255)
    cache_ok = True
    is_private = True

    def process_bind_param(self, value: PasswordHash | None, dialect: Dialect) -> str | None:
        """To the database: the hash, and nothing else."""
        if value is None:
            return None
        if not isinstance(value, PasswordHash):
            raise TypeError(f"A PasswordHash is needed here, not {type(value).__name__}. Write PasswordHash.of(...).")
        return value.reveal()

    def process_result_value(self, value: str | None, dialect: Dialect) -> PasswordHash | None:
        """From the database."""
        return None if value is None else PasswordHash(value)

    @property
    def python_type(self) -> type[PasswordHash]:
        """What a value is."""
        return PasswordHash
