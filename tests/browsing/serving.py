"""Apps of a test, served to a browser by threads of the same process."""

from __future__ import annotations

import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """One thread for each request."""

    daemon_threads = True


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of a WSGI app, on a port of its own."""
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
