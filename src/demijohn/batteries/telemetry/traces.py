"""The trace that a request is part of, as W3C's `traceparent` header tells it.

Nothing is traced here: what came is read and written into the logs, so that lines of several services can be joined.
"""

from __future__ import annotations

import re

from ...foundation.http.errors import HTTPError
from ...foundation.http.request import Request

HEADER = "traceparent"
# https://www.w3.org/TR/trace-context/: version, trace-id, parent-id, flags; a later version may add to its end.
_FIELDS = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?").fullmatch
_LONGEST = 512


def trace_of(request: Request) -> str:
    """The trace id of a request; empty where none came, or none that is well-formed."""
    try:
        said = request.headers.getlist(HEADER)
    except HTTPError:  # There are too many headers to look at.
        return ""
    return trace_id(said[0]) if len(said) == 1 else ""


def trace_id(text: str) -> str:
    """The trace id in a `traceparent`; empty where it is malformed.

    >>> trace_id("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    '4bf92f3577b34da6a3ce929d0e0e4736'
    >>> trace_id("00-00000000000000000000000000000000-00f067aa0ba902b7-01")
    ''
    """
    found = _FIELDS(text.strip()) if len(text) <= _LONGEST else None
    # Of version 00 nothing may follow the flags.
    return "" if found is None or (found[1] == "00" and found[4]) else found[2]
