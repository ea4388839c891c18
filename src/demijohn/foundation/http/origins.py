"""Origins (RFC 6454): scheme, host and port of the page that a request comes from, as browsers say it."""

from __future__ import annotations

from urllib.parse import urlsplit

from .host import split_host
from .request import Request

_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}


def is_own_origin(origin: str, request: Request) -> bool:
    """Whether an `Origin`, or the beginning of a `Referer`, is the site itself that is asked."""
    if not is_origin(origin) or origin == "*":
        return False
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https"):
        return False
    if parts.scheme == "http" and request.scheme in ("https", "wss"):
        return False  # A page that anybody on the way could have changed.
    name, own_port = split_host(request.host)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    default = _DEFAULT_PORTS[parts.scheme]
    # A proxy that speaks TLS for us leaves the scheme of the server itself unsaid: the default port is the origin's.
    return host == name and str(parts.port or default) == (own_port or default)


def is_origin(text: str) -> bool:
    """Whether a text is an origin: scheme, host and perhaps a port, or "*".

    >>> is_origin("https://shop.example"), is_origin("shop.example"), is_origin("https://shop.example/")
    (True, False, False)
    """
    if text == "*":
        return True
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return bool(host) and text.lower() == f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
