"""The limit under ASGI: a callable, and no framework."""

from __future__ import annotations

from typing import Any

from .bare import JSON, PAGE, STYLE, TEXT, find, order, style

# Headers as bytes, by the identity of the lists that they are made from.
_RAW = {id(pairs): [(name.encode(), value.encode()) for name, value in pairs] for pairs in (TEXT, JSON, PAGE, STYLE)}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    path = scope["path"]
    if path == "/orders":
        message = await receive()
        raw = message["body"]
        while message.get("more_body"):
            message = await receive()
            raw += message["body"]
        headers, body = JSON, order(raw)
    elif path == "/static/site.css":
        headers, body = STYLE, style()
    else:
        headers, make = find(path)
        body = make(path, scope["query_string"].decode())
    raw_headers = [*_RAW[id(headers)], (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": raw_headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
