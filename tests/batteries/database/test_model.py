"""Declaring and constructing models."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKey, String, UniqueConstraint, inspect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, synonym

from demijohn.database import BareModel, Model, Typed, belongs_to, field
from demijohn.foundation.errors import SetupError


def test_the_table_is_named_after_the_class(base: Any) -> None:
    """Moving a class makes no migration; a name of one's own stays; a prefix goes in front."""

    class BlogPost(base):
        text: Mapped[str]

    class Other(base):
        __tablename__ = "others"

    class Prefixed(base):
        __abstract__ = True
        __table_prefix__ = "auth_"

    class Account(Prefixed):
        pass

    names = [cls.__table__.name for cls in (BlogPost, Other, Account)]
    assert names == ["blog_post", "others", "auth_account"]


def test_constraints_have_fixed_names(base: Any, engine: Engine) -> None:
    """What is unnamed is named by one convention, so that migrations can find it."""

    class Owner(base):
        name: Mapped[str] = field(max_length=9, unique=True)

    class Pet(base):
        owner: Mapped[Owner] = belongs_to()
        kind: Mapped[str] = field(max_length=9, index=True)
        __table_args__ = (UniqueConstraint("owner_id", "kind"),)

    names = {constraint.name for constraint in Pet.__table__.constraints} | {i.name for i in Pet.__table__.indexes}
    assert names == {
        "pk_pet", "fk_pet_owner_id", "uq_pet_owner_id_kind", "ix_pet_kind", "ix_pet_owner_id",
    }  # fmt: skip
    assert {constraint.name for constraint in Owner.__table__.constraints} == {"pk_owner", "uq_owner_name"}


def test_all_mistakes_of_a_call_are_told_at_once(base: Any) -> None:
    """One TypeError names what is missing, what is unknown and guesses, and what there is."""

    class Author(base):
        pass

    class Post(base):
        title: Mapped[str] = field(max_length=200)
        body: Mapped[str]
        views: Mapped[int] = field(default=0)
        author: Mapped[Author] = belongs_to()

    with pytest.raises(TypeError) as caught:
        Post(titel="x", nonsense=1)
    assert str(caught.value) == (
        "Post() is missing title, body, author (or author_id) and does not know titel (did you mean title?), "
        "nonsense. It takes: author, title, body, views, author_id."
    )


def test_what_is_filled_in_elsewhere_is_not_required(base: Any) -> None:
    """Defaults, empty columns, and what SQLAlchemy's own columns say, need not be given."""

    class Loose(base):
        maybe: Mapped[str | None]
        plain: Mapped[int] = mapped_column(default=1)
        made: Mapped[str] = mapped_column(String(9), server_default="x")
        later: Mapped[str] = field(init=False)

    assert Loose().maybe is None
    assert Loose(id=7, later="x").later == "x", "what is out of the types can still be set"


def test_whatever_sqlalchemy_would_set_can_be_given(base: Any) -> None:
    """Hybrids, synonyms and properties with setters are known to the constructor too."""

    class Person(base):
        first: Mapped[str]
        alias = synonym("first")

        @hybrid_property
        def shout(self) -> str:
            return self.first.upper()

        @shout.inplace.setter
        def _set_shout(self, value: str) -> None:
            self.first = value.lower()

        @property
        def twice(self) -> str:
            return self.first * 2

        @twice.setter
        def twice(self, value: str) -> None:
            self.first = value[: len(value) // 2]

    assert Person(first="", shout="ANN").first == "ann"
    assert Person(first="", alias="bob").first == "bob"
    assert Person(first="", twice="xyxy").first == "xy"


def test_the_repr_shows_the_key_only(base: Any, engine: Engine) -> None:
    """Nothing private gets into a log, and showing an object makes no query."""

    class User(base):
        password: Mapped[str]

    base.metadata.create_all(engine)
    user = User(password="secret")
    assert repr(user) == "<User (new)>"
    with Session(engine) as session:
        session.add(user)
        session.commit()
        assert repr(user) == "<User (new)>", "expired, and still no query"
        assert user.id == 1
        assert repr(user) == "<User id=1>"


def test_models_are_equal_only_to_themselves(base: Any) -> None:
    """They are no dataclasses: equality is identity, so they fit into sets."""

    class Point(base):
        x: Mapped[int]

    assert Point(x=1) != Point(x=1)
    assert len({Point(x=1), Point(x=1)}) == 2


def test_mixins_bring_fields_and_relations(base: Any) -> None:
    """A mixin's columns and relations are each class's own."""

    class Owner(base):
        pass

    class Owned(Typed):
        note: Mapped[str] = field(default="")
        owner: Mapped[Owner] = belongs_to()

    class Car(Owned, base):
        pass

    class House(Owned, base):
        pass

    assert {"note", "owner_id"} <= set(Car.__table__.c.keys())
    owner = Owner()
    assert Car(owner=owner).owner is owner
    assert House.owner.property is not Car.owner.property
    with pytest.raises(TypeError, match=r"House\(\) is missing owner \(or owner_id\)"):
        House()


def test_inheritance_joined_and_single(base: Any, engine: Engine) -> None:
    """A child with a key has its own table, one without shares its parent's."""

    class Animal(base):
        kind: Mapped[str] = field(max_length=9, init=False)
        name: Mapped[str] = field(max_length=9)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

    class Dog(Animal):
        id: Mapped[int] = field(ForeignKey("animal.id"), primary_key=True, init=False)
        tricks: Mapped[int]
        __mapper_args__ = {"polymorphic_identity": "dog"}

    class Cat(Animal):
        __mapper_args__ = {"polymorphic_identity": "cat"}

    assert (Dog.__table__.name, Cat.__table__.name) == ("dog", "animal")
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Dog(name="a", tricks=2), Cat(name="b")])
        session.commit()
        assert {type(one) for one in session.query(Animal)} == {Dog, Cat}
    with pytest.raises(TypeError, match=r"Dog\(\) is missing (name, tricks|tricks, name)"):
        Dog()


def test_keys_of_other_kinds(bare: Any, engine: Engine) -> None:
    """UUID keys are made beforehand, natural ones are asked for, integers are counted up."""

    class Ticket(bare):
        id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid.uuid4)

    class Country(bare):
        code: Mapped[str] = field(max_length=2, primary_key=True)

    class Counter(bare):
        id: Mapped[int] = field(primary_key=True)

    assert isinstance(Ticket().id, uuid.UUID)
    with pytest.raises(TypeError, match="is missing code"):
        Country()
    bare.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Counter())
        session.commit()
        assert session.get(Counter, 1) is not None


def test_a_second_base_is_a_second_database() -> None:
    """Nothing but the base is needed, and the tables stay apart."""

    class Reports(BareModel.__mro__[1], DeclarativeBase):  # type: ignore[misc]
        pass

    class Sale(Reports):
        id: Mapped[int] = field(primary_key=True)

    assert "sale" in Reports.metadata.tables
    assert "sale" not in Model.metadata.tables


def test_two_classes_cannot_claim_one_table(base: Any) -> None:
    """The error names both, with their places."""

    class Post(base):
        pass

    first = Post
    with pytest.raises(SetupError, match="DMJ0502") as caught:

        class Post(base):  # type: ignore[no-redef]
            pass

    assert "claim the table 'post'" in str(caught.value)
    assert str(caught.value).count("test_model.py") == 2
    assert first.__table__.name == "post"


def test_a_second_key_is_told_where_it_leads() -> None:
    """A model that declares a key beside id was meant to be a BareModel."""
    with pytest.raises(SetupError, match="DMJ0509") as caught:

        class Land(Model):
            code: Mapped[str] = field(primary_key=True)

    assert "class Land(BareModel)" in str(caught.value)
    assert "land" not in Model.metadata.tables


@pytest.mark.parametrize("namespace", [{}, {"__annotations__": {"title": "str"}}, {"__annotations__": {"title": str}}])
def test_a_field_without_mapped_is_shown_how(base: Any, namespace: dict[str, Any]) -> None:
    """The habit of other libraries ends in the line to write."""
    with pytest.raises(SetupError, match="DMJ0500") as caught:
        type(
            "Note",
            (base,),
            {"title": field(), **namespace},
        )
    assert "title: Mapped[" in str(caught.value)


def test_plain_columns_of_sqlalchemy_work(base: Any, engine: Engine) -> None:
    """mapped_column, with or without annotation, is as good as field."""

    class Old(base):
        a = mapped_column(String(3), nullable=False)
        b: Mapped[int] = mapped_column()

    with pytest.raises(TypeError, match=r"is missing (a, b|b, a)"):
        Old()
    base.metadata.create_all(engine)
    assert [column["name"] for column in inspect(engine).get_columns("old")] == ["id", "a", "b"]
