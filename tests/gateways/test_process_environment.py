"""Servers put the environment of their process into each environ; none of it is a header of the client."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from demijohn import App, Request
from demijohn.gateways import wsgi


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process with a proxy, as the first request finds it."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.internal")
    wsgi._fields_of_the_process.cache_clear()
    yield
    wsgi._fields_of_the_process.cache_clear()


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({}, None),
        ({"HTTP_PROXY": "http://evil.tld"}, "http://evil.tld"),  # httpoxy: a header like any other, and no setting
        ({"HTTP_PROXY": "http://proxy.internal"}, None),
    ],
)
def test_what_the_process_has_is_no_header(sent: dict[str, str], shown: str | None) -> None:
    """Only what differs from it was sent."""
    app = App()
    found: list[str | None] = []

    @app.get("/")
    def show(request: Request) -> str:
        found.append(request.headers.get("proxy"))
        return request.headers["accept"]

    environ = {
        **os.environ, "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "HTTP_ACCEPT": "text/plain", **sent,
    }  # fmt: skip
    assert b"".join(app.wsgi(environ, lambda status, headers: None)) == b"text/plain"
    assert found == [shown]
