"""A browser's cookie jar for tests (RFC 6265, section 5): paths and expiry count, domains do not.

A test talks to one app under one name, so `Domain` is ignored; `Secure` cookies are kept on plain http,
too, as browsers do on localhost.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from ...foundation.http.dates import parse_http_date


@dataclass(frozen=True)
class StoredCookie:
    """One cookie; `expires` is in seconds since the epoch, None for the life of the client."""

    name: str
    value: str
    path: str = "/"
    expires: float | None = None

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= time.time()

    def belongs_to(self, path: str) -> bool:
        """Whether it is sent to a path (section 5.1.4)."""
        if path == self.path:
            return True
        return path.startswith(self.path) and (self.path.endswith("/") or path[len(self.path)] == "/")


def read_set_cookie(header: str, request_path: str = "/") -> StoredCookie | None:
    """The cookie of a `Set-Cookie` header; None for one that a browser ignores (section 5.2).

    >>> read_set_cookie("theme=dark; Path=/; Max-Age=60").value
    'dark'
    """
    pair, *attributes = header.split(";")
    name, equals, value = pair.partition("=")
    name = name.strip(" \t")
    if not equals or not name:
        return None
    path, expires, by_age = _default_path(request_path), None, False
    for attribute in attributes:
        key, _, text = (part.strip(" \t") for part in attribute.partition("="))
        key = key.lower()
        if key == "path":
            path = text if text.startswith("/") else _default_path(request_path)
        elif key == "max-age" and text.removeprefix("-").isdigit():
            seconds, by_age = int(text), True
            expires = time.time() + seconds if seconds > 0 else 0.0
        elif key == "expires" and not by_age:
            moment = parse_http_date(text)
            expires = float(moment) if moment is not None else expires
    return StoredCookie(name, value.strip(" \t"), path, expires)


def _default_path(request_path: str) -> str:
    folder = request_path.rpartition("/")[0]
    return folder if folder.startswith("/") else "/"


class CookieJar(MutableMapping[str, str]):
    """What a client keeps between requests: a mapping of names to values, with paths behind it.

    >>> jar = CookieJar({"theme": "dark"})
    >>> jar.keep("admin=1; Path=/admin", "/")
    >>> jar.header("/shop"), jar.header("/admin/users")
    ('theme=dark', 'admin=1; theme=dark')
    """

    def __init__(self, cookies: dict[str, str] | None = None) -> None:
        self._cookies: dict[tuple[str, str], StoredCookie] = {}
        self.update(cookies or {})

    def keep(self, header: str, request_path: str) -> None:
        """Take in one `Set-Cookie` header; one in the past removes the cookie."""
        cookie = read_set_cookie(header, request_path)
        if cookie is not None:
            self._cookies.pop((cookie.name, cookie.path), None)
            if not cookie.is_expired:
                self._cookies[cookie.name, cookie.path] = cookie

    def header(self, path: str, also: dict[str, str] | None = None) -> str:
        """The `Cookie` header for a path, more specific ones first; `also` goes before those of the jar."""
        also = also or {}
        own = [cookie for cookie in self._live() if cookie.belongs_to(path) and cookie.name not in also]
        own.sort(key=lambda cookie: -len(cookie.path))
        pairs = [*also.items(), *((cookie.name, cookie.value) for cookie in own)]
        return "; ".join(f"{name}={value}" for name, value in pairs)

    def _live(self) -> list[StoredCookie]:
        return [cookie for cookie in self._cookies.values() if not cookie.is_expired]

    def __getitem__(self, name: str) -> str:
        for cookie in self._live():
            if cookie.name == name:
                return cookie.value
        raise KeyError(name)

    def __setitem__(self, name: str, value: str) -> None:
        del self[name]
        self._cookies[name, "/"] = StoredCookie(name, value)

    def __delitem__(self, name: str) -> None:
        """Forget a cookie on all its paths; that there is none is no error."""
        for key in [key for key in self._cookies if key[0] == name]:
            del self._cookies[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(cookie.name for cookie in self._live()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"CookieJar({dict(self)!r})"
