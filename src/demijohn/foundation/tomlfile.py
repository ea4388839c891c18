"""TOML files that hold settings, read so that an error can name the line a setting stands on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from demijohn.foundation.errors import SetupError, Where

_PART = r"(?:[\w-]+|\"[^\"]*\"|'[^']*')"
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_PATH})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_PATH})[ \t]*=")
_PARTS = re.compile(_PART)
_ERROR_LINE = re.compile(r"\(at line (\d+)")


class TomlFile:
    """The settings of one file: all of `demijohn.toml`, or one table of `pyproject.toml`.

    Keys may be spelt with hyphens: `max-age` is `max_age`.
    """

    def __init__(self, path: Path, table: tuple[str, ...] = ()) -> None:
        self.path = path
        self._prefix = table
        self._text = read_text(path)
        self._data = self._inside(_parse(path, self._text))

    def section(self, name: str) -> dict[str, Any]:
        """The table of this name, empty if there is none; `""` is the top level, less its tables."""
        if not name:
            return {key: value for key, value in self._data.items() if not isinstance(value, dict)}
        table = self._data.get(name, {})
        if not isinstance(table, dict):
            raise self._no_table((name,))
        return _normal(table)

    def sections(self) -> list[str]:
        """The names of all tables."""
        return [key for key, value in self._data.items() if isinstance(value, dict)]

    def title(self, section: str) -> str:
        """What a section is called in this file: `[tool.demijohn.sessions] of pyproject.toml`."""
        path = ".".join((*self._prefix, section) if section else self._prefix)
        return f"[{path}] of {self.path.name}" if path else self.path.name

    def where(self, section: str, key: str = "") -> Where:
        """The line of a setting, or the nearest that can be told: TOML readers keep no lines."""
        wanted = (*self._prefix, *(part for part in (section, key) if part))
        header: tuple[str, ...] = ()
        nearest, depth = 1, 0
        for number, line in enumerate(self._text.split("\n"), 1):
            if found := _HEADER.match(line):
                path = header = _split(found[1])
            elif found := _KEY.match(line):
                path = header + _split(found[1])
            else:
                continue
            if path[: len(wanted)] == wanted:
                return Where(str(self.path), number)
            if len(path) > depth and wanted[: len(path)] == path:
                nearest, depth = number, len(path)
        return Where(str(self.path), nearest)

    def _inside(self, data: dict[str, Any]) -> dict[str, Any]:
        for depth, part in enumerate(self._prefix, 1):
            data = data.get(part, {})
            if not isinstance(data, dict):
                raise self._no_table(self._prefix[:depth])
        return _normal(data)

    def _no_table(self, path: tuple[str, ...]) -> SetupError:
        name = ".".join(path)
        return SetupError(
            "DMJ0620",
            f"{name} in {self.path.name} is a single value, and should be a table of settings.",
            fix=f"Write [{name}], and its settings below it.",
            where=self.where(*path) if not self._prefix else Where(str(self.path), 1),
        )


def read_text(path: Path) -> str:
    """The text of a settings file, UTF-8 with or without a byte order mark; else `SetupError` DMJ0620."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SetupError(
            "DMJ0620",
            f"{path.name} cannot be read: {error.strerror}.",
            fix="Let the user that runs the app read it, or take it away.",
            where=Where(str(path), 1),
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SetupError(
            "DMJ0620",
            f"{path.name} is not UTF-8 (byte {error.start}).",
            fix="Save it as UTF-8.",
            where=Where(str(path), data.count(b"\n", 0, error.start) + 1),
        ) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib  # here, because an app without such a file need not pay for it

    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        found = _ERROR_LINE.search(str(error))
        line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error).partition(" (at ")[0]
        raise SetupError(
            "DMJ0620",
            f"{path.name} is not TOML: {reason}.",
            fix=f"Mend line {line}; texts stand in quotes, tables begin with [name].",
            where=Where(str(path), line),
        ) from None


def _split(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'").replace("-", "_") for part in _PARTS.findall(path))


def _normal(table: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in table.items()}
