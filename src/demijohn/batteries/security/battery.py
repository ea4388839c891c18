"""Security: the response headers that make a browser refuse what an app never meant to do.

All of them are fixed when the app is sealed, so that they cost a request nothing. A response that sets one of them
itself wins; a field set to None leaves its header out.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernel.battery import Battery, Setup

# Nothing from elsewhere, no inline script or style but with the response's nonce (`request.nonce`), no framing.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Security(Battery):
    """Secure response headers, on in every app; each field is a header, None leaves it out.

    `page_policy` is the Content-Security-Policy of HTML, `data_policy` that of everything else.
    """

    name = "security"

    page_policy: str | None = PAGE_POLICY
    data_policy: str | None = DATA_POLICY
    content_type_options: str | None = "nosniff"
    frame_options: str | None = "DENY"
    referrer_policy: str | None = "same-origin"
    opener_policy: str | None = "same-origin"
    resource_policy: str | None = "same-origin"
    permissions_policy: str | None = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    cross_domain_policies: str | None = "none"

    def install(self, setup: Setup) -> None:
        """Fix the headers."""
        named = {
            "x-content-type-options": self.content_type_options,
            "x-frame-options": self.frame_options,
            "referrer-policy": self.referrer_policy,
            "cross-origin-opener-policy": self.opener_policy,
            "cross-origin-resource-policy": self.resource_policy,
            "permissions-policy": self.permissions_policy,
            "x-permitted-cross-domain-policies": self.cross_domain_policies,
        }
        setup.headers({name: value for name, value in named.items() if value is not None})
        if self.page_policy is not None:
            setup.headers({"content-security-policy": self.page_policy}, media_type="text/html")
        if self.data_policy is not None:
            setup.headers({"content-security-policy": self.data_policy}, media_type="*")
