"""Path patterns: the text of a route's path, taken apart once.

A segment is one of four kinds, from the most to the least specific: literal text, text mixed with parameters
(`{year}-{month}`), one parameter (`{id}`), and the rest of the path (`{path:path}`, last only).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..foundation.errors import SetupError, Where
from ..foundation.urls import quote_path, quote_segment

LITERAL: Final = "literal"
MIXED: Final = "mixed"
PARAMETER: Final = "parameter"
REST: Final = "rest"

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_FLASK = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_TYPES = {
    "int": "int", "float": "float", "uuid": "UUID", "str": "str", "string": "str", "slug": "str", "date": "date",
    "decimal": "Decimal",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a path between slashes: its kind, its text (or expression), the names it captures."""

    kind: str
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A route's path: `segments` for matching, `names` of its parameters in order."""

    text: str
    segments: tuple[Segment, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, where: Where) -> PathPattern:
        """Take a path apart; anything odd is a SetupError that shows the right spelling.

        >>> PathPattern.parse("/posts/{id}/edit", Where("app.py", 1)).names
        ('id',)
        """
        if not text.startswith("/"):
            raise SetupError(
                "DMJ0201", f"The path {text!r} does not begin with a slash.", fix=f'Write "/{text}".', where=where
            )
        _refuse_flask(text, where)
        segments = tuple(_segment(piece, text, where) for piece in text[1:].split("/"))
        names = tuple(name for segment in segments for name in segment.names)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SetupError(
                "DMJ0204", f"The path {text} has the parameter {twice[0]} twice.", fix="Give each its own name.",
                where=where,
            )  # fmt: skip
        if any(segment.kind == REST for segment in segments[:-1]):
            raise SetupError(
                "DMJ0205", f"In {text} something follows a {{...:path}} parameter, which takes all that is left.",
                fix="Let it be the last segment.", where=where,
            )  # fmt: skip
        return cls(text, segments, names)

    @property
    def is_static(self) -> bool:
        """Whether it has no parameters."""
        return not self.names

    @property
    def shape(self) -> str:
        """What it matches, whatever the parameters are called: two routes of one shape are the same address."""
        return "/" + "/".join(
            {PARAMETER: "{}", REST: "{:path}", MIXED: re.sub(_PARAMETER, "{}", segment.text)}.get(
                segment.kind, segment.text
            )
            for segment in self.segments
        )

    def build(self, values: Mapping[str, str]) -> str:
        """The path with its parameters filled in and quoted; a value that no request could carry is a ValueError."""

        def fill(match: re.Match[str]) -> str:
            name, _, kind = match[1].partition(":")
            value = values[name]
            if kind == "path":
                if not value or any(piece in (".", "..") for piece in value.split("/")):
                    raise ValueError(f"{name}={value!r} is no rest of a path such as {self.text}.")
                return quote_path(value)
            if not value or "/" in value or value in (".", ".."):
                raise ValueError(f"{name}={value!r} does not fit into one segment of {self.text}.")
            return quote_segment(value)

        for segment in self.segments:
            if segment.kind == MIXED:
                _require_apart(segment, values)
        path = "/".join(
            _PARAMETER.sub(fill, segment.text) if segment.names else quote_path(segment.text)
            for segment in (Segment(LITERAL, ""), *self.segments)
        )
        if path.startswith("//"):
            raise ValueError(f"{path!r} would be read as another host.")
        return path


def mixed_expression(segment: Segment) -> re.Pattern[str]:
    """The expression of a mixed segment: each parameter takes as little as it can, but something.

    Where a text between two of them is found first, it stays (an atomic group): to look for it further on can find
    nothing that fits where this did not, and takes the length of the path to the power of their number.
    """
    first, *pieces = _PARAMETER.split(segment.text)
    between = [f"(?>(.+?){re.escape(piece)})" for piece in pieces[1:-1:2]]
    return re.compile(f"{re.escape(first)}{''.join(between)}(.+){re.escape(pieces[-1])}")


def _require_apart(segment: Segment, values: Mapping[str, str]) -> None:
    """Refuse values that would be read as others: `a-b` and `c` for `{x}-{y}`."""
    given = tuple(values[name] for name in segment.names)
    text = _PARAMETER.sub(lambda match: values[match[1]], segment.text)
    found = mixed_expression(segment).fullmatch(text)
    if found is not None and found.groups() != given and all(given):
        read = ", ".join(f"{name}={value!r}" for name, value in zip(segment.names, found.groups(), strict=True))
        raise ValueError(f"{text!r} would be read as {read}: {segment.text} does not tell these values apart.")


def _segment(piece: str, path: str, where: Where) -> Segment:
    found = _PARAMETER.findall(piece)
    if "{" in _PARAMETER.sub("", piece) or "}" in _PARAMETER.sub("", piece):
        raise SetupError("DMJ0202", f"The braces of {path} do not match.", fix="Write {name}.", where=where)
    if not found:
        return Segment(LITERAL, piece)
    names = []
    for inner in found:
        name, colon, kind = inner.partition(":")
        if not name.isidentifier():
            raise SetupError(
                "DMJ0202", f"{{{inner}}} in {path} is no parameter name.", fix="Write {name}, a Python identifier.",
                where=where,
            )  # fmt: skip
        if colon and kind != "path":
            _refuse_converter(name, kind, path, where)
        if kind == "path" and piece != f"{{{inner}}}":
            raise SetupError(
                "DMJ0205", f"{{{inner}}} in {path} shares its segment with other text.",
                fix="Let a {...:path} parameter stand alone between slashes.", where=where,
            )  # fmt: skip
        names.append(name)
    if piece == f"{{{found[0]}}}":
        return Segment(REST if found[0].endswith(":path") else PARAMETER, piece, tuple(names))
    return Segment(MIXED, piece, tuple(names))


def _refuse_flask(path: str, where: Where) -> None:
    match = _FLASK.search(path)
    if match is None:
        return
    kind, name = match["kind"] or "str", match["name"]
    if kind == "path":
        fix = f'Write "{path.replace(match[0], f"{{{name}:path}}")}".'
    else:
        fix = f'Write "{path.replace(match[0], f"{{{name}}}")}" and def handler({name}: {_TYPES.get(kind, "str")}).'
    raise SetupError("DMJ0203", f"{match[0]} in {path} is Flask's spelling of a parameter.", fix=fix, where=where)


def _refuse_converter(name: str, kind: str, path: str, where: Where) -> None:
    plain = path.replace(f"{{{name}:{kind}}}", f"{{{name}}}")
    fix = f'Write "{plain}" and def handler({name}: {_TYPES.get(kind, kind)}).'
    raise SetupError(
        "DMJ0203", f"{{{name}:{kind}}} in {path}: a parameter's type stands in the handler's signature.",
        fix=fix, where=where,
    )  # fmt: skip
