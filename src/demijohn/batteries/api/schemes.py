"""Security schemes: what reads credentials out of a request, refuses those who bring none, and is documented.

    bearer = HTTPBearer()

    @app.get("/me")
    def me(token: Annotated[str, Depends(bearer)]): ...

or as a guard, where nothing but its presence matters: `around=[Depends(bearer)]`. A scheme only reads: whether a token
is a good one is for the function that asks for it to say.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, ClassVar

from ...foundation.http.errors import Unauthorized
from ...foundation.http.request import Request
from ...kernel.schema import Schema


class BasicCredentials(Schema):
    """What `HTTPBasic` reads."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"BasicCredentials(username={self.username!r})"


class SecurityScheme:
    """The base of schemes: called with the request, it gives what it reads, or raises 401.

    `name` is what the OpenAPI document calls it; two schemes of one name are one scheme. With `auto_error=False`, a
    request without credentials gets None.
    """

    default_name: ClassVar[str] = ""

    def __init__(self, *, name: str = "", description: str = "", auto_error: bool = True) -> None:
        self.name = name or self.default_name
        self.description = description
        self.auto_error = auto_error

    @property
    def openapi(self) -> dict[str, Any]:
        """The Security Scheme Object (OpenAPI 3.1, section 4.8.27)."""
        return {**self._facts(), **({"description": self.description} if self.description else {})}

    def __call__(self, request: Request) -> Any:
        found = self.read(request)
        if found is None and self.auto_error:
            raise Unauthorized("Credentials are needed.", headers={"www-authenticate": self._challenge()})
        return found

    def read(self, request: Request) -> Any:
        """What the request brings; None if it brings nothing of this scheme."""
        raise TypeError(f"{type(self).__name__} has no read(request) method.")

    def _facts(self) -> dict[str, Any]:
        raise TypeError(f"{type(self).__name__} says nothing about itself: it needs _facts().")

    def _challenge(self) -> str:
        # RFC 9110, section 11.6.1 wants a challenge with every 401; a key has no registered scheme.
        return f'ApiKey realm="{self.name}"'

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class HTTPBearer(SecurityScheme):
    """The token of `Authorization: Bearer ...` (RFC 6750), as a `str`."""

    default_name = "bearer"

    def __init__(
        self, *, name: str = "", bearer_format: str = "", description: str = "", auto_error: bool = True
    ) -> None:
        super().__init__(name=name, description=description, auto_error=auto_error)
        self.bearer_format = bearer_format

    def read(self, request: Request) -> str | None:
        """The token."""
        return _authorization(request, "bearer")

    def _facts(self) -> dict[str, Any]:
        more = {"bearerFormat": self.bearer_format} if self.bearer_format else {}
        return {"type": "http", "scheme": "bearer", **more}

    def _challenge(self) -> str:
        return "Bearer"


class HTTPBasic(SecurityScheme):
    """The name and password of `Authorization: Basic ...` (RFC 7617), as `BasicCredentials`."""

    default_name = "basic"

    def __init__(
        self, *, name: str = "", realm: str = "This site", description: str = "", auto_error: bool = True
    ) -> None:
        super().__init__(name=name, description=description, auto_error=auto_error)
        self.realm = realm

    def read(self, request: Request) -> BasicCredentials | None:
        """The credentials; None if they are not what the RFC says."""
        encoded = _authorization(request, "basic")
        if encoded is None:
            return None
        try:
            username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return BasicCredentials(username=username, password=password) if colon else None

    def _facts(self) -> dict[str, Any]:
        return {"type": "http", "scheme": "basic"}

    def _challenge(self) -> str:
        return f'Basic realm="{self.realm}", charset="UTF-8"'


class _APIKey(SecurityScheme):
    place: ClassVar[str] = ""

    def __init__(self, key: str, *, name: str = "", description: str = "", auto_error: bool = True) -> None:
        super().__init__(name=name, description=description, auto_error=auto_error)
        self.key = key

    def _facts(self) -> dict[str, Any]:
        return {"type": "apiKey", "in": self.place, "name": self.key}


class APIKeyHeader(_APIKey):
    """The value of a header: `APIKeyHeader("X-API-Key")`."""

    default_name = "api_key_header"
    place = "header"

    def read(self, request: Request) -> str | None:
        """The key."""
        return request.headers.get(self.key.lower()) or None


class APIKeyQuery(_APIKey):
    """The value of a query parameter; queries end up in logs, so prefer a header."""

    default_name = "api_key_query"
    place = "query"

    def read(self, request: Request) -> str | None:
        """The key."""
        return request.query.get(self.key) or None


class APIKeyCookie(_APIKey):
    """The value of a cookie."""

    default_name = "api_key_cookie"
    place = "cookie"

    def read(self, request: Request) -> str | None:
        """The key."""
        return request.cookies.get(self.key) or None


class OAuth2PasswordBearer(HTTPBearer):
    """A bearer token that clients get by name and password at `token_url`; `scopes` are what may be asked for."""

    default_name = "oauth2"

    def __init__(
        self,
        token_url: str,
        *,
        scopes: Mapping[str, str] | None = None,
        name: str = "",
        description: str = "",
        auto_error: bool = True,
    ) -> None:
        super().__init__(name=name, description=description, auto_error=auto_error)
        self.token_url = token_url
        self.scopes = dict(scopes or {})

    def _facts(self) -> dict[str, Any]:
        return {"type": "oauth2", "flows": {"password": {"tokenUrl": self.token_url, "scopes": self.scopes}}}


class OpenIDConnect(HTTPBearer):
    """A bearer token of a provider that tells about itself at `url` (OpenID Connect Discovery)."""

    default_name = "openid"

    def __init__(self, url: str, *, name: str = "", description: str = "", auto_error: bool = True) -> None:
        super().__init__(name=name, description=description, auto_error=auto_error)
        self.url = url

    def _facts(self) -> dict[str, Any]:
        return {"type": "openIdConnect", "openIdConnectUrl": self.url}


def _authorization(request: Request, scheme: str) -> str | None:
    kind, _, value = (request.headers.get("authorization") or "").partition(" ")
    value = value.strip()
    return value if kind.lower() == scheme and value else None
