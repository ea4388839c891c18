"""Conditional requests (RFC 9110, section 13): entity tags, dates, and what they decide.

The order is that of section 13.2.2: `precondition_failed` is asked first (an answer 412), then `not_modified`
(304), then `if_range_holds` for a request with a `Range`. All three are about a representation that exists;
`last_modified` is in seconds since 1970, of which clients see whole ones only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from .dates import parse_http_date
from .headers import Headers

# What a 304 does not repeat of the answer it stands for (section 15.4.5). A policy belongs to the page that is kept.
NOT_REPEATED = frozenset({
    "content-disposition", "content-encoding", "content-language", "content-length", "content-security-policy",
    "content-security-policy-report-only",
})  # fmt: skip

_TAG = re.compile(r'[ \t,]*+(W/)?+("[\x21\x23-\x7e\x80-\xff]*+")[ \t]*+(?:,|$)').match


def etag(data: bytes) -> str:
    """A strong entity tag: the same for the same bytes, and for no others.

    >>> etag(b"hello")
    '"2cf24dba5fb0a30e26e83b2ac5b9e29e"'
    """
    return f'"{sha256(data).hexdigest()[:32]}"'


def weak(tag: str) -> str:
    """The same tag as a weak one: for content that means the same and may differ in its bytes.

    >>> weak('"v1"')
    'W/"v1"'
    """
    return tag if tag.startswith("W/") else f"W/{tag}"


def not_modified(request_headers: Headers, etag: str | None, last_modified: float | None) -> bool:
    """Whether the client has this representation already, so that a GET or HEAD is answered with 304.

    `If-None-Match` decides where it is sent, and `If-Modified-Since` only where it is not.
    """
    tags = request_headers.get("if-none-match")
    if tags is not None:
        return _matches(tags, etag, weakly=True)
    since = _date(request_headers, "if-modified-since")
    return since is not None and last_modified is not None and int(last_modified) <= since


def precondition_failed(
    request_headers: Headers, etag: str | None, last_modified: float | None, *, method: str = "GET"
) -> bool:
    """Whether the client wants nothing done to this representation, so that the answer is 412.

    `If-Match` decides where it is sent, and `If-Unmodified-Since` only where it is not. For methods other
    than GET and HEAD, an `If-None-Match` that matches is a refusal too (with `*` it says "only if new").
    """
    tags = request_headers.get("if-match")
    if tags is not None:
        failed = not _matches(tags, etag, weakly=False)
    else:
        since = _date(request_headers, "if-unmodified-since")
        failed = since is not None and last_modified is not None and int(last_modified) > since
    if failed or method in ("GET", "HEAD"):
        return failed
    tags = request_headers.get("if-none-match")
    return tags is not None and _matches(tags, etag, weakly=True)


def if_range_holds(request_headers: Headers, etag: str | None, last_modified: float | None) -> bool:
    """Whether a `Range` counts: there is no `If-Range`, or it names just this representation.

    A tag has to be strong, and a date the very same (RFC 9110, section 13.1.5).
    """
    validator = request_headers.get("if-range")
    if validator is None:
        return True
    date = parse_http_date(validator)
    if date is not None:
        return last_modified is not None and int(last_modified) == date
    return etag is not None and validator.strip(" \t") == etag and not etag.startswith("W/")


def _date(headers: Headers, name: str) -> int | None:
    text = headers.get(name)
    return None if text is None else parse_http_date(text)


def _matches(header: str, etag: str | None, *, weakly: bool) -> bool:
    if header.strip(" \t") == "*":
        return True
    if etag is None:
        return False
    if weakly:
        wanted = etag.removeprefix("W/")
        return any(tag == wanted for _, tag in _tags(header))
    return any(tag == etag and not is_weak for is_weak, tag in _tags(header))


def _tags(header: str) -> Iterator[tuple[bool, str]]:
    """The tags of a list, up to the first that is malformed: each match begins where the last one ended."""
    end = 0
    while match := _TAG(header, end):
        end = match.end()
        yield match[1] is not None, match[2]
