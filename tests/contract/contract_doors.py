"""The doors of an app, driven by hand: what a server does, without a socket.

Each door takes a `Sent` and gives a `Got`. The fakes are as strict as the servers: what a server would choke on is an
AssertionError here, and what HTTP servers add to every answer (the length of an empty body) is added here.
"""

import asyncio
import io
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Sent:
    """A request as it travels: `target` is percent-encoded; a body in `chunks` has no Content-Length."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunks: tuple[bytes, ...] | None = None
    host: str | None = "example.com"
    root: str = ""

    @property
    def path(self) -> bytes:
        return unquote_to_bytes(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def pairs(self) -> Pairs:
        """All header fields, in lower case, with the host and the length."""
        pairs = [] if self.host is None else [("host", self.host)]
        pairs += [(name.lower(), value) for name, value in self.headers]
        names = {name for name, _ in pairs}
        if self.chunks is not None and "transfer-encoding" not in names:
            pairs.append(("transfer-encoding", "chunked"))
        elif self.chunks is None and self.body and "content-length" not in names:
            pairs.append(("content-length", str(len(self.body))))
        return pairs

    @property
    def pieces(self) -> tuple[bytes, ...]:
        return (self.body,) if self.chunks is None else self.chunks


@dataclass(frozen=True)
class Got:
    """An answer, comparable: headers sorted, random ids and nonces masked."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    streamed: bool = field(default=False, compare=False)

    def header(self, name: str) -> str | None:
        found = self.all(name)
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        return [value for other, value in self.headers if other == name]

    @property
    def text(self) -> str:
        return self.body.decode()


_RANDOM = re.compile(rb"""("id":"|<dd>)[0-9a-f]{16}|(nonce[-=])\S{22,}?(?=['"])""")


def got(sent: Sent, status: int, headers: Pairs, body: bytes, *, streamed: bool = False) -> Got:
    """What came, checked for what no server may be handed."""
    for name, value in headers:
        assert isinstance(name, str)
        assert isinstance(value, str)
        assert name == name.lower(), f"{name} is not in lower case"
        assert re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9a-z]+", name), f"{name!r} is no header name"
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value), f"{name}: {value!r} has a control character"
        value.encode("latin-1")
    names = [name for name, _ in headers]
    for single in ("content-length", "content-type", "location", "x-content-type-options", "content-security-policy"):
        assert names.count(single) < 2, f"{single} came {names.count(single)} times"
    if sent.method == "HEAD" or status in (204, 304):
        assert body == b"", f"{status} to {sent.method} may not have the body {body[:40]!r}"
    elif "content-length" in names:
        assert int(dict(headers)["content-length"]) == len(body)
    else:
        assert streamed, "neither a length nor a stream"
    if status in (204, 304):
        assert "content-length" not in names or status == 304
    masked = [(name, _RANDOM.sub(rb"\1\2*", value.encode("latin-1")).decode("latin-1")) for name, value in headers]
    return Got(status, tuple(sorted(masked)), _RANDOM.sub(rb"\1\2*", body), streamed)


def ask_wsgi(app, sent: Sent) -> Got:
    """PEP 3333, as strict as wsgiref.validate where it matters."""
    started: list[tuple[int, Pairs]] = []

    def start_response(line: str, headers: Pairs, exc_info=None):
        assert not started, "start_response was called twice"
        assert re.fullmatch(r"[2-5][0-9][0-9] [ -~]+", line), f"{line!r} is no status line"
        assert type(headers) is list
        started.append((int(line[:3]), headers))
        return

    result = app(environ_of(sent), start_response)
    try:
        chunks = []
        for chunk in result:
            assert type(chunk) is bytes
            chunks.append(chunk)
    finally:
        if hasattr(result, "close"):
            result.close()
    (status, headers), body = started[0], b"".join(chunks)
    headers = list(headers)
    streamed = not isinstance(result, list)
    return got(sent, status, headers, body, streamed=streamed)


def environ_of(sent: Sent) -> dict:
    environ = {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": sent.root.encode().decode("latin-1"),
        "PATH_INFO": sent.path.decode("latin-1"),
        "QUERY_STRING": sent.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b"".join(sent.pieces)),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in sent.pairs():
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = environ[key] + joint + value if key in environ else value
    return environ


async def ask_asgi(app, sent: Sent) -> Got:
    """ASGI 3, as uvicorn and hypercorn have it."""
    messages: list[dict] = []
    unread = [
        {"type": "http.request", "body": piece, "more_body": index < len(sent.pieces) - 1}
        for index, piece in enumerate(sent.pieces)
    ]
    unread = unread or [{"type": "http.request", "body": b"", "more_body": False}]
    finished = asyncio.Event()

    async def receive():
        if unread:
            return unread.pop(0)
        await finished.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        assert not finished.is_set(), "something was sent after the end"
        messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            finished.set()

    await app(scope_of(sent), receive, send)
    assert finished.is_set(), "the app ended without an answer"
    start, *rest = messages
    assert start["type"] == "http.response.start"
    assert all(type(m["body"]) is bytes for m in rest)
    assert all(type(name) is bytes and type(value) is bytes for name, value in start["headers"])
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    body = b"".join(message["body"] for message in rest)
    streamed = len(rest) > 1
    return got(sent, start["status"], headers, body, streamed=streamed)


def scope_of(sent: Sent) -> dict:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": sent.root + sent.path.decode("utf-8", "replace"),
        "raw_path": sent.target.partition("?")[0].encode("latin-1"),
        "query_string": sent.query.encode("latin-1"),
        "root_path": sent.root,
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.pairs()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50_000),
        "state": {},
    }


class FakeHeaders:
    """granian's RSGIHeaders: names in lower case; values that are not visible ASCII are left out of `items`."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    def __len__(self) -> int:
        return len({name for name, _ in self._pairs})

    def __contains__(self, name: str) -> bool:
        return any(other == name for other, _ in self._pairs)

    def keys(self):
        return [name for name, _ in self._pairs]

    def values(self):
        return [value for _, value in self._pairs if value.isascii()]

    def items(self):
        return [(name, value) for name, value in self._pairs if value.isascii()]

    def get(self, name, default=None):
        return next((value for other, value in self._pairs if other == name and value.isascii()), default)

    def get_all(self, name):
        return [value for other, value in self._pairs if other == name and value.isascii()]


class FakeScope:
    """granian's RSGIHTTPScope."""

    proto = "http"
    http_version = "1.1"
    rsgi_version = "1.6"
    server = "127.0.0.1:80"
    client = "127.0.0.1:50000"
    scheme = "http"
    authority = None

    def __init__(self, sent: Sent) -> None:
        self.method = sent.method
        self.path = sent.path.decode("utf-8", "replace")
        self.query_string = sent.query
        self.headers = FakeHeaders(sent.pairs())


class FakeTransport:
    """granian's RSGIHTTPStreamTransport."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.closed_after: int | None = None

    async def send_bytes(self, data: bytes) -> None:
        assert type(data) is bytes
        if self.closed_after is not None and len(self.chunks) >= self.closed_after:
            raise RuntimeError("RSGIProtocolClosed")
        await asyncio.sleep(0)
        self.chunks.append(data)

    async def send_str(self, data: str) -> None:
        await self.send_bytes(data.encode())


class FakeProtocol:
    """granian's RSGIHTTPProtocol: one response, from any thread; hyper adds the length."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent
        self._read = False
        self._gone = asyncio.Event()
        self.answer: tuple[int, Pairs, bytes] | None = None
        self.transport: FakeTransport | None = None

    async def __call__(self) -> bytes:
        assert not self._read
        self._read = True
        await asyncio.sleep(0)
        return b"".join(self._sent.pieces)

    async def __aiter__(self):
        for piece in self._sent.pieces:
            yield piece

    async def client_disconnect(self) -> None:
        await self._gone.wait()

    def _respond(self, status: int, headers: Pairs, body: bytes) -> None:
        assert self.answer is None, "a second response"
        assert type(status) is int
        assert 100 <= status <= 999
        assert all(type(name) is str and type(value) is str for name, value in headers)
        self.answer = (status, list(headers), body)

    def response_empty(self, status, headers):
        self._respond(status, headers, b"")

    def response_str(self, status, headers, body):
        self._respond(status, headers, body.encode())

    def response_bytes(self, status, headers, body):
        assert type(body) is bytes
        self._respond(status, headers, body)

    def response_file(self, status, headers, file):
        with Path(file).open("rb") as opened:
            self._respond(status, headers, opened.read())

    def response_file_range(self, status, headers, file, start, end):
        with Path(file).open("rb") as opened:
            opened.seek(start)
            self._respond(status, headers, opened.read(end - start))

    def response_stream(self, status, headers):
        self._respond(status, headers, b"")
        self.transport = FakeTransport()
        return self.transport


async def ask_rsgi(app, sent: Sent) -> Got:
    """RSGI 1, as granian has it."""
    protocol = FakeProtocol(sent)
    await app.__rsgi__(FakeScope(sent), protocol)
    assert protocol.answer is not None, "the app ended without an answer"
    status, headers, body = protocol.answer
    if protocol.transport is not None:
        return got(sent, status, headers, b"".join(protocol.transport.chunks), streamed=True)
    if "content-length" not in dict(headers) and status not in (204, 304) and sent.method != "HEAD":
        headers.append(("content-length", str(len(body))))
    return got(sent, status, headers, body)
