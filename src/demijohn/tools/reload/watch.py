"""Watches the folders of an app and says which files changed.

With `watchfiles` the operating system tells; without it, files are looked at twice a second. Folders are
watched one by one, never with all that is below, since a project may hold a virtual environment or a
`node_modules`.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

log = logging.getLogger("demijohn")

SETTINGS = (".env", "demijohn.toml", "pyproject.toml")
_SKIPPED = {"node_modules", "__pycache__", "site-packages"}
_MOST_FOLDERS = 1_000
_POLL_SECONDS = 0.5


def folders_below(root: Path) -> list[Path]:
    """The folder of an app and those in it that may hold code: no hidden ones, no virtual environments."""
    found = []
    for place, names, _ in os.walk(root):
        found.append(Path(place))
        names[:] = sorted(name for name in names if _may_hold_code(Path(place, name)))
        if len(found) >= _MOST_FOLDERS:
            break
    return found


def _may_hold_code(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED:
        return False
    return not (folder / "pyvenv.cfg").exists()


def is_relevant(path: str) -> bool:
    """Whether a file is of the kind that an app is restarted for: Python code or settings."""
    name = os.path.basename(path)  # noqa: PTH119 - called for each event of the file system
    return name.endswith(".py") or name in SETTINGS


class Watcher:
    """Calls `changed` with the relevant paths that changed, from a thread of its own."""

    def __init__(self, root: Path, changed: Callable[[set[str]], None], *, poll: bool = False) -> None:
        self.root = root
        self.changed = changed
        self._stop = threading.Event()
        self._poll = poll
        self._thread = threading.Thread(target=self._watch, name="demijohn-watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End it; returns when the thread has ended, or after a second."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(1)

    def _watch(self) -> None:
        for paths in self._changes():
            if self._stop.is_set():
                return
            relevant = {path for path in paths if is_relevant(path)}
            if relevant:
                self.changed(relevant)

    def _changes(self) -> Iterator[set[str]]:
        if not self._poll:
            try:
                import watchfiles  # optional: without it files are polled
            except ImportError:
                pass
            else:
                try:
                    yield from self._events(watchfiles)
                    return
                except OSError as error:  # the limit on watches, a folder that went away: looking still works
                    log.warning("File events are not to be had (%s): files are looked at twice a second.", error)
        yield from self._looks()

    def _events(self, watchfiles: Any) -> Iterator[set[str]]:
        """What the operating system reports. A new folder is watched from the next round on."""
        while not self._stop.is_set():
            folders = folders_below(self.root)
            events = watchfiles.watch(
                *folders,
                watch_filter=None,
                recursive=False,
                step=30,
                debounce=200,
                rust_timeout=60_000,
                stop_event=self._stop,
                raise_interrupt=False,
            )
            for changes in events:
                yield {path for _, path in changes}
                fresh = [Path(path) for _, path in changes if Path(path).is_dir() and _may_hold_code(Path(path))]
                if any(folder not in folders for folder in fresh):
                    # What was written into it meanwhile is reported at once: nobody was watching yet.
                    yield {str(file) for folder in fresh for file in folder.rglob("*.py")}
                    break

    def _looks(self) -> Iterator[set[str]]:
        seen = _stamps(folders_below(self.root))
        while not self._stop.wait(_POLL_SECONDS):
            now = _stamps(folders_below(self.root))
            changed = {path for path, stamp in now.items() if seen.get(path) != stamp} | (seen.keys() - now.keys())
            seen = now
            if changed:
                yield changed


def _stamps(folders: Iterable[Path]) -> dict[str, tuple[int, int]]:
    stamps = {}
    for folder in folders:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            if is_relevant(entry.name):
                try:
                    facts = entry.stat()
                except OSError:
                    continue
                stamps[entry.path] = (facts.st_mtime_ns, facts.st_size)
    return stamps
