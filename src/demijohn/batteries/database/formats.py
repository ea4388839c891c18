"""Formats of text: what `field(format=...)` means to whoever checks, shows or describes a value."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Final, Literal, TypeAlias

FormatName: TypeAlias = Literal["email", "url", "slug"]

_LABEL: Final = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL: Final = re.compile(rf"[^\s@\"(),:;<>\[\\\]\x00-\x1f]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_URL: Final = re.compile(r"https?://(?:[^\s/?#@\x00-\x1f]*@)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?#]\S*)?")
_SLUG: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """One format: its pattern, the longest value its column holds, what OpenAPI calls it, what people are told."""

    pattern: re.Pattern[str]
    max_length: int
    openapi: str
    message: str

    def accepts(self, value: str) -> bool:
        """Whether a text has this format."""
        return self.pattern.fullmatch(value) is not None


FORMATS: Final[dict[str, Format]] = {
    "email": Format(_EMAIL, 254, "email", "Expected an e-mail address, such as ann@example.org"),
    "url": Format(_URL, 2000, "uri", "Expected a web address, such as https://example.org/"),
    "slug": Format(_SLUG, 100, "", "Expected lower-case letters and digits, with single - or _ between them"),
}
"""By the name that `field(format=...)` takes.

>>> FORMATS["email"].accepts("ann@example.org"), FORMATS["email"].accepts("ann")
(True, False)
"""


def openapi_words(spec: Any) -> dict[str, str]:
    """What a field's format adds to the schema of its values."""
    known = FORMATS.get(spec.format or "")
    return {"format": known.openapi} if known is not None and known.openapi else {}
