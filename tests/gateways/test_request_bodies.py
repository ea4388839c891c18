"""Bodies that handlers read themselves, and forms that are parsed while they come, through every door."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from contract_doors import FakeProtocol, FakeScope, Got, Sent, ask_asgi, ask_rsgi, ask_wsgi, scope_of

from demijohn import App, BodyStream, Client, ClientDisconnected, Request, Timeouts, UploadedFile

app = App(bare=True)


@app.post("/size", body_limit=1000)
def size(body: BodyStream):
    return f"{sum(map(len, body))} of {body.length}, {body.content_type}"


@app.post("/size-async", body_limit=1000)
async def size_async(body: BodyStream):
    total = 0
    async for chunk in body:
        total += len(chunk)
    return f"{total} of {body.length}, {body.content_type}"


@app.post("/first")
def first(body: BodyStream):
    head = body.read(4)
    return f"{head.decode()}|{body.read().decode()}|{body.read(4).decode()}"


@app.post("/unread")
def unread(body: BodyStream, request: Request):
    return f"{body.received} {body.ended} {request.body!r}"


@app.post("/form")
def form(photo: UploadedFile, title: str = ""):
    return f"{photo.filename}: {photo.size}"


def ask(door: str, sent: Sent, asked: App = app) -> Got:
    if door == "wsgi":
        return ask_wsgi(asked.wsgi, sent)
    return asyncio.run(ask_asgi(asked, sent) if door == "asgi" else ask_rsgi(asked.rsgi, sent))


DOORS = ("wsgi", "asgi", "rsgi")
PLAIN = (("content-type", "text/plain"),)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", ["/size", "/size-async"])
def test_a_stream_gives_all_pieces(door: str, path: str) -> None:
    """With a length and without one."""
    assert ask(door, Sent("POST", path, PLAIN, body=b"x" * 900)).text == "900 of 900, text/plain"
    assert ask(door, Sent("POST", path, PLAIN, chunks=(b"abc", b"", b"de"))).text == "5 of None, text/plain"
    assert ask(door, Sent("POST", path)).text in ("0 of None, None", "0 of 0, None")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", ["/size", "/size-async"])
def test_a_stream_is_bounded(door: str, path: str) -> None:
    """A length that says too much is refused before, and pieces that come to too much while they are read."""
    for sent in (Sent("POST", path, PLAIN, body=b"x" * 1001), Sent("POST", path, PLAIN, chunks=(b"x" * 600,) * 2)):
        answer = ask(door, sent)
        assert (answer.status, answer.header("connection")) == (413, "close")


@pytest.mark.parametrize("door", DOORS)
def test_a_stream_reads_as_a_file_does(door: str) -> None:
    """`read(n)` is for libraries that take files; what was held back comes next, and nothing at the end."""
    assert ask(door, Sent("POST", "/first", chunks=(b"ab", b"cdef", b"gh"))).text == "abcd|efgh|"


@pytest.mark.parametrize("door", DOORS)
def test_a_stream_may_be_left_unread(door: str) -> None:
    """The bytes are in the stream alone."""
    assert ask(door, Sent("POST", "/unread", body=b"abc")).text == "0 False b''"


def multipart(content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n' + content + b"\r\n--b--\r\n"


FORM = (("content-type", "multipart/form-data; boundary=b"),)


@pytest.mark.parametrize("door", DOORS)
def test_forms_are_parsed_while_they_come(door: str) -> None:
    """Small and large ones, cut anywhere; a large file is on the disk."""
    for count in (10, 3_000_000):
        body = multipart(b"x" * count)
        cut = tuple(body[at : at + 65_537] for at in range(0, len(body), 65_537))
        assert ask(door, Sent("POST", "/form", FORM, chunks=cut)).text == f"a.png: {count}"


@pytest.mark.parametrize("door", DOORS)
def test_a_form_that_ends_early_is_refused(door: str) -> None:
    """And what was read of it is thrown away."""
    answer = ask(door, Sent("POST", "/form", FORM, chunks=(multipart(b"x" * 10)[:-20],)))
    assert answer.status == 400


@pytest.mark.parametrize("door", DOORS)
def test_files_are_closed_with_the_exchange(door: str) -> None:
    """Also where the handler has failed."""
    kept: list[UploadedFile] = []
    own = App(bare=True)

    @own.post("/")
    def keep(photo: UploadedFile) -> None:
        kept.append(photo)
        raise ValueError("no")

    assert ask(door, Sent("POST", "/", FORM, body=multipart(b"x")), own).status == 500
    assert kept[0].file.closed


def test_a_thread_on_the_loop_is_told_to_await() -> None:
    """`for chunk in body` in an `async def` would wait for itself."""
    own = App(bare=True)

    @own.post("/")
    async def home(body: BodyStream):
        with pytest.raises(RuntimeError, match="async for chunk in body"):
            next(body)
        return "told"

    assert ask("asgi", Sent("POST", "/", body=b"abc"), own).text == "told"


def test_a_form_beside_a_stream_is_a_mistake() -> None:
    """The body can be read once."""
    own = App(bare=True)

    @own.post("/")
    def home(body: BodyStream, request: Request):
        return request.form["a"]

    with pytest.raises(RuntimeError, match="takes the body as a BodyStream"):
        Client(own).post("/", content=b"abc", headers={"content-type": "text/plain"})


class Leaving:
    """An ASGI client that sends a piece of its body, and leaves."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": b"abc", "more_body": True},
            {"type": "http.disconnect"},
        ]
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        return self.messages.pop(0) if self.messages else {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


def test_a_client_that_leaves_is_seen_by_the_stream() -> None:
    """`ClientDisconnected` in the handler."""
    seen: list[bytes | str] = []
    own = App(bare=True)

    @own.post("/")
    async def home(body: BodyStream) -> None:
        try:
            async for chunk in body:
                seen.append(chunk)
        except ClientDisconnected:
            seen.append("left")
            raise

    client = Leaving()
    asyncio.run(own(scope_of(Sent("POST", "/", body=b"abcdef")), client.receive, client.send))
    assert seen == [b"abc", "left"]


def test_a_client_that_leaves_runs_no_handler() -> None:
    """A body that is read before never comes whole; what nobody reads is a 400, as for one that is malformed."""
    own = App(bare=True)

    @own.post("/")
    async def home(request: Request):
        raise AssertionError

    client = Leaving()
    asyncio.run(own(scope_of(Sent("POST", "/", PLAIN, body=b"abcdef")), client.receive, client.send))
    assert [message.get("status") for message in client.sent] == [400, None]


class Silent:
    """An ASGI client that announces a body, and sends nothing."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(self, message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize("headers", [PLAIN, FORM])
def test_a_client_that_sends_nothing_is_given_up(headers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 after `Timeouts.body` seconds, and the connection is closed."""
    monkeypatch.setattr("demijohn.gateways.deadlines.TICK", 0.01)
    own = App(bare=True, timeouts=Timeouts(body=0.02))

    @own.post("/")
    async def home(request: Request):
        raise AssertionError

    client = Silent()
    asyncio.run(own(scope_of(Sent("POST", "/", headers, body=b"abcdef")), client.receive, client.send))
    assert client.sent[0]["status"] == 408
    assert (b"connection", b"close") in client.sent[0]["headers"]


def test_a_silent_client_over_rsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where the server hands over the whole body at once, and piece by piece."""
    monkeypatch.setattr("demijohn.gateways.deadlines.TICK", 0.01)
    own = App(bare=True, timeouts=Timeouts(body=0.02))

    @own.post("/")
    async def home(request: Request):
        raise AssertionError

    class SilentProtocol(FakeProtocol):
        async def __call__(self) -> bytes:
            await asyncio.sleep(3600)
            raise AssertionError

        async def __aiter__(self):  # type: ignore[override]
            await asyncio.sleep(3600)
            yield b""

    async def ask_all() -> list[int]:
        found = []
        for sent in (Sent("POST", "/", PLAIN, body=b"abc"), Sent("POST", "/", PLAIN, chunks=(b"abc",))):
            protocol = SilentProtocol(sent)
            await own.rsgi.__rsgi__(FakeScope(sent), protocol)
            assert protocol.answer is not None
            found.append(protocol.answer[0])
        return found

    assert asyncio.run(ask_all()) == [408, 408]


@pytest.mark.parametrize("door", DOORS)
def test_a_handler_that_takes_too_long_is_given_up(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 after its time-out: the app's, or the route's own; it is cancelled, so that it can clean up."""
    monkeypatch.setattr("demijohn.gateways.deadlines.TICK", 0.01)
    log: list[str] = []
    own = App(bare=True, timeouts=Timeouts(handler=0.02))

    async def slow() -> str:
        try:
            await asyncio.sleep(0.3)
        finally:
            log.append("ended")
        return "whole"

    own.get("/app")(slow)
    own.get("/route", timeout=5, name="patient")(slow)
    own.get("/never", timeout=None, name="endless")(slow)
    late = ask(door, Sent("GET", "/app"), own)
    assert (late.status, late.header("retry-after")) == (503, "1")
    assert ask(door, Sent("GET", "/route"), own).text == "whole"
    assert ask(door, Sent("GET", "/never"), own).text == "whole"
    assert log == ["ended"] * 3


def test_what_a_large_upload_needs_is_its_pieces(tmp_path: Path) -> None:
    """A stream holds one piece at a time, however many come."""
    held: list[int] = []
    own = App(bare=True)

    @own.post("/", body_limit=10**9)
    def save(body: BodyStream):
        with (tmp_path / "file").open("wb") as file:
            for chunk in body:
                held.append(len(chunk))
                file.write(chunk)
        return str(body.received)

    sent = Sent("POST", "/", PLAIN, body=b"x" * 5_000_000)
    assert ask("wsgi", sent, own).text == "5000000"
    assert max(held) <= 65_536
