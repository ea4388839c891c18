"""What tests of an app are written with.

from demijohn.testing import Client

def test_home():
    assert Client(app).get("/").text == "Hello, world!"
"""

from __future__ import annotations

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
