"""Reports of browsers (Reporting API; CSP3, section 5): what a page tried that its policy does not allow.

Anybody can send them, so they are small, few, and only logged: one line each, with what a developer needs to find the
place. Query strings are left out, as they may hold what is nobody's business.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ...foundation.http.errors import HTTPError
from ...foundation.http.json_body import decode_json
from ...foundation.http.request import Request
from ...kernel.blueprint import Blueprint
from ...kernel.failures import printable
from .forgery import csrf_exempt
from .rates import rate_limit

log = logging.getLogger("demijohn.security")

ENDPOINT = "demijohn"
RATE = "60/minute"
LARGEST = 64 * 1024
_MOST = 20  # of one body
_LONGEST = 200
# What a report of a breach is made of, by its names in the Reporting API and in the older format.
_PARTS = (
    ("directive", ("effectiveDirective", "effective-directive", "violated-directive")),
    ("blocked", ("blockedURL", "blocked-uri")),
    ("page", ("documentURL", "document-uri")),
    ("source", ("sourceFile", "source-file")),
    ("line", ("lineNumber", "line-number")),
)


def report_routes(path: str) -> Blueprint:
    """The address that browsers report to."""
    blueprint = Blueprint("reports", around=[csrf_exempt, rate_limit(RATE, name="reports")])

    @blueprint.post(path, body_limit=LARGEST, include_in_schema=False)
    def receive(request: Request) -> None:
        try:
            body = decode_json(request.body)
        except HTTPError:
            return
        for line in list(lines_of(body))[:_MOST]:
            log.warning("A browser reports: %s", line)

    return blueprint


def lines_of(body: Any) -> Iterator[str]:
    """One line for each report in a body, whichever of the two formats it has; nothing for what is none.

    >>> list(lines_of({"csp-report": {"violated-directive": "img-src", "blocked-uri": "https://x.example/a?b"}}))
    ['csp-violation: directive img-src, blocked https://x.example/a']
    """
    if isinstance(body, dict):
        body = [{"type": "csp-violation", "body": body.get("csp-report")}]
    for report in body if isinstance(body, list) else ():
        if not isinstance(report, dict) or not isinstance(report.get("body"), dict):
            continue
        found = {"documentURL": report.get("url"), **report["body"]}
        parts = [
            f"{word} {_shown(value)}"
            for word, names in _PARTS
            if (value := next((found[name] for name in names if found.get(name)), None)) is not None
        ]
        details = ", ".join(parts) or _shown(found.get("message", "no details"))
        yield f"{_shown(report.get('type', 'report'))}: {details}"


def _shown(value: Any) -> str:
    text = str(value)
    if "://" in text:
        try:
            parts = urlsplit(text)
        except ValueError:
            return "a malformed URL"
        text = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    return printable(text[:_LONGEST])
