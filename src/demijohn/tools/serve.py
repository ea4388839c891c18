"""`demijohn serve`: chooses how to serve an app, says what was chosen and why, and hands over to the server.

The app is sealed before any worker starts: a mistake in how it is put together is told at once, with all
the others, and ends the command with code 2.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._version import __version__
from .console import CommandError, paint, say, short
from .dev import url_of
from .finder import Target, load
from .machine import cores, free_memory, own_memory
from .outside import BEHIND_PROXY, check_outside, describe_hosts
from .ports import DEFAULT_PORT, listen_on_this_port
from .sealed import Sealed, seal

_MEBIBYTE = 1 << 20
_LEAST_WORKER = 48 * _MEBIBYTE
_WSGI_THREADS = 16


@dataclass(frozen=True)
class Choice:
    """One thing that was chosen: its value, and why in words."""

    value: Any
    why: str


@dataclass(frozen=True)
class Plan:
    """How an app is going to be served."""

    interface: Choice
    workers: Choice
    threads: Choice


def run(
    spec: str = "",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    uds: str | None = None,
    interface: str = "auto",
    workers: int | None = None,
    threads: int | None = None,
    behind_proxy: bool = False,
) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. `SetupError` or `CommandError` come before all else."""
    if behind_proxy:
        os.environ[BEHIND_PROXY] = "1"
    sealed = seal(spec, serves=True)
    check_outside(sealed.kernel, behind_proxy=behind_proxy, near=uds is not None or _is_near(host))
    plan = choose(sealed, interface=interface, workers=workers, threads=threads, behind_proxy=behind_proxy)
    listening = _listen(host, port, uds)
    if plan.interface.value != "wsgi":
        sealed.kernel.pool.size = plan.threads.value
    _announce(sealed.target, listening, plan)
    hosts = describe_hosts(sealed.kernel)
    if hosts:
        say(f"  hosts      {hosts}\n")
    if sealed.kernel.has_websockets and plan.interface.value != "asgi":
        wsgi = plan.interface.value == "wsgi"
        lacks = "are refused with 426" if wsgi else "have no close codes, subprotocols or headers"
        say(f"  WebSockets {lacks} over {plan.interface.value.upper()}: --interface asgi serves them.\n")
    from .server import serve_with_workers

    try:
        serve_with_workers(
            _loader(sealed, plan.interface.value),
            listening,
            kernel=sealed.kernel,
            interface=plan.interface.value,
            workers=plan.workers.value,
            threads=plan.threads.value,
        )
    finally:
        if uds:
            Path(uds).unlink(missing_ok=True)
    say("Stopped: every request that had begun was answered.")
    return 0


# -------------------------------------------------------------------------------------------- choosing


def choose(
    sealed: Sealed,
    *,
    interface: str = "auto",
    workers: int | None = None,
    threads: int | None = None,
    behind_proxy: bool = False,
) -> Plan:
    """What to serve an app with; what was asked for is kept."""
    chosen = choose_interface(sealed, interface, behind_proxy=behind_proxy)
    return Plan(chosen, choose_workers(workers), choose_threads(sealed, threads, chosen.value))


def choose_interface(sealed: Sealed, asked: str, *, behind_proxy: bool) -> Choice:
    """RSGI, unless a door was wrapped, WebSockets need another, or the app is all sync and behind a proxy."""
    if asked == "wsgi" and not behind_proxy:
        raise CommandError(
            "WSGI is for servers behind a proxy: each slow client would hold one of its few threads.",
            fix="Add --behind-proxy if one stands in front; otherwise leave --interface away.",
        )
    if asked != "auto":
        return Choice(asked, "as you asked")
    wrapped = wrapped_door(sealed.app)
    if wrapped:
        return Choice(wrapped, f"app.{wrapped} was wrapped, so that door is the one to use")
    if behind_proxy and not sealed.kernel.has_async:
        return Choice("wsgi", "the fastest for `def` handlers alone; the proxy holds slow clients")
    if sealed.kernel.has_websockets:
        return Choice("asgi", "RSGI has no close codes, subprotocols or headers for WebSockets")
    return Choice("rsgi", "the loop holds slow clients, threads only run code")


def wrapped_door(app: Any) -> str:
    """The door that the app has put a middleware before, if any."""
    for name in ("asgi", "wsgi"):
        door = getattr(app, name)
        if getattr(door, "__module__", "") != f"demijohn.gateways.{name}":
            return name
    return ""


def choose_workers(asked: int | None) -> Choice:
    """One process per core, as far as memory allows."""
    if asked is not None:
        return Choice(asked, "as you asked")
    found, free = cores(), free_memory()
    # What is loaded now is shared by all workers; each adds about as much again once it is at work.
    each = max(_LEAST_WORKER, own_memory())
    if free is not None and free // each < found:
        room = max(1, free // each)
        return Choice(room, f"there is memory for {room}, at about {each // _MEBIBYTE} MiB each ({found} cores)")
    return Choice(found, f"one for each of {found} cores" if found > 1 else "there is one core")


def choose_threads(sealed: Sealed, asked: int | None, interface: str) -> Choice:
    """Threads for `def` handlers in each worker."""
    kernel = sealed.kernel
    if asked is not None:
        return Choice(asked, "in each worker, as you asked")
    if interface == "wsgi":
        return Choice(_WSGI_THREADS, "in each worker, one for each request that is being answered")
    if not kernel.has_sync:
        return Choice(kernel.pool.size, "in each worker, none started: no handler blocks")
    return Choice(kernel.pool.size, "in each worker at most, for `def` handlers; started when needed")


# ---------------------------------------------------------------------------------------------- serving


def _is_near(host: str) -> bool:
    return host.startswith("127.") or host in ("localhost", "::1")


def _listen(host: str, port: int | None, uds: str | None) -> socket.socket:
    if uds is not None:
        return _listen_on_path(Path(uds))
    if port is None:
        environment = os.environ.get("PORT", "")
        port = int(environment) if environment.isdigit() else DEFAULT_PORT
    return listen_on_this_port(host, port)


def _listen_on_path(path: Path) -> socket.socket:
    """A Unix domain socket; one that a dead server left behind is replaced."""
    if sys.platform == "win32":
        raise CommandError("Windows has no Unix domain sockets here.", fix="Use --host and --port.")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if path.exists():
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise CommandError(f"{short(path)} is a file, not a socket.", fix="Give --uds another path.")
        try:
            server.connect(str(path))
        except OSError:
            path.unlink()
        else:
            raise CommandError(f"A server listens on {short(path)} already.", fix="End it, or give another path.")
        server.close()
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.bind(str(path))
    except OSError as error:
        what = f"Cannot make the socket {short(path)}: {error.strerror}."
        raise CommandError(what, fix="Check the folder.") from None
    path.chmod(0o660)
    server.listen(1024)
    return server


def _loader(sealed: Sealed, interface: str) -> Callable[[], Any]:
    """What a worker calls to get the door. A forked worker has it already, one that was spawned loads it."""
    door = getattr(sealed.app, interface)
    return (lambda: door) if sys.platform == "linux" else Loader(sealed.target, interface)


@dataclass(frozen=True)
class Loader:
    """Imports the app in another process and returns one of its doors."""

    target: Target
    interface: str

    def __call__(self) -> Any:
        return getattr(load(self.target), self.interface)


def _announce(target: Target, listening: socket.socket, plan: Plan) -> None:
    if listening.family == getattr(socket, "AF_UNIX", None):
        place, reach = str(listening.getsockname()), ""
    else:
        host = listening.getsockname()[0]
        place = url_of(listening)
        everybody = host in {"0.0.0.0", "::"}  # noqa: S104 - read, not bound
        reach = "for everybody" if everybody else ("for this machine only" if _is_near(host) else f"on {host}")
    say(f"\n  {paint('Demijohn', 'bold')} {__version__} serves {short(target.file)}")
    say(f"\n  {paint('➜', 'green')}  {paint(place, 'cyan', 'bold')}  {paint(reach, 'dim')}\n")
    say(f"  interface  {plan.interface.value.upper()}: {plan.interface.why}")
    say(f"  workers    {plan.workers.value}: {plan.workers.why}")
    say(f"  threads    {plan.threads.value} {plan.threads.why}")
