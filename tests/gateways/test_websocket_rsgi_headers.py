"""RSGI accepts a WebSocket without headers: what an around sets for all answers must not keep it from opening."""

import asyncio
import logging
from types import SimpleNamespace

import pytest

from demijohn.gateways.websocket_rsgi import RSGIConnection, _tell_of_headers


class _Protocol:
    """granian's side: notes what is asked of it."""

    def __init__(self):
        self.accepted = 0

    async def accept(self):
        self.accepted += 1
        return SimpleNamespace()


@pytest.fixture
def connection():
    request = SimpleNamespace(native=SimpleNamespace(headers=SimpleNamespace(get_all=lambda name: [])))
    return RSGIConnection(request, _Protocol())


def test_headers_are_left_out_and_told_once(connection, caplog):
    """The log names them, once for all connections."""
    _tell_of_headers.cache_clear()
    with caplog.at_level(logging.WARNING, logger="demijohn"):
        asyncio.run(connection.accept(None, [("x-timing", "1"), ("x-a", "2")]))
        asyncio.run(connection.accept(None, [("x-timing", "2"), ("x-a", "3")]))
    assert connection._protocol.accepted == 2
    (record,) = caplog.records
    assert "not sent: x-a, x-timing." in record.getMessage()


def test_a_subprotocol_is_a_mistake(connection):
    """The peer relies on it, so that to leave it out would be wrong."""
    with pytest.raises(RuntimeError, match="cannot name a subprotocol"):
        asyncio.run(connection.accept("chat", []))
    assert connection._protocol.accepted == 0
