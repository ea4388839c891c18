"""What a test gets back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ...foundation.http.headers import HeaderPairs, Headers
from ...foundation.http.status import phrase
from .cookies import read_set_cookie
from .exchange import ClientRequest
from .habits import ANSWER, habits


class ClientResponse:
    """An answer, whole: `status`, `headers`, `content`, and the `history` of the redirects that led here.

    The names of both requests' and httpx's users work: `status_code` is `status`, `body` is `content`.
    """

    def __init__(
        self,
        request: ClientRequest,
        status: int,
        headers: HeaderPairs,
        content: bytes,
        history: list[ClientResponse] | None = None,
    ) -> None:
        self.request = request
        self.status = status
        # A middleware, or an app of another framework, may write names as it likes.
        self.headers = Headers.received([(name.lower(), value) for name, value in headers])
        self.content = content
        self.history = history or []

    if not TYPE_CHECKING:  # Type checkers tell of a name that is not there themselves.
        __getattr__ = habits(ANSWER)

    @property
    def status_code(self) -> int:
        """The status, by the name it has in requests, httpx, Flask and Django."""
        return self.status

    @property
    def body(self) -> bytes:
        """The content, by its other name."""
        return self.content

    @property
    def url(self) -> str:
        """The absolute URL that was answered: after redirects, the last one."""
        return self.request.url

    @property
    def text(self) -> str:
        """The content as text, in the charset that the answer names, else UTF-8; raises if it is not."""
        return self.content.decode(self.charset)

    @property
    def charset(self) -> str:
        """The charset of the `Content-Type` header."""
        for parameter in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = parameter.strip().partition("=")
            if name.lower() == "charset":
                return value.strip('"')
        return "utf-8"

    def json(self) -> Any:
        """The content as JSON; raises `ValueError` showing what came instead."""
        try:
            return msgspec.json.decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            start = self.content[:200].decode("utf-8", "replace")
            raise ValueError(f"{self!r} is not JSON. It starts: {start!r}") from None

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that this answer sets; one that it deletes is not in it."""
        cookies: dict[str, str] = {}
        for header in self.headers.getlist("set-cookie"):
            cookie = read_set_cookie(header)
            if cookie is not None:
                cookies.pop(cookie.name, None)
                if not cookie.is_expired:
                    cookies[cookie.name] = cookie.value
        return cookies

    @property
    def is_redirect(self) -> bool:
        """Whether it sends the browser elsewhere."""
        return self.status in {301, 302, 303, 307, 308} and "location" in self.headers

    def __repr__(self) -> str:
        return f"<ClientResponse {self.status} {phrase(self.status)} to {self.request.method} {self.url}>"
