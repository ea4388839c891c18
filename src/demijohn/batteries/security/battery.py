"""Security: the response headers that make a browser refuse what an app never meant to do, and what it is asked by.

The headers are fixed when the app is sealed, so that they cost a request nothing. A response that sets one of them
itself wins; a field set to None leaves its header out. Hosts are looked at once each, not once per request; proxies
and HTTPS cost only those apps that set them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ...kernel.battery import Battery, Setup
from ...kernel.passages import HostRule, Passage, Probe
from .hosts import AllowedHosts, LocalHosts
from .https import require_https, strict_transport

# Nothing from elsewhere, no inline script or style but with the response's nonce (`request.nonce`), no framing.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
# A year, and every host below this one.
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
X_FORWARDED = tuple(f"x-forwarded-{name}" for name in ("for", "proto", "host", "port", "prefix"))
NEAR_PROXIES = ("loopback", "unix")

_PROXY_RANK, _HTTPS_RANK = -100, -50


@dataclass(frozen=True)
class Security(Battery):
    """Secure response headers, on in every app; and, where they are set, hosts, proxies and HTTPS.

    `page_policy` is the Content-Security-Policy of HTML, `data_policy` that of everything else. `hosts` are the hosts
    that are answered: `example.com`, or `.example.com` for all below it too; none are all of them, and in development
    this computer's. `trusted_proxies` are the addresses and networks whose `trusted_headers` are believed, or how many
    proxies there are. `https` refuses plain HTTP; `strict_transport` is what HTTPS answers say then, and behind a
    trusted proxy.
    """

    name = "security"

    page_policy: str | None = PAGE_POLICY
    data_policy: str | None = DATA_POLICY
    content_type_options: str | None = "nosniff"
    frame_options: str | None = "DENY"
    referrer_policy: str | None = "same-origin"
    opener_policy: str | None = "same-origin"
    resource_policy: str | None = "same-origin"
    embedder_policy: str | None = None
    permissions_policy: str | None = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    cross_domain_policies: str | None = "none"
    hosts: Sequence[str] = ()
    trusted_proxies: int | Sequence[str] = ()
    trusted_headers: Sequence[str] = X_FORWARDED
    https: bool = False
    strict_transport: str | None = STRICT_TRANSPORT

    def install(self, setup: Setup) -> None:
        """Fix the headers, and offer what is to be looked at."""
        self._fix_headers(setup)
        self._guard_hosts(setup)
        trusts = self._trust_proxies(setup)
        self._require_https(setup, trusts=trusts)

    def _fix_headers(self, setup: Setup) -> None:
        named = {
            "x-content-type-options": self.content_type_options,
            "x-frame-options": self.frame_options,
            "referrer-policy": self.referrer_policy,
            "cross-origin-opener-policy": self.opener_policy,
            "cross-origin-resource-policy": self.resource_policy,
            "cross-origin-embedder-policy": self.embedder_policy,
            "permissions-policy": self.permissions_policy,
            "x-permitted-cross-domain-policies": self.cross_domain_policies,
        }
        setup.headers({name: value for name, value in named.items() if value is not None})
        if self.page_policy is not None:
            setup.headers({"content-security-policy": self.page_policy}, media_type="text/html")
        if self.data_policy is not None:
            setup.headers({"content-security-policy": self.data_policy}, media_type="*")

    def _guard_hosts(self, setup: Setup) -> None:
        entries, local = _listed(self.hosts), LocalHosts()
        allowed = AllowedHosts.of(entries, setup.where)
        if setup.debug:
            setup.offer(HostRule(lambda name: local.allows(name) or allowed.allows(name), local.refuse))
        elif entries:
            setup.offer(HostRule(allowed.allows, allowed.refuse))

    def _trust_proxies(self, setup: Setup) -> bool:
        trusted = self.trusted_proxies if isinstance(self.trusted_proxies, int) else _listed(self.trusted_proxies)
        if trusted == () and setup.sources.plain("DEMIJOHN_BEHIND_PROXY") == "1":
            trusted = NEAR_PROXIES  # `demijohn serve --behind-proxy` listens where only this machine can reach it
        if trusted == ():
            return False
        from .proxies import Proxies  # here, because few apps pay for it

        proxies = Proxies.of(trusted, _listed(self.trusted_headers), setup.where)
        setup.offer(proxies)
        setup.offer(Passage(enter=proxies.enter, rank=_PROXY_RANK))
        return True

    def _require_https(self, setup: Setup, *, trusts: bool) -> None:
        if setup.debug:
            return
        if self.https:
            probes = setup.offers(Probe)
            setup.offer(Passage(admit=require_https(cache(lambda: frozenset(probe.path for probe in probes)))))
        if self.strict_transport is not None and (self.https or trusts):
            setup.offer(Passage(leave=strict_transport(self.strict_transport), rank=_HTTPS_RANK))


def _listed(values: Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
