"""What tests of the security battery share: a Redis of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time

import pytest


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A Redis of our own on a free port."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs redis-server.")
        pytest.skip("There is no redis-server.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [server, "--port", str(port), "--save", "", "--dir", str(folder), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(30)
