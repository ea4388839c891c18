"""The pool of `DB`: threads that wait for a connection are served in turn, or told in time, and none is ever lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.util.queue import Empty, Full

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.sync_pool import SyncPool, ThreadLine
from demijohn.database import DB


def until(condition: Callable[[], Any]) -> None:
    """Wait for something that another thread does."""
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.001)


def test_who_waits_longest_is_served_first_and_nobody_passes() -> None:
    """What is given back belongs to the first in line before anybody else can ask."""
    line: ThreadLine[str] = ThreadLine(1)
    taken: dict[int, str] = {}

    def wait(number: int) -> None:
        taken[number] = line.get(timeout=60)

    threads = [threading.Thread(target=wait, args=[number]) for number in range(3)]
    for number, thread in enumerate(threads):
        thread.start()
        until(lambda number=number: len(line._waiting) == number + 1)  # type: ignore[misc]
    for number, thread in enumerate(threads):
        line.put(str(number))
        with pytest.raises(Empty):
            line.get_nowait()
        thread.join(60)
        assert taken[number] == str(number)
    line.put("kept")
    with pytest.raises(Full):
        line.put("too much")
    assert (line.qsize(), line.empty(), line.full()) == (1, False, True)
    assert line.get() == "kept"


def test_who_gives_up_leaves_the_line() -> None:
    """Nothing is handed to who does not wait any more."""
    line: ThreadLine[str] = ThreadLine(1)
    for _ in range(3):
        with pytest.raises(Empty):
            line.get(timeout=0.001)
    assert not line._waiting
    line.put("a")
    assert line.get() == "a"


def test_what_is_handed_over_just_when_time_is_up_is_taken() -> None:
    """Many threads with no patience: what was put in is there at the end, once."""
    line: ThreadLine[int] = ThreadLine(2)
    line.put(1)
    line.put(2)
    met = []

    def ask() -> None:
        for _ in range(200):
            try:
                item = line.get(timeout=0.0001)
            except Empty:
                continue
            met.append(item)
            line.put(item)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(met) <= {1, 2}
    assert sorted([line.get_nowait(), line.get_nowait()]) == [1, 2]
    assert not line._waiting


def test_time_is_up_for_who_finds_none(tmp_path: Path) -> None:
    """As often as one likes, and the connection is there afterwards."""
    engines = Engines(f"sqlite:///{tmp_path / 'one.sqlite'}", pool_size=1, max_overflow=0, pool_timeout=0.02)
    assert type(engines.sync.pool) is SyncPool
    for _ in range(3):
        with DB(engines.sync) as holder:
            holder.scalar(select(literal(1)))
            with DB(engines.sync) as db, pytest.raises(PoolTimeout):
                db.scalar(select(literal(1)))
        with DB(engines.sync) as db:
            assert db.scalar(select(literal(1))) == 1
    engines.close()
