"""What a file response becomes where another server sends the file: an empty one, with the file's place in a header.

That server answers conditions and ranges, too, with validators of its own; so none of ours may stand beside them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...foundation.http.errors import NotFound
from ...foundation.http.files import FileResponse, facts_of
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ...foundation.urls import quote_path

_VALIDATORS = frozenset({"accept-ranges", "etag", "last-modified"})


class Handing:
    """The folders whose files are handed over, and the header that says so."""

    def __init__(self, places: Mapping[str, str], header: str) -> None:
        # The longest first, so that a folder within another one has its own place.
        self._places = [(f"{path.rstrip(os.sep)}{os.sep}", places[path]) for path in sorted(places, key=len)[::-1]]
        self._header = header

    def over(self, response: Response, request: Request) -> Response | None:
        """The answer in place of a file; None for what is better sent from here.

        That is what has another status than 200, as these servers send a 200, and what has a coding, as they forget it.
        """
        if not isinstance(response, FileResponse) or response.status != 200 or request.method not in ("GET", "HEAD"):
            return None
        place = self._place(response.path)
        if place is None or "content-encoding" in response.headers:
            return None
        try:
            facts_of(response.path)
        except NotFound:
            return None  # The 404 is ours, with our page.
        kept = [pair for pair in response.told_headers().pairs() if pair[0] not in _VALIDATORS]
        return Response(b"", 200, headers=[*kept, (self._header, place)], media_type=response.media_type)

    def _place(self, path: str) -> str | None:
        full = os.path.abspath(path)  # noqa: PTH100 - the dots go, and links stay
        for folder, location in self._places:
            if full.startswith(folder):
                inner = full[len(folder) :].replace(os.sep, "/")
                return quote_path(f"{location.rstrip('/')}/{inner}")
        return None
