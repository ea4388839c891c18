"""The places where templates are looked for, in order, and what is told when one is in none of them.

    beside the module that renders, and in the packages around it, up to the app's folder
    the app's own folder
    templates in the code (`InlineTemplates`)
    folders that batteries brought (`TemplateFolder`)

While a page is rendered all names are looked for in the same places: what it extends, includes and imports too.
"""

from __future__ import annotations

import difflib
import linecache
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...foundation.safe_join import safe_join

OWN = "demijohn"
"""The prefix of the pages that everybody has."""

BESIDE = "templates"
"""What a folder of templates beside a module is called."""


@dataclass(frozen=True)
class Found:
    """A template's text, the file it is in (a name in angle brackets if it is in the code), and the file's time."""

    source: str
    file: str
    version: int = 0


class Place(Protocol):
    """Somewhere templates are."""

    def find(self, name: str) -> Found | None:
        """The template of a name, if it is here."""
        ...

    def names(self) -> list[str]:
        """All names that are here."""
        ...


@dataclass(frozen=True)
class FolderPlace:
    """A folder; its files are found under `prefix`. Symbolic links in it are followed."""

    path: str
    prefix: str = ""

    def find(self, name: str) -> Found | None:
        """The file of a name; ValueError if it is not UTF-8."""
        if self.prefix:
            if not name.startswith(f"{self.prefix}/"):
                return None
            name = name[len(self.prefix) + 1 :]
        file = safe_join(self.path, name)
        if file is None:
            return None
        try:
            data = Path(file).read_bytes()
            version = Path(file).stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            if isinstance(error, PermissionError) and not Path(file).is_dir():  # as Windows has it of folders
                raise
            return None  # A name that is too long, or odd in another way, is no file's.
        try:
            return Found(data.decode().removeprefix("\ufeff"), file, version)
        except UnicodeDecodeError as error:
            raise ValueError(f"The template {file} is not UTF-8: byte {error.start}. Save it as UTF-8.") from None

    def names(self) -> list[str]:
        """Its files, sorted."""
        start = f"{self.prefix}/" if self.prefix else ""
        found = []
        for folder, folders, files in os.walk(self.path, followlinks=True):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            inner = os.path.relpath(folder, self.path).replace(os.sep, "/")
            found += [start + (name if inner == "." else f"{inner}/{name}") for name in sorted(files)]
            if len(found) > 1000:  # A link may lead in a circle.
                break
        return found

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class InlinePlace:
    """Templates in the code."""

    templates: Mapping[str, str]

    def find(self, name: str) -> Found | None:
        """The template of a name."""
        source = self.templates.get(name)
        if source is None:
            return None
        file = f"<template {name}>"
        # There Python, and whoever prints tracebacks, finds the line of code that has no file.
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        return Found(source, file)

    def names(self) -> list[str]:
        """Their names, in the order they were written."""
        return list(self.templates)

    def __str__(self) -> str:
        return "InlineTemplates"


def beside(file: str, root: str) -> tuple[str, ...]:
    """The folders of templates beside a module, nearest first: its own, then those of the packages around it.

    At `root`, the folder of the app, it ends: what lies there is the app's folder itself.
    """
    folders = []
    folder = os.path.dirname(os.path.realpath(file))  # noqa: PTH120 - Path costs tens of microseconds here
    while folder != root:
        folders.append(os.path.join(folder, BESIDE))  # noqa: PTH118
        above = os.path.dirname(folder)  # noqa: PTH120
        inside = f"{folder}{os.sep}".startswith(f"{root}{os.sep}")
        if above == folder or not (inside or os.path.isfile(os.path.join(above, "__init__.py"))):  # noqa: PTH113, PTH118
            break
        folder = above
    return tuple(folders)


def tell_missing(name: str, places: Sequence[Place]) -> str:
    """What to say of a template that is nowhere: where was looked, what is there, and what was meant perhaps."""
    listed = [(place, _names(place)) for place in places if not _is_ours(place) or name.startswith(f"{OWN}/")]
    known = list(dict.fromkeys(other for _, names in listed for other in names or ()))
    lines = [f"There is no template {name!r}.{_guess(name, known)}"]
    if safe_join("", name) is None:
        lines[0] += " Names are relative to a folder of templates, without . and .. in them."
    lines.append("Looked in:")
    for place, names in listed:
        lines.append(f"  {place} ({_told(names)})")
    return "\n".join(lines)


def _is_ours(place: Place) -> bool:
    return isinstance(place, FolderPlace) and place.prefix == OWN


def _guess(name: str, known: list[str]) -> str:
    base = name.rpartition("/")[2]
    near = [other for other in known if other.rpartition("/")[2] == base]
    near = near or difflib.get_close_matches(name, known, 1, 0.6)
    return f" Did you mean {' or '.join(near[:2])}?" if near else ""


def _told(names: list[str] | None) -> str:
    if names is None:
        return "no such folder"
    more = f", and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more if names else "empty"


def _names(place: Place) -> list[str] | None:
    if isinstance(place, FolderPlace) and not Path(place.path).is_dir():
        return None
    return place.names()


def all_names(places: Sequence[Place]) -> Iterator[str]:
    """Every name in any of the places, each once."""
    return iter(dict.fromkeys(name for place in places for name in place.names()))
