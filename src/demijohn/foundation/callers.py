"""Who called Demijohn: the package and the folder of the module whose names and files are meant."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType


def package_of_caller() -> str:
    """The package that the caller's relative imports start from: a package's `__init__` is its own."""
    return _caller().f_globals.get("__package__") or ""


def folder_of_caller() -> Path:
    """The folder of the caller's file; where there is none, as in a shell, the one that the process was started in."""
    file = _caller().f_globals.get("__file__")
    return Path(file).resolve().parent if file else Path.cwd()


def _caller() -> FrameType:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("demijohn."):
        frame = frame.f_back
    return frame
