"""Rates counted in the app's database, for any number of workers and machines: `Security(rates="database")`.

A row is the ring of one visitor's counters: what was answered in the slice of time number `n` is in the counter
`n % 13`, so that nothing has to be moved when time goes on. A period is twelve slices here, and sixty elsewhere: there
is room again up to a twelfth of the period later than need be. One statement takes what is over out of the ring, counts
and decides. The database lets only one at a time change a row, so that no two requests take the last place.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    TextClause,
    bindparam,
    delete,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from demijohn.foundation.http.errors import ServiceUnavailable

from ..security import Decision, Rate
from .engines import Engines

log = logging.getLogger("demijohn.security")

_SLICES: Final = 12
_RING: Final = _SLICES + 1  # The slice that is under way counts, and so does the one that is half over.
_SWEEP_EVERY: Final = 600
_SWEPT: Final = 1000
_MOST_REFUSED: Final = 10_000

# Not of the models' metadata: an app that counts elsewhere does not have this table.
metadata = MetaData()
_COUNTERS: Final = [f"c{place}" for place in range(_RING)]
rates = Table(
    "security_rates",
    metadata,
    Column("visitor", String(64), primary_key=True),
    Column("ends", BigInteger, nullable=False, index=True),
    Column("newest", BigInteger, nullable=False),
    Column("used", Integer, nullable=False),
    *(Column(name, Integer, nullable=False) for name in _COUNTERS),
)
_TOLD: Final = ("used", "newest", *_COUNTERS)
_UPSERTS: Final = {
    "sqlite": "ON CONFLICT (visitor) DO UPDATE SET",
    "postgresql": "ON CONFLICT (visitor) DO UPDATE SET",
    "mysql": "ON DUPLICATE KEY UPDATE",
    "mariadb": "ON DUPLICATE KEY UPDATE",
}


class DatabaseRates:
    """Each request is one statement, which is no part of the visitor's unit of work: it counts if that fails, too.

    Who was refused is not asked about again in this process until there is room: a flood does not reach the database.
    """

    blocking = True

    def __init__(self, engines: Engines, clock: Callable[[], float] = time.time) -> None:
        self._engines = engines
        self._clock = clock
        self._swept = clock()
        self._refused: dict[str, float] = {}

    def open(self) -> None:
        """Make the table, if it is not there."""
        engine = self._engines.sync
        try:
            metadata.create_all(engine)
        except SQLAlchemyError:
            # Another process may have been faster; if none was, the error is a true one.
            metadata.create_all(engine)

    def take(self, key: str, rate: Rate) -> Decision:
        """Count a request, if it is within the rate; `ServiceUnavailable` if the database does not answer."""
        now, length = self._clock(), rate.seconds / _SLICES
        # A hash, as a column has a length and perhaps no upper case, and addresses are nobody else's business.
        hashed = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        wait = self._refused.get(hashed, 0.0) - now
        if 0 < wait <= _RING * length:  # Longer can it not take: then the clock was put back.
            return Decision(allowed=False, left=0, reset=wait)
        try:
            decision = self._count(hashed, rate, now, length)
        except SQLAlchemyError as error:
            log.error("The database does not answer, so that rates cannot be counted: %s", error)
            raise ServiceUnavailable("Try again in a moment.", retry_after=1) from error
        if not decision.allowed:
            if len(self._refused) >= _MOST_REFUSED:
                self._refused.clear()
            self._refused[hashed] = now + decision.reset
        if now - self._swept >= _SWEEP_EVERY:
            self._swept = now
            self._sweep(int(now))
        return decision

    def _count(self, visitor: str, rate: Rate, now: float, length: float) -> Decision:
        number = int(now / length)
        values = {"visitor": visitor, "number": number, "most": rate.limit, "ends": int(now + _RING * length) + 1}
        engine = self._engines.sync
        returns = engine.dialect.insert_returning
        with engine.connect() as connection:
            if returns and not self._engines.is_sqlite:
                connection.execution_options(isolation_level="AUTOCOMMIT")  # One way there and back.
            result = connection.execute(_statement(engine.dialect.name, number % _RING, returns=returns), values)
            if not returns:  # MySQL: nobody else changes the row before the commit.
                columns = [rates.c[name] for name in _TOLD]
                result = connection.execute(select(*columns).where(rates.c.visitor == visitor))
            used, newest, *counts = tuple(result.one())
            connection.commit()
        allowed = used < rate.limit
        counted = [newest - (newest - place) % _RING for place, count in enumerate(counts) if count]
        reset = (min(counted, default=number) + _RING) * length - now
        return Decision(allowed, rate.limit - used - allowed, max(0.0, reset))

    def _sweep(self, now: int) -> None:
        """Delete what is over: found first, so that no lock is held on rows that somebody counts in."""
        over = rates.c.ends <= now
        try:
            with self._engines.sync.connect() as connection:
                keys = connection.scalars(
                    select(rates.c.visitor).where(over).order_by(rates.c.visitor).limit(_SWEPT)
                ).all()
                if keys:
                    connection.execute(delete(rates).where(rates.c.visitor.in_(keys), over))
                    connection.commit()
        except SQLAlchemyError as error:
            log.warning("Old rates could not be deleted: %s", error)
            return
        if len(keys) == _SWEPT:
            self._swept = 0.0  # There are more.


@cache
def _statement(dialect: str, place: int, *, returns: bool) -> TextClause:
    """Count in one of the places of a ring, if the ring has room."""
    # How old a slice is; less than nothing where another clock is ahead, by more than a period where it was wrong.
    age = "(security_rates.newest + {}) % {} + :number - security_rates.newest"
    kept = {
        name: f"CASE WHEN {age.format(_RING - at, _RING)} BETWEEN -{_RING} AND {_SLICES}"
        f" THEN security_rates.{name} ELSE 0 END"
        for at, name in enumerate(_COUNTERS)
    }
    used, own = " + ".join(kept.values()), _COUNTERS[place]
    # In this order: MariaDB and MySQL go from the first to the last, and see what they have changed already.
    changes = {
        "used": used,
        own: f"{kept[own]} + CASE WHEN {used} < :most THEN 1 ELSE 0 END",
        **{name: value for name, value in kept.items() if name != own},
        "ends": ":ends",
        "newest": f"CASE WHEN security_rates.newest BETWEEN :number AND :number + {_RING}"
        " THEN security_rates.newest ELSE :number END",
    }
    values = ":visitor, :ends, :number, 0, " + ", ".join("1" if name == own else "0" for name in _COUNTERS)
    statement = (  # made of our own names
        f"INSERT INTO security_rates (visitor, ends, newest, used, {', '.join(_COUNTERS)}) VALUES ({values})"  # noqa: S608
        f" {_UPSERTS[dialect]} {', '.join(f'{name} = {value}' for name, value in changes.items())}"
    )
    if returns:
        statement += f" RETURNING {', '.join(_TOLD)}"
    numbers = [bindparam("ends", type_=BigInteger), bindparam("number", type_=BigInteger)]
    return text(statement).bindparams(*numbers, bindparam("most", type_=Integer))
