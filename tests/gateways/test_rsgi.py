"""What is peculiar to RSGI: answers from threads, and busy pools."""

import asyncio
import logging
import threading

import pytest
from contract_doors import FakeProtocol, FakeScope, Sent, ask_asgi, ask_rsgi

from demijohn import App


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()])
def test_no_error_in_a_thread_leaves_a_request_hanging(error):
    """Even what is no Exception ends the exchange: the server learns of it and answers 500."""
    app = App(bare=True)

    @app.get("/")
    def home():
        raise error

    async def drive():
        logging.getLogger("demijohn").disabled = True
        try:
            protocol = FakeProtocol(Sent("GET", "/"))
            await asyncio.wait_for(app.__rsgi__(FakeScope(Sent("GET", "/")), protocol), 10)
        except BaseException as raised:
            assert type(raised) is type(error)  # noqa: PT017 - some errors never come out, others as they are
        finally:
            logging.getLogger("demijohn").disabled = False

    asyncio.run(drive())


def test_a_response_that_the_server_refuses_ends_the_exchange():
    """If the server's own response method raises in the thread, nobody waits for ever."""
    app = App(bare=True)

    @app.get("/")
    def home():
        return "home"

    async def drive():
        protocol = FakeProtocol(Sent("GET", "/"))

        def refuse(*_):
            raise RuntimeError("RSGIProtocolClosed")

        protocol.response_bytes = refuse
        logging.getLogger("demijohn").disabled = True
        try:
            await asyncio.wait_for(app.__rsgi__(FakeScope(Sent("GET", "/")), protocol), 10)
        except RuntimeError as error:
            assert "Closed" in str(error)  # noqa: PT017 - it may, but need not, come out
        finally:
            logging.getLogger("demijohn").disabled = False

    asyncio.run(drive())


@pytest.mark.parametrize("ask", [ask_asgi, ask_rsgi])
def test_a_full_queue_is_a_503(ask):
    """Beyond the backlog nobody waits: 503 with Retry-After, while those inside are answered."""
    app = App(bare=True)
    release, entered = threading.Event(), threading.Event()

    @app.get("/")
    def home():
        entered.set()
        release.wait(20)
        return "home"

    pool = app.seal().pool
    pool.size, pool.backlog = 1, 2

    async def drive():
        first = asyncio.ensure_future(ask(app, Sent("GET", "/")))
        while not entered.is_set():
            await asyncio.sleep(0.001)
        inside = [asyncio.ensure_future(ask(app, Sent("GET", "/"))) for _ in range(2)]
        await asyncio.sleep(0.01)
        refused = await ask(app, Sent("GET", "/"))
        release.set()
        return refused, [(await task).status for task in [first, *inside]]

    refused, answered = asyncio.run(drive())
    assert refused.status == 503
    assert refused.header("retry-after") == "1"
    assert answered == [200, 200, 200]
    pool.stop(10)


@pytest.mark.parametrize("ask", [ask_asgi, ask_rsgi])
def test_a_threads_work_is_never_cut_short(ask):
    """A cancelled exchange waits for its thread before it ends."""
    app, log = App(bare=True), []
    release, entered = threading.Event(), threading.Event()

    @app.get("/")
    def home():
        entered.set()
        release.wait(20)
        log.append("finished")
        return "home"

    async def drive():
        task = asyncio.ensure_future(ask(app, Sent("GET", "/")))
        while not entered.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.sleep(0.02)
        assert not task.done()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["finished"]

    asyncio.run(drive())
    app.seal().pool.stop(10)
