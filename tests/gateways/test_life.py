"""Starting once, whoever comes first, and stopping once."""

import asyncio
import threading

import pytest
from contract_doors import FakeProtocol, FakeScope, Sent, ask_asgi, ask_wsgi, scope_of

from demijohn import App
from demijohn.foundation.errors import SetupError


def living(*, is_async: bool = False) -> tuple[App, list[str]]:
    """An app that notes its starts and stops."""
    app, log = App(bare=True), []
    if is_async:

        @app.lifespan
        async def life():
            log.append("starts")
            await asyncio.sleep(0.02)
            log.append("has started")
            yield
            log.append("stops")
    else:

        @app.lifespan
        def life_sync():
            log.append("starts")
            log.append("has started")
            yield
            log.append("stops")

    @app.get("/")
    def home():
        log.append("home")
        return "home"

    return app, log


@pytest.mark.parametrize("is_async", [False, True])
def test_the_first_request_starts_a_wsgi_app(is_async):
    """Where nobody says that the server starts, the first of many simultaneous requests starts the app, and only it."""
    app, log = living(is_async=is_async)
    threads = [threading.Thread(target=ask_wsgi, args=(app, Sent("GET", "/"))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log == ["starts", "has started"] + ["home"] * 5
    app._life.stop_sync()
    app._life.stop_sync()
    assert log[-2:] == ["home", "stops"]


@pytest.mark.parametrize("is_async", [False, True])
def test_simultaneous_first_requests_start_an_asgi_app_once(is_async):
    """A server without lifespan messages, and five requests at once: one start, and nobody is answered before it."""
    app, log = living(is_async=is_async)

    async def drive():
        await asyncio.gather(*(ask_asgi(app, Sent("GET", "/")) for _ in range(5)))
        await app._life.stop()

    asyncio.run(drive())
    assert log == ["starts", "has started", *["home"] * 5, "stops"]


def test_lifespan_messages_start_and_stop():
    """`lifespan.startup` and `lifespan.shutdown` do what they say; requests start nothing more."""
    app, log = living(is_async=True)

    async def drive():
        asked, told = asyncio.Queue(), asyncio.Queue()
        task = asyncio.ensure_future(app({"type": "lifespan"}, asked.get, told.put))
        await asked.put({"type": "lifespan.startup"})
        assert (await told.get())["type"] == "lifespan.startup.complete"
        await ask_asgi(app, Sent("GET", "/"))
        await asked.put({"type": "lifespan.shutdown"})
        assert (await told.get())["type"] == "lifespan.shutdown.complete"
        await task

    asyncio.run(drive())
    assert log == ["starts", "has started", "home", "stops"]


def test_a_failed_start_is_told_and_may_be_tried_again():
    """The server hears why; what had started is stopped."""
    app, log = App(bare=True), []

    @app.lifespan
    def first():
        log.append("first")
        yield
        log.append("first stops")

    @app.lifespan
    async def second():
        raise LookupError("no database")
        yield

    async def drive():
        asked, told = asyncio.Queue(), asyncio.Queue()
        await asked.put({"type": "lifespan.startup"})
        with pytest.raises(LookupError):
            await app({"type": "lifespan"}, asked.get, told.put)
        assert (await told.get()) == {"type": "lifespan.startup.failed", "message": "LookupError: no database"}
        with pytest.raises(LookupError):
            await ask_asgi(app, Sent("GET", "/"))

    asyncio.run(drive())
    assert log == ["first", "first stops"] * 2


def test_rsgi_hooks_start_and_stop():
    """granian's `__rsgi_init__` and `__rsgi_del__` frame the life."""
    app, log = living(is_async=True)
    loop = asyncio.new_event_loop()
    app.__rsgi_init__(loop)
    protocol = FakeProtocol(Sent("GET", "/"))
    loop.run_until_complete(app.__rsgi__(FakeScope(Sent("GET", "/")), protocol))
    app.__rsgi_del__(loop)
    loop.close()
    assert log == ["starts", "has started", "home", "stops"]


def test_a_sealed_app_takes_nothing_more():
    """What comes after the first request is refused, naming the line that sealed the app."""
    app, _ = living()
    ask_wsgi(app, Sent("GET", "/"))
    with pytest.raises(SetupError) as caught:
        app.get("/late")
    assert caught.value.code == "DMJ0101"
    assert "contract_doors.py" in str(caught.value)
    assert "sealed here" in str(caught.value)
    app._life.stop_sync()


def test_other_scopes():
    """A WebSocket is closed with a reason; what nobody knows is an error."""
    app, _ = living()

    async def drive():
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await app({**scope_of(Sent("GET", "/")), "type": "websocket"}, receive, send)
        assert sent[0]["type"] == "websocket.close"
        with pytest.raises(ValueError, match="carrier"):
            await app({"type": "carrier pigeon"}, receive, send)

    asyncio.run(drive())
