"""Folders of static files: which file a name from outside is, if it is one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from ...foundation.errors import Where
from ...foundation.safe_join import safe_join

MOST_LISTED = 2000


class StaticFolder:
    """A folder of static files that a blueprint, a package or a battery brings; the app's own go before them.

    A relative path starts at the module that says it. With a `prefix`, the files are found under that name:
    `StaticFolder("assets", "blog")` has `blog/blog.css` for its `blog.css`.
    """

    def __init__(self, path: str | Path, prefix: str = "") -> None:
        self.where = Where.caller()
        self.path = Path(self.where.file).resolve().parent / path
        self.prefix = prefix.strip("/")

    def __repr__(self) -> str:
        return f"StaticFolder({str(self.path)!r}, {self.prefix!r})"


class Folder:
    """A folder whose files may be sent: no links that lead out of it, no hidden files unless `hidden` says so."""

    def __init__(self, path: Path, prefix: str = "", *, hidden: bool = False) -> None:
        self.path = str(path)
        self._root = os.path.realpath(path)
        self._start = f"{prefix}/" if prefix else ""
        self._hidden = hidden

    def find(self, name: str) -> tuple[str, os.stat_result] | None:
        """The regular file of a name, with what the file system says of it; None for all else."""
        if not name.startswith(self._start):
            return None
        inner = name[len(self._start) :]
        path = safe_join(self._root, inner)
        if path is None or not (self._hidden or not _is_hidden(inner)):
            return None
        try:
            facts = self._facts(path, inner)
        except (OSError, ValueError):
            return None  # missing, too long, a link in a circle, a folder that may not be entered
        return (path, facts) if facts is not None and stat.S_ISREG(facts.st_mode) else None

    def _facts(self, path: str, inner: str) -> os.stat_result | None:
        # Only where a part is a link is the real path worked out: that costs more than all the rest.
        step, facts = self._root, None
        for part in inner.split("/"):
            step = f"{step}{os.sep}{part}"
            facts = os.lstat(step)
            if stat.S_ISLNK(facts.st_mode) or os.name == "nt":  # where folders have more kinds of links
                real = os.path.realpath(path, strict=True)
                return os.stat(real) if real.startswith(f"{self._root}{os.sep}") else None  # noqa: PTH116
        return facts

    def names(self) -> Iterator[str]:
        """The names of its files, for messages: not more than some thousand."""
        count = 0
        for folder, folders, files in os.walk(self._root):
            folders[:] = sorted(name for name in folders if self._hidden or not name.startswith("."))
            inner = os.path.relpath(folder, self._root).replace(os.sep, "/")
            for name in sorted(files):
                if self._hidden or not name.startswith("."):
                    yield self._start + (name if inner == "." else f"{inner}/{name}")
                    count += 1
            if count > MOST_LISTED:
                return


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or "/." in name
