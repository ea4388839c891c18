"""The voice of the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from demijohn.tools import console
from demijohn.tools.console import CommandError, has_colour, paint, printable, short, table


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _no_colour_settings(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_colour_only_on_a_terminal():
    """A pipe gets plain text, a terminal gets colour."""
    assert paint("ready", "green", stream=Terminal()) == "\x1b[32mready\x1b[0m"
    assert paint("ready", "green", stream=io.StringIO()) == "ready"


def test_no_color_wins_over_everything(monkeypatch):
    """`NO_COLOR` is obeyed on a terminal, too, and against `FORCE_COLOR`."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not has_colour(Terminal())


def test_a_dumb_terminal_gets_no_colour(monkeypatch):
    """`TERM=dumb` (editors, CI) cannot show colour."""
    monkeypatch.setenv("TERM", "dumb")
    assert not has_colour(Terminal())


def test_an_arrow_never_ends_a_command(monkeypatch):
    """On a terminal that only knows ASCII, what it cannot show is replaced."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    console.say("➜ ready")
    assert raw.getvalue() == b"? ready\n"


def test_paths_are_short(monkeypatch, tmp_path):
    """Below the current folder a path is relative, below the home folder it starts with a tilde."""
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    (tmp_path / "ann" / "blog").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "ann" / "blog")
    assert short(tmp_path / "ann" / "blog" / "app.py") == "app.py"
    assert short(tmp_path / "ann" / "blog") == "."
    assert short(tmp_path / "ann" / "old" / "app.py") == "~/old/app.py"
    assert short(Path("/etc/hosts")) == "/etc/hosts"


def test_columns_are_aligned_with_wide_letters():
    """A letter that takes two columns moves nothing."""
    assert table([("日本", "x"), ("abcd", "y")]).splitlines() == ["  日本  x", "  abcd  y"]


def test_what_comes_from_outside_cannot_move_the_cursor():
    """Control characters are shown, not obeyed, also those that turn the direction of writing."""
    assert printable("a\x1b[31m\r\u202eb") == "a\\x1b[31m\\r\\u202eb"


def test_an_error_finishes_the_sentence():
    """What, where, and a fix of several lines, aligned."""
    error = CommandError("Two apps.", where="app.py:1\napp.py:9", fix="Choose:\none\ntwo")
    assert str(error) == "Two apps.\n  at app.py:1\n  at app.py:9\n  Fix: Choose:\n       one\n       two"
