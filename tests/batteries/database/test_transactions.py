"""Transactions that are asked for, and what is done after a commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.transactions import in_database_transaction
from demijohn.database import DB, AsyncDB, field


@pytest.fixture
def thing(base: Any, served: Engines) -> Any:
    """A model with one row."""

    class Thing(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.save(Thing(name="one"))
        db.commit()
    return Thing


def names(engines: Engines, thing: Any) -> list[str]:
    """What another unit sees."""
    with DB(engines.sync) as other:
        return sorted(other.all(select(thing.name)))


class Oops(Exception):
    """Raised in blocks."""


@contextmanager
def swallowed() -> Iterator[None]:
    """Outside of a block that is left by `Oops`; what comes out of it must be that."""
    try:
        yield
    except Oops:
        return
    pytest.fail("the block swallowed its error")


def test_a_block_begins_at_once_and_commits_at_its_end(thing: Any, served: Engines) -> None:
    """Nothing needs to be written for it to be a transaction, and what is written is there when it ends."""
    with DB(served.sync) as db:
        db.get_one(thing, 1)
        with db.transaction() as same:
            assert same is db
            assert in_database_transaction(db)
            db.add(thing(name="two"))
        assert not in_database_transaction(db)
        assert names(served, thing) == ["one", "two"]


def test_a_block_left_by_an_error_leaves_nothing(thing: Any, served: Engines) -> None:
    """The unit goes on afterwards, with nothing of the block."""
    with DB(served.sync) as db:
        with swallowed(), db.transaction():
            db.save(thing(name="lost"))
            raise Oops
        db.save(thing(name="kept"))
        db.commit()
    assert names(served, thing) == ["kept", "one"]


def test_a_block_in_a_transaction_is_a_savepoint(thing: Any, served: Engines) -> None:
    """Its error undoes the block alone, and its end commits nothing yet."""
    with DB(served.sync) as db:
        db.save(thing(name="outer"))
        with db.transaction():
            db.save(thing(name="inner"))
        with swallowed(), db.transaction():
            db.save(thing(name="lost"))
            raise Oops
        assert in_database_transaction(db)
        db.commit()
    assert names(served, thing) == ["inner", "one", "outer"]


LEVELS = {"postgresql": "SELECT current_setting('transaction_isolation')"}
"""MariaDB tells the level of a transaction only from a cache; there it is seen by what it does."""


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_level_holds_for_its_block_alone(thing: Any, served: Engines, level: Any) -> None:
    """The next user of the connection has the usual one."""
    asked = LEVELS.get(served.url.get_backend_name())
    with DB(served.sync) as db:
        db.get_one(thing, 1)
        with db.transaction(isolation=level):
            db.execute(thing.__table__.update().values(name="changed"))
            if asked is not None:
                assert db.scalar(text(asked)).upper() == level
    with DB(served.sync) as db, db.transaction():
        db.execute(thing.__table__.update().values(name="again"))
        if asked is not None:
            assert db.scalar(text(asked)).upper() == "READ COMMITTED"


@pytest.mark.parametrize(("level", "seen"), [("REPEATABLE READ", 1), (None, 2)])
def test_a_strict_block_sees_one_state(thing: Any, served: Engines, level: Any, seen: int) -> None:
    """What others commit meanwhile is not seen in it, and is in a block that is not strict, on the same connection."""
    if served.is_sqlite:
        pytest.skip("nobody else can write meanwhile")

    def count(db: DB) -> int:
        return db.scalar(select(func.count()).select_from(thing)) or 0

    with DB(served.sync) as db:
        with db.transaction(isolation="REPEATABLE READ"):
            count(db)
        with db.transaction(isolation=level):
            assert count(db) == 1
            with DB(served.sync) as other:
                other.save(thing(name="meanwhile"))
                other.commit()
            assert count(db) == seen
        assert count(db) == 2


def test_a_level_that_comes_too_late_or_is_none_is_told(thing: Any, served: Engines) -> None:
    """A transaction cannot be isolated after it has begun."""
    with DB(served.sync) as db:
        with pytest.raises(ValueError, match="READ COMMITTED, REPEATABLE READ, SERIALIZABLE"), db.transaction("LOUD"):  # type: ignore[arg-type]
            pass
        db.save(thing(name="two"))
        with pytest.raises(RuntimeError, match="in a transaction already"), db.transaction("SERIALIZABLE"):
            pass


def test_async_blocks_do_the_same(thing: Any, served: Engines) -> None:
    """Commit, rollback, savepoint and level, through each async driver."""
    asked = LEVELS.get(served.url.get_backend_name())

    async def main() -> None:
        async with AsyncDB(served.asynchronous) as db:
            await db.get_one(thing, 1)
            async with db.transaction("SERIALIZABLE") as same:
                assert same is db
                assert await db.run(in_database_transaction)
                await db.save(thing(name="two"))
                if asked is not None:
                    assert (await db.scalar(text(asked))).upper() == "SERIALIZABLE"
            assert not await db.run(in_database_transaction)
            with swallowed():
                async with db.transaction():
                    await db.save(thing(name="lost"))
                    raise Oops
            await db.save(thing(name="three"))
            with swallowed():
                async with db.transaction():
                    await db.save(thing(name="lost"))
                    raise Oops
            await db.commit()
        async with AsyncDB(served.asynchronous) as db, db.transaction():
            await db.save(thing(name="four"))
            if asked is not None:
                assert (await db.scalar(text(asked))).upper() == "READ COMMITTED"
        await served.aclose()

    asyncio.run(main())
    assert names(served, thing) == ["four", "one", "three", "two"]


# After the commit -------------------------------------------------------------------------------------------------


@pytest.fixture
def local(base: Any, engines: Engines) -> Any:
    """A model in SQLite."""

    class Local(base):
        name: Mapped[str] = field(max_length=20)

    base.metadata.create_all(engines.sync)
    return Local


def test_what_is_left_runs_after_the_commit_and_once(local: Any, engines: Engines) -> None:
    """In its order, when others see what was written; the next commit does not repeat it."""
    seen: list[Any] = []
    with DB(engines.sync) as db:
        db.save(local(name="a"))
        db.on_commit(lambda: seen.append(names(engines, local)))

        @db.on_commit
        def second() -> None:
            seen.append("second")

        assert second.__name__ == "second"
        assert not seen
        db.commit()
        assert seen == [["a"], "second"]
        db.commit()
    assert seen == [["a"], "second"]


def test_a_rollback_drops_it(local: Any, engines: Engines) -> None:
    """By hand, by closing, and with the savepoint that it was left in; an outer one goes on."""
    seen: list[str] = []
    with DB(engines.sync) as db:
        db.on_commit(lambda: seen.append("rolled back"))
        db.rollback()
        db.commit()
        db.on_commit(lambda: seen.append("closed"))
        db.close()
        db.commit()
        with swallowed(), db.begin_nested():
            db.on_commit(lambda: seen.append("first savepoint"))
            raise Oops
        db.on_commit(lambda: seen.append("outer"))
        with db.begin_nested():
            db.on_commit(lambda: seen.append("inner"))
        with swallowed(), db.begin_nested():
            with db.begin_nested():
                db.on_commit(lambda: seen.append("innermost"))
            raise Oops
        assert not seen
        db.commit()
    assert seen == ["outer", "inner"]


def test_an_error_in_it_is_logged_and_stops_nothing(
    local: Any, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    """The commit has been; what was left after it is called all the same."""
    seen: list[str] = []

    def fails() -> None:
        raise Oops

    with DB(engines.sync) as db, caplog.at_level(logging.ERROR, "demijohn.database"):
        db.save(local(name="a"))
        db.on_commit(fails)
        db.on_commit(lambda: seen.append("next"))
        db.commit()
    assert seen == ["next"]
    assert "fails failed" in caplog.text
    assert names(engines, local) == ["a"]


def test_it_may_use_the_unit_which_is_then_committed_again(local: Any, engines: Engines) -> None:
    """`finish` goes on until nothing is left."""
    with DB(engines.sync) as db:
        db.on_commit(lambda: db.add(local(name="afterwards")))
        db.finish()
        assert not db.in_transaction()
    assert names(engines, local) == ["afterwards"]


def test_async_functions_are_awaited_in_async_units_alone(local: Any, engines: Engines) -> None:
    """Where there is no loop to await them on, that is told when they are left."""
    seen: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0)
        seen.append("awaited")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise Oops

    with DB(engines.sync) as db, pytest.raises(TypeError, match="async function"):
        db.on_commit(later)

    async def main() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            await db.save(local(name="a"))
            db.on_commit(fails)
            db.on_commit(later)
            db.on_commit(lambda: seen.append("plain"))
            await db.finish()
            async with db.begin():
                db.on_commit(later)
            await db.run(lambda unit: unit.on_commit(later))
            await db.rollback()
        await engines.aclose()

    asyncio.run(main())
    assert seen == ["awaited", "plain", "awaited"]
