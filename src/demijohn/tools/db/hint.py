"""In development: what the models have and the database lacks, with the command that mends it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ..console import count
from ..finder import Target, option_for

Hint = dict[str, Any]
"""`what` is lacking, the `command` that mends it, and what a key may `run` in order `to` do it (nothing, where a person
has to look before)."""

_SHOWN = 5
_LOCK = threading.Lock()


def tell_drift(kernel: Any, target: Target, tell: Callable[[list[Hint]], None]) -> None:
    """Look beside the serving of the app, and tell what is found; an app without migrations has nothing to look for."""
    threading.Thread(target=_tell, args=(kernel, target, tell), name="demijohn-drift", daemon=True).start()


def _tell(kernel: Any, target: Target, tell: Callable[[list[Hint]], None]) -> None:
    # Whatever is wrong with the database, the app itself tells it better.
    with contextlib.suppress(Exception), _LOCK:
        found = list(hints(kernel, option_for(target)))
        if found:
            tell(found)


def hints(kernel: Any, option: str = "") -> Iterator[Hint]:
    """What to say of each database of an app; `option` names the app in commands."""
    from ...batteries.database import Engines

    for engines in kernel.offers(Engines):
        yield from _hints(engines, kernel.sources.root, option)


def _hints(engines: Any, root: Any, option: str) -> Iterator[Hint]:
    from ...batteries.database.tables import has_migrations
    from .opened import MAIN, history_of

    name = getattr(engines, "name", MAIN)
    if not has_migrations(root, name):
        return
    from ...batteries.database.migrations import drift

    history = history_of(engines, root)
    which = [] if name == MAIN else ["--database", name]
    option = " ".join(["", *which]) + option
    pending = history.pending()
    if pending:
        yield {
            "what": f"{count(len(pending), 'migration')} not applied: {_some(pending)}.",
            "command": f"demijohn db migrate{option}",
            "run": ["db", "migrate", *which],
            "to": "to apply" + (" it" if len(pending) == 1 else " them"),
        }
        return
    found = drift(history)
    if found.words:
        yield {
            "what": f"The models have what the database lacks: {_some(found.words)}.",
            "command": f"demijohn db make --apply{option}",
            "run": ["db", "make", "--apply", "--additive", *which] if found.only_adds else [],
            "to": "to make the migration and apply it",
        }


def _some(words: list[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more
