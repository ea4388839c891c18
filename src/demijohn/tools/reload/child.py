"""The process that runs the app in development. Started by the parent, one for each state of the code.

It first warms up (imports libraries, nothing of the app), then waits to be told to start: a child that
stands ready before a file is saved makes a restart as short as the import of the app's own files.

Messages in, one of `start` and `explain` only:

    {"warm": [modules]} {"start": target} {"explain": text} {"serve": true} {"files": true} {"stop": true}

Messages out:

    {"imported": facts} {"serving": true, "error": text} {"files": [...]} {"hung": [places]}
    {"drift": [hints]} {"reads": true}
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from ...foundation.errors import SetupError
from ..console import short
from ..finder import Target, load
from ..mistakes import is_own
from .channel import Channel
from .door import SHOWN, BrokenDoor, LoggedDoor, SocketsDoor, print_exchange
from .welcome import WelcomeDoor

STOP_SECONDS = 2.0  # the parent's patience with a child that was told to stop

# What a child may import before it knows the app: Python, Demijohn, and what Demijohn itself stands on.
_WARM = {
    *sys.stdlib_module_names,
    *(
        "demijohn",
        "granian",
        "msgspec",
        "jinja2",
        "markupsafe",
        "multipart",
        "click",
        "sqlalchemy",
        "greenlet",
    ),
}


def main() -> None:
    """Run one child, on the socket and the channel whose descriptors are the two arguments."""
    # Ctrl-C reaches the parent, too, which ends its children in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = _debug
    listening = _inherited(sys.argv[1])
    channel = Channel(_inherited(sys.argv[2]))
    messages = iter(channel)
    task = _wait_for_task(messages)
    if task is None:
        return
    if os.isatty(0):
        sys.addaudithook(lambda event, _: _give_way(event, channel))
    app, facts = build(task, channel) if isinstance(task, Target) else _excuse(task)
    channel.send(imported=facts)
    if not any("serve" in message for message in messages):
        return
    door = LoggedDoor(app, print_exchange)
    root = task.root if isinstance(task, Target) else None
    threading.Thread(target=_listen, args=(channel, messages, root, door), daemon=True).start()
    from ..server import serve_in_process

    serve_in_process(door, listening, lambda: channel.send(serving=True, error=door.failure))
    # Threads that still run a request must not keep the process: the parent has waited long enough.
    sys.stdout.flush()
    os._exit(0)


def _debug() -> None:
    """`breakpoint()`: pdb, which by itself would take Ctrl-C from then on."""
    import pdb  # noqa: T100 - the debugger that the user called

    pdb.Pdb(nosigint=True).set_trace(sys._getframe(1))


def _give_way(event: str, channel: Channel) -> None:
    """Before the app reads from the terminal, in a debugger or by `input()`, the parent leaves it to the app."""
    if event in {"builtins.input", "builtins.breakpoint"}:
        channel.send(reads=True)


def _inherited(descriptor: str) -> socket.socket:
    inherited = socket.socket(fileno=int(descriptor))
    inherited.set_inheritable(False)
    return inherited


def _wait_for_task(messages: Iterator[dict[str, Any]]) -> Target | str | None:
    for message in messages:
        for name in message.get("warm", ()):
            _warm(name)
        if "start" in message:
            plain = message["start"]
            return Target(**{**plain, "file": Path(plain["file"]), "folder": Path(plain["folder"])})
        if "explain" in message:
            return str(message["explain"])
    return None


def _warm(name: str) -> None:
    if name.partition(".")[0] in _WARM:
        with contextlib.suppress(Exception):  # only a head start: the app's own import will tell
            importlib.import_module(name)


def build(target: Target, channel: Channel) -> tuple[Any, dict[str, Any]]:
    """The door to serve and the facts about it; of an app that does not start, a door that says why."""
    begin = time.perf_counter()
    sys.argv = [str(target.file)]
    os.environ.setdefault("DEMIJOHN_DEBUG", "1")
    os.environ[SHOWN] = "1"
    try:
        app = load(target)
        add_debugger(app)
        kernel = app.seal()
    except BaseException as error:  # whatever it was, the browser is to show it
        door = BrokenDoor.of(error)
        return door, {**_facts(target, begin), "error": door.text}
    facts = {**_facts(target, begin), "routes": len(kernel.routes)}
    if "demijohn.batteries.database" in sys.modules:
        from ..db.hint import tell_drift  # only an app with a database pays for it

        tell_drift(kernel, target, lambda hints: channel.send(drift=hints))
    if kernel.has_websockets:
        return SocketsDoor(app), facts
    return (app.rsgi if kernel.routes else WelcomeDoor(app.rsgi, target.file)), facts


def _excuse(text: str) -> tuple[BrokenDoor, dict[str, Any]]:
    return BrokenDoor(text), {"seconds": 0.0, "files": [], "modules": [], "error": text}


def add_debugger(app: Any) -> None:
    """Switch the debug page on, unless the app has one or was sealed by its own module."""
    from ..debug.battery import Debugger

    if not any(isinstance(battery, Debugger) for battery, _ in app.batteries):
        with contextlib.suppress(SetupError):  # its own module sealed it
            app.use(Debugger())


def _facts(target: Target, begin: float) -> dict[str, Any]:
    return {
        "seconds": time.perf_counter() - begin,
        "files": own_files(target.root),
        "modules": sorted(name for name in sys.modules if name.partition(".")[0] in _WARM),
    }


def own_files(root: Path) -> list[str]:
    """The files of the app that are imported by now."""
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    return sorted(file for file in files if file.endswith(".py") and is_own(file) and Path(file).is_relative_to(root))


def _listen(channel: Channel, messages: Iterator[dict[str, Any]], root: Path | None, door: LoggedDoor) -> None:
    """Answer the parent; when it is gone, however it went, end."""
    for message in messages:
        if "files" in message:
            channel.send(files=own_files(root) if root else [])
        if "stop" in message:
            time.sleep(STOP_SECONDS * 0.9)
            channel.send(hung=what_runs(door))
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


def what_runs(door: LoggedDoor) -> list[str]:
    """The requests that are being answered at this moment, and the lines of the app that threads are on."""
    places = set(door.running.values())
    for frame in sys._current_frames().values():
        own = next((inner for inner in _inward(frame) if is_own(inner.f_code.co_filename)), None)
        if own is not None:
            places.add(f"{short(own.f_code.co_filename)}:{own.f_lineno} in {own.f_code.co_name}")
    return sorted(places)


def _inward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


if __name__ == "__main__":
    main()
