"""What a client prefers of languages and content codings (RFC 9110, sections 12.5.3 and 12.5.4).

Both headers are lists of words with weights. Malformed elements are skipped, and so is all after the first 64.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_ELEMENTS = 64

_ELEMENT = re.compile(r"[ \t]*+([0-9A-Za-z*][0-9A-Za-z_.+-]*+)[ \t]*+(?:;[ \t]*+[qQ]=([0-9.]{1,5})[ \t]*+)?").fullmatch
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?").fullmatch


def parse_preferences(header: str) -> list[tuple[str, float]]:
    """The words of such a header in lower case, with their weights from 0 to 1, in the order they stand.

    >>> parse_preferences("gzip, BR;q=0.5, nonsense;x=1")
    [('gzip', 1.0), ('br', 0.5)]
    """
    found: list[tuple[str, float]] = []
    for element in header.split(",", MAX_ELEMENTS)[:MAX_ELEMENTS]:
        match = _ELEMENT(element)
        if match is not None and (match[2] is None or _WEIGHT(match[2])):
            found.append((match[1].lower(), 1.0 if match[2] is None else float(match[2])))
    return found


def best_encoding(accept_encoding: str | None, offered: Sequence[str]) -> str | None:
    """Which of the offered content codings to answer with; None for none, the plain bytes.

    Of equals the one offered first wins. `*` counts for none: whoever sends it alone is no browser.

    >>> best_encoding("gzip, br", ["br", "gzip"]), best_encoding("br;q=0, identity", ["br"])
    ('br', None)
    """
    if not accept_encoding:
        return None
    weights = dict(parse_preferences(accept_encoding))
    if "x-gzip" in weights:
        weights.setdefault("gzip", weights["x-gzip"])
    best, best_weight = None, 0.0
    for coding in offered:
        weight = weights.get(coding, 0.0)
        if weight > best_weight:
            best, best_weight = coding, weight
    return None if best_weight < weights.get("identity", 0.0) else best


def best_language(accept_language: str | None, offered: Sequence[str]) -> str | None:
    """Which of the offered languages the client likes best; None if it takes none of them.

    `en` in the header covers an offered `en-GB`, and an offered `en` is what is left for `en-GB` in the header (RFC
    4647, sections 3.3.1 and 3.4). Without a header, or with one that names nothing, all are accepted.

    >>> best_language("de-AT, en;q=0.8", ["en", "de"]), best_language("fr", ["en", "de"])
    ('de', None)
    """
    ranges = parse_preferences(accept_language) if accept_language else []
    if not ranges:
        return offered[0] if offered else None
    best, best_score = None, (0.0, 0)
    for language in offered:
        score = _score(language.lower(), ranges)
        if score > best_score:
            best, best_score = language, score
    return best


def _score(language: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """The weight of a language, and how well the range that gives it fits: 2 covers it, 1 is narrower, 0 is `*`."""
    narrowest, weight = 0, -1.0
    for name, its_weight in ranges:
        if len(name) > narrowest and (language == name or language.startswith(f"{name}-")):
            narrowest, weight = len(name), its_weight
    if narrowest:
        return weight, 2
    narrower = [its_weight for name, its_weight in ranges if name.startswith(f"{language}-")]
    if narrower:
        return max(narrower), 1
    return max((its_weight for name, its_weight in ranges if name == "*"), default=0.0), 0
