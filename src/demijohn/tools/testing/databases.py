"""`rollback`: a test that leaves nothing in the database, whatever the app commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from ...app import App
from ...foundation.lazy import need
from .client import AsyncClient, Client

if TYPE_CHECKING:
    from ...batteries.database import DB


@contextmanager
def rollback(client: Client | AsyncClient | App) -> Iterator[DB]:
    """A block at whose end everything is as before in the databases of an app; gives a unit of work for the test.

    What the test saves in it, `db.save(Post(title="x"))`, is seen by the app at once, and what the app commits by the
    test. The app is that of the client, with its settings, or itself. Requests are made one after the other.
    """
    need("sqlalchemy", extra="standard", wanted_by="rollback()")
    from ...batteries.database import Engines
    from ...batteries.database.testing import rolled_back

    if isinstance(client, Client) and client._life is not None:
        client._life.start_sync()  # the tables are made then
    kernel: Any = client.seal() if isinstance(client, App) else client._kernel
    found = [] if kernel is None else list(kernel.offers(Engines))
    if not found:
        raise TypeError("rollback() finds no database: give it the Client of an app that uses Database().")
    with ExitStack() as stack:
        units = [stack.enter_context(rolled_back(engines)) for engines in found]
        yield units[0]


@contextmanager
def worker_database(url: str | None = None) -> Iterator[str]:
    """The URL of an empty database of this test process's own, dropped afterwards; for pytest-xdist, or without.

    `url` (else `DATABASE_URL`) says where: on PostgreSQL and MariaDB a database beside the one that it names, such as
    `shop_test_gw0`; for SQLite, or without any, a temporary file.
    """
    need("sqlalchemy", extra="standard", wanted_by="worker_database()")
    from ...batteries.database import testing

    with testing.worker_database(url) as made:
        yield made
