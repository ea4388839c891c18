"""What tests of an app are written with.

from demijohn.testing import Client

def test_home():
    assert Client(app).get("/").text == "Hello, world!"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tools.testing import (
    AsyncClient,
    AsyncClientSocket,
    Client,
    ClientRequest,
    ClientResponse,
    ClientSocket,
    CookieJar,
    Factory,
    ReceivedEvent,
    StoreContract,
    WebSocketRefused,
    make,
    rollback,
    worker_database,
)

__all__ = [
    "AsyncClient", "AsyncClientSocket", "Client", "ClientRequest", "ClientResponse", "ClientSocket", "CookieJar",
    "Factory", "ReceivedEvent", "StoreContract", "WebSocketRefused", "make", "rollback", "worker_database",
]  # fmt: skip

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from .kernel.doors import missing_from  # only a mistake pays for it

        missing_from(__name__, name)
