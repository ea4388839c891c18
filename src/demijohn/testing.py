"""What tests of an app are written with.

from demijohn.testing import Client

def test_home():
    assert Client(app).get("/").text == "Hello, world!"
"""

from __future__ import annotations

from .tools.testing import AsyncClient, Client, ClientRequest, ClientResponse, CookieJar

__all__ = ["AsyncClient", "Client", "ClientRequest", "ClientResponse", "CookieJar"]
