"""What is asked of every app: the four database tests of TechEmpower's benchmark, and two of ours beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..apps.database.texts import EXTRA, FORTUNES, WORLDS
from ..rows import Row
from ..workloads import Workload

COUNT = 20


@dataclass(frozen=True)
class DatabaseWorkload(Workload):
    """`goal` is what Demijohn is to be of the best peer with an ORM; `like` names what the peers do instead."""

    goal: float = 0.0
    like: str = ""

    def applies_to(self, row: Row) -> bool:
        """What is like another is asked of Demijohn only."""
        return not self.like or row.kind == "demijohn"


def _is_world(found: object) -> bool:
    return isinstance(found, dict) and set(found) == {"id", "randomNumber"} and 1 <= found["id"] <= WORLDS


def _one(body: bytes) -> bool:
    return _is_world(json.loads(body))


def _several(body: bytes) -> bool:
    found = json.loads(body)
    return len(found) == COUNT and all(map(_is_world, found)) and len({world["id"] for world in found}) == COUNT


def _fortunes(body: bytes) -> bool:
    cells = re.findall(r"<td>(.*?)</td>", body.decode())
    texts = [re.sub(r"&#3[49];|&#x27;|&quot;", "'", cell) for cell in cells[1::2]]
    wanted = sorted([*FORTUNES, EXTRA])
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in wanted]
    return texts == [text.replace('"', "'") for text in escaped]


def _workload(
    name: str, title: str, path: str, is_right: Callable[[bytes], bool], goal: float, like: str = ""
) -> DatabaseWorkload:
    kind = "text/html" if name == "fortunes" else "application/json"
    return DatabaseWorkload(name, title, path, is_right, kind, goal=goal, like=like)


WORKLOADS: list[Workload] = [
    _workload("db", "one row", "/db", _one, 3.0),
    _workload("queries", "20 rows", f"/queries?queries={COUNT}", _several, 3.0),
    _workload("fortunes", "fortunes", "/fortunes", _fortunes, 2.0),
    _workload("updates", "20 updates", f"/updates?queries={COUNT}", _several, 2.5),
    _workload("built", "one row, statement built per call", "/built/db", _one, 2.0, "db"),
    _workload("built20", "20 rows, built per call", f"/built/queries?queries={COUNT}", _several, 1.7, "queries"),
]
