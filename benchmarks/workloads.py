"""What is asked of every app, and what it must answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from .apps.work import BODY, ITEMS, MESSAGE, SUMMARY
from .rows import Row

ROW = 7
STYLE = "".join(f".part-{i} {{ margin: {i}px; color: rgb({i}, {i}, {i}) }}\n" for i in range(180))


@dataclass(frozen=True)
class Workload:
    """One request that is repeated; `is_right` judges the body of an answer.

    With `begins_at`, that page is asked for before, and the cookie that it sets is sent. `has_headers` is whether our
    own answers have the security headers.
    """

    name: str
    title: str
    path: str
    is_right: Callable[[bytes], bool]
    media_type: str = "application/json"
    body: bytes | None = None
    async_only: bool = False
    begins_at: str = ""
    has_headers: bool = True

    def applies_to(self, row: Row) -> bool:
        """Whether a row can be asked it."""
        return row.is_async or not self.async_only


def _text(text: str) -> Callable[[bytes], bool]:
    return lambda body: body.decode() == text


def is_json(value: object) -> Callable[[bytes], bool]:
    """Whether a body is a value, as JSON."""
    return lambda body: json.loads(body) == value


def _is_page(body: bytes) -> bool:
    cells = re.findall(r"<td>(.*?)</td>", body.decode())
    wanted = [str(item[key]) for item in ITEMS for key in ("name", "sku", "stock")]
    escaped = [cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for cell in wanted]
    return cells == escaped and b"<title>Items</title>" in body


USER = {"id": 42, "q": "cork", "limit": 25}
TEXT = "text/plain"
WORKLOADS = [
    Workload("plaintext", "plaintext", "/plaintext", _text(MESSAGE), TEXT),
    Workload("json", "JSON", "/json", is_json({"message": MESSAGE})),
    Workload("parameters", "typed parameters", "/users/42?q=cork&limit=25", is_json(USER)),
    Workload("order", "validated POST", "/orders", is_json(SUMMARY), body=BODY),
    Workload("routes", "last of 50 routes", "/thing9/42/detail", _text("42"), TEXT),
    Workload("blocking", "def, async server", "/blocking", _text(MESSAGE), TEXT, async_only=True),
    Workload("template", "template", "/items", _is_page, "text/html"),
    Workload("static", "static file", "/static/site.css", _text(STYLE), "text/css"),
    Workload("row", "one row", f"/rows/{ROW}", is_json({"id": ROW, "name": f"Row {ROW}"})),
]
