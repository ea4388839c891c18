"""What it ran on: the versions that belong into a bug report."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from ..places import package_of
from .report import Report

_ALWAYS = ("demijohn", "msgspec", "jinja2", "sqlalchemy", "granian", "uvicorn", "hypercorn", "gunicorn")


def versions(report: Report) -> list[tuple[str, str]]:
    """Names and versions of Python, the system, and the packages that are loaded and had a part in it."""
    found = [
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
    ]
    frames = [frame for problem in report.problems for frame in problem.frames if not frame.yours]
    names = dict.fromkeys([*_ALWAYS, *(package_of(frame.module) for frame in frames)])
    for name in names:
        if name in sys.modules and name not in sys.stdlib_module_names:
            version = _version(name)
            if version:
                found.append((name, version))
    return found


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):
        version = getattr(sys.modules.get(package), "__version__", "")
        return version if isinstance(version, str) else ""
