"""Compressing an answer: looked at in the order of what costs least, as most answers are let pass."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from ...foundation.http.conditions import weak
from ...foundation.http.headers import HeaderPairs, Headers
from ...foundation.http.preferences import best_encoding
from ...foundation.http.request import Request
from ...foundation.http.response import Answer, FileBody, StreamBody
from ...kernel.finishing import Change, Heavy
from ...kernel.routes import Route
from .coding import Coding
from .rules import is_compressible, may_hold_secrets
from .streams import LARGE, squeeze

MOST_OF_A_FILE = 1_048_576
KEPT_FILES = 8 * MOST_OF_A_FILE


class Compressing:
    """The settings of the battery at work; `change` is what it does to the answers of a route."""

    def __init__(
        self, codings: Sequence[Coding], minimum: int, more_types: Collection[str], harmless_cookies: Collection[str]
    ) -> None:
        self._codings = {coding.name: coding for coding in codings}
        self._names = tuple(self._codings)
        self._minimum = minimum
        self._more_types = frozenset(more_types)
        self._harmless = frozenset(harmless_cookies)
        self._known_types: dict[str, bool] = {}
        self._files = _KeptFiles(KEPT_FILES)

    def change(self, route: Route) -> Change | None:
        """What is done to the answers of a route: nothing, if it says so."""
        if route.compress is False:
            return None
        minimum, is_safe, compressed = self._minimum, route.compress is True, self._compressed

        def compress(answer: Answer, request: Request) -> Answer | Heavy:
            body = answer[3]
            if isinstance(body, bytes) and len(body) < minimum:
                return answer
            if body is None:
                return _unchanged(answer, request) if answer[0] == 304 else answer
            return compressed(answer, request, is_safe=is_safe)

        return compress

    def _compressed(self, answer: Answer, request: Request, *, is_safe: bool) -> Answer | Heavy:
        status, fixed, own, body = answer
        if status in (204, 206, 304):
            return answer
        headers = own or []
        media_type = fixed.text[0][1] if fixed.text and fixed.text[0][0] == "content-type" else ""
        for name, value in headers:
            if name in ("content-encoding", "content-range"):
                return answer
            if name == "cache-control" and "no-transform" in value.lower():
                return answer
            if name == "content-type":
                media_type = value
        if not self._is_compressible(media_type) or not self._fits(body):
            return answer
        if not is_safe and may_hold_secrets(request, headers, self._harmless):
            return answer
        coding_name = best_encoding(request.headers.get("accept-encoding"), self._names)
        plain: Answer = (status, fixed, _varied(headers), body)
        if coding_name is None:
            return plain
        coding, changed = self._codings[coding_name], (status, fixed, _coded(headers, coding_name))
        if isinstance(body, StreamBody):
            return (*changed, squeeze(body, coding))
        if isinstance(body, FileBody):
            return lambda: _smaller(self._file(body, headers, coding), body.length, changed, plain)
        assert isinstance(body, bytes)
        if len(body) > LARGE:
            return lambda: _smaller(coding.compress(body), len(body), changed, plain)
        return _smaller(coding.compress(body), len(body), changed, plain)

    def _is_compressible(self, media_type: str) -> bool:
        known = self._known_types.get(media_type)
        if known is None:
            known = is_compressible(media_type, self._more_types)
            if len(self._known_types) < 256:
                self._known_types[media_type] = known
        return known

    def _fits(self, body: object) -> bool:
        """Whole files are read into memory for it: not those that are too large, nor parts."""
        return not isinstance(body, FileBody) or (body.offset == 0 and self._minimum <= body.length <= MOST_OF_A_FILE)

    def _file(self, body: FileBody, headers: HeaderPairs, coding: Coding) -> bytes:
        tag = next((value for name, value in headers if name == "etag"), "")

        def make() -> bytes:
            with Path(body.path).open("rb") as file:
                return coding.compress(file.read(body.length))

        return self._files.get((body.path, tag, coding.name), make)


def _smaller(data: bytes, before: int, changed: tuple[int, object, HeaderPairs], plain: Answer) -> Answer:
    """The compressed answer, if it is smaller than it was."""
    return (*changed, data) if len(data) < before else plain  # type: ignore[return-value]


def _unchanged(answer: Answer, request: Request) -> Answer:
    """The 304 to a client whose copy is a compressed one: with the tag and the `Vary` of that (section 15.4.5)."""
    status, fixed, own, body = answer
    known = request.headers.get("if-none-match", "")
    tag = next((value for name, value in own or () if name == "etag"), None)
    if tag is None or tag.startswith("W/") or weak(tag) not in known:
        return answer
    headers = [(name, weak(value) if name == "etag" else value) for name, value in _varied(own or [])]
    return status, fixed, headers, body


def _varied(headers: HeaderPairs) -> HeaderPairs:
    copy = Headers.received(list(headers))
    copy.vary("accept-encoding")
    return copy.pairs()


def _coded(headers: HeaderPairs, coding: str) -> HeaderPairs:
    """The headers of the compressed body: parts of it cannot be had, and its tag says that the bytes differ."""
    kept = [
        (name, weak(value) if name == "etag" else value)
        for name, value in _varied(headers)
        if name not in ("content-length", "accept-ranges", "content-digest", "repr-digest")
    ]
    return [*kept, ("content-encoding", coding)]


class _KeptFiles:
    """The compressed contents of files that were asked for last, up to a sum of bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()

    def get(self, key: tuple[str, str, str], make: Callable[[], bytes]) -> bytes:
        """The contents of a key, made if they are not here."""
        with self._lock:
            data = self._kept.get(key)
            if data is not None:
                self._kept.move_to_end(key)
                return data
        data = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = data
                self._size += len(data)
            while self._size > self._most:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)
        return data
