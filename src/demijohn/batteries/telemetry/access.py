"""The access log: one line for each exchange, when it is over.

What a client sends is written so that it cannot write a line of its own: control characters and those that change the
direction of text are escaped. Cookies and Authorization are never written; values of the query and of the path whose
names look secret are masked.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import Any
from urllib.parse import unquote_plus

from ...foundation.http.errors import HTTPError
from ...foundation.http.request import Request
from ...foundation.http.response import Answer, FileBody, StreamBody
from ...foundation.masking import MASK, looks_secret
from ...kernel.failures import printable, shown_path
from .traces import trace_of

log = logging.getLogger("demijohn.access")

# Names that say nothing by themselves, but hold what signs somebody in.
_SECRET_NAMES = frozenset({"code", "sig", "otp", "pin", "sid", "jwt", "session", "nonce", "hash", "ticket"})
_LONGEST = 2000
_LONGEST_AGENT = 200
GONE = 499  # what nginx writes for a client that left before there was an answer


class AccessLog:
    """Watches every exchange, and writes its line when the gateway says that it is over."""

    def __init__(self, exclude: tuple[str, ...], sample: float) -> None:
        self._exclude = frozenset(exclude)
        self._below = tuple(path for path in exclude if path.endswith("/") and path != "/")
        self._sample = sample

    def enter(self, request: Request) -> HTTPError | None:
        """Start the clock."""
        path = request.path
        if path in self._exclude or (self._below and path.startswith(self._below)) or not log.isEnabledFor(20):
            return None
        request.watch = watch = Watch(request, self._sample)
        request.call_after(watch.write)
        return None

    def leave(self, request: Request, answer: Answer) -> Answer:
        """Remember status and size; what is streamed is counted on its way."""
        watch = request.watch
        if watch is None:
            if request.refusal is None or self.enter(request) is not None or request.watch is None:
                return answer
            watch = request.watch
        status, fixed, own, body = answer
        watch.status = status
        if isinstance(body, bytes):
            watch.size = len(body)
        elif isinstance(body, FileBody):
            watch.size = body.length
        elif isinstance(body, StreamBody):
            counted = _counted_async if hasattr(body.chunks, "__aiter__") else _counted
            return status, fixed, own, StreamBody(counted(body.chunks, watch), body.close)
        return answer


class Watch:
    """One exchange: when it began, what was answered, how much was sent."""

    __slots__ = ("begin", "request", "sample", "size", "status")

    def __init__(self, request: Request, sample: float) -> None:
        self.request = request
        self.sample = sample
        self.begin = perf_counter()
        self.status = GONE
        self.size = 0

    def write(self) -> None:
        """Write the line."""
        if self.status < 400 and self.sample < 1.0 and random.random() >= self.sample:  # noqa: S311 - no secret
            return
        fields = self.fields()
        log.info("%s", _Line(fields), extra=fields)

    def fields(self) -> dict[str, Any]:
        """What there is to say, ready for any log."""
        request = self.request
        route = request.route
        fields = {
            "request_id": request.id,
            "method": printable(request.method[:32]),
            "path": shown_path(request)[:_LONGEST],
            "query": printable(masked_query(request.query_string)[:_LONGEST]),
            "route": "" if route is None else route.pattern.text,
            "status": self.status,
            "bytes": self.size,
            "duration_ms": round((perf_counter() - self.begin) * 1000, 2),
            "client": request.client or "",
            "user_agent": printable(_user_agent(request)[:_LONGEST_AGENT]),
        }
        trace = trace_of(request)
        if trace:
            fields["trace_id"] = trace
        return fields


class _Line:
    """The fields as text, made only where somebody reads text."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __str__(self) -> str:
        said = self._fields
        target = f"{said['path']}?{said['query']}" if said["query"] else said["path"]
        agent = said["user_agent"].replace('"', "'")
        return (
            f"{said['method']} {target} {said['status']} {said['bytes']} B {said['duration_ms']:.1f} ms"
            f' {said["client"] or "-"} {said["request_id"]} "{agent}"'
        )


def masked_query(query: str) -> str:
    """A query string with stars for the values of names that look secret.

    >>> masked_query("page=2&access_token=S3CR3T&q=a%20b")
    'page=2&access_token=********&q=a%20b'
    """
    if "=" not in query:
        return query
    parts = query[: 2 * _LONGEST].split("&")
    return "&".join(_masked(part) for part in parts)


def _masked(part: str) -> str:
    name, equals, value = part.partition("=")
    plain = unquote_plus(name).lower() if value else ""
    return f"{name}={MASK}" if value and (looks_secret(plain) or plain in _SECRET_NAMES) else name + equals + value


def _user_agent(request: Request) -> str:
    try:
        return request.headers.get("user-agent", "")
    except HTTPError:  # There are too many headers to look at.
        return ""


def _counted(chunks: Any, watch: Watch) -> Iterator[bytes | str]:
    try:
        for chunk in chunks:
            watch.size += len(chunk if isinstance(chunk, bytes) else chunk.encode())
            yield chunk
    finally:
        if hasattr(chunks, "close"):
            chunks.close()


async def _counted_async(chunks: Any, watch: Watch) -> AsyncIterator[bytes | str]:
    try:
        async for chunk in chunks:
            watch.size += len(chunk if isinstance(chunk, bytes) else chunk.encode())
            yield chunk
    finally:
        if hasattr(chunks, "aclose"):
            await chunks.aclose()
