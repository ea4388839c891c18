"""What users type of the `Security` battery: `from demijohn.security import CORS, rate_limit`.

And what writers of batteries need to guard routes: `Guard`, `Mark`, `DeployCheck`, `Gate`.
"""

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
from demijohn.kernel.deploy import Gate
from demijohn.kernel.guards import Guard
from demijohn.kernel.marks import Mark, marks_of

__all__ = [
    "CORS",
    "CrossSiteRefused",
    "Decision",
    "DeployCheck",
    "Finding",
    "Gate",
    "Guard",
    "Mark",
    "Rate",
    "RateStore",
    "Rates",
    "Security",
    "ShownAgain",
    "csrf_exempt",
    "csrf_token",
    "marks_of",
    "page_policy",
    "rate_limit",
    "refused_of",
    "renew_csrf_token",
]
