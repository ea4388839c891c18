"""What a database refuses becomes 409 or 422 with the fields, on each database."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, delete, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from demijohn import App, Client
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, Violation, belongs_to, field, violation_of


@pytest.fixture
def models(base: Any, served: Engines) -> Any:
    """An owner with a unique name; things with a rule over two columns, a check, and a column of another name."""

    class Owner(base):
        name: Mapped[str] = field(max_length=20, unique=True)

    class Thing(base):
        label: Mapped[str] = field("title", max_length=20, unique=True)
        number: Mapped[int]
        owner: Mapped[Owner] = belongs_to(on_delete="restrict")
        __table_args__ = (CheckConstraint("number > 0", name="positive"),)

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.save(Thing(label="a", number=1, owner=Owner(name="ann")))
        db.commit()
    return Owner, Thing


def _cases(models: Any) -> list[tuple[Any, Violation]]:
    owner, thing = models
    row = {"label": "b", "number": 1, "owner_id": 1}
    return [
        (insert(owner).values(name="ann"), Violation("unique", "owner", ("name",))),
        (insert(thing).values(row | {"label": "a"}), Violation("unique", "thing", ("label",))),
        (insert(owner).values(id=1, name="bob"), Violation("unique", "owner", ("id",))),
        (insert(thing).values(row | {"owner_id": 99}), Violation("foreign_key", "thing", ("owner_id",))),
        (insert(thing).values(row | {"number": -1}), Violation("check", "thing", ("number",))),
        (insert(thing).values(row | {"number": None}), Violation("required", "thing", ("number",))),
        (delete(owner), Violation("referenced", "", ())),
    ]


def _matches(found: Violation | None, expected: Violation) -> bool:
    assert found is not None
    table = not expected.table or found.table == expected.table
    # A check written as text does not say its columns.
    fields = expected.kind == "check" or found.fields == expected.fields
    return found.kind == expected.kind and table and fields


def test_every_refusal_is_told_by_its_fields(models: Any, served: Engines, base: Any) -> None:
    """Unique, foreign key, check, not null, and what is still referred to."""
    for statement, expected in _cases(models):
        with DB(served.sync) as db, pytest.raises(IntegrityError) as caught:
            db.execute(statement)
        found = violation_of(caught.value, base)
        assert _matches(found, expected), (str(statement), found, str(caught.value.orig))


def test_async_drivers_tell_the_same(models: Any, served: Engines, base: Any) -> None:
    """Whatever each wraps its errors in."""

    async def main() -> None:
        for statement, expected in _cases(models):
            async with AsyncDB(served.asynchronous) as db:
                with pytest.raises(IntegrityError) as caught:
                    await db.execute(statement)
            found = violation_of(caught.value, base)
            assert _matches(found, expected), (str(statement), found, str(caught.value.orig))
        await served.aclose()

    asyncio.run(main())


def test_visitors_are_told_409_and_422(models: Any, served: Engines) -> None:
    """The answer names the field and no value; nothing of the unit is kept; what is not a rule's stays a 500."""
    owner, thing = models
    app = App()
    app.use(Database(url=served.url.render_as_string(hide_password=False), create_tables="never"))

    @app.post("/owners")
    def add(name: str, db: DB) -> dict[str, int]:
        db.save(owner(name="kept?"))
        return {"id": db.save(owner(name=name)).id}

    @app.post("/things")
    def thing_of(owner_id: int, number: int, db: DB) -> dict[str, int]:
        return {"id": db.save(thing(label="c", number=number, owner_id=owner_id)).id}

    @app.post("/late")
    def late(db: DB) -> str:
        db.add(owner(name="ann"))
        return "added"

    with Client(app) as client:
        answer = client.post("/owners?name=ann")
        assert answer.status == 409
        assert answer.json()["detail"] == "This is there already."
        assert "ann" not in answer.text
        with DB(served.sync) as db:
            assert db.count(owner) == 1
        assert client.post("/owners?name=bob").status == 200
        assert client.post("/things?owner_id=99&number=1").status == 422
        assert client.post("/things?owner_id=1&number=-1").status == 422
        assert client.post("/late").status == 409


def test_an_error_that_is_no_rule_s_stays_one() -> None:
    """What a trigger says is nobody's field: a 500, which the log explains."""
    app = App()
    app.use(Database(url="sqlite://", create_tables="never"))
    seen: list[Violation | None] = []

    @app.post("/")
    def add(db: DB) -> str:
        db.execute(text("CREATE TABLE a (b INTEGER)"))
        db.execute(text("CREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT RAISE(ABORT, 'no'); END"))
        try:
            db.execute(text("INSERT INTO a VALUES (1)"))
        except IntegrityError as error:
            seen.append(violation_of(error))
            raise
        return "added"

    with Client(app, raise_errors=False) as client:
        assert client.post("/").status == 500
    assert seen == [None]
