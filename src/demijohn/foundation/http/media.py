"""Media types, what of them a client accepts, and the parameters that headers share (RFC 9110, sections
5.6.6, 8.3.1 and 12.5.1).

Every pattern here reads a character once: alternatives start with different characters, and the quantifiers
over them are possessive, so that no header makes a search go back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

_Matcher = Callable[[str, int], re.Match[str] | None]

MAX_RANGES = 64  # of an Accept header; browsers send fewer than ten

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_ESSENCE = re.compile(rf"[ \t]*+({_WORD})/({_WORD})[ \t]*+").match
_QUOTED = r'"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e\x80-\xff])*+)"'
_PARAMETER = re.compile(rf";[ \t]*+(?:({_WORD})=(?:({_WORD})|{_QUOTED})[ \t]*+)?").match
_LENIENT = re.compile(rf";[ \t]*+(?:({_WORD})[ \t]*+=[ \t]*+(?:([^\s\";,]++)|{_QUOTED})[ \t]*+)?").match
_ELEMENTS = re.compile(r'(?:[^,"]++|"(?:[^"\\]|\\.)*+"?)++', re.DOTALL).finditer
_ESCAPED = re.compile(r"\\(.)").sub
_WEIGHT = re.compile(r"0?\.[0-9]++|0\.?|1(?:\.0*+)?").fullmatch
_IS_TOKEN = re.compile(_WORD).fullmatch


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type such as `text/html; charset=utf-8`; types and names are in lower case.

    >>> html = MediaType.parse("Text/HTML; Charset=UTF-8")
    >>> html.essence, html.charset, str(html)
    ('text/html', 'utf-8', 'text/html; charset=UTF-8')
    """

    type: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> MediaType | None:
        """The media type that a `Content-Type` names, or None where it is malformed.

        Of several parameters with one name the first counts.
        """
        match = _ESSENCE(text)
        if match is None:
            return None
        if match.end() == len(text):
            return cls(match[1].lower(), match[2].lower(), {})
        parameters, end = _parameters(text, match.end(), _PARAMETER)
        return cls(match[1].lower(), match[2].lower(), parameters) if end == len(text) else None

    @property
    def essence(self) -> str:
        """The type without its parameters: `text/html`."""
        return f"{self.type}/{self.subtype}"

    @property
    def charset(self) -> str | None:
        """The parameter of that name in lower case, or None."""
        charset = self.parameters.get("charset")
        return None if charset is None else charset.lower()

    @property
    def is_json(self) -> bool:
        """Whether the content is JSON: `application/json`, or a type that ends with `+json` (RFC 6839)."""
        return self.essence == "application/json" or self.subtype.endswith("+json")

    def __str__(self) -> str:
        return "; ".join([self.essence, *(f"{name}={_quoted(value)}" for name, value in self.parameters.items())])


@dataclass(frozen=True, slots=True)
class MediaRange:
    """What an `Accept` header names: a media type in which the subtype, or both, may be `*`."""

    type: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def precision(self) -> int:
        """How narrow it is: the narrowest range that covers a media type decides (section 12.5.1)."""
        if self.type == "*":
            return 0
        return 1 if self.subtype == "*" else 2 + len(self.parameters)

    def covers(self, media: MediaType) -> bool:
        """Whether a media type lies in the range: it may have more parameters, but none less."""
        if self.type not in ("*", media.type) or self.subtype not in ("*", media.subtype):
            return False
        return all(media.parameters.get(name) == value for name, value in self.parameters.items())


def parse_accept(header: str) -> list[tuple[MediaRange, float]]:
    """The media ranges of an `Accept` header with their weights, from 0 to 1, in the order they stand.

    Malformed elements are skipped, and so is all after the first 64. A `charset` is dropped: answers are
    UTF-8, and clients that add it to `application/json` mean no other type.

    >>> [(str(media.subtype), weight) for media, weight in parse_accept("text/html, text/*;q=0.5")]
    [('html', 1.0), ('*', 0.5)]
    """
    ranges: list[tuple[MediaRange, float]] = []
    for count, match in enumerate(_ELEMENTS(header)):
        if count == MAX_RANGES:
            break
        element = match[0].strip(" \t")
        if element == "*" or element.startswith("*;"):
            element = "*/*" + element[1:]  # what Java has always sent
        media = MediaType.parse(element)
        weighted = media and _weighted(media)
        if weighted:
            ranges.append(weighted)
    return ranges


def _weighted(media: MediaType) -> tuple[MediaRange, float] | None:
    if media.type == "*" and media.subtype != "*":
        return None
    parameters: dict[str, str] = {}
    weight = "1"
    for name, value in media.parameters.items():
        if name == "q":
            weight = value
            break  # what follows the weight was an extension that nobody used
        if name != "charset":
            parameters[name] = value
    if not _WEIGHT(weight):
        return None
    return MediaRange(media.type, media.subtype, parameters), float(weight)


def best_match(accept_header: str | None, offered: Sequence[str]) -> str | None:
    """Which of the offered media types the client likes best, or None if it accepts none of them.

    Of equals the one offered first wins. Without a header, or with one that names nothing, all is accepted.
    Raises ValueError for an offer that is no media type.

    >>> best_match("text/html, */*;q=0.1", ["application/json", "text/html"])
    'text/html'
    >>> best_match("image/png", ["text/html"]) is None
    True
    """
    ranges = parse_accept(accept_header) if accept_header else []
    if not ranges:
        return offered[0] if offered else None
    best, best_weight = None, 0.0
    for offer in offered:
        media = MediaType.parse(offer)
        if media is None:
            raise ValueError(f"{offer!r} is no media type to offer: text/html is one.")
        weight = _weight_of(media, ranges)
        if weight > best_weight:
            best, best_weight = offer, weight
    return best


def _weight_of(media: MediaType, ranges: list[tuple[MediaRange, float]]) -> float:
    narrowest, weight = -1, 0.0
    for media_range, its_weight in ranges:
        if media_range.precision > narrowest and media_range.covers(media):
            narrowest, weight = media_range.precision, its_weight
    return weight


def parse_options(header: str) -> tuple[str, dict[str, str]]:
    """A value such as `attachment; filename="a.txt"`: what stands first, in lower case, and its parameters.

    Names are in lower case; of several with one name the first counts. Reading ends at the first parameter
    that is malformed. `filename*` is not decoded.

    >>> parse_options('Attachment; FileName="a \\\\"b\\\\".txt"')
    ('attachment', {'filename': 'a "b".txt'})
    """
    first, _, _ = header.partition(";")
    parameters, _ = _parameters(header, len(first), _LENIENT)
    return first.strip(" \t").lower(), parameters


def _parameters(text: str, start: int, pattern: _Matcher) -> tuple[dict[str, str], int]:
    """The parameters from `start` on, and where reading had to end."""
    parameters: dict[str, str] = {}
    end = start
    while match := pattern(text, end):
        end = match.end()
        name, token, quoted = match.groups()
        if name:
            value = token if quoted is None else _ESCAPED(r"\1", quoted)
            parameters.setdefault(name.lower(), value)
    return parameters, end


def _quoted(value: str) -> str:
    if _IS_TOKEN(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def content_disposition(kind: Literal["attachment", "inline"], filename: str) -> str:
    """The value of a `Content-Disposition` header (RFC 6266) that suggests a name for the file.

    Folders in front of the name are cut off and control characters replaced. Names that are not plain ASCII
    are sent twice: simplified for old clients, and as `filename*` (RFC 8187) for all others.

    >>> print(content_disposition("attachment", "../café.txt"))
    attachment; filename="cafe.txt"; filename*=UTF-8''caf%C3%A9.txt
    """
    if kind not in ("attachment", "inline"):
        raise ValueError(f'{kind!r} is no content disposition: "attachment" and "inline" are.')
    name = base_name(filename)
    name = "".join(letter if letter.isprintable() else "_" for letter in name) or "download"
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # Decomposing may make slashes of what only looked like them.
    plain = "".join(letter if letter.isascii() and letter not in "/\\" else "_" for letter in plain)
    escaped = plain.replace('"', '\\"')
    value = f'{kind}; filename="{escaped}"'
    if plain == name and not set(name) & set('"%'):
        return value
    from urllib.parse import quote  # costs every start some milliseconds, and is seldom needed

    encoded = quote(name, safe="!#$&+-.^_`|~")
    return f"{value}; filename*=UTF-8''{encoded}"


def base_name(filename: str) -> str:
    r"""What follows the last slash or backslash; nothing for `.` and `..`.

    >>> base_name(r"C:\Users\me\photo.jpg")
    'photo.jpg'
    """
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "" if name in (".", "..") else name
