"""The development server's parent: keeps the port, watches files, replaces the child that runs the app.

Theory. The listening socket belongs to the parent and is inherited by each child, so the port never refuses
anybody: while no child accepts, connections wait in the system's queue. When a file changes

    1. the old child is told to stop, so that nobody gets an answer from old code;
    2. at the same time a child that stood ready imports the new code;
    3. it begins to serve as soon as the old one has ended, so that start-up and shut-down code never
    overlap, but
       after half a second in any case; the old one is cut off after two.

A child that cannot import the app serves the reason instead, and the next change is tried again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..finder import Target
from .child import STOP_SECONDS
from .keys import Keys
from .process import Child, how_it_ended
from .terminal import restore_terminal, terminal_state
from .voice import Voice
from .watch import SETTINGS, Watcher

_OVERLAP_SECONDS = 0.5
_FAREWELL_SECONDS = 1.0
MEND = "m"
"""The key that makes and applies the migration which the models ask for."""


class Supervisor:
    """Keeps one child serving on `listening`, of the newest code. `run` returns when it is told to end."""

    def __init__(
        self,
        target: Target,
        listening: socket.socket,
        voice: Voice,
        *,
        reload: bool = True,
        poll: bool = False,
        begin: float | None = None,
    ) -> None:
        self.target = target
        self.listening = listening
        self.voice = voice
        self._begin = time.monotonic() if begin is None else begin
        self._current: Child | None = None
        self._old: list[Child] = []
        self._spare: Child | None = None
        self._warm: list[str] = []
        self._digests: dict[str, bytes] = {}
        self._changed: set[str] = set()
        self._asked: set[str] = set()
        self._early: set[str] = set()
        self._noticed = 0.0
        self._was_ready = False
        self._stopping = 0
        self._selector = selectors.DefaultSelector()
        self._keys = Keys(self._selector)
        self._mending: subprocess.Popen[bytes] | None = None
        self._to_mend: list[list[str]] = []
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._watcher = Watcher(target.root, self._notice, poll=poll) if reload else None
        self._reload = reload
        self._terminal = terminal_state()

    # ------------------------------------------------------------------------------------------ the loop

    def run(self) -> int:
        """Serve until SIGINT or SIGTERM; the exit code."""
        handled = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
        before = {number: signal.signal(number, self._signalled) for number in handled}
        self._selector.register(self._bell, selectors.EVENT_READ)
        try:
            self._current = self._start()
            if self._watcher:
                self._watcher.start()
            while not self._stopping:
                self._turn()
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    def _turn(self) -> None:
        patience = 0.05 if self._old else 60.0
        for key, _ in self._selector.select(patience):
            if key.fileobj is self._bell:
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(4096)
            elif key.data is self._keys:
                self._typed(self._keys.read())
            else:
                self._hear(key.data)
        self._look_after_old()
        self._look_after_current()
        self._look_after_mending()
        self._consider()

    def _signalled(self, number: int, frame: Any) -> None:
        if number != signal.SIGCHLD:
            self._stopping += 1
        self._ring()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._rope.send(b"!")

    def _notice(self, paths: set[str]) -> None:
        """Called by the watcher, in its thread."""
        self._changed |= paths
        self._ring()

    # -------------------------------------------------------------------------------------------- children

    def _new(self) -> Child:
        child = Child(self.listening)
        self._selector.register(child.channel, selectors.EVENT_READ, child)
        if self._warm:
            child.channel.send(warm=self._warm)
        return child

    def _start(self) -> Child:
        child, self._spare = self._spare or self._new(), None
        child.start(self.target)
        return child

    def _hear(self, child: Child) -> None:
        if child.forgotten:
            return
        messages = child.channel.read()
        if messages is None:
            self._selector.unregister(child.channel)
            child.is_deaf = True
            return
        for message in messages:
            if "imported" in message:
                self._imported(child, message["imported"])
            elif "serving" in message:
                child.facts["error"] = message["error"] or child.facts.get("error")
                self._serving(child)
            elif "hung" in message:
                child.hung = message["hung"]
            elif "files" in message:
                self._answered(set(message["files"]))
            elif "drift" in message:
                child.drift = message["drift"]
                self._tell_drift(child)
            elif "reads" in message:
                self._keys.rest()

    def _imported(self, child: Child, facts: dict[str, Any]) -> None:
        child.facts = facts
        self._warm = facts["modules"]
        self._learn(facts["files"])
        self._look_after_old()

    def _serving(self, child: Child) -> None:
        child.serving = True
        now = time.monotonic()
        error = child.facts.get("error")
        if error:
            self.voice.broken(error)
        elif not self._was_ready:
            self._was_ready = True
            self.voice.ready(child.facts, now - self._begin)
        else:
            self.voice.restarted(sorted(self._asked), now - self._noticed)
        self._tell_drift(child)
        self._asked = set()
        self._decide(self._early, ask=False)
        self._early = set()
        if self._reload and child is self._current and self._spare is None:
            self._spare = self._new()

    def _look_after_old(self) -> None:
        """Cut off who does not end, and let the new child serve when the old one is out of the way."""
        now = time.monotonic()
        for child in list(self._old):
            waited = now - child.told_to_stop
            if not child.is_gone and waited > STOP_SECONDS:
                self.voice.cut_off(child.hung)
                child.process.kill()
                child.process.wait()
            if child.is_gone:
                self._old.remove(child)
                self._forget(child)
        blocked = any(now - child.told_to_stop < _OVERLAP_SECONDS for child in self._old)
        current = self._current
        if current and current.facts and not blocked:
            current.serve()

    def _look_after_current(self) -> None:
        """After a child that ended by itself, another says so on every page until the next change."""
        child = self._current
        if child is None or not child.is_gone or self._stopping:
            return
        self._forget(child)
        self._current, self._spare = self._spare or self._new(), None
        self._current.channel.send(explain=how_it_ended(child.process.returncode))

    def _forget(self, child: Child) -> None:
        if not child.is_deaf:
            self._selector.unregister(child.channel)
        child.forgotten = True
        child.channel.close()
        restore_terminal(self._terminal)

    # ----------------------------------------------------------------------------------------------- drift

    def _tell_drift(self, child: Child) -> None:
        """Say what the database lacks, after the news that the app runs, or that it does not for this very reason."""
        if child is self._current and child.serving and child.drift:
            has_key = any(hint["run"] for hint in child.drift) and self._keys.listen()
            self.voice.drifted(child.drift, MEND if has_key else "")

    def _typed(self, line: str) -> None:
        if line.lower() == MEND and self._current is not None and self._mending is None:
            self._to_mend = [hint["run"] for hint in self._current.drift if hint["run"]]
            self._mend()

    def _mend(self) -> None:
        """Run the next command in a process of its own, which has the newest code, and nobody to ask."""
        self._keys.rest()
        command = self._to_mend.pop(0)
        self.voice.mending(command)
        self._mending = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "demijohn", *command, "--app", self.target.path],
            stdin=subprocess.DEVNULL,
            env={"DEMIJOHN_DEBUG": "1", **os.environ},
        )

    def _look_after_mending(self) -> None:
        """When all is mended the app starts again: one that lacked a table could not."""
        if self._mending is None or self._mending.poll() is None:
            return
        code, self._mending = self._mending.returncode, None
        if code:
            self._keys.listen()  # it has said why; the key may be pressed again
        elif self._to_mend:
            self._mend()
        else:
            self._noticed = time.monotonic()
            self._restart(set())

    # --------------------------------------------------------------------------------------------- changes

    def _learn(self, files: Iterable[str]) -> None:
        for file in files:
            if file not in self._digests:
                self._digests[file] = _digest(file)

    def _consider(self) -> None:
        if self._mending is not None:
            return  # its migration is a file, too, and not applied yet
        changed, self._changed = self._changed, set()
        if changed:
            self._noticed = time.monotonic()
            self._decide(changed, ask=True)

    def _decide(self, changed: set[str], *, ask: bool) -> None:
        """Restart if a change concerns the app; of a file not known to be imported, `ask` the child first."""
        settings = {path for path in changed if Path(path).name in SETTINGS and Path(path).parent == self.target.root}
        known = {path for path in changed if path in self._digests}
        news = {path for path in known | settings if self._digests.get(path) != _digest(path)}
        current = self._current
        works = current is not None and not current.facts.get("error")
        if news or (not works and changed - known - settings):
            self._restart(news or changed)
        elif works and ask and current is not None and current.serving and changed - known:
            self._asked = changed
            current.channel.send(files=True)
        elif ask and changed - known:
            self._early |= changed  # saved while the child was importing: what it imports is not known yet

    def _answered(self, files: set[str]) -> None:
        """The child has told what is imported by now: files that a request had imported count from here on."""
        late = (self._asked & files) - self._digests.keys()
        self._learn(files)
        if late:
            self._restart(late)

    def _restart(self, changed: set[str]) -> None:
        for path in changed:
            self._digests[path] = _digest(path)
        self._keys.rest()
        old, self._current = self._current, None
        if old is not None:
            old.stop()
            self._old.append(old)
        self._asked = changed
        self._current = self._start()

    # ------------------------------------------------------------------------------------------------- end

    def _end(self) -> None:
        if self._watcher:
            self._watcher.stop()
        if self._mending is not None:
            self._mending.terminate()
            self._mending.wait()
        children = [child for child in (self._current, *self._old, self._spare) if child is not None]
        for child in children:
            child.stop()
        deadline = time.monotonic() + _FAREWELL_SECONDS
        for child in children:
            while not child.is_gone and time.monotonic() < deadline and self._stopping < 2:
                time.sleep(0.01)
            child.bury(0)
        self._selector.close()
        self._bell.close()
        self._rope.close()
        self.listening.close()
        restore_terminal(self._terminal)


def _digest(path: str) -> bytes:
    try:
        return hashlib.blake2b(Path(path).read_bytes()).digest()
    except OSError:
        return b""
