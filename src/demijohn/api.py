"""What users type of the `API` battery: `from demijohn.api import API, HTTPBearer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from demijohn.kernel.doors import missing_from  # only a mistake pays for it

        missing_from(__name__, name)
