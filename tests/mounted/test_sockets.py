"""WebSockets of mounted apps: passed on to ASGI apps, served by a mounted `App`, refused for WSGI apps."""

from typing import Any

import pytest

from demijohn import App, Client, WebSocket
from demijohn.testing import WebSocketRefused


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI app that tells who it is and repeats; it refuses those who do not speak its protocol."""
    assert scope["type"] in ("websocket", "http"), "no lifespan"
    assert (await receive())["type"] == "websocket.connect"
    if "chat" not in scope["subprotocols"]:
        await send({"type": "websocket.close", "code": 1002})
        return
    await send({"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-own", b"1")]})
    await send({"type": "websocket.send", "text": f"{scope['root_path']}|{scope['path']}|{scope['scheme']}"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") == "end":
            await send({"type": "websocket.close", "code": 4000, "reason": "the end"})
            return
        await send({"type": "websocket.send", "bytes": event.get("bytes") or event["text"].encode()})


def an_app() -> App:
    app, inner = App("outer", bare=True), App("inner", bare=True)

    @inner.websocket("/echo/{name}")
    async def greet(ws: WebSocket, name: str):
        async for message in ws:
            await ws.send(f"{name} {ws.request.path} {message}")

    def old(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"old"]

    app.mount("/asgi", echo)
    app.mount("/app", inner)
    app.mount("/wsgi", old)
    return app


def test_an_asgi_app_has_its_sockets() -> None:
    """It accepts, talks both ways and closes as if it stood alone."""
    with Client(an_app()) as client, client.websocket("/asgi/room", ["chat"]) as socket:
        assert socket.subprotocol == "chat"
        assert socket.receive() == "/asgi|/asgi/room|ws"
        socket.send("hello")
        assert socket.receive() == b"hello"
        socket.send(b"\x00")
        assert socket.receive() == b"\x00"


def test_an_asgi_app_may_refuse() -> None:
    """Which is an HTTP answer, as the handshake has not ended yet."""
    with Client(an_app()) as client, pytest.raises(WebSocketRefused), client.websocket("/asgi/room"):
        pass


def test_a_mounted_app_has_its_sockets() -> None:
    """With its own parameters, below the prefix."""
    with Client(an_app()) as client, client.websocket("/app/echo/ann") as socket:
        socket.send("hi")
        assert socket.receive() == "ann /echo/ann hi"


@pytest.mark.parametrize("path", ["/wsgi/room", "/app/nothing"])
def test_where_there_is_none_it_is_refused(path: str) -> None:
    """A WSGI app has no sockets."""
    with Client(an_app()) as client, pytest.raises(WebSocketRefused), client.websocket(path):
        pass
