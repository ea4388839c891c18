"""What an app that is served says of the world outside: its hosts, its proxies, and whether HTTPS can reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..batteries.security import Security
from .console import CommandError
from .deploy import debugging

if TYPE_CHECKING:
    from ..kernel.kernel import Kernel

# Read by the Security battery, which trusts the proxy of this machine where nothing else is set.
BEHIND_PROXY = "DEMIJOHN_BEHIND_PROXY"


def check_outside(kernel: Kernel, *, behind_proxy: bool, near: bool) -> None:
    """Refuse what would answer wrongly to everybody; `near`: only this machine can connect."""
    security = kernel.battery(Security)
    if security is None:
        return
    if behind_proxy or not near:
        _refuse_development(security, kernel)
    trusts = bool(security.trusted_proxies)
    if behind_proxy and not near and not trusts:
        raise CommandError(
            "The proxy is to connect over the network, and the app does not say which address may be believed.",
            fix="DEMIJOHN_SECURITY_TRUSTED_PROXIES=10.0.0.5   or app.use(Security(trusted_proxies=[...])),\n"
            "or listen where only this machine connects: --host 127.0.0.1, or --uds.",
        )
    if security.https and not trusts and not behind_proxy:
        raise CommandError(
            "The app is for HTTPS only, which a proxy in front has to speak: as it is, every visitor would be sent from"
            " HTTPS to HTTPS for ever.",
            fix="Add --behind-proxy, or name the proxy: app.use(Security(trusted_proxies=[...])).",
        )


def _refuse_development(security: Security, kernel: Kernel) -> None:
    """Refuse what is only fit for the machine that it is written on, all of it at once."""
    from ..batteries.security.deploy import development_defaults

    found = list(development_defaults(security))
    if kernel.debug:
        found.insert(0, debugging())
    if found:
        listed = "\n".join(f"  {each.id}  {each.what}" for each in found)
        fixes = "\n".join(each.fix for each in found)
        raise CommandError(f"The app is not fit to be served to others yet:\n{listed}", fix=fixes)


def describe_hosts(kernel: Kernel) -> str:
    """The line about hosts; empty for an app without the battery."""
    security = kernel.battery(Security)
    if security is None:
        return ""
    names = (security.hosts,) if isinstance(security.hosts, str) else tuple(security.hosts)
    if not names:
        return 'any, as none are set: app.use(Security(hosts=["example.com"])) refuses others'
    return ", ".join(names)
