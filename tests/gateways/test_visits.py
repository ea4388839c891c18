"""Sync plans that are answered from a worker thread, and clients that leave meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from demijohn import App, Response


class Desk:
    """What a stream reads from."""


SCOPE = {
    "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/",
    "raw_path": b"/", "query_string": b"", "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1),
    "server": ("localhost", 80),
}  # fmt: skip


def test_a_stream_that_nobody_waits_for_any_more_is_closed() -> None:
    """The thread is not cut short; what it made is closed, with its services, before the exchange is over."""
    app = App(bare=True)
    told: list[str] = []
    sent: list[Any] = []
    is_made, may_end = threading.Event(), threading.Event()

    @app.provide
    def desk() -> Iterator[Desk]:
        try:
            yield Desk()
        except BaseException as error:
            told.append(type(error).__name__)
            raise
        finally:
            told.append("closed")

    @app.around
    def slow() -> Iterator[Response]:
        yield  # type: ignore[misc]
        is_made.set()
        may_end.wait(30)
        told.append("made")

    @app.get("/")
    def stream(desk: Desk) -> Iterator[str]:
        told.append("begun")
        yield "x"

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    async def leave() -> None:
        asking = asyncio.ensure_future(app(dict(SCOPE), receive, send))
        await asyncio.get_running_loop().run_in_executor(None, is_made.wait, 30)
        asking.cancel()
        await asyncio.sleep(0)
        assert not asking.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError) as caught:
            await asking
        assert told == ["made", "GeneratorExit", "closed"], caught
        assert not sent

    asyncio.run(leave())
