"""Ports: whether one is free, who holds it, and which comes next.

`demijohn dev` takes the next free port when its default one is taken and says by whom; a port that was
asked for by name is never replaced by another.
"""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .console import CommandError, printable, short

DEFAULT_PORT = 8000
_TRIES = 100
_LISTEN = "0A"  # the state in /proc/net/tcp


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port: what can be found out of its id, command and folder."""

    pid: int = 0
    command: str = ""
    folder: str = ""

    def __str__(self) -> str:
        if not self.pid:
            return "another process (of another user, or in another container)"
        facts = [f"pid {self.pid}"] + ([short(self.folder, base=Path("/nowhere"))] if self.folder else [])
        name = f"`{self.command}`" if self.command else "a process"
        return f"{name} ({', '.join(facts)})"


def listen(host: str, port: int, backlog: int = 1024) -> socket.socket:
    """A listening socket; raises `OSError` (`EADDRINUSE`, `EACCES`, ...) if the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    server = socket.socket(found[0][0], socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            # A port in TIME_WAIT is free to us; on Windows the same option would share a port that is in use.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(found[0][4])
        server.listen(backlog)
    except BaseException:
        server.close()
        raise
    return server


def listen_on_free_port(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket on `port` or on the next free one, and the sentence that says why (empty on `port` itself)."""
    for candidate in range(port, min(port + _TRIES, 65_536)):
        try:
            server = listen(host, candidate)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise _refused(host, candidate, error) from None
            continue
        if candidate == port:
            return server, ""
        return server, f"Port {port} is used by {holder_of(port)}. Using {candidate}."
    raise CommandError(f"Every port from {port} to {port + _TRIES - 1} is used.", fix="Name another one: --port 9000")


def listen_on_this_port(host: str, port: int, backlog: int = 1024) -> socket.socket:
    """A socket on exactly this port; raises `CommandError` naming the holder if it is taken."""
    try:
        return listen(host, port, backlog)
    except OSError as error:
        raise _refused(host, port, error) from None


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    try:
        listen(host, port).close()
    except OSError:
        return False
    return True


def _refused(host: str, port: int, error: OSError) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port)
        end = f"End it (kill {holder.pid})" if holder.pid else "End it"
        return CommandError(f"Port {port} is used by {holder}.", fix=f"{end}, or take another port: --port {port + 1}")
    if error.errno == errno.EACCES:
        return CommandError(
            f"Port {port} may not be used: ports below 1024 are for the administrator.",
            fix="Take a port from 1024 up (--port 8000) and put a proxy in front.",
        )
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return CommandError(
            f"This machine has no address {host}.",
            fix="--host 127.0.0.1 (this machine only) or 0.0.0.0 (everybody)",
        )
    return CommandError(f"Cannot listen on {host}:{port}: {error.strerror or error}.", fix="Try another --port.")


def holder_of(port: int) -> Holder:
    """Who listens on a TCP port of this machine; an empty `Holder` if that cannot be seen."""
    if sys.platform == "linux":
        return _holder_in_proc(port)
    return _holder_by_lsof(port)


def _holder_in_proc(port: int) -> Holder:
    inodes = _listening_inodes(port)
    if not inodes:
        return Holder()
    wanted = {f"socket:[{inode}]" for inode in inodes}
    # A server and its workers share the socket: the eldest is the one that a person started.
    for pid in sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        if _has_descriptor(pid, wanted):
            return Holder(pid, _command(pid), _folder(pid))
    return Holder()


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(columns[9])
    return inodes


def _has_descriptor(pid: int, wanted: set[str]) -> bool:
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            for entry in entries:
                try:
                    if str(Path(entry.path).readlink()) in wanted:
                        return True
                except OSError:  # closed between the listing and the reading
                    continue
    except OSError:  # gone, or not ours to see
        return False
    return False


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return ""
    return command_line(words)


def command_line(words: list[str]) -> str:
    """A command as it was probably typed: interpreters and scripts by their short names, at most 60 letters.

    >>> command_line(["/usr/bin/python3", "manage.py", "runserver"])
    'python3 manage.py runserver'
    >>> command_line(["/home/ann/.venv/bin/python", "/home/ann/.venv/bin/flask", "run"])
    'flask run'
    """
    if not words or not words[0]:
        return ""
    words = [Path(words[0]).name, *words[1:]]
    if len(words) > 1 and words[0].startswith("python") and Path(words[1]).parent.name in {"bin", "Scripts"}:
        words = [Path(words[1]).name, *words[2:]]
    line = printable(shlex.join(words))
    return line if len(line) <= 60 else line[:57] + "..."


def _folder(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


def _holder_by_lsof(port: int) -> Holder:
    lsof, ps = shutil.which("lsof"), shutil.which("ps")
    if lsof is None:
        return Holder()
    pids = _output([lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t"]).split()
    if not pids:
        return Holder()
    pid = min(int(found) for found in pids)
    command = _output([ps, "-o", "command=", "-p", str(pid)]).strip() if ps else ""
    described = _output([lsof, "-a", "-p", str(pid), "-d", "cwd", "-Fn"]).splitlines()
    folder = next((line[1:] for line in described if line.startswith("n")), "")
    return Holder(pid, command_line(command.split()), folder)


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=3, check=False).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
