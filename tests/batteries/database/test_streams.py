"""Streams hold one connection and few rows; everything else that streams holds none."""

from __future__ import annotations

import asyncio
import collections
import itertools
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, literal_column, select, text
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.slots import TooManyStreams, slots_of
from demijohn.batteries.database.streams import StreamTimeout
from demijohn.database import DB, AsyncDB, field

ROWS = 1_000_000
FEWER = 100_000
GROWTH = 24 << 20
"""In bytes: a million rows that were kept would take three times as much, at the least."""


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with some rows."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.bulk_insert(Thing, [{"name": f"n{number}"} for number in range(1_200)])
        db.commit()
    return Thing


def counting(engines: Engines, rows: int) -> Any:
    """A statement of very many rows that no table has to hold."""
    if engines.is_sqlite:
        numbers = select(literal_column("1").label("n")).cte(recursive=True)
        numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < rows))
        return select(numbers.c.n)
    if engines.url.get_backend_name() == "postgresql":
        return select(func.generate_series(1, rows))
    return text(f"SELECT seq FROM seq_1_to_{rows}")


def test_memory_is_flat_over_a_million_rows(served: Engines) -> None:
    """The driver is asked for some rows at a time, as often as it takes, in both modes; slower ones are given less."""
    rows = ROWS if served.url.drivername in {"sqlite", "postgresql"} else FEWER
    with DB(served.sync) as db:
        stream = db.stream(counting(served, rows), size=1_000)
        assert list(itertools.islice(stream, 1_000))[-1] == 1_000
        assert waiting(stream) < 1_000
        before = resident()
        for count in range(2, 11):
            last = collections.deque(itertools.islice(stream, rows // 10), maxlen=1)
            assert resident() - before < GROWTH, f"after {count} tenths of the rows"
            assert last
        assert collections.deque(stream, maxlen=1).pop() == rows

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            total = 0
            async for value in db.stream(counting(served, FEWER), size=1_000):
                total += 1
                assert value == total
            assert total == FEWER
        await served.aclose()

    asyncio.run(main())


def resident() -> int:
    """The memory of this process, in bytes; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def waiting(stream: Any) -> int:
    """How many rows the cursor's strategy has in memory beside the one that was handed out."""
    strategy = stream._result.cursor_strategy
    return len(getattr(strategy, "_rowbuffer", ()))


def test_objects_go_when_their_rows_have_gone(thing: Any, served: Engines) -> None:
    """The unit keeps none that nobody keeps; nothing is left open at the end."""
    with DB(served.sync) as db:
        most = 0
        for item in db.stream(thing, size=50):
            most = max(most, len(db.identity_map))
            del item
        assert most <= 100
        assert not db._open_streams
        assert db.count(thing) == 1_200
    assert served.sync.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_stream_may_be_left_early(thing: Any, served: Engines) -> None:
    """By its block, by closing the unit; the slot and the connection are free then, and the unit is usable."""
    slots = slots_of(served.sync)
    assert slots is not None
    with DB(served.sync) as db:
        with db.stream(select(thing.id, thing.name), size=10) as rows:
            assert next(rows) == (1, "n0")
        assert list(rows) == []
        assert db.count(thing) == 1_200
        next(db.stream(thing))
    assert served.sync.pool.checkedout() == 0  # type: ignore[attr-defined]
    for _ in range(slots.count):
        slots.take()

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            async with db.stream(select(thing.name), size=10) as rows:
                async for name in rows:
                    assert name == "n0"
                    break
            assert await db.count(thing) == 1_200
            result = await db.stream(select(thing.name).limit(3))
            assert [row.name async for row in result] == ["n0", "n1", "n2"]
        await served.aclose()

    asyncio.run(main())


def test_streams_are_capped_in_number_and_in_time(thing: Any, served: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is 503, one too slow ends with an error, and both make room."""
    engine = served.sync
    slots = slots_of(engine)
    assert slots is not None
    units = [DB(engine) for _ in range(slots.count)]
    streams = [unit.stream(select(thing.name), size=10) for unit in units]
    for stream in streams:
        next(stream)
    with DB(engine) as db, pytest.raises(TooManyStreams) as caught:
        next(db.stream(thing))
    assert caught.value.status == 503
    streams[0].close()
    with DB(engine) as db:
        assert next(db.stream(select(thing.name))) == "n0"
    now = time.monotonic()
    monkeypatch.setattr("demijohn.batteries.database.streams.time.monotonic", lambda: now + slots.seconds + 60)
    with pytest.raises(StreamTimeout):
        next(streams[1])
    monkeypatch.undo()
    for unit in units:
        unit.close()
    for _ in range(slots.count):
        slots.take()


def test_a_stream_on_sqlite_keeps_no_writer_waiting(base: Any, engines: Engines) -> None:
    """It reads what was there when it began, and locks nothing."""

    class Row(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(engines.sync)
    with DB(engines.sync) as db:
        db.bulk_insert(Row, [{"name": "old"}] * 500)
        db.commit()
        stream = db.stream(Row, size=10)
        next(stream)
        with DB(engines.sync) as other:
            other.execute(insert(Row).values(name="new"))
            other.commit()
        assert {row.name for row in stream} == {"old"}


@pytest.mark.parametrize("served", ["mariadb"], indirect=True)
def test_nothing_else_is_asked_where_it_would_lose_rows(thing: Any, served: Engines) -> None:
    """MariaDB's drivers would throw away what is left of the stream, without a word."""
    with DB(served.sync) as db:
        stream = db.stream(select(thing.name), size=10)
        next(stream)
        with pytest.raises(RuntimeError, match="one question at a time"):
            db.count(thing)
        assert len(list(stream)) == 1_199
        assert db.count(thing) == 1_200
