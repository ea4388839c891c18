"""Whose code is it: the user's, or a library's? And how is its file called, so that a reader knows it."""

from __future__ import annotations

import functools
import sys
import sysconfig
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parents[1])
_SITE_FOLDERS = ("site-packages", "dist-packages")


@functools.cache
def _standard_library() -> tuple[str, ...]:
    found = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
    return tuple(str(Path(path).resolve()) for path in found if path)


@functools.lru_cache(maxsize=2048)
def is_library(file: str) -> bool:
    """Whether a file belongs to the standard library, an installed package or Demijohn itself.

    >>> import json
    >>> is_library(json.__file__), is_library("/srv/shop/pages.py")
    (True, False)
    """
    if file.startswith("<"):
        return file.startswith("<frozen ") or file in {"<string>", "<unknown>"}
    path = str(Path(file).absolute())
    if any(folder in Path(path).parts for folder in _SITE_FOLDERS):
        return True
    resolved = str(Path(path).resolve())
    return any(
        other.startswith((f"{root}/", f"{root}\\"))
        for root in (_PACKAGE, *_standard_library())
        for other in (path, resolved)
    )


def short_path(file: str, app_root: Path | None) -> str:
    """The path as a reader knows it: from the app's folder, the working directory, or the package's name."""
    if file.startswith("<"):
        return file
    path = Path(file)
    for root in (app_root, Path.cwd()):
        if root is not None and path.is_relative_to(root) and not is_library(file):
            return path.relative_to(root).as_posix()
    roots = [_PACKAGE.rpartition("demijohn")[0], *sys.path]
    inside = [root for root in roots if root and path.is_absolute() and path.is_relative_to(root)]
    return path.relative_to(max(inside, key=len)).as_posix() if inside and is_library(file) else str(path)


def package_of(module: str) -> str:
    """The top-level package of a module's name.

    >>> package_of("sqlalchemy.orm.session")
    'sqlalchemy'
    """
    return module.partition(".")[0]
