"""Streams over RSGI at the pace of their clients.

granian's RSGI takes every piece at once and keeps it until the client reads it: a client that reads slowly would have
an endless stream kept in memory. (Its ASGI and WSGI wait.) What it does not tell, the system does: a socket that takes
no more bytes is not ready for writing. So after each part of a long stream we wait until the client's socket is ready.
It is found among the open ones by the client's address; where there is none, as on a Unix domain socket, whose peer is
a proxy that reads as fast as it is written to, nothing is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
import stat
from pathlib import Path

from ..foundation.http.errors import ServiceUnavailable
from .contract import Machine

FREE = 1 << 20  # bytes that are sent without looking: most streams end before
PART = 1 << 18  # bytes between two looks
_OPEN = Path("/dev/fd")  # a folder of the open files, on Linux and macOS


class Pace:
    """How fast one client reads."""

    def __init__(self, client: str, machine: Machine) -> None:
        self._client = client
        self._machine = machine
        self._left = FREE
        self._is_sought = True
        self._socket: socket.socket | None = None

    def is_due(self, size: int) -> bool:
        """Whether, after one more piece, it is time to wait."""
        self._left -= size
        return self._left <= 0

    async def wait(self) -> None:
        """Wait while the client's socket is full."""
        self._left = PART
        if self._is_sought:
            self._is_sought = False
            try:
                self._socket = await self._machine.in_thread(find_socket, self._client)
            except ServiceUnavailable:  # All threads are busy: it takes about a millisecond in a thousand connections.
                self._socket = find_socket(self._client)
        if self._socket is not None:
            await _writable(self._socket)

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def find_socket(client: str) -> socket.socket | None:
    """A copy of this process's socket whose peer is `client` ("192.0.2.1:4711"); None if there is none."""
    host, _, port = client.rpartition(":")
    if not port.isdigit():
        return None
    wanted = (_plain(host), int(port))
    try:
        names = os.listdir(_OPEN)  # noqa: PTH208 - the names alone, which are numbers
    except OSError:
        return None
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                copy = socket.socket(fileno=os.dup(int(name)))
                if _is_peer(copy, wanted):
                    return copy
                copy.close()
    return None


def _is_peer(copy: socket.socket, wanted: tuple[str, int]) -> bool:
    try:
        peer = copy.getpeername()
    except OSError:  # a socket that listens
        return False
    return isinstance(peer, tuple) and peer[1] == wanted[1] and _plain(peer[0]) == wanted[0]


def _plain(host: str) -> str:
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return host
    return str(getattr(address, "ipv4_mapped", None) or address)


async def _writable(ready: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def tell() -> None:
        if not future.done():
            future.set_result(None)

    loop.add_writer(ready, tell)
    try:
        await future
    finally:
        loop.remove_writer(ready)
