"""From an exception to an answer.

Handlers registered with `on_error` are asked first: those of the route's blueprints from the innermost, then the
app's, then the batteries'; within one of them an exact status goes before a class, and a class before its bases. What
nobody handles becomes problem details (RFC 9457), or a page for a browser; an unforeseen exception is logged and
becomes a 500 that tells a visitor nothing but its id.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, TypeAlias

import msgspec

from ..foundation.errors import SetupError, Where
from ..foundation.http.errors import HTTPError
from ..foundation.http.request import Request
from ..foundation.http.response import HTML_TYPE, PROBLEM, Response
from ..foundation.masking import MASK, looks_secret
from .error_page import PAGE_CSP, error_page
from .services import kind_of

log = logging.getLogger("demijohn")

Handlers: TypeAlias = Mapping[Any, Callable[..., Any]]
Handle: TypeAlias = Callable[[Request, BaseException], Any]

# Where a test client collects the exceptions that no handler foresaw, to raise them in the test.
crashes: ContextVar[list[BaseException] | None] = ContextVar("demijohn.crashes", default=None)


class ErrorHandlers:
    """A table from status or exception class to the function that answers it."""

    def __init__(self) -> None:
        self._table: dict[Any, Handle] = {}
        self.is_async = False

    def add(self, key: Any, function: Callable[..., Any]) -> None:
        """Register a handler; it takes the error, the request, or both, in the order it likes."""
        if not (isinstance(key, int) or (isinstance(key, type) and issubclass(key, BaseException))):
            raise SetupError(
                "DMJ0120", f"on_error({key!r}): that is neither a status nor an exception class.",
                fix="@app.on_error(404) or @app.on_error(NotFound)", where=Where.of(function),
            )  # fmt: skip
        self._table[key] = _adapt(function)
        self.is_async = self.is_async or kind_of(function) == "coroutine"

    def find(self, error: BaseException) -> Handle | None:
        """The handler of an error, if there is one."""
        if isinstance(error, HTTPError) and error.status in self._table:
            return self._table[error.status]
        for base in type(error).__mro__:
            if base in self._table:
                return self._table[base]
        if not isinstance(error, HTTPError):
            return self._table.get(500)
        return None


def _adapt(function: Callable[..., Any]) -> Handle:
    """A handler as a function of (request, error)."""
    try:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    except NameError:
        parameters = list(inspect.signature(function).parameters.values())
    required = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    wants_request = [
        p.name in ("request", "req") or (isinstance(p.annotation, type) and issubclass(p.annotation, Request))
        for p in required
    ]
    if wants_request == [True, False]:
        return function
    if wants_request == [False, True]:
        return lambda request, error: function(error, request)
    if wants_request == [False]:
        return lambda _, error: function(error)
    if wants_request == [True]:
        return lambda request, _: function(request)
    if not required:
        return lambda _request, _error: function()
    name = getattr(function, "__name__", "handler")
    raise SetupError(
        "DMJ0121", f"The error handler {name}() takes {len(required)} parameters.",
        fix=f"def {name}(error, request: Request): ...   (either may be left out)", where=Where.of(function),
    )  # fmt: skip


def default_response(request: Request, error: BaseException, *, expects_html: bool | None = None) -> Response:
    """The answer to an error that nobody handles: a page for browsers, problem details for everybody else."""
    wants_html = _wants_html(request) if expects_html is None else expects_html
    if not isinstance(error, HTTPError):
        request_id = request.id
        log.error("%s %s failed (id %s)", request.method, shown_path(request), request_id, exc_info=error)
        watching = crashes.get()
        if watching is not None:
            watching.append(error)
        error = HTTPError(500, "Something went wrong on our side.", extra={"id": request_id})
    if wants_html:
        page = error_page(error, request_id=str(error.extra.get("id", "")))
        headers = {"content-security-policy": PAGE_CSP, **error.headers}
        return Response(page, error.status, headers=headers, media_type=HTML_TYPE)
    body = msgspec.json.encode(error.problem())
    return Response(body, error.status, headers=error.headers, media_type=PROBLEM)


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
