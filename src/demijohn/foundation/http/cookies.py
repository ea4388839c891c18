"""Cookies (RFC 6265, and its revision 6265bis): read leniently and in linear time, written strictly.

`http.cookies` of the standard library is not used: it decodes escapes that no browser makes, was quadratic
until Python 3.13 (CVE-2024-7592) and let control characters through (CVE-2026-3644).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal

from .dates import http_date
from .errors import HeadersTooLarge

SameSite = Literal["lax", "strict", "none"]

# Bytes; browsers drop a cookie that is longer without a word, and an attribute as if it were not there.
MAX_COOKIE = 4096
MAX_ATTRIBUTE = 1024

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
# cookie-octet of RFC 6265, section 4.1.1: visible ASCII but the quote, comma, semicolon and backslash.
_BAD_IN_VALUE = re.compile(r"[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]").search
_PATH = re.compile(r"/[\x20-\x3a\x3c-\x7e]*").fullmatch
_LABEL = "[0-9A-Za-z](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z])?"
_DOMAIN = re.compile(rf"\.?{_LABEL}(?:\.{_LABEL})*").fullmatch


def parse_cookies(header: str, *, limit: int = 180, max_bytes: int = 8190) -> dict[str, str]:
    """The cookies of a `Cookie` header by name; several such headers are joined with `; ` first.

    Of several with one name the first wins: browsers send the most specific path first. Cookies without a
    name are dropped, quotes around a value are taken off, percent sequences stay as they are. Octets that are
    UTF-8 are read as such. Raises HeadersTooLarge for more than `limit` cookies or `max_bytes`.

    >>> parse_cookies('theme=dark; visits="3"; theme=light')
    {'theme': 'dark', 'visits': '3'}
    """
    if len(header) > max_bytes:
        raise HeadersTooLarge(f"The Cookie header is longer than {max_bytes} bytes.")
    if not header.isascii():
        header = _decoded(header)
    cookies: dict[str, str] = {}
    pieces = header.split(";")
    if len(pieces) > limit and sum(piece.find("=") > 0 for piece in pieces) > limit:
        raise HeadersTooLarge(f"The Cookie header has more than {limit} cookies.")
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if equals:
            name = name.strip(" \t")
            if name and name not in cookies:
                value = value.strip(" \t")
                if value[:1] == '"' and value[-1] == '"' and value != '"':
                    value = value[1:-1]
                cookies[name] = value
    return cookies


def _decoded(header: str) -> str:
    # Browsers send UTF-8, servers hand over one character per octet; what is neither stays as it came.
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def format_cookie(
    name: str,
    value: str,
    *,
    max_age: int | timedelta | None = None,
    expires: datetime | None = None,
    path: str = "/",
    domain: str | None = None,
    secure: bool = False,
    httponly: bool = True,
    samesite: SameSite | None = "lax",
    partitioned: bool = False,
) -> str:
    """The value of a `Set-Cookie` header; what no browser would keep is a ValueError.

    `max_age` is in seconds; `expires` without a time zone counts as UTC. To delete a cookie, send it again
    with the same path and domain and `max_age=0`.

    >>> format_cookie("theme", "dark", max_age=3600)
    'theme=dark; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax'
    """
    site = _same_site(samesite)
    _check_name(name, path, domain, secure, httponly)
    _check_value(name, value)
    if site == "None" and not secure:
        raise ValueError(f'The cookie {name} has samesite="none": browsers take that with secure=True only.')
    if partitioned and not secure:
        raise ValueError(f"The cookie {name} is partitioned: browsers take that with secure=True only.")
    parts = [f"{name}={value}"]
    if not _PATH(path) or len(path) > MAX_ATTRIBUTE:
        raise ValueError(f"{path!r} is no path for the cookie {name}: it starts with / and is short ASCII without ;.")
    parts.append(f"Path={path}")
    if domain is not None:
        if not _DOMAIN(domain) or len(domain) > 253:
            raise ValueError(f"{domain!r} is no domain for the cookie {name}: a host name such as example.com is.")
        parts.append(f"Domain={domain}")
    if max_age is not None:
        seconds = max_age.total_seconds() if isinstance(max_age, timedelta) else max_age
        parts.append(f"Max-Age={int(seconds)}")
    if expires is not None:
        parts.append(f"Expires={http_date(expires)}")
    if secure:
        parts.append("Secure")
    if httponly:
        parts.append("HttpOnly")
    if site:
        parts.append(f"SameSite={site}")
    if partitioned:
        parts.append("Partitioned")
    cookie = "; ".join(parts)
    if len(cookie) > MAX_COOKIE:
        raise ValueError(
            f"The cookie {name} has {len(cookie)} bytes, and browsers drop those over {MAX_COOKIE}:"
            " keep the data on the server, and a key to it in the cookie."
        )
    return cookie


def _same_site(samesite: str | None) -> str | None:
    if samesite is None:
        return None
    if samesite.lower() not in ("lax", "strict", "none"):
        raise ValueError(f'{samesite!r} is no samesite: "lax", "strict", "none" and None are.')
    return samesite.capitalize()


def _check_name(name: str, path: str, domain: str | None, secure: bool, httponly: bool) -> None:
    if not isinstance(name, str) or not _TOKEN(name):
        raise ValueError(f"{name!r} is no cookie name: letters, digits and !#$%&'*+-.^_`|~ are what it may have.")
    prefix = name.lower()  # browsers compare the prefixes whatever their case
    if prefix.startswith("__host-") and (not secure or path != "/" or domain is not None):
        raise ValueError(f'The cookie {name} needs secure=True, path="/" and no domain: its prefix promises that.')
    if prefix.startswith(("__secure-", "__http-")) and not secure:
        raise ValueError(f"The cookie {name} needs secure=True: its prefix promises that.")
    if prefix.startswith(("__http-", "__host-http-")) and not httponly:
        raise ValueError(f"The cookie {name} needs httponly=True: its prefix promises that.")


def _check_value(name: str, value: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"The value of the cookie {name} is {type(value).__name__}, not str: write str(value).")
    bad = _BAD_IN_VALUE(value)
    if bad:
        raise ValueError(
            f"The value of the cookie {name} has {bad[0]!r} at position {bad.start()}, which cookies cannot"
            " carry: encode the value, with urllib.parse.quote or base64.urlsafe_b64encode, and decode it"
            " when it is read."
        )
