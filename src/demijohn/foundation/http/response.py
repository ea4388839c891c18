"""Responses: what a handler or an around may return, and what becomes of it.

`Response` is for people: mutable, checked when it is touched. What travels to a gateway is an `Answer`, a plain tuple
of status, frozen headers, the response's own headers (or None) and the body. The kernel makes answers for plain values
without ever building a `Response`.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec

from ..current import request_context
from ..urls import location
from .cookies import format_cookie
from .headers import FixedHeaders, HeaderPairs, Headers
from .status import BODYLESS

TEXT = "text/plain; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
JSON = "application/json"
BYTES = "application/octet-stream"
PROBLEM = "application/problem+json"


class StreamBody:
    """A body of chunks that are made while it is sent.

    `close` runs once, whatever happened: with None when all was sent, else with the error that ended it. It may be a
    coroutine function where the chunks come from an async iterable.
    """

    __slots__ = ("chunks", "close")

    def __init__(
        self,
        chunks: Iterable[bytes | str] | AsyncIterable[bytes | str],
        close: Callable[[BaseException | None], Any] | None = None,
    ) -> None:
        self.chunks = chunks
        self.close = close


class FileBody:
    """A part of a file: `length` bytes from `offset`."""

    __slots__ = ("length", "offset", "path")

    def __init__(self, path: str, offset: int, length: int) -> None:
        self.path = path
        self.offset = offset
        self.length = length


Body: TypeAlias = bytes | StreamBody | FileBody | None
Answer: TypeAlias = tuple[int, FixedHeaders, HeaderPairs | None, Body]


class Response:
    """An answer with status, headers and body; `str` bodies are text/plain unless `media_type` says otherwise.

    >>> response = Response("Made.", 201, headers={"Location": "/things/1"})
    >>> response.status, response.media_type, response.headers["location"]
    (201, 'text/plain; charset=utf-8', '/things/1')
    """

    __slots__ = ("_headers", "body", "media_type", "status")

    def __init__(
        self,
        body: str | bytes | StreamBody | FileBody | None = b"",
        status: int = 200,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        media_type: str | None = None,
    ) -> None:
        # Every answer that an around sees comes through here: the plain cases are told by their classes.
        if (status.__class__ is not int and not isinstance(status, int)) or not 200 <= status <= 599:
            raise ValueError(f"The status of a response is a number from 200 to 599, not {status!r}.")
        if isinstance(body, str):
            body = body.encode()
            media_type = media_type or TEXT
        elif body.__class__ is not bytes and not isinstance(body, bytes | StreamBody | FileBody | None):
            raise TypeError(
                f"The body of a Response is str or bytes, not {type(body).__name__}:"
                " return the value itself, or JSONResponse(value)."
            )
        self.status = status
        self.body: Body = body
        self.media_type = media_type or BYTES
        self._headers = None if headers is None else Headers(headers)

    @classmethod
    def made(cls, body: Body, status: int, pairs: HeaderPairs, media_type: str) -> Response:
        """A response of parts that were checked before, names in lower case; the list of pairs becomes its own."""
        response = Response.__new__(Response)
        response.status, response.body, response.media_type = status, body, media_type
        response._headers = Headers.received(pairs)
        return response

    @property
    def is_plain(self) -> bool:
        """Whether it is a body with a status that may have one, and nothing has been set on it."""
        return self._headers is None and self.body.__class__ is bytes and self.status not in BODYLESS

    @property
    def headers(self) -> Headers:
        """The response's own headers; setting a bad one is a ValueError here and now."""
        headers = self._headers
        if headers is None:
            headers = self._headers = Headers()
        return headers

    @property
    def own_headers(self) -> HeaderPairs | None:
        """The header pairs, or None if nobody has set any."""
        return None if self._headers is None else self._headers.pairs()

    @property
    def text(self) -> str:
        """The body as text; a streamed one has none."""
        return self.body.decode() if isinstance(self.body, bytes) else ""

    def json(self) -> Any:
        """The body, decoded from JSON."""
        return msgspec.json.decode(self.body if isinstance(self.body, bytes) else b"null")

    def set_cookie(
        self,
        name: str,
        value: str = "",
        *,
        max_age: int | timedelta | None = None,
        expires: datetime | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = True,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Add a `Set-Cookie` header (RFC 6265bis); `max_age` is in seconds. Scripts cannot read it by default."""
        cookie = format_cookie(
            name, value, max_age=max_age, expires=expires, path=path, domain=domain, secure=secure,
            httponly=httponly, samesite=samesite, partitioned=partitioned,
        )  # fmt: skip
        self.headers.add("set-cookie", cookie)

    def delete_cookie(
        self,
        name: str,
        *,
        path: str = "/",
        domain: str | None = None,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Have the client forget a cookie; all that is said here must be as it was when the cookie was set."""
        secure = partitioned or samesite == "none" or name.lower().startswith(("__host-", "__secure-", "__http-"))
        self.set_cookie(
            name, "", max_age=0, path=path, domain=domain, secure=secure, samesite=samesite, partitioned=partitioned
        )

    def vary(self, *names: str) -> None:
        """Say that the answer depends on these request headers (`Vary`); what is there already stays."""
        self.headers.vary(*names)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status} {self.media_type}>"


class PassedOn(Response):
    """What another framework's app has answered: its headers are all there are, and none of ours is added."""

    __slots__ = ("pairs",)

    def __init__(self, status: int, pairs: HeaderPairs, body: Body) -> None:
        super().__init__(body, status)
        self.pairs = pairs

    @property
    def own_headers(self) -> HeaderPairs | None:
        """What the app has set, and what arounds have added."""
        added = super().own_headers
        return [*self.pairs, *added] if added else self.pairs


class TextResponse(Response):
    """Plain text."""

    __slots__ = ()


class HTMLResponse(Response):
    """HTML that is safe already: nothing is escaped here."""

    __slots__ = ()

    def __init__(self, body: str | bytes = "", status: int = 200, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(body, status, headers=headers, media_type=HTML_TYPE)


class JSONResponse(Response):
    """A value as JSON: whatever a handler may return as JSON, by the encoders of the app that answers.

    Made outside of a request, where no app is known, it takes what needs no encoder.
    """

    __slots__ = ()

    def __init__(
        self,
        value: Any = None,
        status: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        media_type: str = JSON,
    ) -> None:
        request = request_context.get(None)
        encode = msgspec.json.encode if request is None or request.plan is None else request.plan.kernel.encode
        super().__init__(encode(value), status, headers=headers, media_type=media_type)


class RedirectResponse(Response):
    """Sends the client to another URL: 303 by default, so that a form's POST is followed by a GET.

    What leads to another host without saying so, or is no http URL at all, is a ValueError.
    """

    __slots__ = ()

    def __init__(self, url: str, status: int = 303, *, headers: Mapping[str, str] | None = None) -> None:
        if status not in (301, 302, 303, 307, 308):
            raise ValueError(f"{status} is no redirect: 303, 302, 307 are, or 308 and 301 for good.")
        super().__init__(b"", status, headers={"location": location(url), **(headers or {})}, media_type=TEXT)


class StreamingResponse(Response):
    """A body that is sent while it is made: an iterable or async iterable of `str` or `bytes`.

    If it has a `close`, that runs when the last chunk is sent or the client has gone.
    """

    __slots__ = ()

    def __init__(
        self,
        chunks: Iterable[bytes | str] | AsyncIterable[bytes | str],
        status: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        media_type: str = TEXT,
    ) -> None:
        super().__init__(StreamBody(chunks), status, headers=headers, media_type=media_type)
