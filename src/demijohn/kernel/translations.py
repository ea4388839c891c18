"""Paths that are spelt by language: one route, one name, several addresses.

A path or prefix is a text, or a mapping of languages to texts: `{"en": "/posts/{id}", "de": "/beitraege/{id}"}`. What
is joined from several of them is spelt in each of their languages; links pick one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..foundation.errors import SetupError, Where

Spelt: TypeAlias = str | Mapping[str, str]

_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(?:-[a-zA-Z0-9]{1,8})*").fullmatch


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of a path, and the languages that it is for: none if the path is not translated."""

    path: str
    languages: tuple[str, ...] = ()


AS_IT_IS = (Spelling(""),)


def spellings_of(spelt: Spelt) -> tuple[Spelling, ...]:
    """The spellings of one text or mapping."""
    if isinstance(spelt, str):
        return (Spelling(spelt),)
    return tuple(Spelling(text, (language,)) for language, text in spelt.items())


def joined(outer: tuple[Spelling, ...], inner: Spelt, where: Where) -> tuple[Spelling, ...]:
    """A path behind a prefix, in the languages of both; a language that one of two lacks is a SetupError."""
    parts = spellings_of(inner)
    if not parts[0].languages or not outer[0].languages:
        pairs = [(one, other) for one in outer for other in parts]
        return _merged([Spelling(one.path + other.path, one.languages or other.languages) for one, other in pairs])
    known = {language: one.path for one in outer for language in one.languages}
    own = {language: other.path for other in parts for language in other.languages}
    if known.keys() != own.keys():
        lacking = next(iter([*(known.keys() - own.keys()), *(own.keys() - known.keys())]))
        text = next(iter(own.values()))
        has, lacks = ("prefix", f"path {text}") if lacking in known else (f"path {text}", "prefix")
        raise SetupError(
            "DMJ0210", f"The {has} is spelt in {lacking!r}, the {lacks} is not.",
            fix=f'Add its spelling: "{lacking}": "/...", or take {lacking!r} out of the other.', where=where,
        )  # fmt: skip
    return _merged([Spelling(path + own[language], (language,)) for language, path in known.items()])


def require_spelt(spelt: Any, where: Where) -> None:
    """Refuse a mapping that is none of languages to texts, or whose texts have different parameters."""
    if isinstance(spelt, str):
        return
    odd = [language for language in spelt if not isinstance(language, str) or not _LANGUAGE(language)]
    if odd or not spelt or not all(isinstance(text, str) for text in spelt.values()):
        shown = f"{odd[0]!r} is no language" if odd else "it is no mapping of languages to paths"
        raise SetupError(
            "DMJ0211", f"The path {dict(spelt)!r}: {shown}.", fix='{"en": "/about", "pt-BR": "/sobre"}', where=where
        )
    names = {language: set(re.findall(r"\{(\w+)(?=[:}])", text)) for language, text in spelt.items()}
    first, *others = names
    for other in others:
        different = sorted(names[first] ^ names[other])
        if different:
            has, lacks = (first, other) if different[0] in names[first] else (other, first)
            raise SetupError(
                "DMJ0211", f"The path {dict(spelt)!r}: {{{different[0]}}} is in {has!r}, not in {lacks!r}.",
                fix="Give every spelling the same parameters, in whatever order.", where=where,
            )  # fmt: skip


def _merged(spellings: list[Spelling]) -> tuple[Spelling, ...]:
    """Languages that spell a path alike share one spelling."""
    by_path: dict[str, tuple[str, ...]] = {}
    for spelling in spellings:
        by_path[spelling.path] = (*by_path.get(spelling.path, ()), *spelling.languages)
    return tuple(Spelling(path, languages) for path, languages in by_path.items())


def as_prefix(prefix: Spelt, where: Where) -> Spelt:
    """A prefix without the slash at its end; SetupError for one that does not begin with one."""
    if not isinstance(prefix, str):
        require_spelt(prefix, where)
        return {language: str(as_prefix(text, where)) for language, text in prefix.items()}
    if prefix and not prefix.startswith("/"):
        raise SetupError(
            "DMJ0201", f"The prefix {prefix!r} does not begin with a slash.", fix=f'Write "/{prefix}".', where=where
        )
    return prefix.rstrip("/")
