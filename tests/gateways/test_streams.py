"""Streamed bodies: closed whatever happens, and ended when the client has gone."""

import asyncio

import pytest
from contract_doors import FakeProtocol, FakeScope, FakeTransport, Sent, environ_of, scope_of

from demijohn import App, StreamingResponse


class Gone:
    """An ASGI server whose client leaves after some chunks; like uvicorn, it says so only to who receives."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.chunks: list[bytes] = []
        self.left = asyncio.Event()
        self._asked = False

    async def receive(self):
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.body":
            self.chunks.append(message["body"])
            if len(self.chunks) >= self.after:
                self.left.set()
        await asyncio.sleep(0)


def endless(log):
    try:
        while True:
            yield "x"
    finally:
        log.append("closed")


async def endless_async(log):
    try:
        while True:
            yield "x"
            await asyncio.sleep(0)
    finally:
        log.append("closed")


async def idle(log):
    try:
        yield "x"
        await asyncio.sleep(3600)
    finally:
        log.append("closed")


@pytest.mark.parametrize("chunks", [endless, endless_async, idle])
def test_asgi_ends_a_stream_whose_client_has_gone(chunks):
    """An endless stream, sync or async, busy or idle, is closed when the client disconnects."""
    app, log = App(bare=True), []

    @app.get("/")
    async def stream():
        return StreamingResponse(chunks(log))

    async def drive():
        server = Gone(after=1)
        await asyncio.wait_for(app(scope_of(Sent("GET", "/")), server.receive, server.send), 10)

    asyncio.run(drive())
    assert log == ["closed"]


@pytest.mark.parametrize("chunks", [endless, endless_async])
def test_rsgi_ends_a_stream_whose_client_has_gone(chunks):
    """granian raises when a chunk can no longer be sent: the stream is closed, and nobody is told of an error."""
    app, log = App(bare=True), []

    @app.get("/")
    async def stream():
        return StreamingResponse(chunks(log))

    async def drive():
        protocol = FakeProtocol(Sent("GET", "/"))
        respond = protocol.response_stream

        def response_stream(status, headers) -> FakeTransport:
            transport = respond(status, headers)
            transport.closed_after = 3
            return transport

        protocol.response_stream = response_stream
        await asyncio.wait_for(app.__rsgi__(FakeScope(Sent("GET", "/")), protocol), 10)
        assert len(protocol.transport.chunks) == 3

    asyncio.run(drive())
    assert log == ["closed"]


def test_rsgi_ends_an_idle_stream_whose_client_has_gone():
    """A stream that has nothing to send still learns that nobody listens."""
    app, log = App(bare=True), []

    @app.get("/")
    async def stream():
        return StreamingResponse(idle(log))

    async def drive():
        protocol = FakeProtocol(Sent("GET", "/"))
        task = asyncio.ensure_future(app.__rsgi__(FakeScope(Sent("GET", "/")), protocol))
        while protocol.transport is None or not protocol.transport.chunks:
            await asyncio.sleep(0)
        protocol._gone.set()
        await asyncio.wait_for(task, 10)

    asyncio.run(drive())
    assert log == ["closed"]


@pytest.mark.parametrize("chunks", [endless, endless_async, idle])
def test_wsgi_closes_what_the_server_closes(chunks):
    """The iterable that a server was given has a `close`, which closes what it is made of."""
    app, log = App(bare=True), []

    @app.get("/")
    def stream():
        return StreamingResponse(chunks(log))

    answer = app(environ_of(Sent("GET", "/")), lambda *_: None)
    assert next(iter(answer)) == b"x"
    answer.close()
    answer.close()
    assert log == ["closed"]


def test_a_stream_that_fails_tells_who_sends_it():
    """An error in the middle of a stream reaches the server, and the stream is closed."""
    app, log = App(bare=True), []

    @app.get("/")
    def stream():
        try:
            yield "x"
            raise LookupError("halfway")
        finally:
            log.append("closed")

    answer = app(environ_of(Sent("GET", "/")), lambda *_: None)
    assert next(iter(answer)) == b"x"
    with pytest.raises(LookupError):
        next(answer)
    answer.close()

    async def drive():
        server = Gone(after=1000)
        await app(scope_of(Sent("GET", "/")), server.receive, server.send)

    with pytest.raises(LookupError):
        asyncio.run(drive())
    assert log == ["closed", "closed"]


def test_a_cancelled_exchange_closes_its_stream():
    """A server that cancels the task of an exchange gets its stream closed."""
    app, log = App(bare=True), []

    @app.get("/")
    async def stream():
        return StreamingResponse(idle(log))

    async def drive():
        server = Gone(after=1000)
        task = asyncio.ensure_future(app(scope_of(Sent("GET", "/")), server.receive, server.send))
        while not server.chunks:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(drive())
    assert log == ["closed"]
