"""Blocks of a unit of work whose statements may take longer than others: `with db.statement_timeout(60):`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from .deadlines import OPTION, USUAL, seconds_of
from .routing import Routed


class Timed(Routed):
    """What `DB` knows of how long its statements may take."""

    _seconds: Any = USUAL

    @contextmanager
    def statement_timeout(self, seconds: float | None) -> Iterator[None]:
        """A block each of whose statements may take so many seconds, whatever `Database(statement_timeout=...)` says;
        `None` is for as long as it takes.

        One that has no answer by then raises `StatementTimeout`, answered 503. A statement may also say so itself:
        `execution_options(statement_timeout=60)`. SQLite, which has no network, takes no notice.
        """
        seconds_of(seconds)
        before, self._seconds = self._seconds, seconds
        if before is USUAL:
            event.listen(self, "after_begin", _begun)
            event.listen(self, "do_orm_execute", _heard)
        _tell(self)
        try:
            yield
        finally:
            self._seconds = before
            if before is USUAL:
                event.remove(self, "do_orm_execute", _heard)
                event.remove(self, "after_begin", _begun)
            _tell(self)


def _begun(session: Any, _: object, connection: Connection) -> None:
    connection.execution_options(**{OPTION: session._seconds})


def _heard(_: object) -> None:
    """Nothing: a unit that is listened to asks its driver through the session, where options are known."""


def _tell(db: Session) -> None:
    begun: Any = db.get_transaction()
    for connection in () if begun is None else begun.connections:
        if not connection.closed and not connection.invalidated:
            _begun(db, None, connection)
