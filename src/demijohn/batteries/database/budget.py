"""How many statements a piece of code may send, held against what it sends: for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_open: list[list[str]] = []
"""What is noted of each budget that is held against now."""


def note_statement(statement: str) -> None:
    """Count what is sent past SQLAlchemy's engine."""
    for statements in _open:
        statements.append(statement)


@contextmanager
def query_budget(most: int) -> Iterator[list[str]]:
    """Raise `AssertionError` if the block sends more statements than `most`, and list them.

    Those of all units of this process count, sync and async, so an app may be asked through `Client` inside.
    BEGIN, COMMIT and pings do not count; a statement with many rows counts once. What was sent so far is in the
    list that the block is given. Meanwhile reads pass through SQLAlchemy's engine, which takes a little longer.

    >>> with query_budget(0) as statements:
    ...     print(statements)
    []
    """
    statements: list[str] = []
    if not _open:
        event.listen(Engine, "before_cursor_execute", _hear)
    _open.append(statements)
    try:
        yield statements
    finally:
        _open[:] = [one for one in _open if one is not statements]
        if not _open:
            event.remove(Engine, "before_cursor_execute", _hear)
    if len(statements) > most:
        listed = "\n".join(f"{number:3}. {' '.join(sql.split())}" for number, sql in enumerate(statements, 1))
        raise AssertionError(f"{len(statements)} statements were sent, and the budget is {most}:\n{listed}")


def _hear(*args: Any) -> None:
    note_statement(args[2])
