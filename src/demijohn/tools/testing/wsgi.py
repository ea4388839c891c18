"""Asks a WSGI callable in this process, as a server would."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

from ...foundation.http.headers import HeaderPairs
from .answer import ClientResponse
from .exchange import ClientRequest


def ask(door: Callable[..., Any], request: ClientRequest) -> ClientResponse:
    """Send one request through the door and read the whole answer; what the door raises goes through."""
    started: list[tuple[str, HeaderPairs]] = []
    chunks: list[bytes] = []

    def start_response(status: str, headers: HeaderPairs, exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info is None and started:
            raise AssertionError("start_response was called twice.")
        started[:] = [(status, list(headers))]
        return chunks.append

    body = door(environ_of(request), start_response)
    try:
        chunks.extend(body)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    if not started:
        raise AssertionError("The app answered without calling start_response.")
    status, headers = started[0]
    return ClientResponse(request, int(status[:3]), headers, b"".join(chunks))


def environ_of(request: ClientRequest) -> dict[str, Any]:
    """The environ of a request (PEP 3333): the path decoded, its bytes as latin-1."""
    host, _, port = request.host.partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path_bytes.decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": host,
        "SERVER_PORT": port or ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": request.host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        # Several fields of one name are one in WSGI, joined as RFC 9110, section 5.3 says.
        joint = "; " if key == "HTTP_COOKIE" else ", "
        environ[key] = environ[key] + joint + value if key in environ and key != "HTTP_HOST" else value
    return environ
