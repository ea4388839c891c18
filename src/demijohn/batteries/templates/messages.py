"""What the templates of this battery say, by key; an app says it in other words by `Templates(messages=...)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...kernel.error_page import MESSAGES as ERRORS

MESSAGES: Final[Mapping[str, str]] = {
    # The base page
    "skip": "Skip to content",
    # The pager
    "pages": "Pages",
    "page": "Page {number}",
    "first": "First",
    "previous": "Previous",
    "next": "Next",
    # The error pages, and what language all of this is
    **ERRORS,
}
