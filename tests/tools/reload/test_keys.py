"""`demijohn dev` at a terminal: what the database lacks is shown with the key that makes and applies it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import selectors
import subprocess
import sys
import termios
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import demijohn
from demijohn.tools.dev import Announcer
from demijohn.tools.finder import Target
from demijohn.tools.reload.keys import Keys

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="opens a terminal as Linux does"),
]

APP = """
from demijohn import App, Database, Model, field
from demijohn.database import Mapped


class Book(Model):
    title: Mapped[str] = field(max_length=200)


app = App()
app.use(Database())


@app.get("/")
def home():
    return "works"


@app.get("/stop")
def stop():
    breakpoint()
    return "went on"
"""
_PATIENCE = 90.0  # seconds; only a test that fails needs so long


class Terminal:
    """A command at a terminal of its own, with a keyboard and what is on the screen."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.screen = ""
        self._end, terminal = pty.openpty()
        self.modes = termios.tcgetattr(terminal)
        package = str(Path(demijohn.__file__).parents[1])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demijohn", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": package, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._terminal = terminal

    def type(self, line: str) -> int:
        """Type a line; where the screen ended before."""
        os.write(self._end, f"{line}\n".encode())
        return len(self.screen)

    def until(self, pattern: str, start: int = 0) -> re.Match[str]:
        """Wait until something stands on the screen."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := re.search(pattern, self.screen[start:])):
            assert time.monotonic() < deadline, f"{pattern!r} never appeared:\n{self.screen}"
            if select.select([self._end], [], [], 0.2)[0]:
                self.screen += os.read(self._end, 65_536).decode().replace("\r\n", "\n")
        return found

    def end(self) -> None:
        """Close it, whatever it does."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert termios.tcgetattr(self._terminal) == self.modes
        os.close(self._terminal)
        os.close(self._end)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An app under a name that no command looks for, and its first migration."""
    (tmp_path / "shop.py").write_text(APP)
    made = subprocess.run(
        [sys.executable, "-m", "demijohn", "db", "make", "--apply", "--app", "shop.py"],
        cwd=tmp_path,
        capture_output=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return tmp_path


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    """The development server at a terminal."""
    opened = Terminal(folder, "dev", "shop.py", "--port", "0")
    yield opened
    opened.end()


def test_a_key_makes_and_applies_what_only_adds(folder: Path, terminal: Terminal) -> None:
    """The app, which could not start without the table, goes on; what would do more is for a person to look at."""
    port = terminal.until(r"http://127.0.0.1:(\d+)/ +ready in")[1]
    code = APP.replace("title:", "pages: Mapped[int | None]\n    title:")
    (folder / "shop.py").write_text(code)
    terminal.until(r"database lacks: the column book\.pages\. Press m and Enter")
    debug(terminal, port)
    assert len(list((folder / "migrations").glob("0*.py"))) == 1, "what was typed in the debugger is not the key"

    code = code.replace("\n\napp =", "\n\nclass Shelf(Model):\n    place: Mapped[int]\n\n\napp =")
    (folder / "shop.py").write_text(code)
    terminal.until(r"Apply the migrations: demijohn db migrate --app shop.py")
    said = terminal.until(r"! The models have .* the table shelf, the column book\.pages\. Press m and Enter .*\n")[0]
    assert "demijohn db make --apply --app shop.py" in said
    start = terminal.type("m")
    terminal.until(r"\$ demijohn db make --apply --additive\n✓ Wrote migrations/0002_create_shelf", start)
    terminal.until(r"↻ running again", start)
    assert ask(port, "/") == b"works"

    start = len(terminal.screen)
    (folder / "shop.py").write_text(code.replace("title:", "name:"))
    said = terminal.until(r"! The models have [^!]*--app shop.py", start)[0]
    assert "Press" not in said
    assert "a change of book.title" in said


def debug(terminal: Terminal, port: str) -> None:
    """Type the key at the prompt of a debugger, which has the terminal for itself."""
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(ask(port, "/stop")))
    asking.start()
    terminal.until(r"\(Pdb\) ")
    start = terminal.type("m")
    terminal.until(r"NameError: name 'm' is not defined\n\(Pdb\) ", start)
    terminal.type("c")
    asking.join(_PATIENCE)
    assert answers == [b"went on"]


def ask(port: str, path: str) -> bytes:
    """The body of an answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=_PATIENCE) as answer:
        return bytes(answer.read())


def test_without_a_terminal_there_is_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """And no key that nobody could press."""
    with selectors.DefaultSelector() as selector:
        assert not Keys(selector).listen()
    voice = Announcer(Target("app", tmp_path / "app.py", tmp_path), "http://127.0.0.1:8000/", reload=True)
    voice.drifted([{"what": "Something lacks.", "command": "demijohn db make", "run": ["db"], "to": "to make it"}], "")
    assert capsys.readouterr().out == "! Something lacks. To mend it: demijohn db make\n"
