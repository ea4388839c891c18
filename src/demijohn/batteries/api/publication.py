"""The document as it is sent: made when it is first asked for, and kept."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ...foundation.http.conditions import etag
from ...kernel.kernel import Kernel
from .document import make_document
from .page import Page

if TYPE_CHECKING:
    from .battery import API

_MOST: Final = 16


class Edition:
    """The document under one prefix: as values, as bytes with their tag, and as a page."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.json: bytes = msgspec.json.encode(document)
        self.etag = etag(self.json)

    @functools.cached_property
    def page(self) -> Page:
        """What the page shows."""
        return Page(self.document)


class Publication:
    """The editions of one app: its prefix (`root_path`) is the server's, and may differ between requests."""

    def __init__(self, api: API) -> None:
        self._api = api
        self._editions: dict[str, Edition] = {}
        self._lock = threading.Lock()

    def of(self, kernel: Kernel, root_path: str) -> Edition:
        """The edition for a prefix."""
        edition = self._editions.get(root_path)
        if edition is None:
            with self._lock:
                edition = self._editions.get(root_path) or Edition(
                    make_document(self._api, kernel, root_path=root_path)
                )
                if len(self._editions) < _MOST:  # A proxy's header may say the prefix.
                    self._editions[root_path] = edition
        return edition
