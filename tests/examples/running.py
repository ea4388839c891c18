"""Examples as visitors see them: served by `demijohn` in a process of its own."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXAMPLES, MAIN


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(name: str, folder: Path, *command: str, **settings: str) -> Iterator[str]:
    """The address of an example that keeps all it writes in a folder, and believes who its visitors say they are."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'app.sqlite'}",
        "DEMIJOHN_STORAGE_FOLDER": str(folder / "media"),
        "DEMIJOHN_SECURITY_TRUSTED_PROXIES": "1",
        "SECRET_KEY": secrets.token_urlsafe(32),
        **settings,
    }
    log = folder / "log.txt"
    verb, *options = command or ("dev", "--no-reload")
    line = [sys.executable, "-c", MAIN, verb, str(EXAMPLES / name / "app.py"), "--port", str(port), *options]
    with log.open("wb") as output:
        server = subprocess.Popen(
            line, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until the server answers; tell its log if it does not."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The server did not answer:\n{log.read_text()}")


def somebody() -> dict[str, Any]:
    """Options for a visitor of an address that nobody else has: what is limited is limited for each."""
    address = ".".join(["10", *(str(1 + secrets.randbelow(250)) for _ in range(3))])
    return {"extra_http_headers": {"x-forwarded-for": address}}
