"""A process that runs the app, as its parent sees it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..finder import Target
from .channel import Channel


class Child:
    """One process with its channel, and what is known of it."""

    def __init__(self, listening: socket.socket) -> None:
        self.channel, theirs = Channel.pair()
        options = [f"-W{option}" for option in sys.warnoptions]
        command = [sys.executable, "-P", *options, "-m", "demijohn.tools.reload.child"]
        with theirs:
            descriptors = (listening.fileno(), theirs.fileno())
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [*command, *map(str, descriptors)], pass_fds=descriptors
            )
        self.facts: dict[str, Any] = {}
        self.told_to_serve = False
        self.serving = False
        self.told_to_stop = 0.0
        self.hung: list[str] = []
        self.drift: list[dict[str, Any]] = []
        self.is_deaf = False  # its end of the channel is closed
        self.forgotten = False

    def start(self, target: Target) -> None:
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(target).items()}
        self.channel.send(start=plain)

    def serve(self) -> None:
        """Tell it to accept connections; once is enough."""
        if not self.told_to_serve:
            self.told_to_serve = True
            self.channel.send(serve=True)

    def stop(self) -> None:
        """Tell it to finish what it has begun and to end."""
        if not self.told_to_stop:
            self.told_to_stop = time.monotonic()
            self.channel.send(stop=True)
            self.process.terminate()

    @property
    def is_gone(self) -> bool:
        return self.process.poll() is not None

    def bury(self, patience: float) -> None:
        """Wait for its end, then make one."""
        try:
            self.process.wait(max(0.0, patience))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.channel.close()


def how_it_ended(code: int) -> str:
    """What a page says of a process that ended by itself, by its exit code."""
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended itself with exit code {code}"
    return f"The process of the app {how}. Save a file to start it again."
