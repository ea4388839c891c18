"""Tells on a terminal what went wrong while an app was imported or put together.

The reader wrote the app: frames of Demijohn, of the import system and of libraries are left out where they
only say how we came there.
"""

from __future__ import annotations

import sys
import sysconfig
import traceback
from pathlib import Path

from ..foundation.errors import SetupError
from .console import CommandError, short

_PACKAGE = str(Path(__file__).parents[1])
_LIBRARIES = tuple(
    {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sysconfig.get_path("purelib")}
)


def explain(error: BaseException) -> str:
    """What was wrong, where, and the fix as far as it is known, in a few lines."""
    if isinstance(error, SetupError | CommandError):
        return str(error)
    if isinstance(error, SyntaxError):
        return _unindented("".join(traceback.format_exception_only(error)))
    lines = _own_frames(error)
    lines.append("".join(traceback.format_exception_only(error)).rstrip())
    if isinstance(error, ModuleNotFoundError) and error.name:
        lines.append(f"  Fix: {_missing(error.name)}")
    return "\n".join(lines)


def _own_frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_own(frame.filename)] or frames[-1:]
    lines = []
    for frame in own:
        lines.append(f"{short(frame.filename)}:{frame.lineno} in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    return lines


def is_own(file: str) -> bool:
    """Whether a file is the user's, and neither a library's, nor Python's, nor Demijohn's."""
    if file.startswith(("<", _PACKAGE)):
        return False
    return not any(file.startswith(folder) for folder in _LIBRARIES if folder) and "site-packages" not in file


def _missing(name: str) -> str:
    top = name.partition(".")[0]
    beside = [path for folder in sys.path if (path := Path(folder or ".", f"{top}.py")).is_file()]
    if beside:
        return f"{short(beside[0])} is a file, not a package: it has no modules in it."
    return f"install it (pip install {top}), or check the spelling of the import."


def _unindented(text: str) -> str:
    """A syntax error as Python prints it, with the place as `file:line`."""
    first, *rest = text.rstrip().splitlines()
    if first.lstrip().startswith('File "') and '", line ' in first:
        file, _, line = first.strip().removeprefix('File "').partition('", line ')
        first = f"{short(file)}:{line}"
    return "\n".join([first, *rest])
