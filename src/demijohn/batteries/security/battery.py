"""Security: the response headers that make a browser refuse what an app never meant to do, and what it is asked by.

The headers are fixed when the app is sealed, so that they cost a request nothing. A response that sets one of them
itself wins; a field set to None leaves its header out. Hosts are looked at once each, not once per request; forged
requests only where something is changed; proxies, HTTPS, CORS and rates cost only those apps that set them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from ...foundation.errors import SetupError
from ...foundation.lazy import need
from ...kernel.battery import Battery, Setup
from ...kernel.deploy import DeployCheck, Finding
from ...kernel.finishing import Finisher
from ...kernel.guards import Guard, OriginRule
from ...kernel.passages import HostRule, Passage, Probe
from ...kernel.routes import Route
from .cors import CORS, Sharing
from .forgery import Forgeries, ShownAgain, is_trusted
from .hosts import AllowedHosts, LocalHosts, UnlistedHosts
from .https import require_https, strict_transport
from .origins import Origins
from .policies import POLICY, REPORT_ONLY, Overrides, reporting
from .rates import RatePlace, Rates, RateStore, look_of
from .tokens import FIELD, Tokens, csrf_token

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

    `csrf` refuses what pages of other sites send, but for `trusted_origins`; `cors` lets them read. `rates` is where
    `rate_limit` counts: `memory`, `database`, `redis://HOST`, or a `RateStore`. `report_only_policy` is one that is
    tried, not enforced; `reports` a path where browsers report breaches of both, to be logged, or a URL elsewhere.
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
    csrf: bool = True
    trusted_origins: Sequence[str] = ()
    cors: CORS | None = field(default=None, metadata={"setting": False})
    rates: str | RateStore = field(default="memory", repr=False)
    report_only_policy: str | None = None
    reports: str | None = None

    def install(self, setup: Setup) -> None:
        """Fix the headers, and offer what is to be looked at."""
        self._fix_headers(setup)
        self._guard_hosts(setup)
        trusts = self._trust_proxies(setup)
        self._require_https(setup, trusts=trusts)
        sharing = Sharing(self.cors)
        setup.offer(Finisher(sharing.change_of))
        self._guard_forgeries(setup, sharing)
        self._count_rates(setup)
        setup.offer(DeployCheck(self._findings))

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
        self._fix_policies(setup)
        if self.data_policy is not None:
            setup.headers({POLICY: self.data_policy}, media_type="*")

    def _fix_policies(self, setup: Setup) -> None:
        policies = {POLICY: self.page_policy, REPORT_ONLY: self.report_only_policy}
        pages = {name: policy for name, policy in policies.items() if policy is not None}
        if self.reports is not None:
            from .reports import ENDPOINT, report_routes  # here, because few apps pay for it

            if self.reports.startswith("/"):
                setup.routes(report_routes(self.reports))
            elif not self.reports.startswith("https://"):
                raise SetupError(
                    "DMJ0665", f"Security(reports={self.reports!r}) is no place to report to.",
                    fix='A path of this app, Security(reports="/reports"), or a URL with https://.', where=setup.where,
                )  # fmt: skip
            pages = {name: reporting(policy, ENDPOINT, self.reports) for name, policy in pages.items()}
            setup.headers({"reporting-endpoints": f'{ENDPOINT}="{self.reports}"'}, media_type="text/html")
        setup.headers(pages, media_type="text/html")
        setup.offer(Finisher(Overrides(pages).change_of))

    def _guard_hosts(self, setup: Setup) -> None:
        entries, local = _listed(self.hosts), LocalHosts()
        allowed = AllowedHosts.of(entries, setup.where)
        if setup.debug:
            setup.offer(HostRule(lambda name: local.allows(name) or allowed.allows(name), local.refuse))
        elif entries:
            setup.offer(HostRule(allowed.allows, allowed.refuse))
        else:
            unlisted = UnlistedHosts()
            setup.offer(HostRule(unlisted.allows, unlisted.refuse))

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

    def _guard_forgeries(self, setup: Setup, sharing: Sharing) -> None:
        trusted = Origins.of(_listed(self.trusted_origins), "trusted_origins", setup.where)

        def trusts(route: Route, origin: str, brings: bool) -> bool:
            return is_trusted(origin, trusted, sharing.rule_of(route), brings=brings)

        setup.offer(OriginRule(trusts))
        if not self.csrf:
            return
        tokens, offers = Tokens(plain_http=setup.debug), setup.offers(ShownAgain)
        forgeries = Forgeries(
            trusted, tokens, sharing.rule_of, lambda route: any(offer.on(route) for offer in offers), debug=setup.debug
        )
        setup.offer(tokens)
        setup.offer(Guard(forgeries.look_of))
        if "demijohn.batteries.templates" in sys.modules:  # Without it nothing is rendered, and nobody pays for it.
            from ..templates import ContextValue
            from .fields import csrf_field

            setup.offer(ContextValue(FIELD, csrf_token))
            setup.offer(ContextValue("csrf_field", csrf_field))

    def _count_rates(self, setup: Setup) -> None:
        find = self._rate_store(setup)
        setup.provide(Rates, lambda: Rates(find()), scope="app")
        setup.offer(Guard(lambda route: look_of(route, find)))

    def _rate_store(self, setup: Setup) -> Callable[[], RateStore]:
        store: RateStore
        if not isinstance(self.rates, str):
            if isinstance(self.rates, RateStore):
                store = self.rates
                return lambda: store
            raise self._no_store(f"a {type(self.rates).__name__}", setup)
        if self.rates == "memory":
            from .backends.memory import MemoryRates

            store = MemoryRates()
            return lambda: store
        if self.rates.isidentifier():
            return self._offered_store(self.rates, setup)
        store = self._redis_store(self.rates, setup)
        return lambda: store

    def _offered_store(self, name: str, setup: Setup) -> Callable[[], RateStore]:
        places = setup.offers(RatePlace)

        @cache
        def find() -> RateStore:
            for place in places:
                if place.name == name:
                    store: RateStore = place.make()
                    return store
            raise SetupError(
                "DMJ0675", f'Security(rates="{name}") names a place to count in that no battery of this app has.',
                fix='app.use(Database()) for "database": in SQLite, PostgreSQL, MariaDB or MySQL\n'
                'rates="memory", or rates="redis://localhost:6379/0", without one',
                where=setup.where,
            )  # fmt: skip

        def live() -> Iterator[None]:
            open_store = getattr(find(), "open", None)
            if open_store is not None:
                open_store()
            yield

        setup.lifespan(live)
        return find

    def _redis_store(self, url: str, setup: Setup) -> RateStore:
        kind = url.partition(":")[0]
        if kind not in ("redis", "rediss", "unix"):
            raise self._no_store(repr(kind), setup)  # What is behind it may be a password.
        need("redis", extra="redis", wanted_by='Security(rates="redis://...")')
        from .backends.redis import RedisRates

        try:
            store = RedisRates(url)
        except ValueError as error:
            raise self._no_store(f"no address of a Redis ({error})", setup) from error
        setup.lifespan(partial(_closing, store.close))
        return store

    def _no_store(self, what: str, setup: Setup) -> SetupError:
        return SetupError(
            "DMJ0666", f"Security(rates=...) is {what}, where nothing can be counted.",
            fix='Security(rates="memory"), "database", "redis://localhost:6379/0", or an object with blocking and'
            " take.", where=setup.where,
        )  # fmt: skip

    def _findings(self, kernel: Any) -> Iterator[Finding]:
        from .deploy import findings

        return findings(self, kernel)


def _closing(close: Callable[[], object]) -> Iterator[None]:
    yield
    close()


def _listed(values: Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
