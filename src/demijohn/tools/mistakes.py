"""Tells on a terminal what went wrong while an app was imported or put together."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterable
from pathlib import Path

from ..foundation.errors import SetupError, SetupErrors
from .console import CommandError

_PACKAGE = str(Path(__file__).parents[1])
_LIBRARIES = tuple(
    folder for name in ("stdlib", "platstdlib", "purelib", "platlib") if (folder := sysconfig.get_path(name))
)


def explain(error: BaseException) -> str:
    """What is wrong, where, and the fix as far as it is known: the debug page as plain text."""
    if isinstance(error, SetupError):
        errors = error.errors if isinstance(error, SetupErrors) else (error,)
        return f"{error}\n\n{further(errors)}"
    if isinstance(error, CommandError):
        return str(error)
    from .debug import import_error_text  # only a mistake pays for it

    return import_error_text(error).partition("\n\n")[2].rstrip()


def further(errors: Iterable[SetupError]) -> str:
    """The command that tells more about some mistakes."""
    return " ".join(["More: demijohn explain", *dict.fromkeys(each.code for each in errors)])


def is_own(file: str) -> bool:
    """Whether a file is the user's, and neither a library's, nor Python's, nor Demijohn's."""
    return not file.startswith(("<", _PACKAGE, *_LIBRARIES)) and "site-packages" not in file
