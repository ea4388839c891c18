"""Joining a folder with a name that came from outside, so that the result lies inside of the folder.

Only the name is looked at, never the disk: whether a symbolic link leads out again is the caller's question.
"""

from __future__ import annotations

import os

_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [kind + number for kind in ("COM", "LPT") for number in "0123456789¹²³"]
)


def safe_join(folder: str, name: str) -> str | None:
    """The path of `name` below `folder`; None for a name that could mean anything else.

    Names have slashes between their parts on every system. Refused are absolute names, empty parts, `.` and
    `..`, backslashes and control characters; on Windows also its devices, in any disguise, drives and streams.

    >>> safe_join("static", "css/app.css")
    'static/css/app.css'
    >>> safe_join("static", "../settings.toml") is None
    True
    """
    if not name or "\\" in name or not (name.isprintable() or _only_unusual(name)):
        return None
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return None
    if os.name == "nt" and any(_is_odd_on_windows(part) for part in parts):
        return None
    return os.path.join(folder, *parts)  # noqa: PTH118 - pathlib would fold parts that were just checked


def _only_unusual(name: str) -> bool:
    """Whether a name that is not printable is at least free of control characters and lone surrogates."""
    return not any(char < " " or "\x7f" <= char < "\xa0" or "\ud800" <= char <= "\udfff" for char in name)


def _is_odd_on_windows(part: str) -> bool:
    # Windows reads "aux.txt", "nul .tar.gz" and "CON:" as devices, and cuts dots and spaces off the end.
    stem = part.partition(".")[0].partition(":")[0].rstrip(" ").upper()
    return ":" in part or part[-1] in ". " or stem in _DEVICES
