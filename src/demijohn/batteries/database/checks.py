"""What `demijohn check` says of databases: whether the server has room for all that the workers may open."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from demijohn.kernel.deploy import Finding
from demijohn.kernel.services import ASYNC_KINDS, kind_of

from .engines import Engines

_LIMITS: Final = {
    "postgresql": "SELECT current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int",
    "mysql": "SELECT @@max_connections",
    "mariadb": "SELECT @@max_connections",
}
"""How a server is asked for the connections that it allows."""


_PATIENCE: Final = 2.0
"""How long `demijohn check` waits for a server to answer, in seconds."""


def check_connections_soon(kernel: Any, engines: Engines) -> list[Finding]:
    """As `check_connections`, of a server that answers at once; one that does not has nothing to do with this check."""
    found: list[Finding] = []

    def ask() -> None:
        with contextlib.suppress(Exception):
            found.extend(check_connections(kernel, engines))

    asking = threading.Thread(target=ask, name="demijohn-check", daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    return [] if asking.is_alive() else [each for each in found if each.id == "DB001"]


def check_connections(kernel: Any, engines: Engines) -> Iterator[Finding]:
    """Compare what all workers may open, in each mode that handlers use, with what the server allows."""
    question = _LIMITS.get(engines.url.get_backend_name())
    if question is None:
        return
    try:
        with engines.sync.connect() as connection:
            allowed = int(connection.scalar(text(question)))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        yield Finding(
            "DB002", f"{_title(engines)} cannot be asked how many connections it allows: {reason}",
            "Run this where the database can be reached.", "warning",
        )  # fmt: skip
        return
    finally:
        engines.close()
    workers, modes = _cores(), max(1, len({kind_of(route.handler) in ASYNC_KINDS for route in kernel.routes}))
    wanted = workers * modes * engines.pool_limit
    if wanted > allowed:
        each = max(1, allowed // (workers * modes))
        yield Finding(
            "DB001",
            f"{_title(engines)} allows {allowed} connections, and {workers} workers may open {wanted}:"
            f" {engines.pool_limit} each{' for `DB` and for `AsyncDB`' if modes > 1 else ''}.",
            f"Database(pool_size={(each + 1) // 2}, max_overflow={each // 2})\n"
            f"or fewer workers, or max_connections over {wanted} at the server.",
            "warning",
        )


def _title(engines: Engines) -> str:
    return "The database" if engines.name == "database" else f"The database {engines.name}"


def _cores() -> int:
    """How many workers `demijohn serve` starts where there is memory for them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
