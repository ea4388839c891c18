"""Which answers are compressed, and which are better not.

A compressed page betrays by its length what it holds twice. Who can have a visitor's browser ask for it, with text of
his own in it, and watch the lengths, reads its secrets letter by letter (the BREACH attack). So an answer to a request
that shows who is asking is sent plain, unless it says that it is the same for everybody, or its route that it is safe.
"""

from __future__ import annotations

from collections.abc import Collection

from ...foundation.http.errors import HTTPError
from ...foundation.http.headers import HeaderPairs
from ...foundation.http.request import Request

_TYPES = frozenset({
    "application/javascript", "application/json", "application/ld+json", "application/manifest+json",
    "application/msgpack", "application/rtf", "application/sql", "application/toml",
    "application/vnd.ms-fontobject", "application/wasm", "application/x-javascript", "application/x-ndjson",
    "application/xml", "application/yaml", "font/otf", "font/ttf", "image/bmp", "image/svg+xml", "image/x-icon",
})  # fmt: skip
_SUFFIXES = ("+json", "+xml", "+yaml", "+text")


def is_compressible(media_type: str, more: Collection[str] = ()) -> bool:
    """Whether content of a type gets smaller: text does, pictures and archives are small already.

    >>> is_compressible("text/html; charset=utf-8"), is_compressible("image/png")
    (True, False)
    """
    essence = media_type.partition(";")[0].strip().lower()
    return essence.startswith("text/") or essence in _TYPES or essence.endswith(_SUFFIXES) or essence in more


def may_hold_secrets(request: Request, own: HeaderPairs, harmless_cookies: Collection[str]) -> bool:
    """Whether an answer may be one visitor's alone: see above."""
    shared = False
    for name, value in own:
        if name == "set-cookie":
            return True
        if name == "cache-control":
            directives = {part.partition("=")[0].strip().lower() for part in value.split(",")}
            if directives & {"private", "no-store"}:
                return True
            shared = shared or bool(directives & {"public", "s-maxage"})
    if shared:
        return False
    if "authorization" in request.headers:
        return True
    try:
        return any(name not in harmless_cookies for name in request.cookies)
    except HTTPError:  # Cookies that cannot be read may be anything.
        return True
