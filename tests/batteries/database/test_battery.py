"""The battery in an app: one unit of work per exchange, over the gateways."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session

from demijohn import App, AsyncClient, Client
from demijohn.batteries.database.battery import _choose_url, default_url
from demijohn.database import DB, AsyncDB, BareModel, Database, Engines, Model, Page, belongs_to, field
from demijohn.foundation.config import Sources
from demijohn.foundation.errors import SetupError, SetupErrors


class BatteryTree(Model):
    """A model of these tests; its name is no other's, as it stands on the common base."""

    name: Mapped[str] = field(max_length=20)
    secret: Mapped[str] = field(private=True, default="hidden")


class BatteryLeaf(Model):
    """A model that belongs to another."""

    tree: Mapped[BatteryTree] = belongs_to()


class BatterySpot(BareModel):
    """A key of two columns."""

    x: Mapped[int] = field(primary_key=True)
    y: Mapped[int] = field(primary_key=True)


class Oops(Exception):
    """Raised by handlers."""


def make_app(**settings: Any) -> App:
    """An app with handlers of both kinds."""
    app = App()
    app.use(Database(**settings))

    @app.post("/trees", status=201)
    def create(name: str, db: DB) -> Any:
        return db.save(BatteryTree(name=name))

    @app.post("/async/trees", status=201)
    async def create_async(name: str, db: AsyncDB) -> Any:
        return await db.save(BatteryTree(name=name))

    @app.get("/trees")
    def trees(db: DB, page: int = 1) -> Any:
        return db.page(BatteryTree, page)

    @app.get("/async/trees")
    async def trees_async(db: AsyncDB, page: int = 1) -> Any:
        return await db.page(BatteryTree, page)

    @app.get("/trees/{tree}")
    def show(tree: BatteryTree) -> Any:
        return tree

    @app.get("/async/trees/{tree}")
    async def show_async(tree: BatteryTree) -> Any:
        return tree

    @app.get("/maybe/{tree}")
    def maybe(tree: BatteryTree | None) -> Any:
        return {"tree": tree}

    @app.get("/rows")
    def rows(db: DB) -> Any:
        return db.all(select(BatteryTree.id, BatteryTree.name))

    @app.post("/raise")
    def raises(db: DB) -> Any:
        db.save(BatteryTree(name="lost"))
        raise Oops

    @app.post("/async/raise")
    async def raises_async(db: AsyncDB) -> Any:
        await db.save(BatteryTree(name="lost"))
        raise Oops

    @app.post("/returns-409")
    def refuses(db: DB) -> Any:
        db.save(BatteryTree(name="kept"))
        return {"error": "told"}, 409

    @app.post("/unserialisable")
    def unserialisable(db: DB) -> Any:
        db.save(BatteryTree(name="lost"))
        return {"what": object()}

    @app.get("/same")
    def same(db: DB, session: Session) -> Any:
        return {"same": db is session}

    @app.get("/async/same")
    async def same_async(db: AsyncDB, session: AsyncSession) -> Any:
        return {"same": db is session}

    return app


@pytest.fixture
def client() -> Iterator[Client]:
    """The app on a database in memory."""
    with Client(make_app(), config={"DATABASE_URL": "sqlite://"}, raise_errors=False) as made:
        yield made


@pytest.mark.parametrize("prefix", ["", "/async"])
def test_what_a_handler_saved_is_there(client: Client, prefix: str) -> None:
    """The unit commits by itself, in both modes, and models are JSON without what is private."""
    made = client.post(f"{prefix}/trees?name=oak")
    assert (made.status, made.json()) == (201, {"id": 1, "name": "oak"})
    for other in ("", "/async"):
        assert client.get(f"{other}/trees/1").json() == {"id": 1, "name": "oak"}
        assert client.get(f"{other}/trees").json()["items"] == [{"id": 1, "name": "oak"}]
    assert client.get("/rows").json() == [{"id": 1, "name": "oak"}]


@pytest.mark.parametrize("path", ["/raise", "/async/raise", "/unserialisable"])
def test_a_failed_exchange_leaves_nothing(client: Client, path: str) -> None:
    """What raised, or could not be sent, is rolled back."""
    assert client.post(path).status == 500
    assert client.get("/trees").json()["total"] == 0


def test_a_returned_error_commits(client: Client) -> None:
    """A status is an answer like any other; only raising undoes."""
    assert client.post("/returns-409").status == 409
    assert client.get("/trees").json()["total"] == 1


@pytest.mark.parametrize("prefix", ["", "/async"])
@pytest.mark.parametrize("key", ["2", "0", "-1", "x", "1.0", "9" * 30, "1e3", "%F0%9F%8C%B3"])
def test_keys_that_lead_nowhere_are_404(client: Client, prefix: str, key: str) -> None:
    """A model in the path is loaded or not found, whatever the path says."""
    assert client.get(f"{prefix}/trees/{key}").status == 404


@pytest.mark.parametrize("prefix", ["", "/async"])
@pytest.mark.parametrize("page", ["0", "-1", "2", "9" * 18, "-" + "9" * 18])
def test_pages_that_do_not_exist_are_404(client: Client, prefix: str, page: str) -> None:
    """Also those whose offset no database could count to."""
    assert client.get(f"{prefix}/trees?page={page}").status == 404


@pytest.mark.parametrize("page", ["x", "1.5", "9" * 40])
def test_page_numbers_that_are_none_are_4xx(client: Client, page: str) -> None:
    """What is no number, or is too long for one, is the client's mistake."""
    assert client.get(f"/trees?page={page}").status in (404, 422)


def test_an_optional_model_may_be_missing(client: Client) -> None:
    """`Tree | None` gets None where there is no such row."""
    client.post("/trees?name=oak")
    assert client.get("/maybe/1").json() == {"tree": {"id": 1, "name": "oak"}}
    assert client.get("/maybe/7").json() == {"tree": None}


def test_sqlalchemys_own_names_give_the_same_unit(client: Client) -> None:
    """One unit per exchange, whatever it is asked for as."""
    assert client.get("/same").json() == {"same": True}
    assert client.get("/async/same").json() == {"same": True}


def test_async_clients_share_the_database() -> None:
    """Many exchanges at once on one loop, each in its own unit."""

    async def main() -> None:
        async with AsyncClient(make_app(), config={"DATABASE_URL": "sqlite://"}) as client:
            made = await asyncio.gather(
                *[client.post(f"{prefix}/trees?name=t") for prefix in ("", "/async") for _ in range(10)]
            )
            assert [one.status for one in made] == [201] * 20
            assert (await client.get("/async/trees")).json()["total"] == 20

    asyncio.run(main())


def test_an_exhausted_pool_is_503_and_recovers(tmp_path: Path) -> None:
    """Who finds no connection in time is asked to come again; afterwards all is well."""
    app = make_app(
        url=f"sqlite:///{tmp_path / 'a.db'}", pool_size=1, max_overflow=0, pool_timeout=0.05, create_tables="always"
    )
    held, release = threading.Event(), threading.Event()

    @app.get("/hold")
    def hold(db: DB) -> str:
        db.all(BatteryTree)
        held.set()
        release.wait(10)
        return "done"

    with Client(app, raise_errors=False) as client:
        holder = threading.Thread(target=lambda: client.get("/hold"))
        holder.start()
        assert held.wait(10)
        refused = client.get("/trees")
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        release.set()
        holder.join()
        assert client.get("/trees").status == 200


def test_connections_go_back_to_the_pool(client: Client, tmp_path: Path) -> None:
    """However an exchange ends, its connection is free again."""
    app = make_app(
        url=f"sqlite:///{tmp_path / 'a.db'}", pool_size=1, max_overflow=0, pool_timeout=0.2, create_tables="always"
    )
    with Client(app, raise_errors=False) as small:
        for path in (
            "/raise",
            "/async/raise",
            "/unserialisable",
            "/returns-409",
            "/trees?name=x",
            "/async/trees?name=x",
        ) * 2:
            assert small.post(path).status in (201, 409, 500)
        assert small.get("/trees/77").status == 404
        assert small.get("/async/trees").status == 200


# Tables ------------------------------------------------------------------------------------------------------


def only_select(app: App) -> App:
    """An app that does nothing."""
    app.get("/")(lambda: "ok")
    return app


def test_development_makes_missing_tables_and_nothing_else(tmp_path: Path) -> None:
    """What is there stays; nothing but the models' tables is written, so the first migration can adopt them."""
    file = tmp_path / "a.db"
    other = create_engine(f"sqlite:///{file}")
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE battery_spot (x INTEGER, y INTEGER, extra TEXT)")
    app = App(debug=True)
    app.use(Database(url=f"sqlite:///{file}"))
    with Client(only_select(app)) as client:
        client.get("/")
    inspector = inspect(other)
    assert set(inspector.get_table_names()) == set(Model.metadata.tables) | {"battery_spot"}
    assert [column["name"] for column in inspector.get_columns("battery_spot")] == ["x", "y", "extra"]
    assert inspector.get_pk_constraint("battery_tree")["name"] == "pk_battery_tree"
    assert inspector.get_foreign_keys("battery_leaf")[0]["name"] == "fk_battery_leaf_tree_id"
    other.dispose()


def test_production_names_the_missing_tables(tmp_path: Path) -> None:
    """The app does not start, and says which tables and what to do."""
    app = App(debug=False)
    app.use(Database(url=f"sqlite:///{tmp_path / 'a.db'}"))
    with pytest.raises(SetupError, match="DMJ0524") as caught, Client(only_select(app)) as client:
        client.get("/")
    assert "battery_tree" in str(caught.value)
    assert "create_tables" in str(caught.value)


@pytest.mark.parametrize(("setting", "made"), [("always", True), ("never", False)])
def test_tables_are_made_as_the_setting_says(tmp_path: Path, setting: Any, made: bool) -> None:
    """In production, too, if asked for; and never means never, without an error."""
    app = App(debug=False)
    url = f"sqlite:///{tmp_path / 'a.db'}"
    app.use(Database(url=url, create_tables=setting))
    with Client(only_select(app)) as client:
        assert client.get("/").status == 200
    engine = create_engine(url)
    assert ("battery_tree" in inspect(engine).get_table_names()) is made
    engine.dispose()


def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """At start, with the place and without a traceback of the driver."""
    app = App(debug=True)
    app.use(Database(url=f"sqlite:///{tmp_path / 'missing' / 'a.db'}"))
    with pytest.raises(SetupError, match="DMJ0525") as caught, Client(only_select(app)) as client:
        client.get("/")
    assert "unable to open database file" in str(caught.value)


# Setting up --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "environment", "overrides", "expected"),
    [
        ("", {}, {}, "default"),
        ("", {"DATABASE_URL": "sqlite:///e"}, {}, "sqlite:///e"),
        ("sqlite:///c", {"DATABASE_URL": "sqlite:///e"}, {}, "sqlite:///c"),
        ("sqlite:///c", {}, {"DATABASE_URL": "sqlite:///o"}, "sqlite:///o"),
        ("", {"DATABASE_URL": ""}, {}, "default"),
    ],
)
def test_the_url_by_authority(
    tmp_path: Path, own: str, environment: dict[str, str], overrides: dict[str, str], expected: str
) -> None:
    """Overrides of tests, then code, then the environment, then the file beside the app."""
    sources = Sources.load(tmp_path, environ=environment, overrides=overrides)
    assert _choose_url(own, sources) == (default_url(tmp_path) if expected == "default" else expected)


def test_the_environment_goes_before_a_file(tmp_path: Path) -> None:
    """A platform that sets DATABASE_URL is obeyed, whatever demijohn.toml says."""
    (tmp_path / "demijohn.toml").write_text('[database]\nurl = "sqlite:///t"\n')
    assert _choose_url("sqlite:///t", Sources.load(tmp_path, environ={})) == "sqlite:///t"
    sources = Sources.load(tmp_path, environ={"DATABASE_URL": "sqlite:///e"})
    assert _choose_url("sqlite:///t", sources) == "sqlite:///e"


def test_the_default_is_a_file_beside_the_app(tmp_path: Path) -> None:
    """Wherever the app is started from, it finds its data."""
    assert default_url(tmp_path) == f"sqlite:///{tmp_path}/app.sqlite"


def test_the_password_is_not_shown() -> None:
    """Neither the battery nor its ledger prints the URL."""
    assert "secret" not in repr(Database(url="postgresql://ann:secret@host/shop"))


def test_the_wrong_unit_is_told_at_setup() -> None:
    """DB in async def and AsyncDB in def cannot work, and are not tried."""
    app = App()
    app.use(Database(url="sqlite://"))

    @app.get("/a")
    async def a(db: DB) -> None: ...

    @app.get("/b")
    def b(db: AsyncDB) -> None: ...

    with pytest.raises(SetupErrors) as caught:
        app.seal()
    assert "Ask for AsyncDB" in str(caught.value)
    assert "Ask for DB" in str(caught.value)


def test_a_forgotten_battery_is_named() -> None:
    """A handler that asks for DB without the battery is told the line to write."""
    app = App()

    @app.get("/")
    def home(db: DB) -> None: ...

    with pytest.raises(SetupError, match="DMJ0309") as caught:
        app.seal()
    assert "app.use(Database())" in str(caught.value)


def test_a_key_of_two_columns_is_no_parameter() -> None:
    """The error shows how to load such a row."""
    app = App()
    app.use(Database(url="sqlite://"))

    @app.get("/spots/{spot}")
    def show(spot: BatterySpot) -> None: ...

    with pytest.raises(SetupError, match="DMJ0523") as caught:
        app.seal()
    assert "get_or_404(BatterySpot, (first, second))" in str(caught.value)


def test_a_model_is_never_a_body() -> None:
    """Outside of the path a bare model is refused: a visitor must not set every column."""
    app = App()
    app.use(Database(url="sqlite://"))

    @app.post("/trees")
    def create(tree: BatteryTree) -> None: ...

    with pytest.raises(SetupError, match="DMJ0305"):
        app.seal()


def test_a_missing_async_driver_is_told_at_start_to_those_who_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync app never hears of it; one with AsyncDB does not start."""
    import sys

    monkeypatch.setitem(sys.modules, "aiosqlite", None)
    quiet = App()
    quiet.use(Database(url="sqlite+aiosqlite://"))

    @quiet.get("/")
    def home(db: DB) -> None: ...

    quiet.seal()
    loud = App()
    loud.use(Database(url="sqlite+aiosqlite://"))

    @loud.get("/")
    async def async_home(db: AsyncDB) -> None: ...

    with pytest.raises(SetupError, match="DMJ0520") as caught:
        loud.seal()
    assert "pip install aiosqlite" in str(caught.value)


def test_a_page_keeps_its_numbers_as_json(client: Client) -> None:
    """What a client needs for its pager is in the answer."""
    client.post("/trees?name=oak")
    answer = client.get("/trees").json()
    assert {name: answer[name] for name in ("page", "size", "total", "pages")} == {
        "page": 1, "size": 20, "total": 1, "pages": 1,
    }  # fmt: skip
    assert Page is not None


def test_a_failed_commit_is_an_error_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is not sent before the commit: if that fails, the visitor is told."""

    def fail(self: DB) -> None:
        raise Oops

    monkeypatch.setattr(DB, "commit", fail)
    assert client.post("/trees?name=oak").status == 500
    monkeypatch.undo()
    assert client.get("/trees").json()["total"] == 0


def test_a_read_only_request_sends_no_begin(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Reading costs one statement, and no lock."""
    app = make_app(url=f"sqlite:///{tmp_path / 'a.db'}", create_tables="always")
    sent: list[str] = []
    with Client(app) as client:
        client.post("/trees?name=oak")
        engines = next(iter(app.seal().offers(Engines)))
        event.listen(engines.sync, "before_cursor_execute", lambda *a: sent.append(a[2].split()[0]))
        assert client.get("/trees/1").status == 200
        connection = engines.sync.raw_connection()
        assert not connection.driver_connection.in_transaction  # type: ignore[union-attr]
        connection.close()
    assert sent == ["SELECT"]
