"""The limit under WSGI: a callable, and no framework."""

from __future__ import annotations

from typing import Any

from .bare import JSON, STYLE, find, order, style


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    path = environ["PATH_INFO"]
    if path == "/orders":
        headers, body = JSON, order(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    elif path == "/static/site.css":
        headers, body = STYLE, style()
    else:
        headers, make = find(path)
        body = make(path, environ["QUERY_STRING"])
    start_response("200 OK", [*headers, ("content-length", str(len(body)))])
    return [body]
