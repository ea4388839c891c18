"""`demijohn dev`: serves an app while it is written, and says what happens on the way."""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import Any

from .._version import __version__
from .console import count, duration, paint, say, short
from .finder import Target, locate
from .ports import DEFAULT_PORT, listen_on_free_port, listen_on_this_port
from .reload.parent import Supervisor


def run(
    spec: str = "",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    reload: bool = True,
    poll: bool = False,
    begin: float | None = None,
) -> int:
    """Serve the app until Ctrl-C; the exit code. `begin` is when the command started (`time.monotonic`)."""
    begin = time.monotonic() if begin is None else begin
    target = locate(spec)
    listening, sentence = open_port(host, port)
    if sentence:
        say(paint(sentence, "yellow"))
    if not is_near(listening):
        say(paint("Everybody on this network can ask it. Errors are explained to this computer alone.", "yellow"))
    voice = Announcer(target, url_of(listening), reload=reload)
    return Supervisor(target, listening, voice, reload=reload, poll=poll, begin=begin).run()


def open_port(host: str, port: int | None) -> tuple[socket.socket, str]:
    """The port asked for, else `PORT`, else 8000 or the next free one and why."""
    if port is None and os.environ.get("PORT", "").isdigit():
        port = int(os.environ["PORT"])
    if port is not None:
        return listen_on_this_port(host, port), ""
    return listen_on_free_port(host, DEFAULT_PORT)


def url_of(listening: socket.socket) -> str:
    """The address to open in a browser on this machine.

    >>> from demijohn.tools.ports import listen
    >>> with listen("0.0.0.0", 0) as server:
    ...     url_of(server).startswith("http://127.0.0.1:")
    True
    """
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://{host}:{port}/"


def is_near(listening: socket.socket) -> bool:
    """Whether only this machine can connect."""
    host = str(listening.getsockname()[0])
    return host.startswith("127.") or host == "::1"


class Announcer:
    """Tells the developer on the terminal what the development server does."""

    def __init__(self, target: Target, url: str, *, reload: bool) -> None:
        self.target = target
        self.url = url
        self.reload = reload
        self._said = ""

    def ready(self, facts: dict[str, Any], seconds: float) -> None:
        """The banner: only what is so."""
        python = ".".join(map(str, sys.version_info[:2]))
        name, version = paint("Demijohn", "bold"), __version__
        routes = count(facts["routes"], "route") if facts["routes"] else "no routes yet"
        say(f"\n  {name} {version}   {self.target.name} · dev · Python {python}\n")
        say(f"  {paint('➜', 'green')}  {paint(self.url, 'cyan', 'bold')}     ready in {duration(seconds)}")
        say(f"     {routes} in {short(self.target.file)}\n")
        saving = "A saved Python file restarts it. " if self.reload else ""
        say(paint(f"  {saving}Ctrl-C ends it.", "dim") + "\n")
        self._said = ""

    def restarted(self, changed: list[str], seconds: float) -> None:
        """One line for each new state of the code."""
        names = ", ".join(short(path) for path in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        names = f"{names}{more} changed: " if changed else ""
        clock = paint(time.strftime("%H:%M:%S"), "dim")
        say(f"{clock} {paint('↻', 'green')} {names}running again after {duration(seconds)}")
        self._said = ""

    def broken(self, text: str) -> None:
        """What is wrong, once: the same mistake is not repeated at each save."""
        if text == self._said:
            say(f"{paint(time.strftime('%H:%M:%S'), 'dim')} still the same mistake")
            return
        self._said = text
        say(f"\n{paint('✗', 'red')} {paint('The app does not start.', 'bold', 'red')}\n\n{text}\n", error=True)
        waiting = "Waiting for a file to be saved." if self.reload else ""
        say(f"  {self.url} shows it, too. {waiting}\n", error=True)

    def drifted(self, hints: list[dict[str, Any]], key: str) -> None:
        """What the database lacks, and what mends it: a key, or a command to type."""
        for hint in hints:
            command = paint(hint["command"], "bold")
            mend = f"To mend it: {command}"
            if key and hint["run"]:
                mend = f"Press {paint(key, 'bold')} and Enter {hint['to']}, or type: {command}"
            say(f"{paint('!', 'yellow')} {hint['what']} {mend}")

    def mending(self, command: list[str]) -> None:
        """The command that a key stands for; what it has to say follows."""
        say(paint(f"$ demijohn {' '.join(command)}", "dim"))

    def cut_off(self, places: list[str]) -> None:
        """Somebody's request was not done in time."""
        where = ", ".join(places) or "a library"
        say(f"{paint('!', 'yellow')} Something was still running after 2 s and was cut off: {where}")
