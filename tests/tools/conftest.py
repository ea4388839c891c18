"""What tests of the command line share: `demijohn` as a real process in a folder of its own."""

from __future__ import annotations

import contextlib
import http.client
import os
import queue
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import demijohn

_COMMAND = [sys.executable, "-c", "from demijohn.tools.cli import main; main()"]
_PATIENCE = 20.0  # seconds; a test that needs so long has failed


class Command:
    """A running `demijohn`, its output by lines, and requests to what it serves."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in {"PORT", "DEMIJOHN_DEBUG"}}
        package = str(Path(demijohn.__file__).parents[1])
        path = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
        self.folder = folder
        self.lines: list[str] = []
        self._arrived: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            [*_COMMAND, *arguments],
            cwd=folder,
            env={**inherited, "PYTHONPATH": path, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arrived.put(line.rstrip("\n"))
        self._arrived.put(None)

    @property
    def output(self) -> str:
        """What it has printed so far."""
        self._take()
        return "\n".join(self.lines)

    def _take(self, patience: float = 0.0) -> bool:
        """Take what has arrived, waiting for one line if need be; False when there is no more."""
        try:
            line = self._arrived.get(timeout=patience) if patience else self._arrived.get_nowait()
            while line is not None:
                self.lines.append(line)
                line = self._arrived.get_nowait()
        except queue.Empty:
            return True
        return False

    def until(self, pattern: str, start: int = 0) -> re.Match[str]:
        """Wait until the output from line `start` on has a pattern."""
        deadline = time.monotonic() + _PATIENCE
        goes_on = True
        while True:
            found = re.search(pattern, "\n".join(self.lines[start:]))
            if found:
                return found
            if time.monotonic() > deadline or not goes_on:
                raise AssertionError(f"{pattern!r} was never printed:\n{self.output}")
            goes_on = self._take(0.2)

    @property
    def port(self) -> int:
        """The port that it says it listens on."""
        return int(self.until(r"http://[^ ]*?:(\d+)/").group(1))

    def get(self, path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of a GET on a connection of its own; a refused connection is an error."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def until_answer(self, wanted: tuple[int, str], path: str = "/") -> None:
        """Ask until the answer is as wanted; every question must be answered on the way."""
        deadline = time.monotonic() + _PATIENCE
        while (answer := self.get(path)) != wanted:
            assert time.monotonic() < deadline, f"{path} still answers {answer}:\n{self.output}"
            time.sleep(0.02)

    def children(self) -> list[int]:
        """The processes that it has started and that live."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in listed.split()]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(_PATIENCE * 2)
        self._reader.join(_PATIENCE)
        self._take()
        return code

    def kill(self) -> None:
        """End it and all it has started, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file into the test's folder and return its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    return write


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start `demijohn` with some arguments in the test's folder; it is ended after the test."""
    commands: list[Command] = []

    def start(*arguments: str, **environment: str) -> Command:
        commands.append(Command(tmp_path, arguments, environment))
        return commands[-1]

    yield start
    for command in commands:
        command.kill()


@pytest.fixture
def run(start: Callable[..., Command]) -> Callable[..., tuple[int, str]]:
    """Run `demijohn` to its end; its exit code and what it printed."""

    def run(*arguments: str, **environment: str) -> tuple[int, str]:
        command = start(*arguments, **environment)
        code = command.process.wait(_PATIENCE)
        command._reader.join(_PATIENCE)
        return code, command.output

    return run


@pytest.fixture(autouse=True)
def _as_in_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other folders' tests import an app.py, too, and a command refuses one of two."""
    monkeypatch.delitem(sys.modules, "app", raising=False)
