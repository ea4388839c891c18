"""Oracle and SQL Server: no server is asked, but the tables and the verbs are put into their words."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Identity, create_engine, func, insert, select
from sqlalchemy.dialects import mssql, oracle
from sqlalchemy.orm import Mapped
from sqlalchemy.schema import CreateIndex, CreateTable

from demijohn.batteries.database import verbs
from demijohn.batteries.database.row_values import among, beyond, found_by
from demijohn.database import DB, belongs_to, field, many_to_many


class Colour(enum.Enum):
    """Some choices."""

    RED = "red"
    BLUE = "blue"


DIALECTS: dict[str, Any] = {"oracle": oracle.dialect(), "mssql": mssql.dialect()}


@pytest.fixture
def models(base: Any) -> dict[str, Any]:
    """Models with columns of all kinds, keys, rules and a linking table."""

    class Label(base):
        name: Mapped[str] = field(max_length=40, unique=True)

    class Maker(base):
        name: Mapped[str] = field(max_length=80)

    class Item(base):
        code: Mapped[str] = field(max_length=20, index=True)
        text: Mapped[str] = field()
        price: Mapped[decimal.Decimal] = field(max_digits=8, decimal_places=2, ge=0)
        weight: Mapped[float] = field()
        sold: Mapped[bool] = field(default=False)
        made: Mapped[dt.datetime] = field(auto_now_add=True)
        day: Mapped[dt.date] = field()
        mark: Mapped[uuid.UUID] = field()
        colour: Mapped[Colour] = field(default=Colour.RED)
        data: Mapped[bytes | None] = field()
        maker: Mapped[Maker] = belongs_to(on_delete="cascade")
        labels: Mapped[set[Label]] = many_to_many()

    base.registry.configure()
    return {"Label": Label, "Maker": Maker, "Item": Item, "metadata": base.metadata}


@pytest.mark.parametrize("kind", DIALECTS)
def test_tables_and_indexes_have_their_words(models: Any, kind: str) -> None:
    """With names for all rules, and a key that the server counts up."""
    tables = {table.name: table for table in models["metadata"].sorted_tables}
    made = {name: str(CreateTable(table).compile(dialect=DIALECTS[kind])) for name, table in tables.items()}
    assert set(made) == {"label", "maker", "item", "item_labels"}
    assert ("IDENTITY" in made["item"]) == (kind == "mssql")
    assert "fk_item_maker_id" in made["item"]
    assert "ON DELETE CASCADE" in made["item"]
    assert "uq_label_name" in made["label"]
    assert ("BIGINT" if kind == "mssql" else "NUMBER(19)") in made["item"]
    for table in tables.values():
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=DIALECTS[kind]))


def test_oracle_counts_a_key_that_says_so(bare: Any) -> None:
    """By itself it counts none; SQLAlchemy's `Identity` goes into a field as into any column."""

    class Counted(bare):
        id: Mapped[int] = field(Identity(), primary_key=True, init=False)

    assert "IDENTITY" in str(CreateTable(Counted.__table__).compile(dialect=DIALECTS["oracle"]))


class Recorder(DB):
    """A unit that puts what it is asked into the words of a dialect, and finds nothing."""

    def __init__(self, dialect: Any) -> None:
        super().__init__(create_engine("sqlite://"))
        self.words = dialect
        self.said: list[str] = []

    def execute(self, statement: Any, rows: Any = None, **options: Any) -> Any:
        keys = list(rows[0]) if isinstance(rows, list) and rows else None
        self.said.append(str(statement.compile(dialect=self.words, column_keys=keys)))
        return super().execute(select(1).where(False))

    def scalar(self, statement: Any, *arguments: Any, **options: Any) -> Any:
        return self.execute(statement).scalar()

    def scalars(self, statement: Any, *arguments: Any, **options: Any) -> Any:
        return self.execute(statement).scalars()


@pytest.mark.parametrize("kind", DIALECTS)
def test_verbs_have_their_words(models: Any, kind: str) -> None:
    """Each of them is a statement there; limits are FETCH or TOP."""
    label = models["Label"]
    with Recorder(DIALECTS[kind]) as db:
        db.all(select(label).where(label.name.like("a%")).order_by(label.id))
        db.count(label)
        db.count(label, at_most=10)
        db.exists(label)
        db.get_many(label, [1, 2])
        verbs.next_batch(db, select(label), (5,), 100)
        assert len(db.said) == 6
        assert all(said.startswith("SELECT") for said in db.said)
        limits = "\n".join(db.said)
        assert "LIMIT" not in limits
        assert ("FETCH FIRST" if kind == "oracle" else "TOP") in limits
        pages = str(select(label).order_by(label.id).limit(20).offset(40).compile(dialect=DIALECTS[kind]))
        assert "OFFSET" in pages or "ROW_NUMBER()" in pages
        db.said.clear()
        db.execute(label.__table__.insert(), [{"name": "a"}])
        db.execute(label.__table__.update().values(name=func.lower(label.name)))
        assert [said.split()[0] for said in db.said] == ["INSERT", "UPDATE"]
        db.said.clear()
        verbs._upsert_each(db, label.__table__, ["name"], [], [{"name": "a"}])
        verbs._upsert_each(db, label.__table__, ["id"], ["name"], [{"id": 1, "name": "a"}])
        assert [said.split()[0] for said in db.said[:3]] == ["SELECT", "INSERT", "UPDATE"]


class Pair(NamedTuple):
    """A key of two columns."""

    a: int
    b: int


@pytest.mark.parametrize("kind", [*DIALECTS, "sqlite"])
def test_keys_of_two_columns_are_compared_as_a_whole(bare: Any, kind: str) -> None:
    """Also where there are no row values: written out, and on SQLite with them, both find the same rows."""

    class Seat(bare):
        row: Mapped[int] = field(primary_key=True)
        place: Mapped[int] = field(primary_key=True)

    columns = list(Seat.__table__.primary_key.columns)
    some = among(columns, [Pair(1, 2), Pair(2, 1)], kind)
    later = beyond(columns, Pair(1, 2), kind)
    if kind in DIALECTS:
        said = str(select(Seat).where(some, later).compile(dialect=DIALECTS[kind]))
        assert "(seat.row, seat.place)" not in said.replace('"', "").replace("[", "").replace("]", "")
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        bare.metadata.create_all(connection)
        connection.execute(insert(Seat), [{"row": row, "place": place} for row in (1, 2) for place in (1, 2, 3)])
        ordered = select(Seat.row, Seat.place).order_by(*columns)
        assert [tuple(row) for row in connection.execute(ordered.where(some))] == [(1, 2), (2, 1)]
        assert [tuple(row) for row in connection.execute(ordered.where(later))] == [(1, 3), (2, 1), (2, 2), (2, 3)]
        assert connection.execute(ordered.where(among(columns, [], kind))).all() == []
    engine.dispose()


@pytest.mark.parametrize("kind", [*DIALECTS, "sqlite"])
def test_references_of_two_columns_are_followed_as_a_whole(bare: Any, kind: str) -> None:
    """Also of a table to itself; what refers to nothing, or half, refers to none."""

    class Seat(bare):
        row: Mapped[int] = field(primary_key=True)
        place: Mapped[int] = field(primary_key=True)
        next_row: Mapped[int | None]
        next_place: Mapped[int | None]

    gone = select(Seat.row, Seat.place).where(Seat.row == 1)
    refers = found_by([Seat.next_row, Seat.next_place], gone, kind)
    if kind in DIALECTS:
        assert " EXISTS (" in str(select(Seat.place).where(refers).compile(dialect=DIALECTS[kind])).replace("\n", " ")
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        bare.metadata.create_all(connection)
        rows = [(1, 1, 1, 2), (1, 2, 2, 1), (2, 1, 1, 1), (2, 2, 1, None), (2, 3, None, None), (2, 4, 1, 9)]
        names = ("row", "place", "next_row", "next_place")
        connection.execute(insert(Seat), [dict(zip(names, row, strict=True)) for row in rows])
        found = connection.execute(select(Seat.row, Seat.place).where(refers).order_by(Seat.row, Seat.place))
        assert [tuple(row) for row in found] == [(1, 1), (2, 1)]
    engine.dispose()
