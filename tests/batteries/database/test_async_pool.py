"""The pool of `AsyncDB`: who waits for a connection is served in turn, or told in time, and none is ever lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.util.concurrency import greenlet_spawn
from sqlalchemy.util.queue import Empty, Full

from demijohn.batteries.database.async_pool import AsyncPool, Line
from demijohn.batteries.database.engines import Engines
from demijohn.database import AsyncDB


def waiting(line: Line[str], timeout: float | None = 60) -> asyncio.Task[str]:
    """A task that waits in a line."""
    return asyncio.ensure_future(greenlet_spawn(line.get, True, timeout))


def test_who_waits_longest_is_served_first_and_nobody_passes() -> None:
    """What is given back belongs to the first in line before anybody else can ask."""

    async def main() -> None:
        line: Line[str] = Line(1)
        tasks = [waiting(line) for _ in range(3)]
        await asyncio.sleep(0)
        for number, task in enumerate(tasks):
            line.put_nowait(str(number))
            with pytest.raises(Empty):
                line.get_nowait()
            assert await task == str(number)
        line.put_nowait("kept")
        with pytest.raises(Full):
            line.put_nowait("too much")
        assert (line.qsize(), line.empty(), line.full()) == (1, False, True)
        assert await waiting(line) == "kept"

    asyncio.run(main())


def test_who_gives_up_gets_nothing() -> None:
    """By its time, or cancelled; also when it was just handed something, which then is the next one's."""

    async def main() -> None:
        line: Line[str] = Line(1)
        late, gone, handed, last = waiting(line, 0), waiting(line), waiting(line), waiting(line)
        with pytest.raises(Empty):
            await late
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        line.put_nowait("a")
        handed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handed
        assert await last == "a"
        only = waiting(line)
        await asyncio.sleep(0)
        line.put_nowait("b")
        line.put_nowait("c")
        only.cancel()
        with pytest.raises(asyncio.CancelledError):
            await only
        assert sorted([line.get_nowait(), line.get_nowait()]) == ["b", "c"]
        assert not line._waiting

    asyncio.run(main())


def test_no_unit_starves_while_others_come_again_and_again(tmp_path: Path) -> None:
    """Tasks that take the one connection anew at once: all have had it equally often when the first is done."""
    engines = Engines(f"sqlite:///{tmp_path / 'one.sqlite'}", pool_size=1, max_overflow=0, pool_timeout=60)
    turns: list[int] = []

    async def ask(number: int) -> None:
        for _ in range(10):
            async with AsyncDB(engines.asynchronous) as db:
                await db.scalar(select(literal(1)))
                turns.append(number)

    async def main() -> None:
        assert isinstance(engines.asynchronous.sync_engine.pool, AsyncPool)
        await asyncio.gather(*[ask(number) for number in range(5)])
        await engines.aclose()

    asyncio.run(main())
    for first in range(0, 40, 5):
        assert sorted(turns[first : first + 5]) == [0, 1, 2, 3, 4]


def test_time_is_up_for_all_who_find_none(tmp_path: Path) -> None:
    """As often as one likes, and the connection is there afterwards."""
    engines = Engines(f"sqlite:///{tmp_path / 'one.sqlite'}", pool_size=1, max_overflow=0, pool_timeout=0.05)

    async def ask() -> Any:
        async with AsyncDB(engines.asynchronous) as db:
            return await db.scalar(select(literal(1)))

    async def main() -> None:
        for _ in range(3):
            async with AsyncDB(engines.asynchronous) as holder:
                await holder.scalar(select(literal(1)))
                found = await asyncio.gather(ask(), ask(), return_exceptions=True)
                assert [type(one) for one in found] == [PoolTimeout, PoolTimeout]
            assert await ask() == 1
        await engines.aclose()

    asyncio.run(main())
