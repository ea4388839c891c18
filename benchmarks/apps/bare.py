"""The limit: callables that do the same work by hand and send the same bytes, security headers included."""

from __future__ import annotations

import msgspec
from work import Order, summarize

from demijohn.batteries.security.battery import DATA_POLICY, Security

_defaults = Security()
SECURITY = [
    ("x-content-type-options", _defaults.content_type_options),
    ("x-frame-options", _defaults.frame_options),
    ("referrer-policy", _defaults.referrer_policy),
    ("cross-origin-opener-policy", _defaults.opener_policy),
    ("cross-origin-resource-policy", _defaults.resource_policy),
    ("permissions-policy", _defaults.permissions_policy),
    ("x-permitted-cross-domain-policies", _defaults.cross_domain_policies),
    ("content-security-policy", DATA_POLICY),
]
TEXT = [("content-type", "text/plain; charset=utf-8"), *SECURITY]
JSON = [("content-type", "application/json"), *SECURITY]
RAW_TEXT = [(name.encode(), value.encode()) for name, value in TEXT]
RAW_JSON = [(name.encode(), value.encode()) for name, value in JSON]

decode = msgspec.json.Decoder(Order).decode
encode = msgspec.json.Encoder().encode
convert = msgspec.convert


class User(msgspec.Struct):
    id: int
    q: str | None = None
    limit: int = 10


def user(path: str, query: str) -> bytes:
    values = dict(part.split("=", 1) for part in query.split("&")) if query else {}
    values["id"] = path[7:]
    found = convert(values, User, strict=False)
    return encode({"id": found.id, "q": found.q, "limit": found.limit})


def wsgi(environ, start_response):
    path = environ["PATH_INFO"]
    headers, status = JSON, "200 OK"
    if path == "/plaintext":
        headers, body = TEXT, b"Hello, World!"
    elif path == "/json":
        body = encode({"message": "Hello, World!"})
    elif path.startswith("/users/"):
        body = user(path, environ["QUERY_STRING"])
    elif path == "/orders":
        body = encode(summarize(decode(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))))
    else:
        status, body = "404 Not Found", b"not found"
    start_response(status, [*headers, ("content-length", str(len(body)))])
    return [body]


async def rsgi(scope, protocol):
    path = scope.path
    if path == "/plaintext":
        protocol.response_bytes(200, TEXT, b"Hello, World!")
    elif path == "/json":
        protocol.response_bytes(200, JSON, encode({"message": "Hello, World!"}))
    elif path.startswith("/users/"):
        protocol.response_bytes(200, JSON, user(path, scope.query_string))
    elif path == "/orders":
        protocol.response_bytes(200, JSON, encode(summarize(decode(await protocol()))))
    else:
        protocol.response_str(404, TEXT, "not found")


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    path = scope["path"]
    headers, status = RAW_JSON, 200
    if path == "/plaintext":
        headers, body = RAW_TEXT, b"Hello, World!"
    elif path == "/json":
        body = encode({"message": "Hello, World!"})
    elif path.startswith("/users/"):
        body = user(path, scope["query_string"].decode())
    elif path == "/orders":
        message = await receive()
        raw = message["body"]
        while message.get("more_body"):
            message = await receive()
            raw += message["body"]
        body = encode(summarize(decode(raw)))
    else:
        status, body = 404, b"not found"
    await send(
        {"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})
