"""Several databases in one app: each with a name, units, tables, and models that know where they live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session

from demijohn import App, Client, Schema
from demijohn.batteries.database import homes
from demijohn.batteries.database.engines import Engines
from demijohn.database import DB, AsyncDB, Database, field, violation_of
from demijohn.foundation.errors import SetupError, SetupErrors
from demijohn.kernel.scope import Scope

NAME = "homes_reports"
"""The name of the second database; no other test binds models to it."""

Reports = Annotated[DB, NAME]
AsyncReports = Annotated[AsyncDB, NAME]


@pytest.fixture
def post(base: Any) -> Any:
    """A model that is bound to no database."""

    class Post(base):
        title: Mapped[str] = field(max_length=20)

    return Post


@pytest.fixture
def sale(base: Any) -> Iterator[Any]:
    """A model that is bound to the second."""

    class Sale(base, database=NAME):
        amount: Mapped[int] = field(unique=True)

    yield Sale
    homes._METADATA.pop(NAME)


class AmountOnly(Schema):
    """What is read of a sale."""

    amount: int


def make_app(folder: Path, post: Any, sale: Any) -> App:
    """An app on two files; each of its handlers gives what it finds."""
    app = App()
    app.use(
        Database(url=f"sqlite:///{folder / 'b.db'}", name=NAME),
        Database(f"sqlite:///{folder / 'a.db'}", create_tables="never"),
    )

    @app.post("/both")
    def both(db: DB) -> Any:
        db.add_all([post(title="main"), sale(amount=5)])
        return {}

    @app.post("/async/both")
    async def both_async(db: AsyncDB) -> Any:
        db.add_all([post(title="main"), sale(amount=6)])
        return {}

    @app.post("/copy")
    def copy(reports: Reports) -> Any:
        reports.save(post(title="copied"))
        return {}

    @app.get("/posts")
    def posts(db: DB, reports: Reports) -> Any:
        return [db.all(select(post.title)), reports.all(select(post.title))]

    @app.get("/async/posts")
    async def posts_async(db: AsyncDB, reports: AsyncReports) -> Any:
        return [await db.all(select(post.title)), await reports.all(select(post.title))]

    @app.get("/sales")
    def sales(db: DB, reports: Reports) -> Any:
        by_key = db.get_or_404(sale, 1).amount
        read = [one.amount for one in db.read(AmountOnly, select(sale))]
        return [by_key, read, [one.amount for one in reports.read(AmountOnly, sale)], db.count(sale)]

    @app.get("/async/sales")
    async def sales_async(db: AsyncDB, reports: AsyncReports) -> Any:
        by_key = (await db.get_or_404(sale, 1)).amount
        read = [one.amount for one in await db.read(AmountOnly, select(sale))]
        return [by_key, read, [one.amount for one in await reports.read(AmountOnly, sale)], await db.count(sale)]

    def show(found: Any) -> Any:
        return {"amount": found.amount}

    show.__annotations__["found"] = sale
    app.get("/sales/{found}")(show)

    @app.get("/same")
    def same(one: Reports, other: Annotated[Session, NAME], db: DB) -> Any:
        return [one is other, one is db]

    @app.get("/async/same")
    async def same_async(one: AsyncReports, other: Annotated[AsyncSession, NAME], db: AsyncDB) -> Any:
        return [one is other, one is db]

    @app.get("/scope")
    def in_scope(scope: Scope) -> Any:
        with scope(Reports) as reports:
            return reports.count(sale)

    return app


@pytest.fixture
def client(tmp_path: Path, post: Any, sale: Any) -> Iterator[Client]:
    """The app, with the tables of both models where they belong, and those of posts in both."""
    for file, metadatas in {"a": [post.metadata], "b": [post.metadata, sale.metadata]}.items():
        engines = Engines(f"sqlite:///{tmp_path / file}.db")
        for metadata in metadatas:
            metadata.create_all(engines.sync)
        engines.close()
    config = {f"{NAME}.create_tables": "never"}
    with Client(make_app(tmp_path, post, sale), config=config) as made:
        yield made


def test_a_model_goes_to_the_database_that_it_is_bound_to(client: Client) -> None:
    """From any unit, by every way of asking, and both are committed."""
    client.post("/both")
    for prefix in ("", "/async"):
        assert client.get(f"{prefix}/sales").json() == [5, [5], [5], 1]
    client.post("/async/both")
    for prefix in ("", "/async"):
        assert client.get(f"{prefix}/sales").json() == [5, [5, 6], [5, 6], 2]
    assert client.get("/sales/1").json() == {"amount": 5}
    assert client.get("/sales/9").status == 404
    assert client.get("/scope").json() == 2


def test_a_model_that_is_bound_to_none_follows_its_unit(client: Client) -> None:
    """A copy of the main database is asked by the same models."""
    client.post("/copy")
    client.post("/both")
    for prefix in ("", "/async"):
        assert client.get(f"{prefix}/posts").json() == [["main"], ["copied"]]


def test_each_database_has_one_unit_under_both_names(client: Client) -> None:
    """SQLAlchemy's names take the name of a database, too."""
    for prefix in ("", "/async"):
        assert client.get(f"{prefix}/same").json() == [True, False]


def test_its_settings_are_a_section_of_its_own(tmp_path: Path, sale: Any) -> None:
    """By its name, in files, the environment and overrides; its tables are made as that says."""
    app = App()
    app.use(Database("sqlite://", create_tables="never"), Database(name=NAME))
    app.get("/")(lambda: "ok")
    config = {NAME: {"url": f"sqlite:///{tmp_path / 'r.db'}", "create_tables": "always"}}
    with Client(app, config=config) as client:
        assert client.get("/").text == "ok"
    engines = Engines(f"sqlite:///{tmp_path / 'r.db'}")
    assert inspect(engines.sync).get_table_names() == ["sale"]
    with DB(engines.sync) as db:
        db.save(sale(amount=1))
        with pytest.raises(IntegrityError) as caught:
            db.save(sale(amount=1))
        db.rollback()
    violation = violation_of(caught.value)
    assert violation is not None
    assert (violation.kind, violation.table, violation.fields) == ("unique", "sale", ("amount",))
    engines.close()


def test_one_with_a_name_may_be_the_only_one(tmp_path: Path, sale: Any) -> None:
    """Then it is what is meant where none is named."""
    app = App()
    app.use(Database(f"sqlite:///{tmp_path / 'r.db'}", name=NAME, create_tables="always"))

    @app.get("/")
    def count(db: DB, same: Annotated[DB, NAME]) -> Any:
        return [db.count(sale), same.count(sale)]

    with Client(app) as client:
        assert client.get("/").json() == [0, 0]


def seal_with(*databases: Database, **annotations: Any) -> None:
    """Seal an app whose handler has these annotations."""
    app = App()
    app.use(*databases)

    def handler(db: Any) -> None:
        pass

    handler.__annotations__ = {**annotations, "return": None}
    app.get("/")(handler)
    app.seal()


def test_a_wrong_name_lists_those_there_are() -> None:
    """In an annotation, at once."""
    with pytest.raises((SetupError, SetupErrors), match="DMJ0308") as caught:
        seal_with(Database("sqlite://"), Database("sqlite://", name="reports"), db=Annotated[DB, "report"])
    assert "There is: reports" in str(caught.value)


def test_one_of_two_names_is_refused_twice() -> None:
    """Two without a name are one too many, and so are two of the same."""
    for databases in ([Database("sqlite://"), Database("sqlite://a")], [Database("sqlite://", name="b")] * 2):
        with pytest.raises((SetupError, SetupErrors), match="DMJ0406") as caught:
            seal_with(*databases, db=DB)
        assert 'name="other"' in str(caught.value)


def test_models_without_a_home_are_found_without_asking_a_database(sale: Any) -> None:
    """All of them, each with the line that gives it one."""
    mapper = sale.__mapper__
    (found,) = homes.homeless([mapper], ["database"])
    assert found.code == "DMJ0526"
    assert f'name="{NAME}"' in found.fix
    assert homes.homeless([mapper], ["database", NAME]) == []
