"""WebSockets and server-sent events as tests see them."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from demijohn import App, Event, Response, WebSocket, WebSocketDisconnect
from demijohn.testing import AsyncClient, Client, WebSocketRefused
from demijohn.tools.testing.events import EventParser, ReceivedEvent


def make_app():
    app = App()
    app.ended = []

    @app.websocket("/echo")
    async def echo(ws: WebSocket):
        try:
            while True:
                await ws.send(await ws.receive())
        except WebSocketDisconnect as end:
            app.ended.append(end.code)
            raise

    @app.websocket("/sub")
    async def sub(ws: WebSocket):
        await ws.accept("chat" if "chat" in ws.subprotocols else None, headers={"set-cookie": "seen=1; Path=/"})
        await ws.send({"cookies": ws.cookies})
        await ws.close(4001, "bye")

    @app.websocket("/boom")
    async def boom(ws: WebSocket):
        await ws.accept()
        raise KeyError("boom")

    @app.websocket("/silent")
    async def silent(ws: WebSocket):
        await ws.accept()
        await ws.receive()

    @app.get("/page")
    def page():
        return "page"

    @app.get("/ticks")
    async def ticks() -> AsyncIterator[Event]:
        try:
            yield Event({"n": 1}, id="a", event="tick", retry=500)
            yield Event("two\nlines")
            await asyncio.sleep(60)
        finally:
            app.ended.append("ticks")

    @app.get("/three")
    def three() -> Iterator[Event]:
        for n in range(3):
            yield Event(n)

    return app


def test_talks():
    """A plain test sends and receives text, bytes and JSON, and what it closes with reaches the handler."""
    app = make_app()
    with Client(app) as client, client.websocket("/echo") as ws:
        ws.send("hello")
        assert ws.receive() == "hello"
        ws.send(b"\x00")
        assert ws.receive() == b"\x00"
        ws.send({"a": 1})
        assert ws.receive_json() == {"a": 1}
        ws.send_json("text")
        assert ws.receive() == '"text"'
        ws.close(4000)
    assert app.ended == [4000]


def test_talks_async():
    """A coroutine does the same through `AsyncClient`."""
    app = make_app()

    async def test():
        async with AsyncClient(app) as client, client.websocket("/echo") as ws:
            await ws.send("hello")
            assert await ws.receive() == "hello"
            await ws.send([1])
            assert await ws.receive_json() == [1]

    asyncio.run(test())
    assert app.ended == [1000]


def test_handshake():
    """Subprotocols are offered, the app's close code is raised, and cookies are kept as browsers do."""
    client = Client(make_app())
    with client.websocket("/sub", ["mqtt", "chat"]) as ws:
        assert ws.subprotocol == "chat"
        assert ws.receive_json() == {"cookies": {}}
        with pytest.raises(WebSocketDisconnect) as end:
            ws.receive()
        assert (end.value.code, end.value.reason) == (4001, "bye")
        with pytest.raises(WebSocketDisconnect):
            ws.send("more")
    with client.websocket("/sub") as ws:
        assert ws.subprotocol is None
        assert list(ws) == ['{"cookies":{"seen":"1"}}']


def test_refused():
    """A handshake that is not accepted raises, with the answer that came instead."""
    client = Client(make_app(), raise_errors=False)
    for path, headers, status in (
        ("/page", None, 404),
        ("/nowhere", None, 404),
        ("/echo", {"origin": "https://evil.example"}, 403),
    ):
        with pytest.raises(WebSocketRefused) as refused, client.websocket(path, headers=headers):
            pytest.fail("It was accepted.")
        assert refused.value.status == refused.value.response.status == status
        assert refused.value.response.json()["status"] == status


def test_errors_come_through():
    """What a handler did not foresee is raised in the test; with raise_errors=False the test sees close code 1011."""
    app = make_app()
    with pytest.raises(KeyError, match="boom"), Client(app).websocket("/boom") as ws:
        ws.receive()
    with pytest.raises(KeyError, match="boom"), Client(app).websocket("/boom"):
        pass
    with Client(app, raise_errors=False).websocket("/boom") as ws, pytest.raises(WebSocketDisconnect) as end:
        ws.receive()
    assert end.value.code == 1011


def test_silence():
    """Nothing comes: the test fails soon, and says where."""
    with Client(make_app()).websocket("/silent") as ws, pytest.raises(TimeoutError, match="/silent"):
        ws.receive(timeout=0.05)


def test_wsgi_callable_has_none():
    """A WSGI callable cannot serve WebSockets, and the client says what can."""
    with pytest.raises(TypeError, match="AsyncClient"):
        Client(make_app().wsgi).websocket("/echo")


def test_events():
    """Events are read as they come; leaving the block ends the generator."""
    app = make_app()
    with Client(app).events("/ticks") as ticks:
        assert ticks.response.headers["cache-control"] == "no-store"
        first = next(ticks)
        assert (first.event, first.id, first.retry, first.json()) == ("tick", "a", 500, {"n": 1})
        assert next(ticks) == ReceivedEvent("two\nlines", "message", "a", 500)
        assert app.ended == []
    assert app.ended == ["ticks"]
    with Client(app).events("/three") as three:
        assert [event.data for event in three] == ["0", "1", "2"]


def test_events_async():
    """A coroutine does the same through `AsyncClient`."""
    app = make_app()

    async def test():
        async with AsyncClient(app) as client:
            async with client.events("/ticks") as ticks:
                assert (await anext(ticks)).json() == {"n": 1}
                assert (await anext(ticks)).data == "two\nlines"
            assert app.ended == ["ticks"]
            async with client.events("/three") as three:
                assert [event.data async for event in three] == ["0", "1", "2"]
            with pytest.raises(ValueError, match="'page'"):
                async with client.events("/page"):
                    pytest.fail("It was a page.")

    asyncio.run(test())


def test_no_events():
    """An answer that is no stream of events is shown instead."""
    with pytest.raises(ValueError, match="'page'"), Client(make_app()).events("/page"):
        pytest.fail("It was a page.")


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_parser(size, end):
    """However the bytes are cut, and whichever way lines end, the events are the same."""
    lines = [
        b": hi",
        b"",
        b"data: a",
        b"data:b",
        b"id: 7",
        b"",
        b"event: x",
        b"",
        b"data",
        b"retry: 5",
        b"",
        b"data: no",
    ]
    stream = end.join(lines)
    parser = EventParser()
    events = [event for at in range(0, len(stream), size) for event in parser.feed(stream[at : at + size])]
    assert events == [ReceivedEvent("a\nb", "message", "7"), ReceivedEvent("", "message", "7", 5)]


def test_response_class_is_kept():
    """A route that answers a page with a 204 tells EventSource to stop, and the test sees that."""
    app = App()
    app.get("/over")(lambda: Response(None, 204))
    with pytest.raises(ValueError, match="204"), Client(app).events("/over"):
        pytest.fail("There was a stream.")
