"""Who gets the debug page, and in which form."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from demijohn import App
from demijohn.foundation.http.errors import NotFound
from demijohn.foundation.http.request import Request
from demijohn.tools.debug import DEBUG_CSP, Debugger, may_see


class Received(Request):
    """A request as a gateway makes it: the native object is a tuple of peer and headers."""

    def read_headers(self) -> list[tuple[str, str]]:
        """The headers."""
        return self.native[1]

    def read_client(self) -> str | None:
        """The peer."""
        return self.native[0]


def request(client: str | None = "127.0.0.1", host: str = "localhost:8000", **headers: str) -> Request:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Received((client, pairs), "GET", "/orders", "token=abc", host)


def answer(error: BaseException, asked: Request) -> Any:
    return Debugger().show(asked, error)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST.", "shop.localhost:80", "127.0.0.1:1", "[::1]:8000", "[::1]"],
)
@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_computer_sees_the_page(client: str, host: str) -> None:
    """A loopback peer that asks for this computer."""
    assert may_see(client, host)


@pytest.mark.parametrize(
    "host",
    ["evil.tld", "127.0.0.1.nip.io", "localhost.evil.tld", "evillocalhost", "", "127.0.0.1@evil.tld",
     "localhost:8000@evil.tld", "[::1].evil.tld", "localhost:evil"],
)  # fmt: skip
def test_another_name_for_this_computer_does_not_see_it(host: str) -> None:
    """DNS rebinding: the peer is local, the page that asks is not."""
    assert not may_see("127.0.0.1", host)


@pytest.mark.parametrize("client", [None, "", "10.0.0.1", "::2", "0.0.0.0", "localhost", "127.0.0.1 "])
def test_another_peer_does_not_see_it(client: str | None) -> None:
    """Whatever it says in Host."""
    assert not may_see(client, "localhost")


@pytest.mark.parametrize("name", ["forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host"])
def test_a_proxy_on_this_computer_is_not_this_computer(name: str) -> None:
    """Behind a proxy every visitor comes from 127.0.0.1."""
    assert not may_see("127.0.0.1", "localhost", {name: "10.0.0.1"})


def test_a_browser_gets_the_page(raised) -> None:
    """HTML with its policy, not to be cached, and with the request on it."""
    response = answer(raised("def main():\n    1 / 0"), request(accept="text/html,*/*;q=0.8"))
    assert response.status == 500
    assert response.media_type == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == DEBUG_CSP
    assert response.headers["cache-control"] == "no-store"
    assert "division by zero" in response.text
    assert "GET /orders" in response.text
    assert "abc" not in response.text


@pytest.mark.parametrize("headers", [{"accept": "application/json"}, {"content_type": "application/json"},
                                     {"accept": "application/vnd.api+json"}])  # fmt: skip
def test_an_api_client_gets_problem_details(raised, headers: dict[str, str]) -> None:
    """Who asks for JSON, or sends it, reads it."""
    response = answer(raised("def main():\n    1 / 0"), request(**headers))
    assert response.media_type == "application/problem+json"
    assert json.loads(response.body)["detail"] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("headers", [{}, {"accept": "*/*"}])
def test_curl_gets_text(raised, headers: dict[str, str]) -> None:
    """Anybody else reads text."""
    response = answer(raised("def main():\n    1 / 0"), request(**headers))
    assert response.media_type == "text/plain; charset=utf-8"
    assert response.text.startswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
@pytest.mark.parametrize("asked", [{"client": "10.0.0.1"}, {"host": "evil.tld"}, {"x_forwarded_for": "10.0.0.1"}])
def test_everybody_else_gets_the_plain_500(raised, accept: str, asked: dict[str, str]) -> None:
    """No message, no path and no code leaves this computer."""
    response = answer(raised("def main():\n    secret_thing = 1 / 0"), request(accept=accept, **asked))
    assert response.status == 500
    for word in ("secret_thing", "division", "shop", "ZeroDivisionError", "Traceback"):
        assert word not in response.text


def test_errors_for_visitors_stay_what_they_are() -> None:
    """A 404 is no reason for a debug page."""
    response = answer(NotFound("There is no order 7."), request(accept="text/html"))
    assert response.status == 404
    assert "There is no order 7." in response.text


@pytest.mark.parametrize("client", ["127.0.0.1", "10.0.0.1"])
def test_the_error_is_logged_once_whoever_asked(raised, caplog, client: str) -> None:
    """The terminal tells it, too, with its traceback."""
    error = raised("def main():\n    1 / 0")
    with caplog.at_level(logging.ERROR, logger="demijohn"):
        answer(error, request(client=client))
    (record,) = caplog.records
    assert record.exc_info[1] is error
    assert record.getMessage().startswith("GET /orders failed")


def test_the_terminal_is_told_what_the_page_tells(raised, caplog) -> None:
    """Not the frames of libraries, of which there are dozens; a formatter of one's own has the exception itself."""
    error = raised("import json\n\ndef main():\n    json.loads('[')")
    with caplog.at_level(logging.ERROR, logger="demijohn"):
        answer(error, request())
    (record,) = caplog.records
    told = logging.Formatter().format(record)
    assert "in main" in told
    assert "json.loads('[')" in told
    assert "frames of libraries" in told
    assert "decoder.py" not in told


def test_an_error_of_libraries_alone_is_told_whole(caplog) -> None:
    """There is nothing of the user's to show."""
    with pytest.raises(ValueError, match="Expecting") as caught:
        json.loads("[")
    error = caught.value.with_traceback(caught.tb.tb_next)
    with caplog.at_level(logging.ERROR, logger="demijohn"):
        answer(error, request())
    assert "decoder.py" in logging.Formatter().format(caplog.records[0])


def _served(*, debug: bool, client: str = "127.0.0.1") -> tuple[str, dict[str, str], str]:
    """What an app with the battery answers at its WSGI door: status, headers and body."""
    app = App(debug=debug)
    app.use(Debugger())

    @app.get("/")
    def home() -> str:
        nothing_here = 0
        return str(1 / nothing_here)

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "HTTP_ACCEPT": "text/html",
        "REMOTE_ADDR": client, "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        started[:] = [status, {name.lower(): value for name, value in headers}]

    chunks = app.wsgi(environ, start_response)
    try:
        body = b"".join(chunks).decode()
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return started[0], started[1], body


def test_an_app_in_development_shows_the_page() -> None:
    """The battery answers the exception of a handler, and its policy wins over the app's."""
    status, headers, body = _served(debug=True)
    assert status.startswith("500")
    assert headers["content-security-policy"] == DEBUG_CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert "nothing_here is 0 here." in body.replace("&#x27;", "'")


@pytest.mark.parametrize(("debug", "client"), [(False, "127.0.0.1"), (True, "10.0.0.1")])
def test_an_app_in_production_shows_nothing(debug: bool, client: str) -> None:
    """Without `debug` the battery does nothing at all."""
    status, headers, body = _served(debug=debug, client=client)
    assert status.startswith("500")
    assert headers["content-security-policy"] != DEBUG_CSP
    assert "nothing_here" not in body
    assert "ZeroDivisionError" not in body
