"""Reading on a connection that is held, in process and beside the bare driver; and units of work beside SQLAlchemy's.

The contenders take turns in short slices, as what else runs on the machine changes; each slice is timed by the
processor time of this process, so that the servers do not count, and the median of the quotients is shown.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, make_url, select

from demijohn import Schema
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, BareModel, Mapped, query
from demijohn.database import field as column

from .. import units
from ..apps.database.texts import WORLDS
from ..measure import about
from ..report import BUSY, rule
from .mariadb import mariadb
from .postgres import postgres
from .sqlite import sqlite

Read = Callable[[int], Any]
SLICES, ONE_SLICE, MANY = 25, 200, 100
BARE = "bare driver"
GOAL, SQLITE_GOAL, ORM_GOAL = 1.4, 10.0, 1.15


class HeldWorld(BareModel):
    """The table of the benchmark."""

    __tablename__ = "world"

    id: Mapped[int] = column(Integer, primary_key=True)
    random_number: Mapped[int] = column(Integer)


class HeldOut(Schema):
    """What is read."""

    id: int
    random_number: int


@query
def by_key(key: int) -> Any:
    """One row."""
    return select(HeldWorld).where(HeldWorld.id == key)


@query
def by_range(first: int, last: int) -> Any:
    """Many rows."""
    return select(HeldWorld).where(HeldWorld.id.between(first, last))


_FIRST = select(HeldWorld).where(HeldWorld.id == 1)
ONE = "SELECT id, random_number FROM world WHERE id = {0}"
SEVERAL = "SELECT id, random_number FROM world WHERE id BETWEEN {0} AND {0}"


@dataclass
class Held:
    """What was measured of one database: microseconds of processor time by contender, one for each slice."""

    title: str
    one: dict[str, list[float]] = field(default_factory=dict)
    many: dict[str, list[float]] = field(default_factory=dict)
    orm: dict[str, tuple[float, float]] = field(default_factory=dict)


def run(words: Sequence[str] = ()) -> list[Held]:
    """Measure all databases, or those whose title contains one of the words, that can be started here."""
    found = []
    for title, database in (("PostgreSQL, psycopg", postgres), ("MariaDB, PyMySQL", mariadb), ("SQLite", sqlite)):
        if words and not any(word in title.lower() for word in words):
            continue
        try:
            with database() as url:
                print(title, file=sys.stderr, flush=True)
                found.append(_measure(title, url))
        except SystemExit as error:
            print(f"Not measured: {error}", file=sys.stderr)
    return found


def _measure(title: str, url: str) -> Held:
    held = Held(title)
    engines = Engines(url)
    with contextlib.closing(engines), bare(url) as ask, DB(engines.sync) as db:
        mark = "?" if engines.is_sqlite else "%s"
        one, several = ONE.format(mark), SEVERAL.format(mark)
        reads: Mapping[str, Read] = {
            BARE: lambda key: out(ask(one, (key,))[0]),
            "`@query`": lambda key: db.read_one(HeldOut, by_key(key)),
            "a statement made once": lambda key: db.read_one(HeldOut, _FIRST),
            "built per call": lambda key: db.read_one(HeldOut, select(HeldWorld).where(HeldWorld.id == key)),
            "object by key": lambda key: db.get_or_404(HeldWorld, key),
        }
        held.one = interleaved(reads, ONE_SLICE)
        reads = {
            BARE: lambda key: [out(row) for row in ask(several, (key, key + MANY - 1))],
            "`@query`": lambda key: db.read(HeldOut, by_range(key, key + MANY - 1)),
        }
        held.many = interleaved(reads, ONE_SLICE // 10)
    held.orm = units.measure(url)
    return held


def out(row: Any) -> HeldOut:
    """A row of the bare driver's as what is read."""
    return HeldOut(id=row[0], random_number=row[1])


@contextlib.contextmanager
def bare(url: str) -> Iterator[Callable[[str, tuple[Any, ...]], Any]]:
    """Ask a driver's own connection, in autocommit, through one cursor."""
    parts = make_url(url)
    if parts.get_backend_name() == "postgresql":
        import psycopg

        connection: Any = psycopg.connect(url, autocommit=True)
    elif parts.get_backend_name() == "sqlite":
        import sqlite3

        connection = sqlite3.connect(parts.database or "", isolation_level=None)
    else:
        import pymysql

        connection = pymysql.connect(
            host=parts.host, port=parts.port or 3306, user=parts.username, database=parts.database, autocommit=True
        )
    with contextlib.closing(connection):
        cursor = connection.cursor()

        def ask(sql: str, values: tuple[Any, ...]) -> Any:
            cursor.execute(sql, values)
            return cursor.fetchall()

        yield ask


def interleaved(reads: Mapping[str, Read], calls: int) -> dict[str, list[float]]:
    """Microseconds by call of each contender, in each slice."""
    numbers, found = random.Random(0), {name: list[float]() for name in reads}
    for index in range(SLICES + 1):
        keys = [numbers.randint(1, WORLDS - MANY) for _ in range(calls)]
        for name, read in reads.items():
            started = time.process_time()
            for key in keys:
                read(key)
            spent = time.process_time() - started
            if index:  # the first slice fills the caches
                found[name].append(spent / calls * 1e6)
    return found


def times(samples: Mapping[str, list[float]], name: str) -> float:
    """How many times the bare driver's processor time a contender takes."""
    return statistics.median(mine / bare for mine, bare in zip(samples[name], samples[BARE], strict=True))


# The tables -----------------------------------------------------------------------------------------------


def markdown(measured: Sequence[Held]) -> str:
    """What was measured, for the page."""
    facts = about(SLICES, 0)
    busy = f" **The machine was busy with other things (load {facts['load']:.1f}).**" if facts["load"] > BUSY else ""
    first = f"{facts['date']}, Demijohn at `{facts['demijohn']}`; {facts['machine']}; {facts['python']}.{busy}"
    return "\n\n".join([first, _reads(measured), _orm(measured)])


def _reads(measured: Sequence[Held]) -> str:
    names = ["`@query`", "a statement made once", "built per call", "object by key"]
    heads = [BARE, *names, f"{MANY} rows: {BARE}", f"{MANY} rows: `@query`"]
    lines = ["| | " + " | ".join(heads) + " |", rule(len(heads))]
    for held in measured:
        cells = [_bare(held.one), *(_cell(held, held.one, name) for name in names)]
        cells += [_bare(held.many), _cell(held, held.many, "`@query`")]
        lines.append(f"| {held.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _bare(samples: Mapping[str, list[float]]) -> str:
    return f"{statistics.median(samples[BARE]):.1f} µs"


def _cell(held: Held, samples: Mapping[str, list[float]], name: str) -> str:
    quotient = times(samples, name)
    if held.title != "SQLite":
        return f"{quotient:.2f}" if quotient <= GOAL or name != "`@query`" else f"{quotient:.2f} (goal {GOAL})"
    more = statistics.median(mine - bare for mine, bare in zip(samples[name], samples[BARE], strict=True))
    missed = name == "`@query`" and more > SQLITE_GOAL and samples is held.one
    return f"{more:+.1f} µs" + (f" (goal +{SQLITE_GOAL:.0f})" if missed else "")


def _orm(measured: Sequence[Held]) -> str:
    works = list(measured[0].orm)
    lines = ["| | " + " | ".join(name.replace("_", " ") for name in works) + " |", rule(len(works))]
    for held in measured:
        cells = []
        for name in works:
            plain, ours = held.orm[name]
            goal = "" if ours / plain <= ORM_GOAL else f" (goal {ORM_GOAL})"
            cells.append(f"{ours / plain:.2f}{goal}")
        lines.append(f"| {held.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
