"""URLs as text: quoting, safe redirects. Nothing here knows a route."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_CONTROL = re.compile(r"[\x00-\x20\x7f\\]").search
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):").match
# The longest URL that is looked at; longer ones are refused before any work is done on them.
MAX_URL = 2048


def quote_segment(text: str) -> str:
    """One path segment: everything but unreserved characters and `:@!$&'()*+,;=` is percent-encoded.

    >>> quote_segment("a/b?c")
    'a%2Fb%3Fc'
    """
    return quote(text, safe=":@!$&'()*+,;=~")


def quote_path(text: str) -> str:
    """A whole path: as `quote_segment`, with its slashes kept."""
    return quote(text, safe="/:@!$&'()*+,;=~")


def quote_query(text: str) -> str:
    r"""A query string as it came, one character for each octet: what no URL may have is percent-encoded.

    >>> quote_query("q=a%20b&x=\\")
    'q=a%20b&x=%5C'
    """
    return quote(text.encode("latin-1"), safe="/:?@!$&'()*+,;=%~")


def location(url: str) -> str:
    """A URL as it may stand in `Location`: non-ASCII is percent-encoded, anything dangerous is a ValueError.

    Relative references, `http:` and `https:` pass. What browsers read as another host (`//host`, `/\\host`) does not:
    write the scheme if another host is meant.

    >>> location("/é?q=ü")
    '/%C3%A9?q=%C3%BC'
    >>> location("javascript:alert(1)")
    Traceback (most recent call last):
    ValueError: 'javascript:alert(1)' is no place to redirect to: a path, http:// or https:// is.
    """
    if _CONTROL(url):
        raise ValueError(f"{url[:80]!r} has a space, a backslash or a control character: quote it first.")
    url = quote(url, safe="/:?#[]@!$&'()*+,;=%~")
    scheme = _SCHEME(url)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise ValueError(f"{url[:80]!r} is no place to redirect to: a path, http:// or https:// is.")
    if url.startswith("//") or (scheme and not url[scheme.end() :].startswith("//")):
        raise ValueError(f"{url[:80]!r} would lead to another host without saying so: write https:// in front.")
    return url


def is_safe_redirect(url: str | None, hosts: frozenset[str] | set[str] = frozenset()) -> bool:
    """Whether a URL that came from a visitor (`?next=`) stays on this site or on one of `hosts`.

    >>> is_safe_redirect("/account"), is_safe_redirect("//evil.example"), is_safe_redirect("javascript:x")
    (True, False, False)
    """
    if not url or len(url) > MAX_URL or url != url.strip() or _CONTROL(url) or not url.isprintable():
        return False
    if url.startswith("///"):
        return False
    try:
        parts = urlsplit(url)
        netloc = parts.netloc
    except ValueError:
        return False
    if not netloc:
        return not parts.scheme and not url.startswith("//")
    return (parts.scheme or "http") in ("http", "https") and netloc in hosts
