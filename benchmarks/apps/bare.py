"""What the bare callables share: the work by hand, and the bytes that Demijohn sends, security headers included."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

import jinja2
import msgspec

from demijohn.batteries.security.battery import DATA_POLICY, PAGE_POLICY, Security

from .folder import DATABASE, STATIC, TEMPLATES
from .order_msgspec import Order
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

_defaults = Security()
SECURITY = [
    ("x-content-type-options", _defaults.content_type_options),
    ("x-frame-options", _defaults.frame_options),
    ("referrer-policy", _defaults.referrer_policy),
    ("cross-origin-opener-policy", _defaults.opener_policy),
    ("cross-origin-resource-policy", _defaults.resource_policy),
    ("permissions-policy", _defaults.permissions_policy),
    ("x-permitted-cross-domain-policies", _defaults.cross_domain_policies),
]
DATA = [*SECURITY, ("content-security-policy", DATA_POLICY)]
TEXT = [("content-type", "text/plain; charset=utf-8"), *DATA]
JSON = [("content-type", "application/json"), *DATA]
PAGE = [("content-type", "text/html; charset=utf-8"), *SECURITY, ("content-security-policy", PAGE_POLICY)]
STYLE = [("content-type", "text/css; charset=utf-8"), *DATA, ("cache-control", "no-cache")]

STYLE_FILE = str(STATIC / "site.css")
PLAINTEXT = MESSAGE.encode()

encode = msgspec.json.Encoder().encode
_decode_order = msgspec.json.Decoder(Order).decode
_page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("items.html")
_local = threading.local()


class User(msgspec.Struct):
    id: int
    q: str | None = None
    limit: int = 10


def user(path: str, query: str) -> bytes:
    """Typed parameters of the path and the query, as JSON."""
    values = dict(part.split("=", 1) for part in query.split("&")) if query else {}
    values["id"] = path[7:]
    found = msgspec.convert(values, User, strict=False)
    return encode({"id": found.id, "q": found.q, "limit": found.limit})


def order(body: bytes) -> bytes:
    """The summary of a validated order."""
    return encode(summarize(_decode_order(body)))


def thing(path: str) -> bytes:
    """The parameter of the routes that nobody asks for, but one."""
    return str(int(path.split("/", 3)[2])).encode()


def page() -> bytes:
    """A page made by a template."""
    return _page.render(items=ITEMS).encode()


def row(path: str) -> bytes:
    """One row by its key, straight from the driver."""
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = sqlite3.connect(DATABASE, isolation_level=None)
    key, name = connection.execute("SELECT id, name FROM rows WHERE id = ?", (int(path[6:]),)).fetchone()
    return encode({"id": key, "name": name})


def style() -> bytes:
    """The static file."""
    with open(STYLE_FILE, "rb") as file:  # noqa: PTH123 - a Path costs more than the reading
        return file.read()


Maker = Callable[[str, str], bytes]
Headers = list[tuple[str, str]]
# Whole paths, and first segments: no router is faster.
PATHS: dict[str, tuple[Headers, Maker]] = {
    "/plaintext": (TEXT, lambda path, query: PLAINTEXT),
    "/blocking": (TEXT, lambda path, query: PLAINTEXT),
    "/json": (JSON, lambda path, query: encode({"message": MESSAGE})),
    "/items": (PAGE, lambda path, query: page()),
    **{path: (TEXT, lambda path, query: b"filler") for path in STATIC_ROUTES},
}
SEGMENTS: dict[str, tuple[Headers, Maker]] = {
    "users": (JSON, user),
    "rows": (JSON, lambda path, query: row(path)),
    **{start.strip("/"): (TEXT, lambda path, query: thing(path)) for start, _ in PARAMETER_ROUTES},
}


def find(path: str) -> tuple[Headers, Maker]:
    """The headers of a path's answer, and what makes its body."""
    return PATHS.get(path) or SEGMENTS[path.split("/", 2)[1]]
