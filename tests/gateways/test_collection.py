"""What an app is made of is left to no collection once a server serves it, and only then."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, gc, sys
from demijohn import App

app = App(debug=sys.argv[2] == "debug")


async def lifespan():
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive():
        return next(messages)

    async def send(message):
        assert message["type"].endswith(".complete")

    await app.asgi({"type": "lifespan"}, receive, send)


if sys.argv[1] == "asgi":
    asyncio.run(lifespan())
elif sys.argv[1] == "rsgi":
    loop = asyncio.new_event_loop()
    app.rsgi.__rsgi_init__(loop)
    app.rsgi.__rsgi_del__(loop)
    loop.close()
else:
    app.seal()
print(gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(
    ("door", "mode", "frozen"),
    [("asgi", "live", True), ("rsgi", "live", True), ("asgi", "debug", False), ("none", "live", False)],
)
def test_an_app_is_left_to_no_collection_when_a_server_begins(door: str, mode: str, frozen: bool):
    """A full collection would look at all of it, and keep everybody waiting meanwhile; not in development or tests."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, door, mode], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == str(frozen), done.stderr
