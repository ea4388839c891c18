"""`DB` beside SQLAlchemy's own `Session`, in process, on a file of SQLite: python -m benchmarks.units.

The same statements through both; the shortest of many runs counts. The aim is 1.15 at most, and less than 1 where
relations are read.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, selectinload

from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, BareModel, Mapped, Model, belongs_to, field

RUNS = 40
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


def shortest(kind: type[Session], engine: Engine, work: Work) -> float:
    """The shortest run, in seconds of processor time."""
    best = float("inf")
    for _ in range(RUNS):
        started = time.process_time()
        with kind(engine) as db:
            work(db)
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    """Print a line for each kind of work."""
    with tempfile.TemporaryDirectory() as folder:
        engines = Engines(f"sqlite:///{Path(folder) / 'units.sqlite'}")
        BareModel.metadata.create_all(engines.sync)
        with DB(engines.sync) as db:
            authors = [BenchmarkAuthor(name=str(number)) for number in range(20)]
            db.add_all(BenchmarkPost(title=str(number), author=authors[number % 20]) for number in range(1000))
            db.commit()
        for work in (
            read_thousand, read_forty_by_key, read_with_relation, read_relation_late, insert_hundred, update_hundred,
        ):  # fmt: skip
            plain, ours = (shortest(kind, engines.sync, work) for kind in (Session, DB))
            print(f"{work.__name__:20} Session {plain * 1e3:6.2f} ms   DB {ours * 1e3:6.2f} ms   {ours / plain:.2f}")
        engines.close()


if __name__ == "__main__":
    main()
