"""The request that failed, as it may be shown: names in full, secrets hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .masking import HIDDEN, is_secret, printable, scrub_pairs

_MOST_VALUES = 100
_MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: method and path, and the pairs of query, headers and cookies with secrets hidden.

    Of cookies only the names are shown: most of them are somebody's sign-in.
    """

    method: str = ""
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, request: Any) -> Asked:
        """What a `Request` asks for; a part that cannot be read is left out."""
        query = _read(request, "query_string") or ""
        if isinstance(query, bytes):
            query = query.decode("latin-1")
        headers = _read(request, "headers")
        pairs = headers.pairs() if hasattr(headers, "pairs") else _items(headers)
        return cls(
            method=_text(_read(request, "method") or ""),
            path=_text(_read(request, "path") or ""),
            query=_masked(_parsed(query)),
            headers=_masked(pairs),
            cookies=tuple((_text(name), HIDDEN) for name, _ in _items(_read(request, "cookies"))),
        )


def _read(request: Any, name: str) -> Any:
    try:
        return getattr(request, name, None)
    except Exception:
        return None


def _items(values: Any) -> Iterable[tuple[Any, Any]]:
    return list(values.items()) if isinstance(values, Mapping) else ()


def _parsed(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=_MOST_VALUES)
    except ValueError:
        return [("", scrub_pairs(query))]


def _masked(pairs: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    shown = list(pairs)[:_MOST_VALUES]
    return tuple(
        (_text(name), HIDDEN if is_secret(name) and value else _text(scrub_pairs(str(value)))) for name, value in shown
    )


def _text(value: object) -> str:
    text = printable(str(value))
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}… {len(text):,} characters"
