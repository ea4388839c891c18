"""Bodies that end before they are whole: however a server says it, no handler has half of one."""
# ruff: noqa: E501 - tables

import asyncio
from typing import Any

import pytest
from contract_doors import FakeProtocol, FakeScope, Sent, environ_of, scope_of

from demijohn import App, BodyStream, ClientDisconnected, Request, Schema

TYPE = "multipart/form-data; boundary=b"
FORM = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'

ran: list[str] = []
app = App(debug=False)


class Item(Schema):
    """A typed body."""

    a: int = 0


@app.post("/raw")
def raw(request: Request):
    ran.append("raw")
    return request.body


@app.post("/raw-async")
async def raw_async(request: Request):
    ran.append("raw-async")
    return request.body


@app.post("/typed")
def typed(item: Item):
    ran.append("typed")
    return item


@app.post("/form")
def form(request: Request):
    ran.append("form")
    return [list(pair) for pair in request.form.multi_items()]


@app.post("/stream")
async def stream(body: BodyStream):
    try:
        return b"".join([chunk async for chunk in body])
    except ClientDisconnected:
        ran.append("told")
        raise


@app.post("/stream-sync")
def stream_sync(body: BodyStream):
    try:
        return b"".join(body)
    except ClientDisconnected:
        ran.append("told")
        raise


BODIES = {
    "/raw": ("text/plain", b"abcdef"), "/raw-async": ("text/plain", b"abcdef"), "/typed": ("application/json", b'{"a": 1}'),
    "/form": (TYPE, FORM), "/stream": ("text/plain", b"abcdef"), "/stream-sync": ("text/plain", b"abcdef"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_ran():
    """Each test looks at its own."""
    ran.clear()


def sent(target: str, *more: tuple[str, str], length: int | None = None) -> Sent:
    """A request whose body comes by other ways."""
    headers = [("content-type", BODIES[target][0]), *more]
    if length is not None:
        headers.append(("content-length", str(length)))
        return Sent("POST", target, tuple(headers))
    return Sent("POST", target, tuple(headers), chunks=())


def refused(status: int, target: str) -> None:
    """A 400, and no handler that read a body; one that reads it itself was told."""
    assert status == 400
    assert ran == (["told"] if "stream" in target else [])


class Cut(FakeProtocol):
    """granian's protocol, with the pieces that it gives; the last one of each body is empty."""

    def __init__(self, sent: Sent, pieces: list[bytes], error: Exception | None = None) -> None:
        super().__init__(sent)
        self.pieces = pieces
        self.error = error

    async def __call__(self) -> bytes:
        if self.error is not None:
            raise self.error
        return b"".join(self.pieces)

    async def __aiter__(self) -> Any:
        for piece in self.pieces:
            yield piece


def by_rsgi(sent: Sent, pieces: list[bytes], error: Exception | None = None, version: str = "1.1") -> tuple[int, bytes]:
    """Status and body of the answer."""

    async def drive() -> tuple[int, bytes]:
        scope, protocol = FakeScope(sent), Cut(sent, pieces, error)
        scope.http_version = version
        await app.__rsgi__(scope, protocol)
        assert protocol.answer is not None
        return protocol.answer[0], protocol.answer[2]

    return asyncio.run(drive())


@pytest.mark.parametrize("target", BODIES)
def test_chunks_that_are_malformed_end_in_one_empty_piece_more(target: str) -> None:
    """As granian has it, which tells no error."""
    body = BODIES[target][1]
    status, _ = by_rsgi(sent(target), [body[:3], b"", b""])
    refused(status, target)
    ran.clear()
    status, _ = by_rsgi(sent(target), [b"", b""])
    refused(status, target)


@pytest.mark.parametrize("target", BODIES)
@pytest.mark.parametrize(
    ("pieces", "more", "version"),
    [
        (lambda body: [body, b""], (), "1.1"),
        (lambda body: [body[:3], body[3:], b""], (), "1.1"),
        (lambda body: [body, b"", b""], (("trailer", "x-checksum"),), "1.1"),
        (lambda body: [body[:3], b"", b"", body[3:], b"", b""], (), "2"),
        (lambda body: [body], (), "1.1"),
    ],
    ids=["whole", "cut", "trailers", "HTTP/2", "no end"],
)
def test_good_ends_are_no_errors(target: str, pieces: Any, more: tuple, version: str) -> None:
    """Trailers that were announced, and empty frames of HTTP/2, are not."""
    status, _ = by_rsgi(sent(target, *more), pieces(BODIES[target][1]), version=version)
    assert status == 200
    assert "told" not in ran


@pytest.mark.parametrize("target", BODIES)
def test_less_than_the_length_by_rsgi(target: str) -> None:
    """Counted where it comes in pieces; else the server says that it has closed."""
    body = BODIES[target][1]
    status, _ = by_rsgi(sent(target, length=200_000), [body, b"", b""])
    refused(status, target)
    ran.clear()
    status, _ = by_rsgi(sent(target, length=50), [body, b"", b""], RuntimeError("RSGI transport is closed"))
    refused(status, target)


def by_wsgi(sent: Sent, stream: Any) -> int:
    """The status of the answer."""
    lines: list[str] = []
    result = app.wsgi(
        environ_of(sent) | {"wsgi.input": stream}, lambda line, headers, exc_info=None: lines.append(line)
    )
    list(result)
    if hasattr(result, "close"):
        result.close()
    return int(lines[0][:3])


class Input:
    """`wsgi.input` with some bytes, and then an end or an error."""

    def __init__(self, body: bytes, error: Exception | None) -> None:
        self.body, self.error = body, error

    def read(self, size: int = -1) -> bytes:
        """What is there."""
        body, self.body = self.body, b""
        if not body and self.error is not None:
            raise self.error
        return body


@pytest.mark.parametrize("target", BODIES)
def test_less_than_the_length_by_wsgi(target: str) -> None:
    """The server's stream ends early."""
    refused(by_wsgi(sent(target, length=1_000), Input(BODIES[target][1], None)), target)


@pytest.mark.parametrize("target", ["/stream", "/stream-sync", "/form"])
@pytest.mark.parametrize("error", [OSError("reset"), ValueError("invalid chunk")])
def test_a_stream_that_fails_by_wsgi(target: str, error: Exception) -> None:
    """Each server has errors of its own for malformed chunks."""
    refused(by_wsgi(sent(target), Input(BODIES[target][1][:5], error)), target)


@pytest.mark.parametrize("target", BODIES)
def test_a_client_that_leaves_by_asgi(target: str) -> None:
    """Before the end, or at once."""
    body = BODIES[target][1]
    for messages in (
        [{"type": "http.request", "body": body[:3], "more_body": True}],
        [
            {"type": "http.request", "body": b"", "more_body": True},
            {"type": "http.request", "body": body[:3], "more_body": True},
        ],
        [],
    ):
        left = list(messages)
        said: list[dict] = []

        async def receive(left: list[dict] = left) -> dict:
            return left.pop(0) if left else {"type": "http.disconnect"}

        async def send(message: dict, said: list[dict] = said) -> None:
            said.append(message)

        asyncio.run(app.asgi(scope_of(sent(target)), receive, send))
        refused(said[0]["status"], target)
        ran.clear()


def test_a_reader_that_fails_lets_go_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is that goes wrong while a form comes."""
    from demijohn.foundation.http.forms import MultipartReader

    closed = []
    monkeypatch.setattr(MultipartReader, "feed", lambda self, piece: 1 / 0)
    abandon = MultipartReader.abandon
    monkeypatch.setattr(MultipartReader, "abandon", lambda self: (closed.append(1), abandon(self)))
    with pytest.raises(ZeroDivisionError):
        by_wsgi(sent("/form", length=len(FORM)), Input(FORM, None))
    with pytest.raises(ZeroDivisionError):
        by_rsgi(sent("/form"), [FORM, b""])
    assert len(closed) == 2
    assert ran == []
