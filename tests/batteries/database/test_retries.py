"""Units that are tried again: nothing is lost, nothing done twice, and what is no conflict is not tried again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, retry_conflicts

TRIES = 100
"""More than anybody needs: how often one is given up is the machine's affair."""


@pytest.fixture
def counter(bare: Any, served: Engines) -> Any:
    """A model with two rows that begin at 0."""

    class Counter(bare):
        id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
        number: Mapped[int]

    bare.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.execute(insert(Counter), [{"id": 1, "number": 0}, {"id": 2, "number": 0}])
        db.commit()
    return Counter


def at_once(*works: Callable[[], None]) -> None:
    """Run each in a thread; the first error is raised."""
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(150)
        assert not thread.is_alive()
    for error in errors:
        raise error


def numbers(served: Engines, counter: Any) -> list[int]:
    """What has been counted."""
    with DB(served.sync) as db:
        return db.all(select(counter.number).order_by(counter.id))


def test_a_counter_that_is_read_and_written_loses_nothing(counter: Any, served: Engines) -> None:
    """SERIALIZABLE, in threads; what follows a commit is done once for each."""
    done: list[int] = []

    @retry_conflicts(TRIES)
    def count() -> None:
        with DB(served.sync) as db, db.transaction("SERIALIZABLE"):
            number = db.scalar(select(counter.number).where(counter.id == 1))
            assert number is not None
            db.on_commit(lambda: done.append(number))
            db.execute(update(counter).where(counter.id == 1).values(number=number + 1))

    def many() -> None:
        for _ in range(8):
            count()

    at_once(*[many] * 4)
    assert numbers(served, counter) == [32, 0]
    assert sorted(done) == list(range(32))


def test_a_counter_of_tasks_loses_nothing(counter: Any, served: Engines) -> None:
    """The same on a loop."""

    @retry_conflicts(TRIES)
    async def count() -> str:
        async with AsyncDB(served.asynchronous) as db:
            async with db.transaction("SERIALIZABLE"):
                number = await db.scalar(select(counter.number).where(counter.id == 1))
                assert number is not None
                await db.execute(update(counter).where(counter.id == 1).values(number=number + 1))
        return "counted"

    async def main() -> None:
        for _ in range(4):
            assert await asyncio.gather(*[count() for _ in range(4)]) == ["counted"] * 4
        await served.aclose()

    asyncio.run(asyncio.wait_for(main(), 150))
    assert numbers(served, counter) == [16, 0]


def test_locks_in_opposite_order(counter: Any, served: Engines) -> None:
    """One of two is given up, and comes again."""

    @retry_conflicts(TRIES)
    def change(keys: list[int]) -> None:
        with DB(served.sync) as db:
            for key in keys:
                db.execute(update(counter).where(counter.id == key).values(number=counter.number + 1))
            db.commit()

    def many(keys: list[int]) -> None:
        for _ in range(10):
            change(keys)

    at_once(lambda: many([1, 2]), lambda: many([2, 1]))
    assert numbers(served, counter) == [20, 20]


def test_what_is_no_conflict_is_not_tried_again(counter: Any, served: Engines) -> None:
    """A rule that refuses would do so again; and nobody is tried more often than was said."""
    tried: list[str] = []

    @retry_conflicts(TRIES)
    def again() -> None:
        tried.append("again")
        with DB(served.sync) as db:
            db.execute(insert(counter).values(id=1, number=0))
            db.commit()

    with pytest.raises(IntegrityError):
        again()
    assert tried == ["again"]

    class Deadlock(Exception):
        sqlstate = "40P01"

    @retry_conflicts(times=3)
    def never() -> None:
        tried.append("never")
        raise OperationalError("UPDATE", None, Deadlock())

    @retry_conflicts()
    async def never_awaited() -> None:
        never()

    for call in (never, lambda: asyncio.run(never_awaited())):
        del tried[:]
        with pytest.raises(OperationalError):
            call()
        assert set(tried) == {"never"}
        assert len(tried) in {3, 9}


def test_what_cannot_be_tried_again_is_told() -> None:
    """Generators, and no times at all."""
    with pytest.raises(ValueError, match="once is the least"):
        retry_conflicts(0)

    def rows() -> Any:
        yield 1

    with pytest.raises(TypeError, match="cannot be taken back"):
        retry_conflicts()(rows)
