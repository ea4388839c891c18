"""An SQLite file of the benchmark's own: made in a temporary folder, filled, and removed."""

from __future__ import annotations

import contextlib
import pathlib
import sqlite3
import tempfile
from collections.abc import Iterator

from .worlds import rows


@contextlib.contextmanager
def sqlite() -> Iterator[str]:
    """The URL of a file with the rows of the benchmark."""
    with tempfile.TemporaryDirectory(prefix="demijohn-benchmark-") as name:
        file = pathlib.Path(name) / "rows.sqlite"
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute("CREATE TABLE world (id INTEGER PRIMARY KEY, random_number INTEGER NOT NULL)")
            database.executemany("INSERT INTO world VALUES (?, ?)", rows())
        yield f"sqlite:///{file}"
