"""HTTPS alone: what is asked over plain HTTP is sent on or refused, and browsers are told not to ask so again."""

from __future__ import annotations

from collections.abc import Callable

from ...foundation.http.errors import Forbidden, HTTPError
from ...foundation.http.headers import FixedHeaders
from ...foundation.http.request import Request
from ...foundation.http.response import Answer, RedirectResponse
from ...foundation.urls import quote_path, quote_query
from ...kernel.passages import Instead

_HEADER = "strict-transport-security"
_SECURE = ("https", "wss")


def require_https(probes: Callable[[], frozenset[str]]) -> Callable[[Request], HTTPError | None]:
    """A look at each request: pages are redirected, anything else is refused, so that no secret is sent twice."""

    def admit(request: Request) -> HTTPError | None:
        if request.scheme in _SECURE or request.path in probes():
            return None
        refusal = request.refusal
        if refusal is not None and refusal.status not in (404, 405):
            return None  # A host that is refused must not be redirected to.
        if request.method in ("GET", "HEAD") and request.host and request.wants_html:
            return Instead(RedirectResponse(_target(request), 308))
        return Forbidden("This site is served over HTTPS only.")

    return admit


def _target(request: Request) -> str:
    name, colon, port = request.host.rpartition(":")
    host = name if colon and port.isdigit() else request.host  # the port of HTTP is not that of HTTPS
    query = f"?{quote_query(request.query_string)}" if request.query_string else ""
    return f"https://{host}{request.root_path}{quote_path(request.path)}{query}"


def strict_transport(value: str) -> Callable[[Request, Answer], Answer]:
    """A look at each answer: those over HTTPS tell the browser to come back over HTTPS only (RFC 6797)."""
    known: dict[FixedHeaders, FixedHeaders] = {}

    def leave(request: Request, answer: Answer) -> Answer:
        status, fixed, own, body = answer
        if request.scheme not in _SECURE or (own and any(name == _HEADER for name, _ in own)):
            return answer
        stricter = known.get(fixed)
        if stricter is None:
            stricter = FixedHeaders([*fixed.text, (_HEADER, value)])
            if len(known) < 256:  # Those with a nonce are made for one answer.
                known[fixed] = stricter
        return status, stricter, own, body

    return leave
