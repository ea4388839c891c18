"""Bodies that would set what is not theirs, and answers that would show it: of every kind of attribute and of class."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import attrs
import pytest
from sqlalchemy import JSON, Column, Computed, ForeignKey, Integer, MetaData, String, Table, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    column_property,
    foreign,
    mapped_column,
    registry,
    relationship,
    synonym,
)

from demijohn import App, Body, Client, Patch, Schema
from demijohn.database import DB, Database, ModelBase, Page, belongs_to, field

PRIVATE = field(private=True).column.info


class Base(ModelBase, DeclarativeBase):
    """No other test sees these tables."""

    metadata = MetaData()


class Group(Base):
    """What members belong to."""

    id: Mapped[int] = field(primary_key=True, init=False)
    name: Mapped[str]


class Member(Base):
    """Of everything that a body could try to set."""

    id: Mapped[int] = field(primary_key=True, init=False)
    kind: Mapped[str] = field(init=False, max_length=20)
    version: Mapped[int] = field(init=False)
    name: Mapped[str] = field(max_length=10)
    about: Mapped[dict[str, Any]] = field(MutableDict.as_mutable(JSON), default_factory=lambda: {"a": 1})
    secret: Mapped[str] = field(private=True, default="SECRET")
    _token: Mapped[str] = field(default="SECRET")
    is_admin: Mapped[bool] = field(readonly=True, default=False)
    hint: Mapped[str] = field(Computed("lower(secret)"), private=True, init=False)
    group_number: Mapped[int | None] = field()
    group: Mapped[Group | None] = relationship(primaryjoin=lambda: foreign(Member.group_number) == Group.id)
    boss: Mapped["Member | None"] = belongs_to(default=None)
    other_name = synonym("secret")
    shouted = column_property(select(1).scalar_subquery())

    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "member", "version_id_col": version}

    @hybrid_property
    def nick(self) -> str:
        """Set, it would change what is private."""
        return self.name

    @nick.inplace.setter
    def _nick(self, value: str) -> None:
        self.secret = value


class Chief(Member):
    """In a table of its own."""

    id: Mapped[int] = field(ForeignKey("member.id"), primary_key=True, init=False)
    pay: Mapped[str] = field(private=True, default="SECRET")

    __mapper_args__ = {"polymorphic_identity": "chief"}


class Guest(Member):
    """In the table of members."""

    invited: Mapped[str | None] = field(private=True, default="SECRET")

    __mapper_args__ = {"polymorphic_identity": "guest"}


class MemberOut(Schema, model=Member):
    """What is shown."""

    name: str


class MemberFull(MemberOut, model=Member):
    """The same with more."""

    secret: str


class MemberIn(Schema, model=Member):
    """What comes in; a default is for a new one."""

    name: str
    about: dict[str, Any] = {}


HOSTILE = [
    "id", "kind", "version", "secret", "_token", "token", "is_admin", "hint", "group_number", "group", "boss",
    "boss_id", "other_name", "shouted", "nick", "_nick", "pay", "invited", "__class__", "__dict__", "__mapper__",
    "_sa_instance_state", "metadata", "registry", "name.secret", "about.__class__",
]  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A member of each kind, and all ways to write and to show them."""
    path: Path = tmp_path_factory.mktemp("hostile") / "a.sqlite"
    app = App(bare=True)
    app.use(Database(f"sqlite:///{path}", create_tables="never"))

    @app.post("/start")
    def start(db: DB) -> Any:
        Base.metadata.create_all(db.connection())
        db.add_all([Member(name="ann"), Chief(name="bob"), Guest(name="cy")])
        return {}

    @app.post("/member")
    def member(item: Annotated[Member, Body()]) -> Any:
        item.about["mine"] = True
        return item.about

    @app.post("/chief")
    async def chief(item: Annotated[Chief, Body()]) -> Any:
        return {}

    @app.patch("/{member}")
    def change(member: Member, changes: Patch[Member]) -> Any:
        changes.apply(member)
        return sorted(changes.sent)

    @app.patch("/spelt/{member}")
    def change_spelt(member: Member, changes: Annotated[Patch[Member], Body(schema=MemberIn)]) -> Any:
        return dict(changes.sent)

    @app.get("/rows")
    def rows(db: DB) -> Any:
        columns = (Member.id, Member.kind, Member.version, Member.name, Member.secret, Member._token, Member.is_admin)
        return [list(row) for row in db.execute(select(*columns).order_by(Member.id))]

    showing(app)
    with Client(app) as client:
        client.post("/start")
        yield client


SHOWN: dict[str, tuple[Any, Any]] = {
    "any": (Any, lambda found: found),
    "named": (Any, lambda found: {"a": {"b": found}}),
    "models": (list[Member], lambda found: found),
    "sequence": (list[MemberOut], lambda found: found),
    "iterable": (Iterable[MemberOut], lambda found: found),
    "collection": (Collection[MemberOut], lambda found: found),
    "frozenset": (frozenset[MemberOut], lambda found: found),
    "lists": (list[list[MemberOut]], lambda found: [found]),
    "lists by name": (dict[str, list[MemberOut]], lambda found: {"a": found}),
    "annotated": (Annotated[list[Member], list[MemberOut]], lambda found: found),
    "optional": (list[MemberOut] | None, lambda found: found),
    "more": (list[MemberOut], lambda found: [MemberFull(name=one.name, secret=one.secret) for one in found]),
    "more by name": (
        dict[str, list[MemberOut]],
        lambda found: {"a": [MemberFull(name=one.name, secret=one.secret) for one in found]},
    ),
}


def showing(app: App) -> None:
    """A route for each way of `SHOWN`, and one for pages."""

    def handler(annotation: Any, make: Any) -> Any:
        def show(db: DB) -> Any:
            return make(db.all(select(Member).order_by(Member.id)))

        show.__annotations__ = {"db": DB, "return": annotation}
        return show

    for index, (annotation, make) in enumerate(SHOWN.values()):
        app.get(f"/shown/{index}", name=f"shown-{index}")(handler(annotation, make))

    @app.get("/page")
    def page(db: DB) -> Page[Member]:
        return db.page(select(Member).order_by(Member.id), 1)


ROWS = [
    [1, "member", 1, "ann", "SECRET", "SECRET", False],
    [2, "chief", 1, "bob", "SECRET", "SECRET", False],
    [3, "guest", 1, "cy", "SECRET", "SECRET", False],
]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_the_visitors_is_refused(client: Client, name: str) -> None:
    """Keys, the kind, the version, what is private, computed or readonly, references, and names of Python's."""
    for value in ("x", 1, None, {"a": 1}, [1]):
        for method, path in (
            ("POST", "/member"),
            ("POST", "/chief"),
            ("PATCH", "/1"),
            ("PATCH", "/2"),
            ("PATCH", "/3"),
        ):
            answer = client.request(method, path, json={"name": "eve", name: value})
            assert answer.status == 422, (method, path, answer.text)
            assert [error["where"] for error in answer.json()["errors"]] == [f"body.{name}"]
            assert "SECRET" not in answer.text
        assert client.patch("/spelt/1", json={name: value}).json() == {}
    assert client.get("/rows").json() == ROWS


def test_hidden_names_are_not_told_from_missing_ones(client: Client) -> None:
    """Whoever asks does not learn that they are there."""
    for name in ("secret", "_token", "hint", "nothing"):
        (error,) = client.post("/member", json={"name": "eve", name: 1}).json()["errors"]
        assert error["message"] == "There is no such field."


def test_a_body_shares_no_value_with_the_next(client: Client) -> None:
    """What one handler does to a mutable value is not seen by another."""
    assert client.post("/member", json={"name": "eve"}).json() == {"a": 1, "mine": True}
    assert client.post("/member", json={"name": "eve", "about": {"b": {"c": 1}}}).json() == {
        "b": {"c": 1},
        "mine": True,
    }
    assert client.post("/member", json={"name": "eve"}).json() == {"a": 1, "mine": True}


def test_a_change_by_a_schema_leaves_what_was_not_sent(client: Client) -> None:
    """The defaults of a schema are for new objects, and its rules hold."""
    assert client.patch("/spelt/1", json={}).json() == {}
    assert client.patch("/spelt/1", json={"name": "ann"}).json() == {"name": "ann"}
    assert client.patch("/spelt/1", json={"name": "x" * 11}).status == 422
    assert client.get("/rows").json() == ROWS


@pytest.mark.parametrize("way", SHOWN)
def test_nothing_private_is_shown(client: Client, way: str) -> None:
    """Of no kind of member; where a schema is said, wherever in the annotation, its fields alone."""
    answer = client.get(f"/shown/{list(SHOWN).index(way)}")
    assert answer.status == 200
    assert "SECRET" not in answer.text
    assert "secret" not in answer.text
    if way not in ("any", "named", "models"):
        assert answer.text.count('{"name":') == 3
        assert answer.text.count('"') == 2 * 2 * 3 + 2 * answer.text.count('"a":')


def test_pages_show_nothing_private_either(client: Client) -> None:
    """Nor what begins with an underscore."""
    answer = client.get("/page")
    assert [one["name"] for one in answer.json()["items"]] == ["ann", "bob", "cy"]
    assert "SECRET" not in answer.text


# Plain classes ----------------------------------------------------------------------------------------------------


def app_on(folder: Path) -> App:
    """An app on a file."""
    app = App(bare=True)
    app.use(Database(f"sqlite:///{folder / 'a.sqlite'}", create_tables="never"))
    return app


def test_what_a_dataclass_keeps_from_its_constructor_is_no_visitors(tmp_path: Path) -> None:
    """`init=False` says so of SQLAlchemy's dataclasses, too; who names such a field gets it set."""

    class DataBase(MappedAsDataclass, DeclarativeBase):
        pass

    class Account(DataBase):
        __tablename__ = "account"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        name: Mapped[str]
        is_admin: Mapped[bool] = mapped_column(init=False, default=False)

    app = app_on(tmp_path)

    @app.post("/")
    def create(account: Annotated[Account, Body()]) -> Any:
        return account

    @app.patch("/")
    def change(changes: Patch[Account]) -> Any:
        return dict(changes.sent)

    @app.post("/named")
    def create_named(account: Annotated[Account, Body(include=(..., "is_admin"))]) -> Any:
        return account

    with Client(app) as client:
        assert client.post("/", json={"name": "eve"}).json() == {"id": None, "name": "eve", "is_admin": False}
        assert client.post("/", json={"name": "eve", "is_admin": True}).status == 422
        assert client.patch("/", json={"is_admin": True}).status == 422
        named = {"name": "eve", "is_admin": True}
        assert client.post("/named", json=named).json() == {"id": None, **named}


def test_what_a_constructor_does_not_take_is_set_after_it(tmp_path: Path) -> None:
    """A class of SQLAlchemy's own may have a constructor that knows some of its columns."""

    class PlainBase(DeclarativeBase):
        pass

    class Account(PlainBase):
        __tablename__ = "account"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        age: Mapped[int | None]

        def __init__(self, name: str) -> None:
            self.name = name.title()

    app = app_on(tmp_path)

    @app.post("/")
    def create(account: Annotated[Account, Body()]) -> Any:
        return account

    with Client(app) as client:
        assert client.post("/", json={"name": "eve", "age": 3}).json() == {"id": None, "name": "Eve", "age": 3}


@attrs.define
class Held:
    """Holds something."""

    one: Any
    more: list[Any] = attrs.field(factory=list)


def test_attrs_classes_show_nothing_private(tmp_path: Path) -> None:
    """Neither those that are mapped, nor what such a class holds: JSON would write all their fields, and never ask."""
    home = registry()

    class DataBase(MappedAsDataclass, DeclarativeBase):
        pass

    class Account(DataBase):
        __tablename__ = "account"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        secret: Mapped[str] = mapped_column(default="SECRET", info=PRIVATE)

    @attrs.define(slots=False)
    class Card:
        number: str
        secret: str = "SECRET"
        id: int | None = None

    columns = (
        Column("id", Integer, primary_key=True),
        Column("number", String),
        Column("secret", String, info=PRIVATE),
    )
    home.map_imperatively(Card, Table("card", home.metadata, *columns))

    @dataclasses.dataclass
    class Kept:
        inner: Any

    app = app_on(tmp_path)

    @app.get("/")
    def show() -> Any:
        return [Card("1"), Held(Account(), [Card("2")]), Kept(Held(Card("3")))]

    with Client(app) as client:
        account = {"id": None}
        assert client.get("/").json() == [
            {"id": None, "number": "1"},
            {"one": account, "more": [{"id": None, "number": "2"}]},
            {"inner": {"one": {"id": None, "number": "3"}, "more": []}},
        ]
    home.dispose()
