"""Names of files: what is left of a visitor's that can do no harm."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 255
"""Bytes in a name, as file systems have it."""

_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,16}$")


def safe_name(name: str, otherwise: str = "file") -> str:
    """The last part of a name without what any system could misread: never empty, no dot in front, at most 255 bytes.

    For showing it, and as a part of a name of one's own; two visitors may well have the same. What is left of
    nothing is `otherwise`.

    >>> safe_name("../../etc/passwd"), safe_name("my photo.JPG"), safe_name("...")
    ('passwd', 'my-photo.JPG', 'file')
    """
    plain = unicodedata.normalize("NFC", name.encode(errors="ignore").decode()).replace("\\", "/")
    last = plain.rstrip("/").rpartition("/")[2]
    kept = re.sub(r"[^\w.\-]+", "-", last).strip("-. _")
    kept = re.sub(r"-*\.[-.]*", ".", kept)
    if not kept or _DEVICES.match(kept):
        kept = otherwise + kept
    return _shortened(kept)


def suffix_of(name: str) -> str:
    """The ending of a name, in lower case and with its dot; nothing if it has none that is plain.

    >>> suffix_of("photo.JPG"), suffix_of("a.tar.gz"), suffix_of("x.jpg%00")
    ('.jpg', '.gz', '')
    """
    found = _SUFFIX.search(name)
    return found[0].lower() if found else ""


def _shortened(name: str, most: int = LONGEST) -> str:
    if len(name.encode()) <= most:
        return name
    suffix = _SUFFIX.search(name)
    ending = suffix[0] if suffix else ""
    stem = name[: len(name) - len(ending)].encode()[: most - len(ending)]
    return stem.decode(errors="ignore").rstrip(".-") + ending
