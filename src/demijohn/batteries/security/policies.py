"""Content-Security-Policy (CSP3): policies taken apart, changed for single routes, and put together again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...foundation.errors import SetupError, Where
from ...foundation.http.headers import FixedHeaders
from ...foundation.http.request import Request
from ...foundation.http.response import Answer
from ...kernel.finishing import Change
from ...kernel.marks import Mark, marks_of
from ...kernel.routes import Route

POLICY = "content-security-policy"
REPORT_ONLY = "content-security-policy-report-only"
FRAMES = "x-frame-options"
_NAME = re.compile(r"[a-z][a-z0-9-]*").fullmatch
_SOURCE = re.compile(r"[!-+\--:<-~]+").fullmatch  # visible ASCII without the comma and the semicolon
_KEYWORDS = frozenset({"self", "none", "unsafe-inline", "unsafe-eval", "strict-dynamic", "wasm-unsafe-eval"})
_NONCE = "'nonce-{nonce}'"

Sources = str | Sequence[str] | None


class PagePolicy(Mark):
    """The mark of routes whose pages have another policy in some directives."""

    shown = "page_policy(...)"

    def __init__(self, directives: Mapping[str, str | None]) -> None:
        self.directives = directives


def page_policy(**directives: Sources) -> PagePolicy:
    """A policy for the pages of a route or blueprint: `around=[page_policy(img_src=["'self'", "https://img.example"])]`.

    A directive replaces the app's own of that name; the others stay, and None leaves one out. Who may frame a page is
    `frame_ancestors`; `X-Frame-Options`, which would say otherwise, is left out then.
    """
    where = Where.caller()
    if not directives:
        raise SetupError(
            "DMJ0664", "page_policy() changes nothing.", fix='page_policy(img_src=["\'self\'", "https:"])', where=where
        )
    return PagePolicy({_directive(name, where): _sources(name, value, where) for name, value in directives.items()})


def parse_policy(text: str) -> dict[str, str]:
    """The directives of a policy by name, in their order; of two with one name the first counts, as browsers have it.

    >>> parse_policy("default-src 'none'; img-src 'self' data:;")
    {'default-src': "'none'", 'img-src': "'self' data:"}
    """
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.strip().partition(" ")
        if name:
            found.setdefault(name.lower(), value.strip())
    return found


def written_policy(directives: Mapping[str, str]) -> str:
    """A policy as it is sent."""
    return "; ".join(f"{name} {value}".rstrip() for name, value in directives.items())


def reporting(policy: str, name: str, address: str) -> str:
    """A policy that says where breaches of it are reported: by the name of an endpoint, and to old browsers by URL."""
    return written_policy({**parse_policy(policy), "report-uri": address, "report-to": name})


class Overrides:
    """The policies of single routes at work."""

    def __init__(self, policies: Mapping[str, str]) -> None:
        self._policies = policies

    def change_of(self, route: Route) -> Change | None:
        """What is done to the pages of a route; None, if it has no policy of its own."""
        marks = marks_of(route.arounds, PagePolicy)
        if not marks:
            return None
        changes: dict[str, str | None] = {}
        for mark in marks:
            changes |= mark.directives
        replaced = {name: _changed(policy, changes) for name, policy in self._policies.items()}
        frames = "frame-ancestors" in changes

        def change(answer: Answer, request: Request) -> Answer:
            status, fixed, own, body = answer
            written = {name for name, _ in own or ()}
            if not _is_page(fixed):
                return answer
            nonce = request.nonce_used
            pairs = [
                (name, filled(policy, nonce))
                for name, policy in replaced.items()
                if name in fixed.names and name not in written
            ]
            gone = {name for name, _ in pairs} | ({FRAMES} if frames else set())
            return status, fixed.without(gone), [*(own or ()), *pairs], body

        return change


def filled(policy: str, nonce: str | None) -> str:
    """A policy with the nonce of one answer, or without any."""
    return policy.replace(f" {_NONCE}", "") if nonce is None else policy.replace("{nonce}", nonce)


def _is_page(fixed: FixedHeaders) -> bool:
    return any(name == "content-type" and value.lower().startswith("text/html") for name, value in fixed.text)


def _changed(policy: str, changes: Mapping[str, str | None]) -> str:
    merged = {**parse_policy(policy), **changes}
    return written_policy({name: value for name, value in merged.items() if value is not None})


def _directive(name: str, where: Where) -> str:
    spelt = name.replace("_", "-").lower()
    if not _NAME(spelt):
        raise SetupError(
            "DMJ0664", f"page_policy() knows no directive {name!r}.",
            fix='The names of CSP, with _ for -: img_src, script_src, frame_ancestors, ...', where=where,
        )  # fmt: skip
    return spelt


def _sources(name: str, value: Sources, where: Where) -> str | None:
    if value is None:
        return None
    sources = value.split() if isinstance(value, str) else list(value)
    for source in sources:
        if source in _KEYWORDS:
            raise SetupError(
                "DMJ0664", f"page_policy({name}=...) has {source} without its quotes.",
                fix=f"CSP has its own quotes inside of Python's: \"'{source}'\".", where=where,
            )  # fmt: skip
        if not isinstance(source, str) or not _SOURCE(source):
            raise SetupError(
                "DMJ0664", f"page_policy({name}=...) has {source!r}, which is no source.",
                fix=f'page_policy({name}=["\'self\'", "https://images.example"])', where=where,
            )  # fmt: skip
    return " ".join(sources)
