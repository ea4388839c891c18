"""Request ids: one name for an exchange, in every log on its way."""

from __future__ import annotations

import re

from ...foundation.http.errors import HTTPError
from ...foundation.http.request import Request
from ...foundation.http.response import Answer

# What UUIDs, ULIDs, trace ids and the ids of load balancers are made of; nothing that a log or a page could trip over.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=@+/-]{0,127}", re.ASCII).fullmatch


class RequestIds:
    """Takes the id of a request from its header, where that is believed, and puts it on the answer."""

    def __init__(self, header: str, source: str) -> None:
        self.header = header
        self.source = source

    def enter(self, request: Request) -> HTTPError | None:
        """An id that is malformed is no reason to refuse a request: it gets one of ours."""
        if self.source == "anybody" or (self.source == "proxies" and request.outer is not None):
            said = request.headers.getlist(self.header)
            if len(said) == 1 and _WELL_FORMED(said[0]):
                request.id = said[0]
        return None

    def leave(self, request: Request, answer: Answer) -> Answer:
        """The answer with the id, so that whoever complains can say it."""
        status, fixed, own, body = answer
        pair = (self.header, request.id)
        return status, fixed, [pair] if own is None else [*(item for item in own if item[0] != pair[0]), pair], body
