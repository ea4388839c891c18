"""What tells the shapes of statements apart: SQLAlchemy's cache key, which is its own affair.

This is the one place that touches it. It is known for the series of SQLAlchemy that is named here; with any other
there are no keys, so that every statement goes through the session: slower, and as right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy

SERIES: Final = "2.1"
"""The series whose keys are known."""


class StatementKey(NamedTuple):
    """A statement's shape, which is equal for all that differ in their values only, and the bound values in order."""

    shape: Any
    binds: Sequence[Any]


def is_known(version: str) -> bool:
    """Whether the keys of a version of SQLAlchemy are those that are known here.

    >>> is_known("2.1.9"), is_known("2.10.0"), is_known("3.0.0")
    (True, False, False)
    """
    return version.split(".")[:2] == SERIES.split(".")


_KNOWN: Final = is_known(sqlalchemy.__version__)


def statement_key(statement: Any) -> StatementKey | None:
    """The key of a statement; `None` if it has none, none that is known, or values beside it (`.params()`)."""
    make = getattr(statement, "_generate_cache_key", None) if _KNOWN else None
    made = None if make is None else make()
    return None if made is None or made.params else StatementKey(made.key, made.bindparams)
