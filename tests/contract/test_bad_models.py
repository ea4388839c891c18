"""Bodies that set what is not theirs to set: refused by name through every door, and nothing is changed.

Of models, of changes and of schemas of models; as JSON, as forms, in a list and in the query (ASVS 15.3.3).
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from contract_doors import Got, Sent
from contract_everywhere import everywhere
from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped

from demijohn import App, Body, Patch, Schema
from demijohn.database import DB, Database, ModelBase, field, many_to_many

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"


class Base(ModelBase, DeclarativeBase):
    """No other test sees these tables."""

    metadata = MetaData()


class Group(Base):
    """What an account may belong to."""

    id: Mapped[int] = field(primary_key=True, init=False)
    name: Mapped[str]


class Account(Base):
    """An account, most of which is not its holder's to set."""

    id: Mapped[int] = field(primary_key=True, init=False)
    name: Mapped[str] = field(max_length=10)
    about: Mapped[dict[str, Any]] = field(default_factory=dict)
    credit: Mapped[Decimal] = field(max_digits=6, decimal_places=2, default=Decimal(0))
    age: Mapped[int | None]
    is_admin: Mapped[bool] = field(default=False, readonly=True)
    password_hash: Mapped[str] = field(private=True, default="secret")
    groups: Mapped[list[Group]] = many_to_many()


class AccountIn(Schema, model=Account, forbid_unknown_fields=True):
    """The same, spelt out."""

    name: str


ROW = (1, "ann", 0, "secret")
GRABBED = {"is_admin": True, "id": 7, "password_hash": "h", "groups": [1]}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A file with one account and one group."""
    path: Path = tmp_path_factory.mktemp("models") / "accounts.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO \"group\" (id, name) VALUES (1, 'staff')"))
        connection.execute(
            text(
                "INSERT INTO account (id, name, about, credit, is_admin, password_hash)"
                " VALUES (1, 'ann', '{}', 0, 0, 'secret')"
            )
        )
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def app(engine: Engine) -> App:
    """Everything that takes an account."""
    app = App()
    app.use(Database(url=engine.url.render_as_string(), create_tables="never"))

    @app.post("/accounts")
    def create(account: Annotated[Account, Body()]) -> Any:
        return [account.name, account.is_admin, account.password_hash, account.id, len(account.groups)]

    @app.post("/async")
    async def create_async(account: Annotated[Account, Body()]) -> Any:
        return [account.name, account.is_admin, account.password_hash, account.id, len(account.groups)]

    @app.post("/many")
    def create_many(accounts: Annotated[list[Account], Body()], db: DB) -> Any:
        db.add_all(accounts)
        return []

    @app.patch("/accounts/{account}")
    def change(account: Account, changes: Patch[Account]) -> Any:
        changes.apply(account)
        return sorted(changes.sent)

    @app.post("/schema")
    def take(account: AccountIn) -> Any:
        return account

    return app


def encoded(kind: str, values: dict[str, Any]) -> bytes:
    """Values as a body of a media type."""
    if kind == JSON:
        return json.dumps(values).encode()
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    if kind == FORM:
        from urllib.parse import urlencode

        return urlencode(texts).encode()
    parts = [f'--b\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in texts.items()]
    return "".join([*parts, "--b--\r\n"]).encode()


def send(app: App, method: str, target: str, kind: str, values: Any) -> Got:
    """The answer, the same through every door."""
    body = values if isinstance(values, bytes) else encoded(kind, values)
    return everywhere(app, Sent(method, target, (("content-type", kind),), body))


def refused(answer: Got) -> set[str]:
    """The places that a 422 names."""
    assert answer.status == 422, answer.text
    return {error["where"] for error in json.loads(answer.body)["errors"]}


def rows(engine: Engine) -> list[Any]:
    """What stands in the table, and how many belong to a group."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, name, is_admin, password_hash FROM account")).all()
        assert connection.execute(text("SELECT count(*) FROM account_groups")).scalar() == 0
    return [tuple(row) for row in found]


@pytest.mark.parametrize("kind", [JSON, FORM, MULTIPART])
@pytest.mark.parametrize(("method", "target"), [("PATCH", "/accounts/1"), ("POST", "/accounts"), ("POST", "/async")])
def test_over_posting_is_refused_by_name(app: App, engine: Engine, kind: str, method: str, target: str) -> None:
    """All names in one answer, and no column is changed."""
    answer = send(app, method, target, kind, {"name": "eve", **GRABBED})
    assert refused(answer) == {f"body.{name}" for name in GRABBED}
    assert "secret" not in answer.text
    assert rows(engine) == [ROW]


def test_over_posting_in_a_list_is_refused(app: App, engine: Engine) -> None:
    """The bulk endpoint writes none of them."""
    body = json.dumps([{"name": "bob"}, {"name": "eve", **GRABBED}]).encode()
    assert refused(send(app, "POST", "/many", JSON, body)) == {f"body.1.{name}" for name in GRABBED}
    assert rows(engine) == [ROW]


def test_the_query_is_no_body(app: App, engine: Engine) -> None:
    """What stands in the URL sets nothing."""
    answer = send(app, "POST", "/accounts?is_admin=true&id=7&password_hash=h", JSON, {"name": "eve"})
    assert json.loads(answer.body) == ["eve", False, "secret", None, 0]
    assert send(app, "PATCH", "/accounts/1?is_admin=true&id=7", JSON, {}).text == "[]"
    assert rows(engine) == [ROW]


SPELLINGS = [
    "Is_Admin", "isAdmin", "is-admin", "is_admin ", "IS_ADMIN", "is_admin[]", "account[is_admin]", "groups.0", "pk",
    "__class__", "__init__", "__dict__", "_sa_instance_state", "metadata", "registry", "__proto__", "constructor", "",
    "is_admin\u0000", "validate",
]  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
def test_other_spellings_reach_nothing(app: App, engine: Engine, name: str) -> None:
    """JSON refuses them; a form may have fields of its own, which set nothing."""
    assert refused(send(app, "PATCH", "/accounts/1", JSON, {name: "1"})) == {f"body.{name}"}
    assert refused(send(app, "POST", "/schema", JSON, {"name": "eve", name: "1"})) == {f"body.{name}"}
    if name.isprintable() and '"' not in name:
        for kind in (FORM, MULTIPART):
            answer = send(app, "PATCH", "/accounts/1", kind, {name: "1"})
            assert answer.status in (400, 422) or answer.text == "[]"
    assert rows(engine) == [ROW]


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("name", "x" * 11), ("name", "a\u0000b"), ("name", "\ud800"), ("name", 1), ("name", None), ("name", ["x"]),
        ("name", {"x": 1}), ("credit", "NaN"), ("credit", "Infinity"), ("credit", "1e999999"), ("credit", "99999.9"),
        ("credit", "1.001"), ("credit", 10**40), ("age", 2**31), ("age", -(2**31) - 1), ("age", 10**30), ("age", 1.5),
        ("age", "1"), ("age", True), ("about", []), ("about", "x"), ("about", None),
    ],
)  # fmt: skip
def test_values_that_no_column_holds(app: App, engine: Engine, field_name: str, value: Any) -> None:
    """They are told at their place, before the database hears of them."""
    for method, target in (("POST", "/accounts"), ("PATCH", "/accounts/1")):
        answer = send(app, method, target, JSON, {"name": "eve", field_name: value})
        assert answer.status in (400, 422), answer.text
        if answer.status == 422:
            assert {place.partition(" ")[0] for place in refused(answer)} == {f"body.{field_name}"}
    assert rows(engine) == [ROW]


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff", b'{"about":' * 70 + b"1" + b"}" * 70]
)
def test_what_is_no_object_is_refused(app: App, engine: Engine, body: bytes) -> None:
    """With 400 or 422, through every door."""
    for method, target in (("POST", "/accounts"), ("PATCH", "/accounts/1"), ("POST", "/schema")):
        assert send(app, method, target, JSON, body).status in (400, 422)
    assert rows(engine) == [ROW]
