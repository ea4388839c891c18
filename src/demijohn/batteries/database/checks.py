"""What `demijohn check --deploy` says of databases: whether the server has room for all that the workers may open."""

from __future__ import annotations

import os
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
            "DB002", f"The database {engines.name} cannot be asked how many connections it allows: {reason}",
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
            f"The database {engines.name} allows {allowed} connections, and {workers} workers may open {wanted}:"
            f" {engines.pool_limit} each{' for `DB` and for `AsyncDB`' if modes > 1 else ''}.",
            f"Database(pool_size={(each + 1) // 2}, max_overflow={each // 2})\n"
            f"or fewer workers, or max_connections over {wanted} at the server.",
            "warning",
        )


def _cores() -> int:
    """How many workers `demijohn serve` starts where there is memory for them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
