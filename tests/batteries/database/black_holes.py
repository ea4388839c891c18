"""A network that can fall silent: what is sent is taken, nothing is handed on, and nobody is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL

_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}


class BlackHole:
    """A proxy before a server, on a port of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._flows = threading.Event()
        self._flows.set()
        self._ended = False
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """Hand on nothing more."""
        self._flows.clear()

    def heal(self) -> None:
        """Hand on what was taken meanwhile, and what comes."""
        self._flows.set()

    def close(self) -> None:
        """End all that goes through it."""
        self._ended = True
        self._flows.set()
        for one in (self._listener, *self._sockets):
            one.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=[client], daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        server = socket.create_connection(self._server)
        self._sockets += [client, server]
        for pair in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
            self._flows.wait()
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@contextmanager
def black_hole(url: URL) -> Iterator[tuple[BlackHole, str]]:
    """A network before a database, and the URL of that database through it."""
    hole = BlackHole(url.host or "127.0.0.1", url.port or _PORTS[url.get_backend_name()])
    through = url.set(host="127.0.0.1", port=hole.port)
    try:
        yield hole, through.render_as_string(hide_password=False)
    finally:
        hole.close()
