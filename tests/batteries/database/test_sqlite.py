"""SQLite: what is set on each connection, and when BEGIN goes out."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session

from demijohn.batteries.database.engines import Engines
from demijohn.batteries.database.sqlite import DatabaseBusy
from demijohn.database import DB, AsyncDB, belongs_to, field


@pytest.fixture
def counter(base: Any, engine: Engine) -> Any:
    """A model with one row."""

    class Counter(base):
        value: Mapped[int] = field(default=0)

    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Counter())
        session.commit()
    return Counter


def in_transaction(session: Session) -> bool:
    """Whether SQLite itself has a transaction open."""
    return session.connection().connection.driver_connection.in_transaction  # type: ignore[union-attr, no-any-return]


def test_connections_are_set_up(engine: Engine) -> None:
    """Write-ahead log, foreign keys, a wait for locks, and no fsync per commit."""
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 1}


def test_readers_never_begin(counter: Any, engine: Engine) -> None:
    """Selects, whether built or written, lock nothing."""
    with DB(engine) as db:
        db.scalars(select(counter)).all()
        db.scalar(select(func.count()).select_from(counter))
        db.execute(select(counter.id).union(select(counter.value))).all()
        db.execute(text("  select 1"))
        assert not in_transaction(db)
        db.commit()


@pytest.mark.parametrize("statement", ["update", "text", "with", "for update", "savepoint", "flush"])
def test_whoever_may_write_begins_first(counter: Any, engine: Engine, statement: str) -> None:
    """Everything that is not plainly a read begins, also after reads."""
    with DB(engine) as db:
        row = db.get(counter, 1)
        assert not in_transaction(db)
        if statement == "update":
            db.execute(update(counter).values(value=1))
        elif statement == "text":
            db.execute(text("UPDATE counter SET value = 1"))
        elif statement == "with":
            db.execute(text("WITH a AS (SELECT 1) SELECT * FROM a"))
        elif statement == "for update":
            db.scalars(select(counter).with_for_update()).all()
        elif statement == "savepoint":
            db.begin_nested()
        else:
            row.value = 5
            db.flush()
        assert in_transaction(db)
        db.rollback()
        assert not in_transaction(db)


def test_a_rollback_undoes_and_a_commit_keeps(counter: Any, engine: Engine) -> None:
    """The driver's autocommit does not leak a write."""
    with DB(engine) as db:
        db.execute(insert(counter), [{"value": 7}])
        db.rollback()
        assert db.scalar(select(func.count()).select_from(counter)) == 1
        with db.begin_nested() as inner:
            db.execute(insert(counter), [{"value": 8}])
            inner.rollback()
        db.execute(insert(counter), [{"value": 9}])
        db.commit()
    with DB(engine) as db:
        assert db.scalars(select(counter.value).order_by(counter.value)).all() == [0, 9]


def test_statements_that_refuse_transactions_run(engine: Engine) -> None:
    """VACUUM and pragmas are sent as they are."""
    with engine.connect() as connection:
        connection.execute(text("VACUUM"))
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 0
        connection.execute(text("PRAGMA foreign_keys = ON"))


def test_autocommit_is_respected(counter: Any, engine: Engine) -> None:
    """Who asks SQLAlchemy for autocommit gets no BEGIN, and the next user of the connection is safe again."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("UPDATE counter SET value = 3"))
        assert not connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
    with DB(engine) as db:
        db.execute(update(counter).values(value=4))
        db.rollback()
        assert db.scalar(select(counter.value)) == 3


def test_read_then_write_never_fails_for_a_lock(counter: Any, engine: Engine) -> None:
    """Four threads that read, then write, lose no update and get no error."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(25):
                with DB(engine) as db:
                    db.scalars(select(counter)).all()
                    db.execute(update(counter).values(value=counter.value + 1))
                    db.commit()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with DB(engine) as db:
        assert db.scalar(select(counter.value)) == 100


def test_a_lock_that_stays_is_named(counter: Any, engine: Engine) -> None:
    """Who waited in vain gets an error of its own, which becomes a 503."""
    event.listen(engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout = 20"))
    with DB(engine) as first, DB(engine) as second:
        first.execute(update(counter).values(value=1))
        with pytest.raises(DatabaseBusy):
            second.execute(update(counter).values(value=2))
        second.rollback()
        first.commit()
        second.execute(update(counter).values(value=2))
        second.commit()


def test_foreign_keys_are_checked(base: Any, engine: Engine) -> None:
    """SQLite ignores them unless told."""

    class User(base):
        pass

    class Post(base):
        author: Mapped[User] = belongs_to()

    base.metadata.create_all(engine)
    with DB(engine) as db, pytest.raises(IntegrityError):
        db.save(Post(author_id=5))


def test_async_units_begin_alike(counter: Any, engines: Engines) -> None:
    """The same rules hold on the async driver, for many units at once."""

    async def bump() -> None:
        async with AsyncDB(engines.asynchronous) as db:
            await db.get(counter, 1)
            connection = await db.connection()
            raw = await connection.get_raw_connection()
            assert not raw.driver_connection.in_transaction  # type: ignore[union-attr]
            await db.execute(update(counter).values(value=counter.value + 1))
            assert raw.driver_connection.in_transaction  # type: ignore[union-attr]
            await db.commit()

    async def main() -> None:
        for _ in range(4):
            await asyncio.gather(*[bump() for _ in range(5)])
        async with AsyncDB(engines.asynchronous) as db:
            assert await db.scalar(select(counter.value)) == 20
        await engines.aclose()

    asyncio.run(main())


def test_a_file_that_is_read_only_can_be_read(counter: Any, engine: Engine, tmp_path: Path) -> None:
    """The settings that need writing are left out where they cannot be had."""
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    readers = Engines(f"sqlite:///file:{tmp_path / 'test.sqlite'}?mode=ro&uri=true")
    with DB(readers.sync) as db:
        assert db.scalar(select(counter.value)) == 0
    readers.close()
