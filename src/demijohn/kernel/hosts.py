"""Hosts that routes are bound to: `api.example.com`, or `{tenant}.example.com`, whose parameter is one label.

Hosts are compared in lower case and without port. Of several that fit, the one with fewer parameters goes first, then
the one with more text of its own.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..foundation.errors import SetupError, Where
from ..foundation.http.host import is_host, split_host

_PARAMETER = re.compile(r"\{([^{}]*)\}")
# One label or a part of it, as the grammar of hosts has it; underscores are in use, though no registrar sells them.
_LABEL = r"([a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)"
_is_label = re.compile(_LABEL).fullmatch
_FIX = 'host="api.example.com", host="{tenant}.example.com", or a list of such hosts'


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A host with parameters or without, taken apart once."""

    text: str
    names: tuple[str, ...]
    _expression: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, where: Where) -> HostPattern:
        """Take a host apart; anything odd is a SetupError that shows the right spelling.

        >>> HostPattern.parse("{tenant}.Example.com", Where("app.py", 1)).match("acme.example.com")
        ('acme',)
        """
        names = tuple(_PARAMETER.findall(text))
        pieces = [piece.lower() for piece in _PARAMETER.split(text)[::2]]
        sample = "x".join(pieces)
        odd = [name for name in names if not name.isidentifier()]
        if odd or len(set(names)) < len(names):
            raise _refused(text, f"{{{(odd or names)[0]}}} is no name of its own", where)
        if not is_host(sample) or split_host(sample) != (sample, ""):
            raise _refused(text, "it is no host name", where)
        if names and not pieces[-1].strip("."):
            raise _refused(text, "its last label is a parameter, which would take every host there is", where)
        whole = "".join(
            f"{re.escape(piece)}{_LABEL if index < len(names) else ''}" for index, piece in enumerate(pieces)
        )
        spelt = "".join(
            f"{piece}{{{names[index]}}}" if index < len(names) else piece for index, piece in enumerate(pieces)
        )
        return cls(spelt, names, re.compile(whole))

    @property
    def shape(self) -> str:
        """What it matches, whatever its parameters are called."""
        return _PARAMETER.sub("{}", self.text)

    @property
    def rank(self) -> tuple[int, int, str]:
        """Its place among the hosts that fit: lower goes first."""
        return len(self.names), -len(self.shape), self.shape

    def match(self, name: str) -> tuple[str, ...] | None:
        """What its parameters take of a host in lower case and without port; None if it does not fit."""
        found = self._expression.fullmatch(name)
        return None if found is None else found.groups()

    def build(self, values: Mapping[str, str]) -> str:
        """The host with its parameters filled in; a value that is no label is a ValueError."""

        def fill(match: re.Match[str]) -> str:
            value = values[match[1]].lower()
            if not _is_label(value):
                raise ValueError(f"{match[1]}={values[match[1]]!r} does not fit into {self.text}.")
            return value

        host = _PARAMETER.sub(fill, self.text)
        if self.match(host) != tuple(values[name].lower() for name in self.names):
            raise ValueError(f"{host!r} would be read as other values: {self.text} does not tell these apart.")
        return host

    def likeness(self, name: str) -> int:
        """How many of its last labels are those of another host."""
        count = 0
        for own, other in zip(self.text.split(".")[::-1], name.split(".")[::-1], strict=False):
            if own != other:
                break
            count += 1
        return count


def hosts_of(host: Any, where: Where) -> tuple[HostPattern, ...]:
    """What is written as `host=`: one host, or several that have the same parameters."""
    written = (host,) if isinstance(host, str) else host
    if not isinstance(written, Iterable) or not all(isinstance(text, str) for text in written):
        raise SetupError("DMJ0212", f"host={host!r} is no host.", fix=_FIX, where=where)
    patterns = tuple(HostPattern.parse(text, where) for text in written if text)
    if any(pattern.names != patterns[0].names for pattern in patterns):
        raise SetupError(
            "DMJ0212", f"host={list(written)!r}: the hosts have different parameters.",
            fix="Give each the same parameters in the same order: one handler serves them all.", where=where,
        )  # fmt: skip
    return patterns


def _refused(text: str, why: str, where: Where) -> SetupError:
    found = text.removeprefix("https://").removeprefix("http://").removeprefix("//").partition("/")[0]
    found = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", found)
    found = re.sub(r"^(\*?\.)", "{subdomain}.", found)
    found = re.sub(r":[0-9]+$", "", found).removesuffix(".")
    if not found.isascii():
        with contextlib.suppress(UnicodeError):
            found = found.encode("idna").decode()
    sample = _PARAMETER.sub("x", found)
    fix = f'host="{found}"' if found != text and is_host(sample) and "." in found else _FIX
    return SetupError("DMJ0212", f"host={text!r}: {why}.", fix=fix, where=where)
