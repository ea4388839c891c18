"""Tokens against forged requests, for browsers too old to say where a request comes from.

A random secret is in a cookie that no other host can set (`__Host-`), and a page has it too, behind a mask that is new
each time, so that nobody can guess it from the length of compressed pages (the BREACH attack). Only who can read our
pages can send both. Nothing is made for browsers that send `Sec-Fetch-Site`, as all do since 2023: their pages stay
without cookie, and may be cached.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from ...foundation.http.cookies import format_cookie
from ...foundation.http.errors import HTTPError
from ...foundation.http.request import Request
from ...kernel.calls import found_for, made_for

FIELD = "csrf_token"
HEADER = "x-csrf-token"
SITE = "sec-fetch-site"
_BYTES = 32
_SECRET_LENGTH, _TOKEN_LENGTH = 43, 86  # of 32 and 64 bytes in base64, without padding


class Tokens:
    """Makes and verifies the tokens of one app; `plain_http` is development, where a cookie may do without HTTPS."""

    def __init__(self, *, plain_http: bool) -> None:
        self._plain_http = plain_http

    def token(self, request: Request) -> str:
        """A token for a form of this answer; empty where the browser needs none."""
        request.vary(SITE)
        if request.has_header(SITE):
            return ""
        request.vary("cookie")
        secret = found_for(request, Tokens)
        if secret is None:
            secret = made_for(request)[Tokens] = self._brought(request) or self._set(request)
            request.owe("cache-control", "private, no-store")
        mask = secrets.token_bytes(_BYTES)
        return _encoded(mask + _mixed(mask, secret))

    def is_valid(self, request: Request, token: str) -> bool:
        """Whether a token belongs to the cookie that came with it."""
        secret, raw = self._brought(request), _decoded(token, _TOKEN_LENGTH)
        if secret is None or raw is None:
            return False
        return hmac.compare_digest(_mixed(raw[:_BYTES], raw[_BYTES:]), secret)

    def renew(self, request: Request) -> None:
        """Let what was in pages up to now count no more: whenever what a visitor may do changes."""
        if self._brought(request) is not None:
            made_for(request)[Tokens] = self._set(request)

    def _brought(self, request: Request) -> bytes | None:
        try:
            return _decoded(request.cookies.get(self._name(request), ""), _SECRET_LENGTH)
        except HTTPError:  # Cookies that cannot be read bring nothing.
            return None

    def _set(self, request: Request) -> bytes:
        secret = secrets.token_bytes(_BYTES)
        plain = self._is_plain(request)
        request.owe("set-cookie", format_cookie(self._name(request), _encoded(secret), secure=not plain))
        return secret

    def _name(self, request: Request) -> str:
        return "csrf" if self._is_plain(request) else "__Host-csrf"

    def _is_plain(self, request: Request) -> bool:
        return self._plain_http and request.scheme in ("http", "ws")


def tokens_of(request: Request) -> Tokens | None:
    """The tokens of the app that answers a request; None if it has none."""
    plan = request.plan
    return None if plan is None else next(plan.kernel.offers(Tokens), None)


def csrf_token(request: Request) -> str:
    """A token for `X-CSRF-Token` or the field `csrf_token`; empty where the browser needs none, as new ones do not."""
    tokens = tokens_of(request)
    return "" if tokens is None else tokens.token(request)


def renew_csrf_token(request: Request) -> None:
    """Let the tokens of earlier pages count no more; sessions do so when they rotate."""
    tokens = tokens_of(request)
    if tokens is not None:
        tokens.renew(request)


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(text: str, length: int) -> bytes | None:
    if len(text) != length or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-length % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if _encoded(raw) == text else None
