"""Messages between the development server and its child: JSON objects, a line each, over a pair of sockets.

When one end is gone the other reads the end of the stream, however it went: no child outlives its parent.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any


class Channel:
    """One end of the line. Sending never blocks for long and never raises when the other end is gone."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._unread = b""

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """A channel for this process, and the socket that a child inherits."""
        here, there = socket.socketpair()
        return cls(here), there

    def fileno(self) -> int:
        """For `selectors`."""
        return self._end.fileno()

    def send(self, **message: Any) -> None:
        """Send one message."""
        with contextlib.suppress(OSError):
            self._end.sendall(json.dumps(message).encode() + b"\n")

    def read(self) -> list[dict[str, Any]] | None:
        """What has come in, waiting for one message if need be; None when the other end is gone."""
        while b"\n" not in self._unread:
            try:
                received = self._end.recv(65_536)
            except OSError:
                received = b""
            if not received:
                return None
            self._unread += received
        *lines, self._unread = self._unread.split(b"\n")
        return [json.loads(line) for line in lines]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while (messages := self.read()) is not None:
            yield from messages

    def close(self) -> None:
        """Hang up."""
        self._end.close()
