"""How long things may take, in seconds: on by default, as a client or a service that hangs would be kept for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds; None is no limit. `handler` is that of `async def` handlers (503), and a route's `timeout` goes before.

    A `def` handler's thread cannot be cut short: one that runs longer is logged, with the place where it is. `body` is
    how long a client may send nothing of a body that it has announced (408), `write` how long it may take nothing of an
    answer; over WSGI both are the server's matter. `background` is how long a stopping app waits for its background
    tasks, `websocket_grace` how long a WebSocket's handler goes on unaware that its peer has gone.

    >>> Timeouts().handler
    30.0
    """

    handler: float | None = 30.0
    body: float | None = 30.0
    write: float | None = 60.0
    background: float | None = 30.0
    websocket_grace: float = 10.0
