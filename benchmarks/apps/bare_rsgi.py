"""The limit under RSGI, granian's own interface: a callable, and no framework."""

from __future__ import annotations

from typing import Any

from .bare import JSON, STYLE, STYLE_FILE, find, order


async def app(scope: Any, protocol: Any) -> None:
    path = scope.path
    if path == "/orders":
        protocol.response_bytes(200, JSON, order(await protocol()))
    elif path == "/static/site.css":
        protocol.response_file(200, STYLE, STYLE_FILE)
    else:
        headers, make = find(path)
        protocol.response_bytes(200, headers, make(path, scope.query_string))
