"""OpenAPI: the document of an app, the page that shows it, and the security schemes that both know."""

from __future__ import annotations

from .battery import API
from .document import make_document
from .schemes import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    BasicCredentials,
    HTTPBasic,
    HTTPBearer,
    OAuth2PasswordBearer,
    OpenIDConnect,
    SecurityScheme,
)

__all__ = [
    "API",
    "APIKeyCookie",
    "APIKeyHeader",
    "APIKeyQuery",
    "BasicCredentials",
    "HTTPBasic",
    "HTTPBearer",
    "OAuth2PasswordBearer",
    "OpenIDConnect",
    "SecurityScheme",
    "make_document",
]
