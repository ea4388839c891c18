"""The request: what came over the wire, parsed when it is asked for and not before.

A gateway makes one per exchange and fills in what it has at hand; its subclass knows how to get the rest out of the
server's own object (`native`). The body is already there when a handler runs (its plan had it read), so that nothing
here needs an `await`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec

from ..limits import Limits
from ..urls import quote_path
from .body_stream import BodyStream
from .cookies import parse_cookies
from .errors import BadRequest, HeadersTooLarge, HTTPError
from .forms import parse_multipart, parse_urlencoded
from .forwarded import Outer
from .headers import HeaderPairs, Headers, check_header
from .json_body import decode_json
from .media import MediaType, best_match
from .preferences import best_language
from .query import MissingName, MultiDict, Query
from .request_habits import HABITS, Elsewhere
from .uploaded_file import UploadedFile

log = logging.getLogger("demijohn")

DEFAULT_LIMITS = Limits()


class SentHeaders(Headers):
    """The fields that a client sent: to ask for one that is not there is a `MissingName`, left alone a 400."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise MissingName(f"The request has no header {name!r}.")
        return value


class SentCookies(dict[str, str]):
    """The cookies that a client sent: to ask for one that is not there is a `MissingName`, left alone a 400."""

    def __missing__(self, name: str) -> str:
        raise MissingName(f"The request has no cookie {name!r}.")


# A Struct for its constructor, which costs half of what a class with `__init__` costs, once per exchange.
class Request(msgspec.Struct, eq=False, weakref=True):
    """One HTTP request.

    `path` is decoded, `query_string` as it came, `host` what the client asked for (with its port; empty if it named
    none), `body` the bytes (read before the handler runs, up to its limit) and `body_type` their Content-Type as sent.
    Everything else is parsed at first use; what is malformed raises a 4xx `HTTPError`, which answers the request.

    `interface` is how the server asked: "wsgi", "asgi" or "rsgi". `mounted_at` is the prefix at which an app that this
    one is mounted in has handed the request on; `path` is what is below it.

    `body` is empty where the body was taken apart while it came: for multipart forms (see `form` and `files`), and for
    handlers that take a `BodyStream`. `after` holds what is called, without arguments, when the exchange is over.
    """

    interface: ClassVar[str] = ""

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
    stream: BodyStream | None = None
    after: list[Callable[[], object]] | None = None
    _headers: Headers | None = None
    _cookies: dict[str, str] | None = None
    _query: Query | None = None
    _form: tuple[MultiDict[str], MultiDict[UploadedFile]] | None = None
    _state: SimpleNamespace | None = None
    _scope: Any = None
    _nonce: str | None = None
    _vary: tuple[str, ...] = ()
    mounted_at: str = ""
    outer: Outer | None = None
    watch: Any = None
    _id: str | None = None
    _due: HeaderPairs | None = None

    # What a gateway's subclass tells -----------------------------------------------------------------------

    def read_headers(self) -> HeaderPairs:
        """All header fields of the native request: names in lower case."""
        return []

    def read_scheme(self) -> str:
        """What the server itself speaks: `http` or `https`."""
        return "http"

    def read_client(self) -> str | None:
        """The address of the peer that connected, without port; None where the server does not say."""
        return None

    def read_root_path(self) -> str:
        """The prefix under which the server mounts the whole app."""
        return ""

    def read_version(self) -> str:
        """The version of HTTP as the server says it: "1.1" or "2"; empty where it does not say."""
        return ""

    # What everybody reads ----------------------------------------------------------------------------------

    @property
    def scheme(self) -> str:
        """`http` or `https`: what a trusted proxy says of its client, else what the server itself speaks."""
        return self.read_scheme() if self.outer is None else self.outer.scheme

    @property
    def client(self) -> str | None:
        """The client's address, without port: of the peer that connected, or what a trusted proxy says of its own."""
        return self.read_client() if self.outer is None else self.outer.client

    @property
    def root_path(self) -> str:
        """The prefix under which the app is mounted: by the server, a trusted proxy, an app; without trailing slash."""
        prefix = self.read_root_path() if self.outer is None else self.outer.root_path
        prefix += self.mounted_at
        # Two slashes at its start would make another host of the first segment in every link.
        return "/" + prefix.strip("/\\") if prefix.strip("/\\") else ""

    @property
    def id(self) -> str:
        """What this exchange is called in logs and in the answers to errors: 16 hexadecimal digits, or a proxy's id."""
        name = self._id
        if name is None:
            name = self._id = secrets.token_hex(8)
        return name

    @id.setter  # noqa: A003 - what it is called everywhere
    def id(self, name: str) -> None:
        self._id = name

    @property
    def headers(self) -> Headers:
        """The header fields, by name in any case."""
        headers = self._headers
        if headers is None:
            pairs = self.read_headers()
            limits = self.limits
            if len(pairs) > limits.headers:
                raise HeadersTooLarge(f"The request has more than {limits.headers} headers.")
            total = 0
            for name, value in pairs:
                size = len(name) + len(value)
                total += size
                if size > limits.header:
                    raise HeadersTooLarge(f"A request header is over {limits.header} bytes.")
            if total > limits.header_bytes:
                raise HeadersTooLarge(f"The request headers are over {limits.header_bytes} bytes in all.")
            headers = self._headers = SentHeaders.received(pairs)
        return headers

    def has_header(self, *names: str) -> bool:
        """Whether the client sent one of these fields (in lower case); cheap, where `headers` has to read them all."""
        return any(name in self.headers for name in names)

    def read_header(self, name: str) -> str | None:
        """One field (in lower case) that comes once, if it comes; cheap, where `headers` has to read them all."""
        return self.headers.get(name)

    def read_cookie(self) -> str:
        """The field of cookies; cheap, where `headers` has to read them all.

        HTTP/2 may split it; the parts are joined as the field itself does it (RFC 9113, 8.2.3).
        """
        return "; ".join(self.headers.getlist("cookie"))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name (RFC 6265bis); of several with one name the first."""
        cookies = self._cookies
        if cookies is None:
            cookies = self._cookies = SentCookies(
                parse_cookies(self.read_cookie(), limit=self.limits.cookies, max_bytes=self.limits.cookie_bytes)
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
        return decode_json(self.body)

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
        return {} if route is None else dict(zip(route.names, self.captured, strict=True))

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

        A `*/*` prefers the first. The answer says `Vary: Accept`.
        """
        self.vary("accept")
        return best_match(self.headers.get("accept"), media_types)

    def accepts_language(self, *languages: str) -> str | None:
        """The best of these languages for the client (RFC 9110, section 12.5.4); None if it takes none.

        Without the header it is the first. The answer says `Vary: Accept-Language`.
        """
        self.vary("accept-language")
        return best_language(self.headers.get("accept-language"), languages)

    def vary(self, *names: str) -> None:
        """Note that the answer depends on these request headers: it will say so, whoever makes it."""
        self._vary = (*self._vary, *(name for name in map(str.lower, names) if name not in self._vary))

    @property
    def due(self) -> HeaderPairs | None:
        """The headers that the answer is owed, so far as anything has owed it some."""
        return self._due

    def owe(self, name: str, value: str) -> None:
        """Note a header of the answer, whoever makes it: an around, or what a page is rendered with."""
        self._due = [*(self._due or ()), check_header(name, value)]

    @property
    def varies(self) -> tuple[str, ...]:
        """The request headers that the answer depends on, so far as they were asked for by `accepts` and `vary`."""
        return self._vary

    @property
    def wants_html(self) -> bool:
        """Whether the client says that it reads HTML: a browser does, `curl` and API clients do not."""
        self.vary("accept")
        accept = self.headers.get("accept", "")
        return "text/html" in accept or "application/xhtml" in accept

    @property
    def has_body(self) -> bool:
        """Whether the client sent a body that is not empty."""
        return bool(self.body) or self._form is not None

    def keep_form(self, fields: MultiDict[str], files: MultiDict[UploadedFile]) -> None:
        """Called by the gateways with a form that was parsed while it came; its files are closed with the exchange."""
        self._form = fields, files
        if files:
            for _, file in files.multi_items():
                self.call_after(file.close)

    def call_after(self, function: Callable[[], object]) -> None:
        """Have a function called when the exchange is over: all is sent, or the client has gone."""
        if self.after is None:
            self.after = []
        self.after.append(function)

    def finish(self) -> None:
        """Called by the gateways when the exchange is over; what fails is logged, and the others run."""
        functions, self.after = self.after or (), None
        for function in functions:
            try:
                function()
            except Exception:
                log.exception("What was to run after %r failed.", self)

    def _parsed_form(self) -> tuple[MultiDict[str], MultiDict[UploadedFile]]:
        parsed = self._form
        if parsed is None:
            parsed = self._form = self._parse_form()
        return parsed

    def _parse_form(self) -> tuple[MultiDict[str], MultiDict[UploadedFile]]:
        if self.stream is not None:
            raise RuntimeError("The handler takes the body as a BodyStream, so that there is no form: leave that out.")
        kind = self.content_type
        if kind is not None and kind.essence == "multipart/form-data":
            fields, files = parse_multipart(self.body, self.headers["content-type"], self.limits)
            self.keep_form(MultiDict(fields), MultiDict(files))
            assert self._form is not None
            return self._form
        if kind is not None and kind.essence == "application/x-www-form-urlencoded":
            return MultiDict(parse_urlencoded(self.body, self.limits)), MultiDict(())
        return MultiDict(()), MultiDict(())

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    # A `__getattr__` would do as well, and cost every attribute of every request three times as much.
    locals().update({name: Elsewhere(name, instead) for name, instead in HABITS.items()})
