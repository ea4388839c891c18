"""A database for a moment: migrations are tried there, so that what is made was run before anybody sees it."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ..engines import Engines
from .asking import MigrationError


@contextmanager
def scratch_engine(engines: Engines) -> Iterator[Engine]:
    """An engine of an empty database of the same kind on the same server, dropped afterwards."""
    if engines.is_sqlite:
        with tempfile.TemporaryDirectory(prefix="demijohn-") as folder:
            made = Engines(f"sqlite:///{Path(folder) / 'scratch.sqlite'}")
            try:
                yield made.sync
            finally:
                made.close()
        return
    name = f"demijohn_scratch_{uuid.uuid4().hex[:10]}"
    with engines.sync.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        try:
            server.execute(text(f"CREATE DATABASE {name}"))
        except DBAPIError as error:
            raise MigrationError(
                f"Migrations are tried in a scratch database first, and one could not be made: {error.orig}",
                "Allow it to the user of DATABASE_URL, on your own machine only: "
                "ALTER ROLE name CREATEDB (PostgreSQL), GRANT CREATE, DROP ON *.* (MariaDB).",
            ) from error
    made = Engines(engines.url.set(database=name))
    try:
        yield made.sync
    finally:
        made.close()
        with engines.sync.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
            server.execute(text(f"DROP DATABASE {name}"))
