"""What is seen of a running app: request ids, the access log, and whether it is well."""

from .battery import Telemetry
from .logs import JSONFormatter, RequestFilter, TextFormatter

__all__ = ["JSONFormatter", "RequestFilter", "Telemetry", "TextFormatter"]
