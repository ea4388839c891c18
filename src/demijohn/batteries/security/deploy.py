"""What `demijohn check --deploy` says of an app's security."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...kernel.deploy import Finding
from ...kernel.marks import marks_of
from .cors import CORS
from .hosts import ANY
from .policies import parse_policy
from .rates import limits_of

if TYPE_CHECKING:
    from ...kernel.kernel import Kernel
    from .battery import Security

_HALF_A_YEAR = 15_552_000
_UNSAFE = ("'unsafe-inline'", "'unsafe-eval'")
_EVERYBODY = ("0.0.0.0/0", "::/0")
_HEADERS = ("content_type_options", "frame_options", "referrer_policy", "opener_policy", "resource_policy")


def development_defaults(security: Security) -> Iterator[Finding]:
    """What no app may be served to the public with."""
    if not _listed(security.hosts):
        yield Finding(
            "SEC010", "It answers to every host: links in mails could be made to lead anywhere.",
            'app.use(Security(hosts=["example.com"]))   or DEMIJOHN_SECURITY_HOSTS=example.com',
        )  # fmt: skip


def findings(security: Security, kernel: Kernel) -> Iterator[Finding]:
    """All that is not as it should be in public."""
    yield from development_defaults(security)
    if ANY in _listed(security.hosts):
        yield Finding(
            "SEC010", 'hosts has "*": it answers to every host, and relies on what stands in front to look at them.',
            'Name them: app.use(Security(hosts=["example.com"]))',
        )  # fmt: skip
    if not security.csrf:
        yield Finding(
            "SEC011", "csrf is off: every site can act as your visitors.",
            "Leave csrf on, and say around=[csrf_exempt] at the routes that other sites post to.",
        )  # fmt: skip
    if ANY in _listed(security.trusted_origins):
        yield Finding(
            "SEC011", 'trusted_origins has "*": every site can act as your visitors.',
            'Name them: app.use(Security(trusted_origins=["https://shop.example"]))',
        )  # fmt: skip
    yield from _transport(security)
    yield from _headers(security)
    yield from _sharing(security, kernel)


def _transport(security: Security) -> Iterator[Finding]:
    trusted = security.trusted_proxies
    if not isinstance(trusted, int) and any(entry in _EVERYBODY for entry in _listed(trusted)):
        yield Finding(
            "SEC012", "trusted_proxies has everybody: whoever connects may choose his address, host and scheme.",
            'The addresses of the proxies alone: app.use(Security(trusted_proxies=["10.0.0.5"]))',
        )  # fmt: skip
    if not security.https:
        yield Finding(
            "SEC013", "https is off: plain HTTP is answered, which anybody on the way can read and change.",
            "app.use(Security(https=True))   or DEMIJOHN_SECURITY_HTTPS=true", "warning",
        )  # fmt: skip
    if not trusted:
        yield Finding(
            "SEC014", "trusted_proxies is not set: behind a proxy every visitor has its address, and none uses HTTPS.",
            'app.use(Security(trusted_proxies=["10.0.0.5"]))   or demijohn serve --behind-proxy', "warning",
        )  # fmt: skip
    age = re.search(r"max-age=(\d+)", security.strict_transport or "")
    if age is None or int(age[1]) < _HALF_A_YEAR:
        yield Finding(
            "SEC015", "strict_transport is off, or short: browsers come back over plain HTTP.",
            'Leave it as it is: "max-age=31536000; includeSubDomains"', "warning",
        )  # fmt: skip


def _headers(security: Security) -> Iterator[Finding]:
    policy = parse_policy(security.page_policy or "")
    scripts = policy.get("script-src", policy.get("default-src", ""))
    if not policy or any(word in scripts for word in _UNSAFE):
        yield Finding(
            "SEC016", "page_policy lets any script on a page run: one hole in a template is enough.",
            "Give inline scripts the nonce, <script nonce=\"{{ nonce }}\">, and leave 'unsafe-...' out.", "warning",
        )  # fmt: skip
    off = [name for name in _HEADERS if getattr(security, name) is None]
    if off:
        yield Finding(
            "SEC017", f"These response headers are off: {', '.join(off)}.",
            "Leave them on; a response that sets one of them itself wins.", "warning",
        )  # fmt: skip


def _sharing(security: Security, kernel: Kernel) -> Iterator[Finding]:
    if security.cors is not None and security.cors.listed.everybody:
        yield Finding(
            "SEC018", "CORS is open to every origin, for all routes.",
            "Say it of the routes that are for everybody: around=[CORS(origins=[\"*\"])]", "warning",
        )  # fmt: skip
    rules = (security.cors, *(mark for route in kernel.routes for mark in marks_of(route.arounds, CORS)))
    shared = {origin for rule in rules if rule is not None for origin in rule.listed.exact}
    for what, origins in (("CORS", shared), ("trusted_origins", map(str.lower, _listed(security.trusted_origins)))):
        insecure = sorted(origin for origin in origins if origin.startswith("http://"))
        if insecure:
            yield Finding(
                "SEC019", f"{what} trusts {insecure[0]}, a page that anybody on the way could have changed.",
                f"https{insecure[0][4:]}", "warning",
            )  # fmt: skip
    if security.rates == "memory" and any(limits_of(route) for route in kernel.routes):
        yield Finding(
            "SEC020", "Rates are counted in memory: each worker lets as many requests through.",
            'app.use(Security(rates="database")), or "redis://localhost:6379"   or demijohn serve --workers 1',
            "warning",
        )  # fmt: skip


def _listed(values: Sequence[str] | int) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else () if isinstance(values, int) else tuple(values)
