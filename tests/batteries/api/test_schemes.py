"""Security schemes: what they read, what they refuse, and what they say of themselves."""

from __future__ import annotations

import base64
from typing import Annotated, Any

import pytest

from demijohn import App, Client, Depends
from demijohn.api import (
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


def ask(scheme: SecurityScheme, url: str = "/", **headers: str) -> Any:
    """The answer of a route that returns what a scheme reads."""
    app = App()

    def show(found: Any) -> Any:
        return {"read": [found.username, found.password] if isinstance(found, BasicCredentials) else found}

    show.__annotations__ = {"found": Annotated[Any, Depends(scheme)], "return": dict}
    app.get("/")(show)
    return Client(app).get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


def basic(text: str) -> str:
    """An Authorization header of RFC 7617."""
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("scheme", "url", "headers", "read"),
    [
        (HTTPBearer(), "/", {"authorization": "Bearer abc"}, "abc"),
        (HTTPBearer(), "/", {"authorization": "bearer  abc "}, "abc"),
        (OAuth2PasswordBearer("/token"), "/", {"authorization": "Bearer abc"}, "abc"),
        (OpenIDConnect("https://id.test"), "/", {"authorization": "Bearer abc"}, "abc"),
        (HTTPBasic(), "/", {"authorization": basic("ann:a:b")}, ["ann", "a:b"]),
        (HTTPBasic(), "/", {"authorization": basic("änn:ü")}, ["änn", "ü"]),
        (APIKeyHeader("X-Key"), "/", {"x_key": "k"}, "k"),
        (APIKeyQuery("key"), "/?key=k", {}, "k"),
        (APIKeyCookie("key"), "/", {"cookie": "key=k"}, "k"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_read(scheme, url, headers, read):
    """Each scheme gives what stands at its place."""
    assert ask(scheme, url, **headers).json() == {"read": read}


@pytest.mark.parametrize(
    ("scheme", "headers", "challenge"),
    [
        (HTTPBearer(), {}, "Bearer"),
        (HTTPBearer(), {"authorization": "Bearer"}, "Bearer"),
        (HTTPBearer(), {"authorization": "Basic abc"}, "Bearer"),
        (HTTPBasic(realm="Shop"), {"authorization": "Basic !"}, 'Basic realm="Shop", charset="UTF-8"'),
        (HTTPBasic(), {"authorization": basic("no colon")}, 'Basic realm="This site", charset="UTF-8"'),
        (HTTPBasic(), {"authorization": "Basic /w=="}, 'Basic realm="This site", charset="UTF-8"'),
        (APIKeyHeader("X-Key"), {"x_key": ""}, 'ApiKey realm="api_key_header"'),
        (APIKeyCookie("key"), {"cookie": "other=k"}, 'ApiKey realm="api_key_cookie"'),
    ],
)
def test_what_is_refused(scheme, headers, challenge):
    """Missing and malformed credentials are 401, with the challenge that RFC 9110 asks for."""
    answer = ask(scheme, **headers)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, challenge)


def test_optional_credentials():
    """With `auto_error=False` a request without any gets None."""
    assert ask(HTTPBearer(auto_error=False)).json() == {"read": None}


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        (HTTPBearer(bearer_format="JWT"), {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}),
        (HTTPBasic(description="Yours."), {"type": "http", "scheme": "basic", "description": "Yours."}),
        (APIKeyQuery("k"), {"type": "apiKey", "in": "query", "name": "k"}),
        (OpenIDConnect("https://id.test"), {"type": "openIdConnect", "openIdConnectUrl": "https://id.test"}),
        (
            OAuth2PasswordBearer("/token", scopes={"read": "May read."}),
            {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {"read": "May read."}}}},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, SecurityScheme) else None,
)
def test_what_it_says_of_itself(scheme, told):
    """Its Security Scheme Object."""
    assert scheme.openapi == told


def test_passwords_are_not_shown():
    """Neither in logs nor on the debug page."""
    assert "secret" not in repr(BasicCredentials(username="ann", password="secret"))


def test_a_scheme_of_ones_own():
    """It reads what it likes."""

    class Badge(SecurityScheme):
        default_name = "badge"

        def read(self, request):
            return request.headers.get("x-badge")

        def _facts(self):
            return {"type": "apiKey", "in": "header", "name": "X-Badge"}

    assert ask(Badge(), x_badge="7").json() == {"read": "7"}
    assert ask(Badge()).status == 401
