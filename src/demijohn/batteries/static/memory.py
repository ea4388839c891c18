"""Small files in memory, for a second: what is asked for all the time costs no call to the file system.

A file that is replaced is seen a second later. In development nothing is kept.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import NamedTuple

from ...foundation.http.headers import HeaderPairs
from ...foundation.http.request import Request
from ...foundation.http.response import FileBody, Response

SECONDS = 1.0
MOST_BYTES = 65_536  # of one file
MOST_ANSWERS = 512

# What makes an answer another one: such requests are answered from the file itself.
_CONDITIONS = ("range", "if-range", "if-none-match", "if-modified-since", "if-match", "if-unmodified-since")


class _Kept(NamedTuple):
    until: float
    body: bytes
    pairs: HeaderPairs
    media_type: str


class SmallFiles:
    """The whole answers to plain GETs, by name; and by the client's encodings where there are compressed files."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._compressed: set[str] = set()

    def find(self, name: str, request: Request) -> Response | None:
        """The answer to a request without conditions; None if it is not here, or not any more."""
        key = (name, "") if name not in self._compressed else (name, request.headers.get("accept-encoding", ""))
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until < monotonic():
            del self._kept[key]
            self._compressed.discard(name)
            return None
        if request.has_header(*_CONDITIONS):
            return None
        return Response.made(kept.body, 200, list(kept.pairs), kept.media_type)

    def keep(self, name: str, request: Request, response: Response) -> Response:
        """Keep a whole answer, if it is small; what is returned is the answer to be sent."""
        body = response.body
        if response.status != 200 or not isinstance(body, FileBody) or body.length > MOST_BYTES:
            return response
        data = _read(body)
        if data is None:
            return response
        pairs = response.headers.pairs()
        encodings = ""
        if "vary" in response.headers:
            self._compressed.add(name)
            encodings = request.headers.get("accept-encoding", "")
        if len(self._kept) >= MOST_ANSWERS:  # Clients choose their encodings, so that there is no end of keys.
            self._kept.clear()
            self._compressed.clear()
        self._kept[name, encodings] = _Kept(monotonic() + SECONDS, data, list(pairs), response.media_type)
        return Response.made(data, 200, pairs, response.media_type)


def _read(body: FileBody) -> bytes | None:
    """The contents of a file; None if it is no longer what it was."""
    try:
        data = Path(body.path).read_bytes()
    except OSError:
        return None
    return data if len(data) == body.length and body.offset == 0 else None
