"""The headers that every answer of a media type carries: made once, and frozen."""

from __future__ import annotations

from ..foundation.http.headers import FixedHeaders


class FixedHeaderTable:
    """The headers that every answer of a media type carries, frozen when first needed.

    `everywhere` holds for all types, `by_type` for one ("text/html") or for all types that have no entry of their own
    ("*"). A value may hold `{nonce}`, in a source list such as `'nonce-{nonce}'`: it stands there only in answers to
    requests that asked for one.
    """

    def __init__(self) -> None:
        self.everywhere: dict[str, str] = {}
        self.by_type: dict[str, dict[str, str]] = {}
        self._frozen: dict[str, FixedHeaders] = {}

    def of(self, media_type: str) -> FixedHeaders:
        """The frozen headers of a media type, `Content-Type` first."""
        frozen = self._frozen.get(media_type)
        if frozen is None:
            frozen = FixedHeaders([("content-type", media_type), *self._values(media_type, None)])
            if len(self._frozen) < 256:  # Media types come from the app's code, but nothing here may grow for ever.
                self._frozen[media_type] = frozen
        return frozen

    def with_nonce(self, media_type: str, nonce: str) -> FixedHeaders:
        """As `of`, for one answer whose page uses a nonce."""
        return FixedHeaders([("content-type", media_type), *self._values(media_type, nonce)])

    def _values(self, media_type: str, nonce: str | None) -> list[tuple[str, str]]:
        essence = media_type.partition(";")[0].strip().lower()
        chosen = {**self.everywhere, **self.by_type.get(essence, self.by_type.get("*", {}))}
        return [(name, _fill_nonce(value, nonce)) for name, value in chosen.items()]


def _fill_nonce(value: str, nonce: str | None) -> str:
    if "{nonce}" not in value:
        return value
    return value.replace(" 'nonce-{nonce}'", "") if nonce is None else value.replace("{nonce}", nonce)
