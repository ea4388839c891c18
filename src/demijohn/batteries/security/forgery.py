"""Forged requests: what a page of another site lets a visitor's browser send, with the visitor's cookies.

A browser says where a request comes from: `Sec-Fetch-Site` (Fetch Metadata), or else `Origin`. Only where it says
neither is a token asked for. Nothing can be forged that the browser adds nothing to: a request without cookies and
without HTTP authentication passes, unless a form of another site sent it, which could sign a visitor in as somebody
else. All but the token is known from the head of a request, and only methods that change something are looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...foundation.http.errors import Forbidden, HTTPError
from ...foundation.http.media import MediaType
from ...foundation.http.origins import is_own_origin
from ...foundation.http.request import Request
from ...kernel.calls import found_for, made_for
from ...kernel.failures import printable
from ...kernel.guards import Check, Look
from ...kernel.marks import Mark, marks_of
from ...kernel.routes import WEBSOCKET, Route
from .cors import CORS
from .origins import Origins
from .tokens import FIELD, HEADER, SITE, Tokens

log = logging.getLogger("demijohn.security")

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", WEBSOCKET})
# What a browser says of a page of ours, and of what a visitor typed himself.
_OURS = frozenset({"same-origin", "none"})
# What a browser adds by itself, once a visitor has given it a name and password.
_AMBIENT = frozenset({"basic", "digest", "negotiate", "ntlm"})
# What an HTML form can send, and a script without being asked about (Fetch, section 2.2.2).
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


class CSRFExempt(Mark):
    """The mark of routes that are not guarded."""

    shown = "csrf_exempt"


csrf_exempt = CSRFExempt()


class CrossSiteRefused(Forbidden):
    """403: a request that changes something comes, or may come, from a page of another site.

    `needs_token` tells that nothing is known against it, but the token that would speak for it.
    """

    def __init__(self, detail: str, *, needs_token: bool = False) -> None:
        super().__init__(detail)
        self.needs_token = needs_token


@dataclass(frozen=True, slots=True)
class ShownAgain:
    """Offered by a battery that shows a form again, with what was written in it, instead of an error.

    `on` tells for which routes. There a request without a valid token reaches the handler, and `refused_of(request)`
    is the error: what was sent must not count as valid.
    """

    on: Callable[[Route], bool]


def refused_of(request: Request) -> CrossSiteRefused | None:
    """The error of a request that is only to show its form again; None for all others."""
    error: CrossSiteRefused | None = found_for(request, CrossSiteRefused)
    return error


def is_trusted(origin: str, trusted: Origins, cors: CORS | None, *, brings: bool) -> bool:
    """Whether pages of an origin may do what our own may; by CORS without credentials, if they bring none."""
    return trusted.has(origin) or (cors is not None and cors.listed.has(origin) and (cors.credentials or not brings))


class Forgeries:
    """The guard of routes against forged requests."""

    def __init__(
        self,
        trusted: Origins,
        tokens: Tokens,
        cors_of: Callable[[Route], CORS | None],
        shown_again: Callable[[Route], bool],
        *,
        debug: bool,
    ) -> None:
        self._trusted = trusted
        self._tokens = tokens
        self._cors_of = cors_of
        self._shown_again = shown_again
        self._debug = debug

    def look_of(self, route: Route) -> Look | None:
        """The look at the requests of a route; None where nothing can be forged, or that is said not to matter."""
        if set(route.methods) <= SAFE or marks_of(route.arounds, CSRFExempt):
            return None
        cors, shows_again = self._cors_of(route), self._shown_again(route)

        def look(request: Request) -> HTTPError | Check | None:
            if not request.has_header(SITE, "origin", "cookie", "authorization") or request.method in SAFE:
                return None
            if request.read_header(SITE) in _OURS:
                return None
            return self._verdict(request, cors, shows_again=shows_again)

        return look

    def _verdict(self, request: Request, cors: CORS | None, *, shows_again: bool) -> HTTPError | Check | None:
        headers = request.headers
        site, origins = headers.get(SITE), headers.getlist("origin")
        authorization = headers.get("authorization")
        if authorization is not None and authorization.strip().partition(" ")[0].lower() not in _AMBIENT:
            return None  # A program wrote it: no page can, unless CORS lets it.
        brings = authorization is not None or "cookie" in headers
        if site is None and not origins:
            return self._without_origin(request, shows_again=shows_again) if brings else None
        origin = origins[0].lower() if len(origins) == 1 else "null"
        if (site is None and is_own_origin(origin, request)) or is_trusted(origin, self._trusted, cors, brings=brings):
            return None
        if not brings and not (_is_form(request) or _is_bare_post(request)):
            return None
        return self._foreign(request, origin)

    def _foreign(self, request: Request, origin: str) -> CrossSiteRefused:
        shown = printable(origin[:200])
        log.info("%s %s was refused: it comes from %s.", request.method, printable(request.path), shown)
        if not self._debug:
            return CrossSiteRefused("This request was made by another site.")
        fix = f'Security(trusted_origins=["{shown}"])' if shown != "null" else "around=[csrf_exempt] at the route"
        return CrossSiteRefused(f"This request was made by another site, {shown}. If that is as it should be: {fix}.")

    def _without_origin(self, request: Request, *, shows_again: bool) -> HTTPError | Check | None:
        """The verdict on a browser that is old, or on a program with cookies."""
        referer = request.headers.get("referer")
        if referer is not None and not is_own_origin(_origin_of(referer), request):
            return self._foreign(request, _origin_of(referer))
        token = request.headers.get(HEADER)
        if token is not None or not _is_form(request):
            return None if token is not None and self._tokens.is_valid(request, token) else _no_token()

        def check(request: Request) -> HTTPError | None:
            if self._tokens.is_valid(request, request.form.get(FIELD) or ""):
                return None
            error = _no_token()
            if shows_again:
                made_for(request)[CrossSiteRefused] = error
                return None
            return error

        return check


def _no_token() -> CrossSiteRefused:
    return CrossSiteRefused(
        "Nothing shows that this request was made by our own page: it has neither Sec-Fetch-Site nor Origin, nor a"
        f" valid token ({FIELD} in a form, or {HEADER.title()}). Open the page again and send it once more; a program"
        " sends an Origin, or a bearer token instead of cookies.",
        needs_token=True,
    )


def _is_bare_post(request: Request) -> bool:
    """Whether it has no type, as no form has it: a script sends such a POST anywhere without being asked about."""
    return request.method == "POST" and "content-type" not in request.headers


def _is_form(request: Request) -> bool:
    value = request.headers.get("content-type")
    if value is None:
        return False
    kind = MediaType.parse(value)
    return kind is None or kind.essence in _FORMS


def _origin_of(referer: str) -> str:
    try:
        parts = urlsplit(referer)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}".lower()
