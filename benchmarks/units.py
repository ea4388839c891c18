"""`DB` beside SQLAlchemy's own `Session`, in process, on a file of SQLite: python -m benchmarks.units.

The same statements through both; the shortest of many runs counts. The aim is 1.15 at most, and less than 1 where
relations are read.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, selectinload

from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, BareModel, Mapped, Model, belongs_to, field

RUNS = 15
Work = Callable[[Session], object]


class BenchmarkAuthor(Model):
    """Whom rows belong to."""

    name: Mapped[str] = field(max_length=20)


class BenchmarkPost(Model):
    """What is read and written."""

    title: Mapped[str] = field(max_length=20)
    likes: Mapped[int] = field(default=0)
    author: Mapped[BenchmarkAuthor] = belongs_to()


def read_thousand(db: Session) -> object:
    """One statement, a thousand objects."""
    return [post.title for post in db.scalars(select(BenchmarkPost))]


def read_forty_by_key(db: Session) -> object:
    """Forty statements, one object each."""
    return [db.get(BenchmarkPost, number) for number in range(1, 41)]


def read_with_relation(db: Session) -> object:
    """Two statements: the relation is loaded with its rows."""
    posts = db.scalars(select(BenchmarkPost).options(selectinload(BenchmarkPost.author)))
    return [post.author.name for post in posts]


def read_relation_late(db: Session) -> object:
    """The relation is loaded when it is read: row by row, or for all at once."""
    return [post.author.name for post in db.scalars(select(BenchmarkPost).limit(200))]


def insert_hundred(db: Session) -> object:
    """A hundred new objects, rolled back."""
    author = db.get_one(BenchmarkAuthor, 1)
    db.add_all(BenchmarkPost(title="x", author=author) for _ in range(100))
    db.flush()
    return db.rollback()


def update_hundred(db: Session) -> object:
    """A hundred changed objects, rolled back."""
    for post in db.scalars(select(BenchmarkPost).limit(100)):
        post.likes += 1
    db.flush()
    return db.rollback()


def once(kind: type[Session], engine: Engine, work: Work) -> float:
    """One run, in seconds of processor time."""
    started = time.process_time()
    with kind(engine) as db:
        work(db)
    return time.process_time() - started


WORKS: Sequence[Work] = (
    read_thousand, read_forty_by_key, read_with_relation, read_relation_late, insert_hundred, update_hundred,
)  # fmt: skip


@contextlib.contextmanager
def filled(url: str) -> Iterator[Engines]:
    """The engines of a database, with the tables of this benchmark meanwhile."""
    engines = Engines(url)
    tables = [BenchmarkPost.__table__, BenchmarkAuthor.__table__]
    BareModel.metadata.create_all(engines.sync, tables=tables)
    try:
        with DB(engines.sync) as db:
            authors = [BenchmarkAuthor(name=str(number)) for number in range(20)]
            db.add_all(BenchmarkPost(title=str(number), author=authors[number % 20]) for number in range(1000))
            db.commit()
        yield engines
    finally:
        BareModel.metadata.drop_all(engines.sync, tables=tables)
        engines.close()


def measure(url: str) -> dict[str, tuple[float, float]]:
    """Milliseconds of each kind of work through `Session` and through `DB`, in a database of any content."""
    found = {}
    with filled(url) as engines:
        for work in WORKS:
            best = {Session: float("inf"), DB: float("inf")}
            for _ in range(RUNS):  # in turns: what else runs on the machine changes
                for kind, shortest in best.items():
                    best[kind] = min(shortest, once(kind, engines.sync, work))
            found[work.__name__] = best[Session] * 1e3, best[DB] * 1e3
    return found


def main() -> None:
    """Print a line for each kind of work."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (plain, ours) in measure(f"sqlite:///{Path(folder) / 'units.sqlite'}").items():
            print(f"{name:20} Session {plain:6.2f} ms   DB {ours:6.2f} ms   {ours / plain:.2f}")


if __name__ == "__main__":
    main()
