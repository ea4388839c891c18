"""In development: what the models have and the database lacks, with the command that mends it."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from ..console import count, paint, say

_SHOWN = 5
_LOCK = threading.Lock()


def tell_drift(kernel: Any) -> None:
    """Look beside the serving of the app, and say what is found; an app without migrations has nothing to look for."""
    threading.Thread(target=_tell, args=(kernel,), name="demijohn-drift", daemon=True).start()


def _tell(kernel: Any) -> None:
    # Whatever is wrong with the database, the app itself tells it better.
    with contextlib.suppress(Exception), _LOCK:
        for line in hints(kernel):
            say(line)


def hints(kernel: Any) -> list[str]:
    """What to say of each database of an app."""
    from ...batteries.database import Engines

    found: list[str] = []
    for engines in kernel.offers(Engines):
        found += _hint(engines, kernel.sources.root)
    return found


def _hint(engines: Any, root: Any) -> list[str]:
    from ...batteries.database.tables import has_migrations
    from .opened import MAIN, history_of

    name = getattr(engines, "name", MAIN)
    if not has_migrations(root, name):
        return []
    from ...batteries.database.migrations import drift

    history = history_of(engines, root)
    option = "" if name == MAIN else f" --database {name}"
    pending = history.pending()
    if pending:
        return [
            _line(f"{count(len(pending), 'migration')} not applied: {_some(pending)}.", f"demijohn db migrate{option}")
        ]
    words = drift(history)
    if not words:
        return []
    return [_line(f"The models have what the database lacks: {_some(words)}.", f"demijohn db make --apply{option}")]


def _some(words: list[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _line(what: str, command: str) -> str:
    return f"{paint('!', 'yellow')} {what} To mend it: {paint(command, 'bold')}"
