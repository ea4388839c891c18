"""JSON over HTTP: what the security headers and a session cost, each row beside itself without them."""

from __future__ import annotations

from ..apps.pages.work import MESSAGE
from ..rows import Row
from ..workloads import Workload, is_json

_answer = is_json({"message": MESSAGE})
WORKLOADS = [
    Workload("bare", "bare", "/bare", _answer, has_headers=False),
    Workload("brought", "bare, a cookie sent", "/bare", _answer, begins_at="/begin", has_headers=False),
    Workload("headers", "headers", "/headers", _answer),
    Workload("cookie", "headers, a cookie that nobody reads", "/cookie", _answer, begins_at="/begin"),
    Workload("session", "headers, the session read", "/session", _answer, begins_at="/begin"),
]
# Forth and back: what changes while a server runs falls on all.
ORDER = [*WORKLOADS, *reversed(WORKLOADS)]
_GOALS = {"cookie": 0.95}
ROWS = [
    Row("Demijohn, def on WSGI", "granian WSGI", "pages.demijohn", goals=_GOALS, attribute="wsgi"),
    Row("Demijohn, async def on RSGI", "granian RSGI", "pages.demijohn", goals=_GOALS, attribute="rsgi"),
    Row("Flask", "granian WSGI", "pages.flask", attribute="wsgi"),
    Row("Django", "granian WSGI", "pages.django", attribute="wsgi"),
]
