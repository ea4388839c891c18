"""`demijohn explain`: the sections of the page of errors on a terminal, without a network.

The page is `docs/errors.md`: the wheel carries it beside this module, a checkout has it where it is written.
"""

from __future__ import annotations

import difflib
import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .console import CommandError, paint, say

_HERE = Path(__file__).parent
_PLACES = (_HERE / "errors.md", _HERE.parents[2] / "docs" / "errors.md")
_WIDEST = 100
_TITLE = re.compile(r"\s*\*\*((?:`[^`]*`|[^`*])+)\*\*\s*")
_FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One code: its `chapter`, its `title`, and its `text` in Markdown."""

    code: str
    chapter: str
    title: str
    text: str


def run(names: Sequence[str] = ()) -> int:
    """Print what stands about some codes; without any, list all by chapter."""
    entries = entries_of(page())
    if not names:
        _list(entries)
        return 0
    wanted = [code_of(name, entries) for name in names]
    say("\n\n".join(terminal(entries[code], min(shutil.get_terminal_size().columns, _WIDEST)) for code in wanted))
    return 0


def page() -> str:
    """The page of errors, as Markdown."""
    for place in _PLACES:
        if place.exists():
            return place.read_text(encoding="utf-8")
    raise CommandError("The page of errors is not beside the package.", fix="Install Demijohn anew, from its wheel.")


def entries_of(text: str) -> dict[str, Entry]:
    """The entries of the page by code, in its order."""
    entries = {}
    chapter = ""
    for match in re.finditer(r"^###(#?) (.+)\n((?:(?!#{2,4} ).*\n?)*)", text, re.MULTILINE):
        if not match[1]:
            chapter = match[2]
        elif match[2].startswith("DMJ"):
            title = _TITLE.match(match[3])
            words = " ".join(title[1].split()) if title else ""
            entries[match[2]] = Entry(match[2], chapter, words, match[3].strip())
    return entries


def code_of(name: str, entries: dict[str, Entry]) -> str:
    """The code that a person means: `dmj203`, `203` and `DMJ0203` are one.

    Raises `CommandError` naming the nearest if there is none.
    """
    digits = re.fullmatch(r"(?:DMJ)?[-_ ]?(\d{1,4})", name.strip(), re.IGNORECASE)
    code = f"DMJ{int(digits[1]):04}" if digits else name.upper()
    if code in entries:
        return code
    near = difflib.get_close_matches(code, entries, n=1, cutoff=0.5)
    meant = f"Did you mean: demijohn explain {near[0]}   {_plain(entries[near[0]].title)}\n" if near else ""
    raise CommandError(f"There is no code {code}.", fix=f"{meant}demijohn explain lists all.")


def terminal(entry: Entry, width: int) -> str:
    """An entry as it is read on a terminal of some width: text is wrapped, code is indented and left as it is."""
    parts = [f"{paint(entry.code, 'bold', 'red')}  {paint(_plain(entry.title), 'bold')}"]
    for kind, text in _pieces(_TITLE.sub("", entry.text, count=1)):
        if kind == "prose":
            parts.append(textwrap.fill(_plain(text), width, break_long_words=False, break_on_hyphens=False))
        else:
            parts.append(_code(kind, text))
    return "\n\n".join(parts)


def _code(info: str, text: str) -> str:
    """A block of code below a line that says what it is."""
    kind, _, file = info.partition(" ")
    if kind == "text":
        head = "It says:"
    elif kind == "python":
        head = "app.py:" if file in ("", "raises") else f"{file}:"
    else:
        head = f"{file}:" if file else ""
    body = textwrap.indent(text.rstrip("\n"), "    ")
    return f"{paint(head, 'dim')}\n{body}" if head else body


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The paragraphs of a text as `("prose", text)`, its blocks of code as `(what stands behind the fence, text)`."""
    end = 0
    for fence in _FENCE.finditer(text):
        yield from _paragraphs(text[end : fence.start()])
        yield fence[1].strip(), fence[2]
        end = fence.end()
    yield from _paragraphs(text[end:])


def _paragraphs(text: str) -> Iterator[tuple[str, str]]:
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.strip():
            yield "prose", paragraph


def _plain(text: str) -> str:
    """Text without the marks of Markdown that a terminal cannot show: links keep their words, code its letters."""
    words = " ".join(text.split())
    words = re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", words)
    return re.sub(r"`([^`]+)`|\*\*(?=\S)([^*]+)\*\*", lambda match: match[1] or match[2], words)


def _list(entries: dict[str, Entry]) -> None:
    chapter = ""
    for entry in entries.values():
        if entry.chapter != chapter:
            say(("\n" if chapter else "") + paint(entry.chapter, "bold"))
            chapter = entry.chapter
        say(f"  {entry.code}  {_plain(entry.title)}")
    say("\ndemijohn explain DMJ0101 tells more.")
