"""Changes of a model: what was sent, and nothing else."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy.orm import Mapped

from demijohn import App, AsyncDB, Body, Client, Patch, SetupError
from demijohn.database import DB, Database, belongs_to, field, many_to_many

from .test_inputs import app_of, errors


@pytest.fixture
def models(base: Any) -> Any:
    """Accounts, with what a visitor must not set."""

    class Group(base):
        name: Mapped[str]

    class Account(base):
        name: Mapped[str] = field(max_length=5)
        nick: Mapped[str | None] = field(max_length=5)
        is_admin: Mapped[bool] = field(default=False, readonly=True)
        password_hash: Mapped[str] = field(private=True, default="secret")
        boss: Mapped["Account | None"] = belongs_to(default=None)
        groups: Mapped[list[Group]] = many_to_many()

    base.Account, base.Group = Account, Group
    return base


@pytest.fixture
def app(models: Any, tmp_path: Path) -> App:
    """Two accounts and their doors."""
    app = app_of(models, tmp_path)
    Account, Group = models.Account, models.Group

    @app.post("/start")
    def start(db: DB) -> Any:
        db.add_all([Account(name="ann", nick="a"), Account(name="bob"), Group(name="g")])
        return {}

    @app.patch("/accounts/{account}")
    def change(account: Account, changes: Patch[Account]) -> Any:
        return changes.apply(account)

    @app.patch("/async/{account}")
    async def change_async(account: Account, changes: Patch[Account], db: AsyncDB) -> Any:
        changes.apply(account)
        return {"sent": dict(changes.sent), "shown": repr(changes)}

    @app.patch("/named/{account}")
    def change_named(
        account: Account, changes: Annotated[Patch[Account], Body(include=("is_admin", "boss", "groups"))]
    ) -> Any:
        changes.apply(account)
        boss = account.boss
        return [account.is_admin, boss.name if boss else None, [group.name for group in account.groups]]

    @app.get("/accounts/{account}")
    def show(account: Account) -> Any:
        return [account.id, account.name, account.nick, account.is_admin, account.password_hash, account.boss_id]

    return app


def test_only_what_was_sent_changes(app: App) -> None:
    """Absent and null are told apart."""
    with Client(app) as client:
        client.post("/start")
        assert client.patch("/accounts/1", json={"name": "eve"}).json()["nick"] == "a"
        assert client.patch("/accounts/1", json={"nick": None}).json()["nick"] is None
        assert client.patch("/accounts/1", json={}).status == 200
        assert client.patch("/accounts/1", data={"nick": "x"}).json()["nick"] == "x"
        assert client.get("/accounts/1").json()[1:3] == ["eve", "x"]
        answer = client.patch("/async/2", json={"nick": None})
        assert answer.json() == {"sent": {"nick": None}, "shown": "<Patch of Account: nick>"}


@pytest.mark.parametrize("body", ["data", "json"])
def test_a_box_that_is_not_sent_stays_as_it_is(app: App, body: str) -> None:
    """In a form as in JSON: a patch is what was sent, and nothing else."""
    with Client(app) as client:
        client.post("/start")
        assert client.patch("/named/1", json={"is_admin": True}).json()[0] is True
        named = client.patch("/named/1", **{body: {"boss": "2"} if body == "data" else {"boss": 2}})
        assert named.json()[:2] == [True, "bob"]
        unticked = {"is_admin": "false"} if body == "data" else {"is_admin": False}
        assert client.patch("/named/1", **{body: unticked}).json()[:2] == [False, "bob"]


def test_rules_and_refusals_are_told_at_once(app: App) -> None:
    """A field that may not be empty cannot be made so."""
    with Client(app) as client:
        client.post("/start")
        bad = {"name": None, "nick": "too long", "id": 9, "is_admin": True, "password_hash": "h", "groups": [1], "x": 1}
        assert errors(client.patch("/accounts/1", json=bad)) == {
            "body.name": "Expected text, got null.",
            "body.nick": "Expected at most 5 characters.",
            "body.id": "This field cannot be set here.",
            "body.is_admin": "This field cannot be set here.",
            "body.password_hash": "There is no such field.",
            "body.groups": "This field cannot be set here.",
            "body.x": "There is no such field.",
        }
        assert client.get("/accounts/1").json() == [1, "ann", "a", False, "secret", None]


def test_named_fields_may_be_changed(app: App) -> None:
    """Relations by key, to nothing too."""
    with Client(app) as client:
        client.post("/start")
        sent = {"is_admin": True, "boss": 2, "groups": [1]}
        assert client.patch("/named/1", json=sent).json() == [True, "bob", ["g"]]
        assert client.patch("/named/1", json={"boss": None, "groups": []}).json() == [True, None, []]
        assert errors(client.patch("/named/1", json={"name": "x", "boss": 7})) == {
            "body.name": "This field cannot be set here."
        }
        assert errors(client.patch("/named/1", json={"boss": 7})) == {"body.boss": "There is no such account."}


def test_it_can_be_made_without_a_request(models: Any) -> None:
    """For tests and tasks; an object of another model is refused."""
    changes = Patch(models.Account, {"name": "x"})
    assert changes.apply(models.Account(name="y")).name == "x"
    with pytest.raises(TypeError, match=r"Patch\[Account\]"):
        changes.apply(models.Group(name="z"))
    with pytest.raises(AttributeError, match=r"changes\.sent\['name'\]"):
        _ = changes.name  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"dict\(changes\.sent\)"):
        changes.model_dump()  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        changes.sent["name"] = "z"  # type: ignore[index]


@pytest.mark.parametrize("annotation", [Patch, Patch[dict[str, str]], Patch[int]])
def test_what_is_no_model_is_told_at_start(annotation: Any) -> None:
    """The error shows the right line."""
    app = App()
    app.use(Database(url="sqlite://"))

    @app.patch("/x")
    def change(changes: annotation) -> Any:
        return changes

    with pytest.raises(SetupError, match=r"(?s)DMJ0514 .*changes: Patch\[Post\]"):
        app.seal()


def test_without_the_battery_it_is_named(models: Any) -> None:
    """A forgotten battery is told as such."""
    app = App()
    Account = models.Account

    @app.patch("/x")
    def change(changes: Patch[Account]) -> Any:
        return changes

    with pytest.raises(SetupError, match=r"(?s)DMJ0309 .*Patch.*app\.use\(Database\(\)\)"):
        app.seal()
