"""The request: what came over the wire, parsed when it is asked for and not before.

A gateway makes one per exchange and fills in what it has at hand; its subclass knows how to get the rest out of the
server's own object (`native`). The body is already there when a handler runs (its plan had it read), so that nothing
here needs an `await`.
"""

from __future__ import annotations

import secrets
from types import SimpleNamespace
from typing import Any, NoReturn

import msgspec

from ..limits import Limits
from ..urls import quote_path
from .cookies import parse_cookies
from .errors import BadRequest, HeadersTooLarge, HTTPError
from .forms import UploadedFile, parse_multipart, parse_urlencoded
from .headers import HeaderPairs, Headers
from .media import MediaType, best_match
from .query import MultiDict, Query

DEFAULT_LIMITS = Limits()

# What Flask, Django and Starlette call the same things.
_HABITS = {
    "args": "request.query",
    "GET": "request.query",
    "query_params": "request.query",
    "POST": "request.form",
    "values": "request.query and request.form",
    "FILES": "request.files",
    "COOKIES": "request.cookies",
    "META": "request.headers",
    "view_args": "request.path_params",
    "get_json": "request.json()",
    "get_data": "request.body",
    "data": "request.body",
    "mimetype": "request.content_type",
    "remote_addr": "request.client",
    "is_json": "request.content_type.is_json",
    "full_path": "request.target",
    "get_host": "request.host",
    "build_absolute_uri": "request.url",
    "get_full_path": "request.target",
    "user": "a parameter of your handler: def show(user: User)",
    "session": "a parameter of your handler: def show(session: Session)",
    "endpoint": "request.route.name",
    "url_rule": "request.route",
    "base_url": "request.url",
    "is_secure": 'request.scheme == "https"',
    "user_agent": 'request.headers.get("user-agent")',
    "stream": "request.body",
    "app": "the parameter of your handler: services are asked for by type",
}


class _Elsewhere:
    """An attribute that other frameworks have: whoever asks for it is told what to write here."""

    __slots__ = ("_instead", "_name")

    def __init__(self, name: str, instead: str) -> None:
        self._name = name
        self._instead = instead

    def __get__(self, request: object, kind: type) -> NoReturn:
        raise AttributeError(
            f"A Demijohn request has no {self._name!r}: write {self._instead}.", name=self._name, obj=request
        )


# A Struct for its constructor, which costs half of what a class with `__init__` costs, once per exchange.
class Request(msgspec.Struct, eq=False, weakref=True):
    """One HTTP request.

    `path` is decoded, `query_string` as it came, `host` what the client asked for (with its port; empty if it named
    none), `body` the bytes (read before the handler runs, up to its limit) and `body_type` their Content-Type as sent.
    Everything else is parsed at first use; what is malformed raises a 4xx `HTTPError`, which answers the request.
    """

    native: Any
    method: str
    path: str
    query_string: str
    host: str = ""
    body_type: str | None = None
    captured: tuple[str, ...] = ()
    body: bytes = b""
    plan: Any = None
    refusal: HTTPError | None = None
    limits: Limits = DEFAULT_LIMITS
    _headers: Headers | None = None
    _cookies: dict[str, str] | None = None
    _query: Query | None = None
    _form: tuple[MultiDict[str], MultiDict[UploadedFile]] | None = None
    _state: SimpleNamespace | None = None
    _scope: Any = None
    _nonce: str | None = None

    # What a gateway's subclass tells -----------------------------------------------------------------------

    def read_headers(self) -> HeaderPairs:
        """All header fields of the native request: names in lower case."""
        return []

    @property
    def scheme(self) -> str:
        """`http` or `https`: what the server itself speaks."""
        return "http"

    @property
    def client(self) -> str | None:
        """The address of the peer that connected, without port; None where the server does not say."""
        return None

    @property
    def root_path(self) -> str:
        """The prefix under which the whole app is mounted by the server, without trailing slash."""
        return ""

    # What everybody reads ----------------------------------------------------------------------------------

    @property
    def headers(self) -> Headers:
        """The header fields, by name in any case."""
        headers = self._headers
        if headers is None:
            pairs = self.read_headers()
            limits = self.limits
            if len(pairs) > limits.headers:
                raise HeadersTooLarge(f"The request has more than {limits.headers} headers.")
            for name, value in pairs:
                if len(name) + len(value) > limits.header:
                    raise HeadersTooLarge(f"A request header is over {limits.header} bytes.")
            headers = self._headers = Headers.received(pairs)
        return headers

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name (RFC 6265bis); of several with one name the first."""
        cookies = self._cookies
        if cookies is None:
            # HTTP/2 may split the field; the parts are joined as the field itself does it (RFC 9113, 8.2.3).
            header = "; ".join(self.headers.getlist("cookie"))
            cookies = self._cookies = parse_cookies(
                header, limit=self.limits.cookies, max_bytes=self.limits.cookie_bytes
            )
        return cookies

    @property
    def query(self) -> Query:
        """The query parameters: `request.query["q"]`, `.get("page", 1, type=int)`, `.getlist("tag")`."""
        query = self._query
        if query is None:
            query = self._query = Query.parse(self.query_string, self.limits.query)
        return query

    @property
    def form(self) -> MultiDict[str]:
        """The text fields of a form body, URL-encoded or multipart; empty for any other body."""
        return self._parsed_form()[0]

    @property
    def files(self) -> MultiDict[UploadedFile]:
        """The files of a multipart form; names and types are the client's claims."""
        return self._parsed_form()[1]

    def json(self) -> Any:
        """The body as JSON (RFC 8259); BadRequest says where it is not."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise BadRequest(f"The body is not JSON: {error}.") from None
        except (UnicodeDecodeError, RecursionError):
            raise BadRequest("The body is not JSON: it is not UTF-8, or nested too deep.") from None

    @property
    def text(self) -> str:
        """The body as text in UTF-8."""
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise BadRequest(f"The body is not UTF-8: byte {error.start}.") from None

    @property
    def content_type(self) -> MediaType | None:
        """The media type of the body; None if there is none or it is malformed."""
        value = self.headers.get("content-type")
        return None if value is None else MediaType.parse(value)

    @property
    def path_params(self) -> dict[str, str]:
        """What the path's parameters matched, as text; handlers get them converted by their annotations."""
        route = self.route
        return {} if route is None else dict(zip(route.pattern.names, self.captured, strict=True))

    @property
    def route(self) -> Any:
        """The route that answers; None while there is none, as for a 404."""
        return None if self.plan is None else self.plan.route

    @property
    def target(self) -> str:
        """Path and query as one would link to them."""
        path = self.root_path + quote_path(self.path)
        return f"{path}?{self.query_string}" if self.query_string else path

    @property
    def url(self) -> str:
        """The absolute URL of this request."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def state(self) -> SimpleNamespace:
        """A place for your own attributes, for the time of this exchange (Flask's `g`)."""
        state = self._state
        if state is None:
            state = self._state = SimpleNamespace()
        return state

    @property
    def nonce(self) -> str:
        """128 random bits for `<script nonce>`; once asked for, the Content-Security-Policy carries them too."""
        nonce = self._nonce
        if nonce is None:
            nonce = self._nonce = secrets.token_urlsafe(16)
        return nonce

    @property
    def nonce_used(self) -> str | None:
        """The nonce, if anything has asked for it."""
        return self._nonce

    def accepts(self, *media_types: str) -> str | None:
        """The best of these media types for the client (RFC 9110, section 12.5.1); None if it takes none.

        A `*/*` prefers the first.
        """
        return best_match(self.headers.get("accept"), media_types)

    @property
    def wants_html(self) -> bool:
        """Whether the client says that it reads HTML: a browser does, `curl` and API clients do not."""
        accept = self.headers.get("accept", "")
        return "text/html" in accept or "application/xhtml" in accept

    def close(self) -> None:
        """Close the files of a form; the kernel does it when the exchange is over."""
        if self._form is not None:
            for _, file in self._form[1].multi_items():
                file.close()

    def _parsed_form(self) -> tuple[MultiDict[str], MultiDict[UploadedFile]]:
        parsed = self._form
        if parsed is None:
            parsed = self._form = self._parse_form()
        return parsed

    def _parse_form(self) -> tuple[MultiDict[str], MultiDict[UploadedFile]]:
        kind = self.content_type
        if kind is not None and kind.essence == "multipart/form-data":
            fields, files = parse_multipart(self.body, self.headers["content-type"], self.limits)
            return MultiDict(fields), MultiDict(files)
        if kind is not None and kind.essence == "application/x-www-form-urlencoded":
            return MultiDict(parse_urlencoded(self.body, self.limits)), MultiDict(())
        return MultiDict(()), MultiDict(())

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    # A `__getattr__` would do as well, and cost every attribute of every request three times as much.
    locals().update({name: _Elsewhere(name, instead) for name, instead in _HABITS.items()})
