"""From an exception to an answer.

Handlers registered with `on_error` are asked first: those of the route's blueprints from the innermost, then the
app's, then the batteries'; within one of them an exact status goes before a class, and a class before its bases. What
nobody handles becomes problem details (RFC 9457), or a page for a browser; an unforeseen exception is logged and
becomes a 500 that tells a visitor nothing but its id.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar

import msgspec

from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import HTML_TYPE, PROBLEM, Response
from ..foundation.masking import MASK, looks_secret
from .error_page import MESSAGES, PAGE_CSP, error_page
from .messages import words_of

log = logging.getLogger("demijohn")

# Where a test client collects the exceptions that no handler foresaw, to raise them in the test.
crashes: ContextVar[list[BaseException] | None] = ContextVar("demijohn.crashes", default=None)


def default_response(request: Request, error: BaseException, *, expects_html: bool | None = None) -> Response:
    """The answer to an error that nobody handles: a page for browsers, problem details for everybody else."""
    wants_html = _wants_html(request) if expects_html is None else expects_html
    if not isinstance(error, HTTPError):
        request_id = request.id
        watching = crashes.get()
        told = error if watching is None else None  # A test raises it, with its traceback.
        log.error("%s %s failed (id %s)", request.method, shown_path(request), request_id, exc_info=told)
        if watching is not None:
            watching.append(error)
        error = HTTPError(500, "Something went wrong on our side.", extra={"id": request_id})
    if wants_html:
        page = _page(request, error)
        headers = {"content-security-policy": PAGE_CSP, **error.headers}
        return Response(page, error.status, headers=headers, media_type=HTML_TYPE)
    body = msgspec.json.encode(error.problem())
    return Response(body, error.status, headers=error.headers, media_type=PROBLEM)


def _page(request: Request, error: HTTPError) -> str:
    """The page of an error in the words of the app: it is shown even if they fail."""
    request_id = str(error.extra.get("id", ""))
    try:
        return error_page(error, request_id=request_id, own=words_of(request, MESSAGES))
    except Exception:
        log.exception("The app's own messages for an error page could not be had; it is in English.")
        return error_page(error, request_id=request_id)


def _wants_html(request: Request) -> bool:
    try:
        return request.wants_html
    except HTTPError:  # The headers themselves are over a limit.
        return False


def shown_path(request: Request) -> str:
    """The path for a log: with its prefix, printable, and with stars for a part that its route calls a token."""
    path, route = request.path, request.route
    if route is not None and request.captured:
        for name, value in zip(route.names, request.captured, strict=False):
            if value and looks_secret(name):
                path = path.replace(value, MASK)
    return printable(request.root_path + path)


def printable(text: str) -> str:
    """Text from a client, safe for one line of a log: control and direction-changing characters are escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() and not "\u202a" <= c <= "\u2069" else repr(c)[1:-1] for c in text)
