"""Security: response headers, hosts, proxies, HTTPS, forged requests, CORS, rates and content policies."""

from ...kernel.deploy import DeployCheck, Finding
from .battery import Security
from .cors import CORS
from .forgery import CrossSiteRefused, ShownAgain, csrf_exempt, refused_of
from .policies import page_policy
from .rates import Decision, Limit, Rate, RatePlace, Rates, RateStore, rate_limit
from .tokens import csrf_token, renew_csrf_token

__all__ = [
    "CORS",
    "CrossSiteRefused",
    "Decision",
    "DeployCheck",
    "Finding",
    "Limit",
    "Rate",
    "RatePlace",
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
