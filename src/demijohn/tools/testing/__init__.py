"""What tests of an app are written with; users import it from `demijohn.testing`.

client.py     Client and AsyncClient                    cookies.py    the cookie jar
exchange.py   a request as a test writes it             wsgi.py       how a WSGI callable is asked
answer.py     what a test gets back                     asgi.py       how an ASGI callable is asked
sockets.py    WebSockets                                events.py     streams of server-sent events
databases.py  rollback, a database for each worker      factories.py  things made up for tests
store_contract.py   what every store must do
"""

from __future__ import annotations

from .answer import ClientResponse
from .client import AsyncClient, Client
from .cookies import CookieJar
from .databases import rollback, worker_database
from .events import ReceivedEvent
from .exchange import ClientRequest
from .factories import Factory, make
from .sockets import AsyncClientSocket, ClientSocket, WebSocketRefused
from .store_contract import StoreContract

__all__ = [
    "AsyncClient", "AsyncClientSocket", "Client", "ClientRequest", "ClientResponse", "ClientSocket", "CookieJar",
    "Factory", "ReceivedEvent", "StoreContract", "WebSocketRefused", "make", "rollback", "worker_database",
]  # fmt: skip
