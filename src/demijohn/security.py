"""What users type of the `Security` battery: `from demijohn.security import CORS, rate_limit`.

And what writers of batteries need to guard routes: `Guard`, `Mark`, `DeployCheck`, `Gate`, `RatePlace`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demijohn.batteries.security import (
    CORS,
    CrossSiteRefused,
    Decision,
    DeployCheck,
    Finding,
    Rate,
    RatePlace,
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
    "RatePlace",
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

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from demijohn.kernel.doors import missing_from  # only a mistake pays for it

        missing_from(__name__, name)
