"""What users type of the `Security` battery: `from demijohn.security import CORS, rate_limit`."""

from __future__ import annotations

from demijohn.batteries.security import (
    CORS,
    CrossSiteRefused,
    Decision,
    DeployCheck,
    Finding,
    Rate,
    Rates,
    RateStore,
    Security,
    ShownAgain,
    csrf_exempt,
    csrf_token,
    page_policy,
    rate_limit,
    refused_of,
    renew_csrf_token,
)

__all__ = [
    "CORS",
    "CrossSiteRefused",
    "Decision",
    "DeployCheck",
    "Finding",
    "Rate",
    "RateStore",
    "Rates",
    "Security",
    "ShownAgain",
    "csrf_exempt",
    "csrf_token",
    "page_policy",
    "rate_limit",
    "refused_of",
    "renew_csrf_token",
]
