"""Writes the pages of the reference: which name stands on which page; Sphinx fills in signatures and docstrings.

Names are taken from the front doors, so that a new one is there at once: on the page of the module that it lives in.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import demijohn


@dataclass(frozen=True)
class Chapter:
    """One page: its title, a sentence, and the beginnings of the modules whose names stand on it."""

    title: str
    about: str
    homes: tuple[str, ...]
    door: str = "demijohn"


CHAPTERS = {
    "testing": Chapter("Testing", "Clients that ask an app in process.", ("tools.testing",), "demijohn.testing"),
    "database": Chapter("Database", "Models and units of work.", ("batteries.database",), "demijohn.database"),
    "templates": Chapter("Templates", "Pages made by Jinja.", ("batteries.templates",), "demijohn.templates"),
    "static": Chapter("Static files", "Files with links for ever.", ("batteries.static",), "demijohn.static"),
    "api": Chapter("OpenAPI", "The document, and what reads credentials.", ("batteries.api",), "demijohn.api"),
    "telemetry": Chapter(
        "Telemetry", "Logs, ids and health.", ("batteries.telemetry", "kernel.health"), "demijohn.telemetry"
    ),
    "batteries": Chapter(
        "Batteries", "What apps switch on, and what batteries are written with.", ("batteries", "kernel.battery")
    ),
    "errors": Chapter("Errors", "For visitors, and for developers.", ("foundation.errors", "foundation.http.errors")),
    "responses": Chapter(
        "Responses",
        "What a handler may return beside plain values.",
        (
            "foundation.http.response",
            "foundation.http.files",
            "foundation.http.event",
            "kernel.events",
            "foundation.markup",
            "kernel.kernel",
        ),
    ),
    "requests": Chapter(
        "Requests",
        "What a handler may ask for.",
        ("foundation.http", "foundation.current", "kernel.websocket", "kernel.websockets"),
    ),
    "parameters": Chapter(
        "Parameters",
        "What signatures are written with.",
        ("kernel.markers", "kernel.schema", "kernel.services", "kernel.scope"),
    ),
    "settings": Chapter(
        "Settings, limits and signing", "What is not in the code, and what bounds requests.", ("foundation",)
    ),
    "app": Chapter("The app", "The app, its blueprints, its routes and links.", ("app", "kernel", "gateways", "tools")),
}
# The order in which they are read; above, the first chapter whose home fits takes a name.
ORDER = (
    "app", "requests", "responses", "parameters", "errors", "settings", "batteries", "database", "templates", "static",
    "api", "telemetry", "testing",
)  # fmt: skip


def write(folder: Path) -> None:
    """Write one page for each chapter, and the page that lists them."""
    folder.mkdir()
    for name, chapter in CHAPTERS.items():
        (folder / f"{name}.rst").write_text(_page(name, chapter), encoding="utf-8")
    index = ["Reference", "=========", "", "Every public name, from its signature and docstring.", ""]
    index += [".. toctree::", "   :maxdepth: 2", "", *(f"   {name}" for name in ORDER), ""]
    (folder / "index.rst").write_text("\n".join(index), encoding="utf-8")


def names() -> dict[str, list[tuple[str, str]]]:
    """The public names of each chapter, each with the door that it is imported from."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in CHAPTERS}
    for home, public in demijohn._HOMES.items():
        found[_chapter_of(home)] += [("demijohn", name) for name in public]
    for name, chapter in CHAPTERS.items():
        if chapter.door != "demijohn":
            door = importlib.import_module(chapter.door)
            front = {public for _, public in found[name]}
            found[name] += [(chapter.door, public) for public in door.__all__ if public not in front]
    return found


def _chapter_of(home: str) -> str:
    home = home.removeprefix("demijohn.")
    for name, chapter in CHAPTERS.items():
        if any(home == begin or home.startswith((f"{begin}.", f"{begin}_")) for begin in chapter.homes):
            return name
    return "app"


def _page(name: str, chapter: Chapter) -> str:
    lines = [chapter.title, "=" * len(chapter.title), "", chapter.about, ""]
    for door, public in names()[name]:
        lines += [public, "-" * len(public), "", f"``from {door} import {public}``", ""]
        lines += _entry(door, public)
    return "\n".join(lines)


def _entry(door: str, public: str) -> Iterator[str]:
    """What Sphinx is told of one name; what is another library's is named, not copied."""
    thing: Any = getattr(importlib.import_module(door), public)
    home = getattr(thing, "__module__", "") or type(thing).__module__
    library = home.partition(".")[0]
    if library != "demijohn":
        yield from (f"``{public}`` is that of {library}: its documentation tells more.", "")
        return
    if isinstance(thing, type):
        kind = "autoexception" if issubclass(thing, BaseException) else "autoclass"
        _sign(thing)
    else:
        kind = "autofunction" if inspect.isroutine(thing) else "autodata"
    yield from (f".. {kind}:: {door}.{public}", "")


def _sign(kind: Any) -> None:
    """Let a class be shown with the signature of its `__init__`, where a `__new__` that takes anything hides it."""
    if kind.__new__ is not object.__new__ and inspect.isfunction(kind.__init__):
        own = inspect.signature(kind.__init__)
        _, *parameters = own.parameters.values()
        kind.__signature__ = own.replace(parameters=[each.replace(default=_short(each.default)) for each in parameters])


class _Default:
    """A default that is an object with its own defaults, as it was written."""

    def __init__(self, kind: type) -> None:
        self._name = kind.__name__

    def __repr__(self) -> str:
        return f"{self._name}()"


def _short(default: Any) -> Any:
    """`Limits()` rather than all its fields."""
    kind = type(default)
    return _Default(kind) if dataclasses.is_dataclass(default) and default == kind() else default
