"""CORS (Fetch, section 3.3): which other origins' pages may read the answers of a route, and send what a form cannot.

It gives nothing away that was not asked for: without it a browser keeps answers from other sites' pages. Preflights are
answered for the route and method that they ask about, whatever stands around it; every answer says `Vary: Origin`, that
to a stranger too, so that no cache hands it to the wrong page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import HTTPError, MethodNotAllowed
from ...foundation.http.headers import Headers
from ...foundation.http.request import Request
from ...foundation.http.response import Answer
from ...kernel.finishing import Change
from ...kernel.marks import Mark, marks_of
from ...kernel.routes import Route
from .origins import Origins

HOUR = 3600
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_REQUESTED = "access-control-request-method"


@dataclass(frozen=True)
class CORS(Mark):
    """Lets pages of other origins use routes: `Security(cors=CORS(origins=[...]))`, or `around=[CORS(...)]`.

    `origins` are `https://app.example`, `https://*.app.example`, or `*` for everybody. `credentials` lets a page send
    cookies, and is refused together with `*` (`SetupError` DMJ0661). `headers` may be sent ("*": those that are asked
    for), `exposed` be read; a preflight is good for `max_age` seconds. `private_network` answers pages of the internet
    that ask for a host of the intranet.
    """

    origins: Sequence[str] = ()
    credentials: bool = False
    headers: Sequence[str] = ("*",)
    exposed: Sequence[str] = ()
    max_age: int = 2 * HOUR
    private_network: bool = False
    listed: Origins = field(init=False, repr=False, compare=False)

    shown = "CORS(...)"

    def __post_init__(self) -> None:
        where = Where.caller()
        listed = Origins.of(self.origins, "origins", where)
        if listed.everybody and self.credentials:
            raise SetupError(
                "DMJ0661", 'CORS(origins=["*"], credentials=True) would let every site act as the visitor.',
                fix='Name the origins: CORS(origins=["https://app.example"], credentials=True).', where=where,
            )  # fmt: skip
        odd = [name for name in (*_tuple(self.headers), *_tuple(self.exposed)) if not _TOKEN(name)]
        if not listed or odd or isinstance(self.max_age, bool) or self.max_age < 0:
            what = f"names {odd[0]!r}, which is no header" if odd else "allows no origin"
            if listed and not odd:
                what = f"has max_age={self.max_age!r}"
            raise SetupError(
                "DMJ0662", f"CORS() {what}.", where=where,
                fix='CORS(origins=["https://app.example"], headers=["x-version"], max_age=7200), in seconds',
            )  # fmt: skip
        object.__setattr__(self, "listed", listed)

    def granted(self, origin: str) -> str | None:
        """The value of `Access-Control-Allow-Origin` for an origin; None if it is not allowed."""
        if self.listed.everybody:
            return "*"
        return origin if self.listed.has(origin.lower()) else None

    def preflight(self, request: Request, methods: Sequence[str]) -> dict[str, str]:
        """What a preflight is answered, beside the origin: the methods, and the headers of those asked for."""
        asked = [name.strip() for name in request.headers.get("access-control-request-headers", "").split(",")]
        known = {name.lower() for name in _tuple(self.headers)}
        allowed = [name for name in asked if _TOKEN(name) and ("*" in known or name.lower() in known)]
        answer = {"access-control-allow-methods": ", ".join(methods), "access-control-max-age": str(self.max_age)}
        if allowed:
            answer["access-control-allow-headers"] = ", ".join(allowed)
        if self.private_network and request.headers.get("access-control-request-private-network") == "true":
            answer["access-control-allow-private-network"] = "true"
        return answer


class Sharing:
    """CORS at work: which rule holds for a route, and what it adds to answers."""

    def __init__(self, everywhere: CORS | None) -> None:
        self._everywhere = everywhere
        self._is_used = everywhere is not None

    def rule_of(self, route: Route) -> CORS | None:
        """The rule of a route: its own, else its blueprint's, else the app's."""
        marks = marks_of(route.arounds, CORS)
        return marks[-1] if marks else self._everywhere

    def change_of(self, route: Route) -> Change | None:
        """What is done to the answers of a route; to those of no route as well, once one has a rule."""
        rule = self.rule_of(route)
        self._is_used = self._is_used or rule is not None
        refuses = route.name == "refused" and not route.blueprint
        if rule is None and not (refuses and self._is_used):
            return None

        def share(answer: Answer, request: Request) -> Answer:
            try:
                headers = request.headers
                origin = headers.get("origin")
                if refuses and request.method == "OPTIONS" and origin is not None and _REQUESTED in headers:
                    return self._preflight(answer, request, origin)
            except HTTPError:  # Too many headers: that is what the answer is about.
                return answer
            return answer if rule is None else _shared(answer, rule, origin)

        return share

    def _preflight(self, answer: Answer, request: Request, origin: str) -> Answer:
        refusal = request.refusal
        if not isinstance(refusal, MethodNotAllowed):
            return answer
        kernel = request.plan.kernel
        route, _ = kernel.explain(request.headers[_REQUESTED], request.path, request.host)
        rule = self._everywhere if route is None else self.rule_of(route)
        if rule is None:
            return answer
        methods = [name for name in refusal.allowed if name != "OPTIONS"]
        added = rule.preflight(request, methods) if rule.granted(origin) is not None else {}
        own = [("allow", ", ".join(refusal.allowed)), *added.items()]
        return _shared((204, answer[1].without({"content-type"}), own, None), rule, origin)


def _shared(answer: Answer, rule: CORS, origin: str | None) -> Answer:
    """The answer with what lets a page of an origin read it."""
    status, fixed, own, body = answer
    headers = Headers.received(list(own or ()))
    varies = [value for name, value in fixed.text if name == "vary"]
    if varies:
        headers.vary(*(part.strip() for part in varies[0].split(",")))
    headers.vary("Origin")
    granted = None if origin is None else rule.granted(origin)
    if granted is not None:
        headers["access-control-allow-origin"] = granted
        if rule.credentials:
            headers["access-control-allow-credentials"] = "true"
        if rule.exposed:
            headers["access-control-expose-headers"] = ", ".join(_tuple(rule.exposed))
    names = {name for name, _ in headers.pairs()} & fixed.names
    return status, fixed.without(names) if names else fixed, headers.pairs(), body


def _tuple(values: Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
