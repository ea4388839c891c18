"""The battery that shows the debug page: in development, to this computer, and to nobody else."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from demijohn.foundation.http.errors import HTTPError
from demijohn.foundation.http.request import Request
from demijohn.foundation.http.response import HTML_TYPE, PROBLEM, TEXT, Response
from demijohn.kernel.battery import Battery, Setup
from demijohn.kernel.failures import crashes, default_response, printable

from .as_json import problem_details
from .asked import Asked
from .html import html_page
from .report import Report
from .style import DEBUG_CSP
from .text import text_page

log = logging.getLogger("demijohn")

# Whoever sets one of these stands between us and the visitor, who may then be anybody.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True)
class Debugger(Battery):
    """Answers an unforeseen exception with the debug page: HTML, JSON or plain text, as the client reads it.

    It does so in development only, and only where peer and `Host` are this computer; everybody else gets the
    plain 500, so that no website that points its name to 127.0.0.1 can read the code.

    `root` is the folder that paths are said from (the working directory, if empty). `editor` is the address
    that opens a file in an editor, such as `vscode://file{file}:{line}`.
    """

    name = "debugger"

    root: str = ""
    editor: str = ""

    def install(self, setup: Setup) -> None:
        """Answer every exception that no other handler wants; nothing at all in production."""
        if setup.debug:
            setup.on_error(Exception, self.show)

    def show(self, request: Request, error: Exception) -> Response:
        """The answer to an exception; an `HTTPError` is for the visitor and stays what it is."""
        if isinstance(error, HTTPError) or not may_see(request.client, request.host, _headers(request)):
            return default_response(request, error)
        watching = crashes.get()
        if watching is not None:
            watching.append(error)
        report = Report.of(error, app_root=Path(self.root) if self.root else Path.cwd())
        _log(request, error, report)
        return _answer(request, report, self.editor)


def _log(request: Request, error: Exception, report: Report) -> None:
    """Write the error into the log as the page has it: the line, why, the fix, and the frames of the user's alone.

    An error that no line of the user's is part of is logged with all of its frames; so is any, where a handler has a
    formatter that makes its own text of the exception, which the record has too.
    """
    kind = type(error), error, error.__traceback__
    message = "%s %s failed"
    record = log.makeRecord(
        log.name, logging.ERROR, __file__, 0, message, (request.method, printable(request.path)), kind
    )
    if any(frame.yours for problem in report.problems for frame in problem.frames):
        record.exc_text = text_page(report).rstrip()
    log.handle(record)


def may_see(client: str | None, host: str, headers: Mapping[str, str] | None = None) -> bool:
    """Whether a peer on this computer asks for this computer: only such a one may see source code.

    `client` is the peer's address, `host` the `Host` header, which must be local, too, against DNS rebinding;
    with one of the `headers` of a proxy it is not sure who asks.

    >>> may_see("127.0.0.1", "localhost:8000"), may_see("127.0.0.1", "localhost.example.com")
    (True, False)
    """
    try:
        address = ipaddress.ip_address(client or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_loopback or any(name in (headers or {}) for name in _FORWARDED):
        return False
    name, colon, port = host.lower().rpartition(":")
    if not colon or (port and not port.isdigit()):
        name = host.lower()
    name = name.removesuffix(".")
    return name in {"localhost", "127.0.0.1", "[::1]"} or name.endswith(".localhost")


def _answer(request: Request, report: Report, editor: str) -> Response:
    headers = {"cache-control": "no-store"}
    accept, content_type = (_headers(request).get(name, "").lower() for name in ("accept", "content-type"))
    if "text/html" in accept or "application/xhtml" in accept:
        headers["content-security-policy"] = DEBUG_CSP
        return Response(_encoded(html_page(report, Asked.of(request), editor=editor)), 500,
                        headers=headers, media_type=HTML_TYPE)  # fmt: skip
    if "json" in accept or "json" in content_type:
        body = msgspec.json.encode(problem_details(report))
        return Response(body, 500, headers=headers, media_type=PROBLEM)
    return Response(_encoded(text_page(report)), 500, headers=headers, media_type=TEXT)


def _encoded(text: str) -> bytes:
    return text.encode(errors="backslashreplace")


def _headers(request: Request) -> Mapping[str, str]:
    try:
        return request.headers
    except HTTPError:  # over a limit, which may be what is shown
        return {"forwarded": "unknown"}
