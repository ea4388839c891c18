"""What tests of logs share: the lines as a server's output would have them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from demijohn.telemetry import JSONFormatter, TextFormatter


class Lines:
    """What was logged, once as text and once as JSON."""

    def __init__(self) -> None:
        self._text, self._json = io.StringIO(), io.StringIO()
        self.handlers = [logging.StreamHandler(self._text), logging.StreamHandler(self._json)]
        self.handlers[0].setFormatter(TextFormatter())
        self.handlers[1].setFormatter(JSONFormatter())

    @property
    def text(self) -> str:
        """All text lines."""
        return self._text.getvalue()

    @property
    def json(self) -> list[dict[str, Any]]:
        """All JSON lines, read."""
        return [json.loads(line) for line in self._json.getvalue().splitlines()]

    @property
    def access(self) -> list[dict[str, Any]]:
        """The lines of the access log."""
        return [line for line in self.json if line["logger"] == "demijohn.access"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Everything that is logged from level INFO on."""
    lines, root = Lines(), logging.getLogger()
    access, level = logging.getLogger("demijohn.access"), root.level
    for handler in lines.handlers:
        root.addHandler(handler)
    root.setLevel("INFO")
    yield lines
    root.setLevel(level)
    access.setLevel(logging.NOTSET)
    for handler in lines.handlers:
        root.removeHandler(handler)
