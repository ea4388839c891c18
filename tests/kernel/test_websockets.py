"""WebSockets: what handlers are given, what they may do and when, and what is refused before anything runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from demijohn import (
    App,
    Blueprint,
    Forbidden,
    Limits,
    Request,
    Response,
    Schema,
    Scope,
    SetupErrors,
    WebSocket,
    WebSocketDisconnect,
)
from demijohn.gateways.asgi import ASGIRequest
from demijohn.testing import AsyncClient, Client, WebSocketRefused


def codes(app):
    """The codes of the mistakes that sealing finds."""
    with pytest.raises(SetupErrors) as mistakes:
        app.seal()
    return [error.code for error in mistakes.value.errors]


def closed_with(ws):
    with pytest.raises(WebSocketDisconnect) as end:
        ws.receive()
    return end.value.code, end.value.reason


class Move(Schema):
    x: int
    y: int


class Journal:
    def __init__(self):
        self.lines = []


def test_services_live_as_long_as_the_connection():
    """A service is made before the handler and closed after it; who leaves is no error to it."""
    app, log = App(), []

    @app.provide
    async def journal() -> AsyncIterator[Journal]:
        log.append("open")
        try:
            yield Journal()
        except BaseException as error:
            log.append(repr(error))
            raise
        log.append("closed")

    @app.websocket("/{name}")
    async def handler(ws: WebSocket, name: str, journal: Journal, loud: bool = False):
        while True:
            journal.lines.append(await ws.receive())
            if journal.lines[-1] == "fail":
                raise ValueError("fail")
            await ws.send({"name": name.upper() if loud else name, "lines": journal.lines})

    client = Client(app, raise_errors=False)
    with client.websocket("/ann?loud=true") as ws:
        ws.send("a")
        ws.send("b")
        assert ws.receive_json() == {"name": "ANN", "lines": ["a"]}
        assert ws.receive_json() == {"name": "ANN", "lines": ["a", "b"]}
        assert log == ["open"]
    assert log == ["open", "closed"]
    with client.websocket("/bob") as ws:
        ws.send("fail")
        assert closed_with(ws) == (1011, "")
    assert log[2:] == ["open", "ValueError('fail')"]


def test_a_unit_of_work_for_each_message():
    """`scope` opens services anew for each message, and closes them with what became of it."""
    app, log = App(), []

    @app.provide
    def journal() -> Iterator[Journal]:
        try:
            yield Journal()
            log.append("kept")
        except ValueError:
            log.append("dropped")
            raise

    @app.websocket("/")
    async def handler(ws: WebSocket, scope: Scope):
        async for message in ws:
            with contextlib.suppress(ValueError):
                async with scope(Journal) as journal:
                    journal.lines.append(message)
                    if message == "bad":
                        raise ValueError
            await ws.send(list(log))

    with Client(app).websocket("/") as ws:
        for message, expected in (("a", ["kept"]), ("bad", ["kept", "dropped"]), ("c", ["kept", "dropped", "kept"])):
            ws.send(message)
            assert ws.receive_json() == expected


def test_arounds_wrap_the_handshake():
    """An around sees the handshake as a request, may answer it, and may add headers to its acceptance."""
    app = App()

    @app.around
    def guard(request: Request):
        if "token" not in request.query:
            return Response("no token", 401)
        response = yield
        assert response.status == 101
        response.headers["x-guarded"] = "yes"

    @app.websocket("/")
    async def handler(ws: WebSocket):
        await ws.send("in")

    with Client(app).websocket("/?token=1") as ws:
        assert ws.headers["x-guarded"] == "yes"
        assert ws.receive() == "in"
    with pytest.raises(WebSocketRefused) as refused, Client(app).websocket("/"):
        pytest.fail("It was accepted.")
    assert (refused.value.status, refused.value.response.text) == (401, "no token")


def test_errors_before_and_after_the_handshake():
    """An HTTP error is an answer before the handshake, and a close code after it; error handlers see the first."""
    app = App()

    @app.websocket("/{when}")
    async def handler(ws: WebSocket, when: str):
        if when == "late":
            await ws.accept()
        raise Forbidden("Not you.")

    @app.on_error(403)
    def forbidden(error: Forbidden):
        return {"sorry": error.detail}, 403

    with pytest.raises(WebSocketRefused) as refused, Client(app).websocket("/early"):
        pytest.fail("It was accepted.")
    assert refused.value.response.json() == {"sorry": "Not you."}
    with Client(app).websocket("/late") as ws:
        assert closed_with(ws) == (1008, "Not you.")


def test_messages_of_a_type():
    """JSON is checked against a type; what is wrong closes with 1007 and all that is wrong, or is caught."""
    app = App()

    @app.websocket("/strict")
    async def strict(ws: WebSocket):
        async for move in ws.iter_json(Move):
            await ws.send(move.x + move.y)

    @app.websocket("/lenient")
    async def lenient(ws: WebSocket):
        while True:
            try:
                move = await ws.receive_json(Move)
            except WebSocketDisconnect:
                return
            except Exception as error:
                await ws.send({"errors": [problem["where"] for problem in error.errors]})
            else:
                await ws.send({"sum": move.x + move.y})

    with Client(app).websocket("/strict") as ws:
        ws.send({"x": 1, "y": 2})
        assert ws.receive_json() == 3
        ws.send({"x": "one"})
        code, reason = closed_with(ws)
        assert code == 1007
        assert "x" in reason
        assert "y" in reason
    with Client(app).websocket("/lenient") as ws:
        ws.send({"x": "one"})
        assert len(ws.receive_json()["errors"]) == 2
        ws.send({"x": 1, "y": 1})
        assert ws.receive_json() == {"sum": 2}


def test_kinds_of_messages():
    """Who asks for text gets text: the other kind closes with 1003."""
    app = App()

    @app.websocket("/text")
    async def text(ws: WebSocket):
        await ws.send_text(await ws.receive_text())
        await ws.receive_text()

    @app.websocket("/bytes")
    async def data(ws: WebSocket):
        await ws.send_bytes(await ws.receive_bytes())
        await ws.receive_bytes()

    with Client(app).websocket("/text") as ws:
        ws.send("a")
        assert ws.receive() == "a"
        ws.send(b"a")
        assert closed_with(ws)[0] == 1003
    with Client(app).websocket("/bytes") as ws:
        ws.send(b"a")
        assert ws.receive() == b"a"
        ws.send("a")
        assert closed_with(ws)[0] == 1003


def test_limits():
    """A message over the app's limit closes with 1009; a route may have a limit of its own."""
    app = App(limits=Limits(websocket_message=10))

    async def echo(ws: WebSocket):
        async for message in ws:
            await ws.send(message)

    app.websocket("/small")(echo)
    app.websocket("/large", message_limit=20)(echo)
    with Client(app).websocket("/small") as ws:
        ws.send("é" * 5)
        assert ws.receive() == "é" * 5
        ws.send("é" * 6)
        assert closed_with(ws)[0] == 1009
    with Client(app).websocket("/large") as ws:
        ws.send(b"x" * 20)
        assert len(ws.receive()) == 20
        ws.send(b"x" * 21)
        assert closed_with(ws)[0] == 1009


def test_origins():
    """Pages of other sites are refused unless they are named, and cookies need a page."""
    app = App()

    async def echo(ws: WebSocket):
        await ws.send("in")

    app.websocket("/own")(echo)
    app.websocket("/friends", origins=["https://friend.example"])(echo)
    app.websocket("/all", origins=["*"])(echo)

    def is_let_in(path, origin, **cookies):
        try:
            with Client(app, cookies=cookies).websocket(path, headers={"origin": origin}) as ws:
                return ws.receive() == "in"
        except WebSocketRefused as refused:
            assert refused.status == 403  # noqa: PT017 - some are let in
            return False

    assert is_let_in("/own", "http://localhost", session="1")
    assert not is_let_in("/own", "https://friend.example")
    assert not is_let_in("/own", "http://localhost:8000")
    assert not is_let_in("/own", "null", session="1")
    assert is_let_in("/friends", "https://friend.example", session="1")
    assert is_let_in("/friends", "http://localhost")
    assert not is_let_in("/friends", "http://friend.example")
    assert is_let_in("/all", "https://evil.example", session="1")


def test_to_tell_many():
    """`send_nowait` tells many at once; one that has gone is passed over, and the others hear all in order."""
    app, room = App(), set()

    @app.websocket("/")
    async def handler(ws: WebSocket):
        await ws.accept()
        room.add(ws)
        try:
            async for message in ws:
                for each in room:
                    each.send_nowait(message)
        finally:
            room.discard(ws)

    client = Client(app)
    with client.websocket("/") as ann, client.websocket("/") as bob:
        with client.websocket("/"):
            pass
        for number in range(10):
            ann.send(str(number))
        assert [bob.receive() for _ in range(10)] == [str(number) for number in range(10)]
        assert ann.receive() == "0"


class Deaf:
    """A server whose client does not read: nothing that is sent gets through."""

    subprotocols = ()

    def __init__(self):
        self.closed = None
        self.reads = asyncio.Event()

    async def accept(self, subprotocol, headers):
        pass

    async def receive(self):
        await asyncio.sleep(3600)

    async def send(self, message):
        await self.reads.wait()

    async def close(self, code, reason):
        self.closed = code


@pytest.mark.parametrize("size", [1, 200_000])
def test_a_peer_that_does_not_read_is_closed(size):
    """When too many messages wait, or too much, the peer is closed, and the others do not wait for it."""
    app, told = App(), []

    @app.websocket("/")
    async def handler(ws: WebSocket):
        await ws.accept()
        for number in range(1000):
            ws.send_nowait("x" * size)
            if ws.closed:
                told.append(number)
                return

    async def test():
        kernel = app.seal()
        connection = Deaf()
        request = ASGIRequest({"headers": [], "client": None}, "GET", "/", "", "localhost")
        await asyncio.wait_for(kernel.serve_websocket(request, connection), 5)
        assert connection.closed == 1008

    asyncio.run(test())
    assert told == [64 if size == 1 else 5]


def test_handlers_that_never_hear_of_the_end():
    """A handler that catches all errors and goes on is ended all the same."""
    app, turns = App(), []

    @app.websocket("/")
    async def handler(ws: WebSocket):
        while True:
            try:
                await ws.receive()
            except Exception:
                turns.append(1)

    with Client(app).websocket("/"):
        pass
    assert 0 < len(turns) <= 101


def test_wrong_uses_are_errors_that_say_so():
    """Accepting twice, a subprotocol that nobody offered, codes that may not be sent, names from elsewhere."""
    app, said = App(), []

    @app.websocket("/")
    async def handler(ws: WebSocket):
        with pytest.raises(ValueError, match="has not offered"):
            await ws.accept("mqtt")
        await ws.accept()
        with pytest.raises(RuntimeError, match="accepted already"):
            await ws.accept()
        with pytest.raises(ValueError, match="1006 is no code"):
            await ws.close(1006)
        with pytest.raises(ValueError, match="over 123 bytes"):
            await ws.close(1000, "x" * 124)
        with pytest.raises(TypeError, match="send_json"):
            await ws.send_text(5)
        with pytest.raises(AttributeError, match="async for message in ws"):
            ws.iter_text()
        said.append("all")

    with Client(app).websocket("/"):
        pass
    assert said == ["all"]


def test_stopping_tells_everybody():
    """When the app stops, every handler hears it, and has time for its clean-up; peers get 1001."""
    app, log = App(), []

    @app.websocket("/hears")
    async def hears(ws: WebSocket):
        try:
            await ws.receive()
        finally:
            log.append("heard")

    @app.websocket("/sleeps")
    async def sleeps(ws: WebSocket):
        await ws.accept()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    async def test():
        client = AsyncClient(app)
        async with client, client.websocket("/hears") as one, client.websocket("/sleeps") as other:
            await client.aclose()
            ends = []
            for ws in (one, other):
                with pytest.raises(WebSocketDisconnect) as end:
                    await ws.receive()
                ends.append(end.value.code)
            assert ends == [1001, 1001]

    asyncio.run(test())
    assert log == ["heard", "cancelled"]


def test_in_blueprints_and_as_links():
    """A blueprint has WebSockets as it has routes, with its prefix and its arounds."""
    app, rooms, log = App(), Blueprint("rooms"), []

    @rooms.around
    def note(request: Request):
        log.append(request.path)
        yield

    @rooms.websocket("/{room}")
    async def handler(ws: WebSocket, room: str):
        await ws.send(room)

    app.include(rooms, prefix="/rooms")
    with Client(app).websocket("/rooms/blue") as ws:
        assert ws.receive() == "blue"
    assert log == ["/rooms/blue"]


def test_an_address_may_serve_both():
    """A page and a WebSocket may have one address: handshakes go to one, GET to the other."""
    app = App()
    app.get("/chat")(lambda: "page")

    @app.websocket("/chat")
    async def handler(ws: WebSocket):
        await ws.send("socket")

    assert Client(app).get("/chat").text == "page"
    with Client(app).websocket("/chat") as ws:
        assert ws.receive() == "socket"


def test_plain_requests_are_told_to_upgrade():
    """A GET without a handshake is 426; other methods are not allowed."""
    app = App()

    @app.websocket("/chat")
    async def handler(ws: WebSocket):
        await ws.send("socket")

    answer = Client(app).get("/chat")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
    answer = Client(app).get("/chat", headers={"upgrade": "websocket"})
    assert "WSGI" in answer.json()["detail"]


def test_mistakes_are_found_at_the_start():
    """A handler that is no coroutine function, that asks for no WebSocket, or for a body, and odd options."""
    app = App()

    @app.websocket("/def")
    def plain(ws: WebSocket):
        pass

    @app.websocket("/without")
    async def without():
        pass

    @app.websocket("/body")
    async def with_body(ws: WebSocket, move: Move):
        pass

    @app.websocket("/unused/{name}")
    async def unused(ws: WebSocket):
        pass

    assert sorted(codes(app)) == ["DMJ0320", "DMJ0323", "DMJ0324", "DMJ0325"]
