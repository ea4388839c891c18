"""What a WebSocket knows from its handshake, and what other frameworks call these things."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..foundation.http.headers import Headers
from ..foundation.http.query import Query
from ..foundation.http.request import Request

# What Starlette, Litestar, Quart and Flask-Sock call the same things.
_HABITS = {
    "query_params": "ws.query",
    "args": "ws.query",
    "iter_text": "async for message in ws",
    "iter_bytes": "async for message in ws",
    "receive_data": "ws.receive()",
    "recv": "ws.receive()",
    "accept_connection": "ws.accept()",
    "client_state": "ws.closed",
    "application_state": "ws.closed",
    "connected": "not ws.closed",
    "app": "a parameter of your handler: services are asked for by type",
    "session": "a parameter of your handler: async def chat(ws: WebSocket, session: Session)",
    "user": "a parameter of your handler: async def chat(ws: WebSocket, user: User)",
    "path": "ws.request.path",
}


class Handshake:
    """The request that a WebSocket began with."""

    request: Request

    @property
    def headers(self) -> Headers:
        """The headers of the handshake."""
        return self.request.headers

    @property
    def query(self) -> Query:
        """The query parameters."""
        return self.request.query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that came with the handshake."""
        return self.request.cookies

    @property
    def path_params(self) -> dict[str, str]:
        """What the path's parameters matched, as text."""
        return self.request.path_params

    @property
    def client(self) -> str | None:
        """The address of the peer."""
        return self.request.client

    @property
    def url(self) -> str:
        """The absolute URL of the handshake."""
        return self.request.url

    @property
    def state(self) -> SimpleNamespace:
        """A place for your own attributes, for the time of this connection."""
        return self.request.state

    if not TYPE_CHECKING:  # Checkers know every attribute; this is for what was typed from habit.

        def __getattr__(self, name: str) -> Any:
            instead = _HABITS.get(name)
            hint = "" if instead is None else f": write {instead}"
            raise AttributeError(f"A WebSocket has no {name!r}{hint}.", name=name, obj=self)
