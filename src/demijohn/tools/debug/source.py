"""Source code around a place: a few lines, and the columns at fault.

Columns come from the positions that Python keeps with each instruction (PEP 657), narrowed to the part that
matters: in `order.customer.nmae` the caret stands under `nmae`, in `rows[10]` under `[10]`, in a call under
the name of what is called.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import re
from dataclasses import dataclass
from types import CodeType

from .masking import blanked, printable

_MOST_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source: `number` from 1, `text`, and the columns from `start` to `end` that are at fault."""

    number: int
    text: str
    current: bool = False
    start: int = 0
    end: int = 0

    @property
    def caret(self) -> str:
        """The line of carets to set under it, empty when no columns are known; it keeps tabs, to fit."""
        if self.end <= self.start:
            return ""
        indent = "".join("\t" if char == "\t" else " " for char in self.text[: self.start])
        return indent + "^" * (self.end - self.start)


def lines_around(
    file: str,
    number: int,
    span: tuple[int, int] | None = None,
    *,
    source: str | None = None,
    before: int = 4,
    after: int = 2,
) -> tuple[Line, ...]:
    """The line and a few around it, less their common indent; none when the source cannot be read.

    `span` is the columns at fault, in characters. `source` is used instead of the file where it is given.
    """
    if source is None:
        linecache.checkcache(file)
        texts = [text.rstrip("\r\n") for text in linecache.getlines(file)]
    else:
        texts = source.splitlines()
    if not 1 <= number <= len(texts):
        return ()
    first, last = max(1, number - before), min(len(texts), number + after)
    start, end = span or (0, 0)
    lines = [
        Line(n, texts[n - 1], n == number, *((start, end) if n == number else (0, 0))) for n in range(first, last + 1)
    ]
    while lines and not lines[0].text.strip() and not lines[0].current:
        del lines[0]
    while lines and not lines[-1].text.strip() and not lines[-1].current:
        del lines[-1]
    return tuple(_shown(line, _common_indent(lines)) for line in lines)


def _common_indent(lines: list[Line]) -> int:
    filled = [line.text for line in lines if line.text.strip()]
    return min((len(text) - len(text.lstrip(" ")) for text in filled), default=0)


def _shown(line: Line, indent: int) -> Line:
    text = line.text[indent : indent + _MOST_COLUMNS]
    start, end = max(0, line.start - indent), max(0, min(line.end - indent, len(text)))
    # Escapes are longer than what they stand for: measure the parts as they will be seen.
    text = blanked(text)
    before, at_fault, after = (printable(part) for part in (text[:start], text[start:end], text[end:]))
    return Line(line.number, before + at_fault + after, line.current, len(before), len(before) + len(at_fault))


def columns(code: CodeType, last_instruction: int, file: str, number: int) -> tuple[int, int] | None:
    """The columns at fault in a line, in characters from its start; None when Python does not know them."""
    positions = next(itertools.islice(code.co_positions(), last_instruction // 2, None), None)
    if positions is None or last_instruction < 0:
        return None
    first, last, start, end = positions
    if first != number or last is None or start is None or end is None:
        return None
    text = linecache.getline(file, number).rstrip("\r\n")
    raw = text.encode(errors="surrogatepass")
    begin = len(raw[:start].decode(errors="replace"))
    if last != number:
        return (begin, len(text))
    finish = len(raw[:end].decode(errors="replace"))
    return _narrowed(text, begin, finish) if finish <= len(text) else None


def undefined_columns(message: str, file: str, number: int) -> tuple[int, int] | None:
    """Where a line of a template has the name that a message of Jinja calls undefined, if it does."""
    name = re.search(r"'(\w+)' is undefined|has no attribute '(\w+)'", message)
    found = name and re.search(rf"\b{name[1] or name[2]}\b", linecache.getline(file, number))
    return found.span() if found else None


def _narrowed(text: str, start: int, end: int) -> tuple[int, int]:
    """What failed, less what led there and what follows: the attribute of `a.b`, the brackets of `a[b]`."""
    piece = text[start:end]
    if not piece.isascii():  # the columns of `ast` are bytes
        return (start, end)
    lead = len("raise ") if piece.startswith("raise ") else 0
    expression = parse(piece[lead:].partition(" from ")[0] if lead else piece)
    if isinstance(expression, ast.Call):
        expression = expression.func
    elif isinstance(expression, ast.Subscript):
        return (start + (expression.value.end_col_offset or 0), end)
    if isinstance(expression, ast.Attribute) and expression.end_lineno == 1:
        finish = expression.end_col_offset or 0
        return (start + lead + finish - len(expression.attr), start + lead + finish)
    if isinstance(expression, ast.Name):
        return (start + lead, start + lead + len(expression.id))
    return (start, end)


def parse(segment: str) -> ast.expr | None:
    """A piece of source as an expression, None when it is something else, such as a statement."""
    try:
        return ast.parse(segment.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def segment(code: CodeType, last_instruction: int) -> str:
    """The piece of source that an instruction came from, empty when Python or the file does not tell."""
    positions = next(itertools.islice(code.co_positions(), last_instruction // 2, None), None)
    if positions is None or last_instruction < 0 or None in positions:
        return ""
    first, last, start, end = (number or 0 for number in positions)
    raw = [
        linecache.getline(code.co_filename, number).encode(errors="replace")
        for number in range(first, min(last, first + 50) + 1)
    ]
    if not raw:
        return ""
    raw[-1] = raw[-1][:end]
    raw[0] = raw[0][start:]
    return b"".join(raw).decode(errors="replace")
