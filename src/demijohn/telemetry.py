"""What users type of the `Telemetry` battery: `from demijohn.telemetry import Telemetry, RequestFilter`."""

from __future__ import annotations

from demijohn.batteries.telemetry import JSONFormatter, RequestFilter, Telemetry, TextFormatter
from demijohn.kernel.health import HealthCheck

__all__ = ["HealthCheck", "JSONFormatter", "RequestFilter", "Telemetry", "TextFormatter"]
