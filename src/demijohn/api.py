"""What users type of the `API` battery: `from demijohn.api import API, HTTPBearer`."""

from __future__ import annotations

from demijohn.batteries.api import (
    API,
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    BasicCredentials,
    HTTPBasic,
    HTTPBearer,
    OAuth2PasswordBearer,
    OpenIDConnect,
    SecurityScheme,
    make_document,
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
