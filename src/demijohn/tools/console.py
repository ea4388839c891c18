"""How the command line speaks: colour where it can be seen, aligned columns, short paths, whole sentences.

Every command prints through here, so that `NO_COLOR`, pipes and narrow terminals are respected in one place.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

_PACKAGE = Path(__file__).parents[1]
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


class CommandError(Exception):
    """A command cannot do what was asked: `what` is wrong, `where`, and the `fix`. Ends the command, code 2.

    >>> print(CommandError("There is no file shop.py.", fix="Check the name."))
    There is no file shop.py.
      Fix: Check the name.
    """

    exit_code = 2

    def __init__(self, what: str, *, fix: str = "", where: str = "", exit_code: int = 2) -> None:
        self.what = what
        self.fix = fix
        self.where = where
        self.exit_code = exit_code
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines += [f"  at {line}" for line in self.where.splitlines()]
        if self.fix:
            first, *rest = self.fix.splitlines()
            lines.append(f"  Fix: {first}")
            lines += [f"       {line}" if line else "" for line in rest]
        return "\n".join(lines)


def has_colour(stream: IO[str]) -> bool:
    """Whether to colour what `stream` gets: `NO_COLOR` says no, `FORCE_COLOR` yes, else a terminal does."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(getattr(stream, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"


def paint(text: str, *styles: str, stream: IO[str] | None = None) -> str:
    """`text` in the given styles (`bold`, `dim`, `red`, ...), or as it is where colour cannot be seen."""
    if not has_colour(stream or sys.stdout):
        return text
    codes = ";".join(_STYLES[style] for style in styles)
    return f"\x1b[{codes}m{text}\x1b[0m"


def say(text: str = "", *, error: bool = False) -> None:
    """Write one line at once, to standard output or to standard error.

    Characters that the terminal cannot show are replaced, so that an arrow never ends a command.
    """
    stream = sys.stderr if error else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        # The reader (`demijohn routes | head`) has seen enough: the rest goes nowhere, and quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def short(path: str | Path, base: Path | None = None) -> str:
    """A path as a person would write it: relative to the current folder or to the home folder if it is below.

    A file of Demijohn is named by its place in the package, wherever that is installed.

    >>> short(Path.cwd() / "shop" / "app.py")
    'shop/app.py'
    """
    path = Path(path)
    if path.is_relative_to(_PACKAGE):
        return path.relative_to(_PACKAGE.parent).as_posix()
    for root, prefix in ((base or Path.cwd(), ""), (_home(), "~/")):
        if root is not None and path.is_relative_to(root):
            below = path.relative_to(root).as_posix()
            return f"{prefix}{below}" if below != "." else prefix.rstrip("/") or "."
    return str(path)


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without an entry in the password file and without HOME
        return None


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun.

    >>> count(1, "route"), count(12, "route"), count(2, "battery", "batteries")
    ('1 route', '12 routes', '2 batteries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A length of time as it is read.

    >>> duration(0.0042), duration(0.214), duration(3.21)
    ('4 ms', '214 ms', '3.2 s')
    """
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = (), indent: str = "  ") -> str:
    """Rows in aligned columns; the last column is left ragged.

    >>> print(table([("GET", "/"), ("POST", "/new")], head=("method", "path")))
      method  path
      GET     /
      POST    /new
    """
    body = [tuple(printable(cell) for cell in row) for row in rows]
    everything = ([tuple(head)] if head else []) + body
    widths = [max(width(cell) for cell in column) for column in zip(*everything, strict=True)]
    lines = []
    for row in everything:
        cells = [cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True)]
        lines.append((indent + "  ".join(cells)).rstrip())
    if head:
        lines[0] = paint(lines[0], "dim")
    return "\n".join(lines)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide letters take two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def printable(text: str) -> str:
    r"""A text from outside without the power to move the cursor or to break the line.

    >>> printable("/a\x1b[2J\nb")
    '/a\\x1b[2J\\nb'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
