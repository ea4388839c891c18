"""The same as `held`, awaited: `AsyncDB` beside bare asyncpg, and beside SQLAlchemy's `AsyncSession`."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from demijohn.batteries.database.engines import Engines
from demijohn.database import AsyncDB

from .. import units
from ..apps.database.texts import WORLDS
from ..servers import SERVER_CPU
from .held import BARE, MANY, ONE, ONE_SLICE, SEVERAL, SLICES, Held, HeldOut, HeldWorld, by_key, by_range, out
from .postgres import postgres

TITLE = "PostgreSQL, asyncpg"
Read = Callable[[int], Awaitable[Any]]


def run(words: Sequence[str] = ()) -> list[Held]:
    """Measure, if the title contains one of the words and the database can be started here."""
    if words and not any(word in TITLE.lower() for word in words):
        return []
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {SERVER_CPU})
    print(TITLE, file=sys.stderr, flush=True)
    with postgres() as url:
        return [asyncio.run(_measure(url))]


async def _measure(url: str) -> Held:
    import asyncpg

    held, engines = Held(TITLE), Engines(url)
    connection = await asyncpg.connect(url)
    one, several = ONE.format("$1"), SEVERAL.replace("{0}", "$1", 1).replace("{0}", "$2")
    async with AsyncDB(engines.asynchronous) as db:

        async def bare_one(key: int) -> Any:
            return out(await connection.fetchrow(one, key))

        async def bare_many(key: int) -> Any:
            return [out(row) for row in await connection.fetch(several, key, key + MANY - 1)]

        first = select(HeldWorld).where(HeldWorld.id == 1)
        reads: Mapping[str, Read] = {
            BARE: bare_one,
            "`@query`": lambda key: db.read_one(HeldOut, by_key(key)),
            "a statement made once": lambda key: db.read_one(HeldOut, first),
            "built per call": lambda key: db.read_one(HeldOut, select(HeldWorld).where(HeldWorld.id == key)),
            "object by key": lambda key: db.get_or_404(HeldWorld, key),
        }
        held.one = await _interleaved(reads, ONE_SLICE)
        reads = {BARE: bare_many, "`@query`": lambda key: db.read(HeldOut, by_range(key, key + MANY - 1))}
        held.many = await _interleaved(reads, ONE_SLICE // 10)
    await connection.close()
    await engines.aclose()
    held.orm = await _units(url)
    return held


async def _interleaved(reads: Mapping[str, Read], calls: int) -> dict[str, list[float]]:
    """As `held.interleaved`."""
    numbers, found = random.Random(0), {name: list[float]() for name in reads}
    for index in range(SLICES + 1):
        keys = [numbers.randint(1, WORLDS - MANY) for _ in range(calls)]
        for name, read in reads.items():
            started = time.process_time()
            for key in keys:
                await read(key)
            spent = time.process_time() - started
            if index:  # the first slice fills the caches
                found[name].append(spent / calls * 1e6)
    return found


async def _units(url: str) -> dict[str, tuple[float, float]]:
    """As `units.measure`: the same work, which is handed a session in a greenlet."""
    found = {}
    with units.filled(url) as engines:
        for work in units.WORKS:
            best: dict[type[AsyncSession], float] = {AsyncSession: float("inf"), AsyncDB: float("inf")}
            for _ in range(units.RUNS):
                for kind, shortest in best.items():
                    best[kind] = min(shortest, await _once(kind, engines.asynchronous, work))
            found[work.__name__] = best[AsyncSession] * 1e3, best[AsyncDB] * 1e3
        await engines.aclose()
    return found


async def _once(kind: type[AsyncSession], engine: AsyncEngine, work: units.Work) -> float:
    started = time.process_time()
    async with kind(engine) as db:
        await db.run_sync(work)
    return time.process_time() - started
