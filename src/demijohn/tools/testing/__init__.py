"""What tests of an app are written with; users import it from `demijohn.testing`.

client.py     Client and AsyncClient                    cookies.py    the cookie jar
exchange.py   a request as a test writes it             wsgi.py       how a WSGI callable is asked
answer.py     what a test gets back                     asgi.py       how an ASGI callable is asked
"""

from __future__ import annotations

from .answer import ClientResponse
from .client import AsyncClient, Client
from .cookies import CookieJar
from .exchange import ClientRequest

__all__ = ["AsyncClient", "Client", "ClientRequest", "ClientResponse", "CookieJar"]
