"""Sessions in the app's database, in one table of their own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ...database import Engines
from ..store import key_of, new_token, unreachable

log = logging.getLogger("demijohn.sessions")

_SWEEP_EVERY = 600

# Not of the models' metadata: an app that keeps its sessions elsewhere does not have this table.
metadata = MetaData()
sessions = Table(
    "sessions",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("payload", LargeBinary(1_048_576), nullable=False),
    Column("ends", BigInteger, nullable=False, index=True),
)


class DatabaseStore:
    """Each call is one statement and a transaction of its own: a handler that fails still finds its session."""

    blocking = True

    def __init__(self, engines: Engines, clock: Callable[[], float] = time.time) -> None:
        self._engines = engines
        self._clock = clock
        self._swept = clock()

    def create_table(self) -> None:
        """Make the table, if it is not there."""
        engine = self._engines.sync
        try:
            metadata.create_all(engine)
        except SQLAlchemyError:
            # Another process may have been faster; if none was, the error is a true one.
            metadata.create_all(engine)

    def load(self, token: str) -> bytes | None:
        """The row of a token, if its time is not over."""
        key = key_of(token)
        if key is None:
            return None
        wanted = select(sessions.c.payload).where(sessions.c.key == key, sessions.c.ends > int(self._clock()))
        try:
            with self._engines.sync.connect() as connection:
                found = connection.scalar(wanted)
        except SQLAlchemyError as error:
            raise _failed(error) from error
        return None if found is None else bytes(found)

    def save(self, token: str | None, payload: bytes, max_age: int) -> str | None:
        """Insert a new row, or update one that is there."""
        made = token or new_token()
        key = key_of(made)
        if key is None:
            return None
        values = {"payload": payload, "ends": int(self._clock()) + max_age}
        try:
            with self._engines.sync.begin() as connection:
                if token is None:
                    connection.execute(insert(sessions).values(key=key, **values))
                elif not connection.execute(update(sessions).where(sessions.c.key == key).values(**values)).rowcount:
                    return None
        except SQLAlchemyError as error:
            raise _failed(error) from error
        self._sweep()
        return made

    def _sweep(self) -> None:
        """Delete what is over, now and then; no visitor's session fails for it."""
        now = self._clock()
        if now - self._swept < _SWEEP_EVERY:
            return
        self._swept = now
        try:
            with self._engines.sync.begin() as connection:
                connection.execute(delete(sessions).where(sessions.c.ends <= int(now)))
        except SQLAlchemyError as error:
            log.warning("Old sessions could not be deleted: %s", error)

    def end(self, token: str) -> None:
        """Delete the row."""
        key = key_of(token)
        if key is None:
            return
        try:
            with self._engines.sync.begin() as connection:
                connection.execute(delete(sessions).where(sessions.c.key == key))
        except SQLAlchemyError as error:
            raise _failed(error) from error


def _failed(error: SQLAlchemyError) -> Exception:
    log.error("The sessions' table does not answer: %s", error)
    return unreachable()
