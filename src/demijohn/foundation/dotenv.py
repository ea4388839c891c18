r"""The reader of `.env` files.

One `NAME=value` a line, with or without `export` before it. A value is bare (up to the end of the line or to
a `#` after white space, less the white space around it), in single quotes (as it stands) or in double quotes
(`\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes). Quoted values may span lines. Nothing is expanded:
`$HOME` is five characters. Of two lines with one name the last wins, as in a shell.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from demijohn.foundation.errors import SetupError, Where

_SKIP = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*+[ \t]*(?:#[^\n]*\Z)?")
_NAME = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=")
_QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*+)")""", re.DOTALL)
_COMMENT = re.compile(r"[ \t]#.*")
_AFTER = re.compile(r"[ \t]*(?:[ \t]#[^\n]*)?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_ESCAPE = re.compile(r'\\([nrt"\\$])')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class Entry(NamedTuple):
    """A value, and the line (from 1) on which its name stands."""

    value: str
    line: int


def read_dotenv(text: str, file: str) -> dict[str, Entry]:
    """The names and values of a `.env` file; `file` is its name for errors (`SetupError` DMJ0620).

    Errors name the line, never what stands on it: that may be a password.

    >>> read_dotenv('export SHOP_CURRENCY="EUR" # or USD', ".env")
    {'SHOP_CURRENCY': Entry(value='EUR', line=1)}
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    entries: dict[str, Entry] = {}
    position, line, counted = _end(_SKIP, text, 0), 1, 0
    while position < len(text):
        line, counted = line + text.count("\n", counted, position), position
        name = _NAME.match(text, position)
        if name is None:
            raise _malformed(file, line, "is no NAME=value")
        value, position = _value(text, name.end(), file, line, name[1])
        entries[name[1]] = Entry(value, line)
        position = _end(_SKIP, text, position)
    return entries


def _value(text: str, start: int, file: str, line: int, name: str) -> tuple[str, int]:
    """The value that starts there, and where the line after it starts."""
    quoted = _QUOTED.match(text, start)
    if quoted is None:
        rest = text[start : _end(_LINE, text, start)]
        if rest.lstrip(" \t")[:1] in {"'", '"'}:
            raise _malformed(file, line, f"opens a quote for {name} that is never closed")
        return _COMMENT.sub("", rest.rstrip("\n")).strip(), start + len(rest)
    after = _AFTER.match(text, quoted.end())
    if after is None:
        raise _malformed(file, line, f"has something after the closing quote of {name}")
    if quoted[1] is not None:
        return quoted[1], after.end()
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), quoted[2]), after.end()


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _malformed(file: str, line: int, what: str) -> SetupError:
    return SetupError(
        "DMJ0620",
        f"Line {line} of {file} {what}.",
        fix="Write NAME=value, NAME='value' or NAME=\"value\"; a # starts a comment.",
        where=Where(file, line),
    )
