"""Relations and inheritance on each database, as users write them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import ForeignKey, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.engines import Engines
from demijohn.database import (
    DB,
    SoftDelete,
    Timestamps,
    Typed,
    ValidationError,
    Versioned,
    belongs_to,
    field,
    has_many,
    has_one,
    key,
    many_to_many,
    uuid7,
)


def test_joined_and_single_tables(base: Any, served: Engines) -> None:
    """Children come back as what they are, with rules of their own and of their parents."""

    class Item(base):
        kind: Mapped[str] = field(max_length=9, init=False)
        name: Mapped[str] = field(max_length=5)
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "item"}

    class Book(Item):
        id: Mapped[int] = field(ForeignKey("item.id"), primary_key=True, init=False)
        pages: Mapped[int] = field(ge=1)
        __mapper_args__ = {"polymorphic_identity": "book"}

    class Comic(Book):
        id: Mapped[int] = field(ForeignKey("book.id"), primary_key=True, init=False)
        colours: Mapped[int] = field(default=4)
        __mapper_args__ = {"polymorphic_identity": "comic"}

    class Poster(Item):
        width: Mapped[int | None] = field(default=None, le=500)
        __mapper_args__ = {"polymorphic_identity": "poster"}

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        db.add_all([Item(name="a"), Book(name="b", pages=1), Comic(name="c", pages=2), Poster(name="d", width=50)])
        db.commit()
    with DB(served.sync) as db:
        found = db.all(select(Item).order_by(Item.name))
        assert [type(one) for one in found] == [Item, Book, Comic, Poster]
        assert (found[2].pages, found[2].colours, found[3].width) == (2, 4, 50)
        assert db.count(Book) == 2
        assert type(db.get_or_404(Item, found[2].id)) is Comic
        found[1].pages = 7
        db.delete(found[2])
        db.commit()
        assert [one.pages for one in db.all(Book)] == [7]
        with pytest.raises(ValidationError) as caught:
            db.save(Comic(name="too long", pages=0))
        assert {error["where"] for error in caught.value.errors} == {"name", "pages"}
        with pytest.raises(ValidationError, match="Expected 500 or less"):
            db.save(Poster(name="d", width=501))


def test_a_relation_to_a_parent_finds_children(base: Any, served: Engines) -> None:
    """And a child may have relations of its own, to its parent's table too."""

    class Owner(base):
        name: Mapped[str] = field(max_length=9)
        animals: Mapped[list[Animal]] = has_many()

    class Animal(base):
        kind: Mapped[str] = field(max_length=9, init=False)
        owner: Mapped[Owner] = belongs_to()
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

    class Dog(Animal):
        id: Mapped[int] = field(ForeignKey("animal.id"), primary_key=True, init=False)
        friend: Mapped[Animal | None] = belongs_to(default=None)
        __mapper_args__ = {"polymorphic_identity": "dog"}

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        owner = Owner(name="Ann")
        cat = db.save(Animal(owner=owner))
        dog = db.save(Dog(owner=owner, friend=cat))
        db.commit()
        assert {type(one) for one in owner.animals} == {Animal, Dog}
        assert dog.friend is cat


def test_one_to_one(base: Any, served: Engines) -> None:
    """Both sides, and the second that claims the same is refused by the database."""

    class User(base):
        name: Mapped[str] = field(max_length=9)
        profile: Mapped[Profile | None] = has_one()

    class Profile(base):
        text: Mapped[str] = field(max_length=9)
        user: Mapped[User] = belongs_to(unique=True, on_delete="cascade")

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        user = db.save(User(name="Ann"))
        assert user.profile is None
        profile = db.save(Profile(text="x", user=user))
        assert user.profile is profile
        db.commit()
        db.expire_all()
        assert user.profile is profile
        with pytest.raises(IntegrityError), db.begin_nested():
            db.save(Profile(text="y", user_id=user.id))
        db.rollback()
        db.delete(user)
        db.commit()
        assert db.count(Profile) == 0


def test_a_link_with_data_of_its_own(base: Any, bare: Any, served: Engines) -> None:
    """A model with two relations as its key, read across from both sides."""

    class Person(base):
        name: Mapped[str] = field(max_length=9)
        memberships: Mapped[list[Membership]] = has_many(by="person")
        groups: Mapped[list[Group]] = many_to_many(through="Membership")

    class Group(base):
        name: Mapped[str] = field(max_length=9)
        people: Mapped[list[Person]] = many_to_many(through="Membership")

    class Membership(bare):
        person: Mapped[Person] = belongs_to(on_delete="cascade")
        person_id: Mapped[int] = key(primary_key=True)
        group: Mapped[Group] = belongs_to(on_delete="cascade")
        group_id: Mapped[int] = key(primary_key=True)
        role: Mapped[str] = field(max_length=9, choices=["member", "owner"])

    base.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        ann, choir = db.save(Person(name="Ann")), db.save(Group(name="Choir"))
        db.save(Membership(person=ann, group_id=choir.id, role="owner"))
        db.commit()
        db.expire_all()
        assert (ann.groups, choir.people) == ([choir], [ann])
        assert [one.role for one in ann.memberships] == ["owner"]
        assert db.get_or_404(Membership, (ann.id, choir.id)).person is ann
        with pytest.raises(ValidationError, match="Expected one of: member, owner"):
            db.save(Membership(person=ann, group=choir, role="king"))
        db.delete(choir)
        db.commit()
        assert db.count(Membership) == 0


def test_uuid_keys_and_references_to_them(bare: Any, served: Engines) -> None:
    """Made before the row is saved, and the same in the column that refers to it; so are trees of them."""

    class Folder(bare):
        id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid7)
        name: Mapped[str] = field(max_length=9)
        parent: Mapped[Folder | None] = belongs_to(default=None, on_delete="cascade")
        folders: Mapped[list[Folder]] = has_many(by="parent", order_by="Folder.name")

    bare.metadata.create_all(served.sync)
    with DB(served.sync) as db:
        root = Folder(name="root")
        db.add_all([Folder(name="b", parent=root), Folder(name="a", parent=root)])
        db.commit()
        made = root.id
    with DB(served.sync) as db:
        root = db.get_or_404(Folder, made)
        assert [(one.name, one.parent_id) for one in root.folders] == [("a", made), ("b", made)]
        db.delete(root)
        db.commit()
        assert db.count(Folder) == 0


def test_mixins_and_relations_together(base: Any, served: Engines) -> None:
    """All mixins, a relation in a mixin, and a child that adds to them: one insert, one update, each once."""

    class User(base):
        name: Mapped[str] = field(max_length=9)

    class Owned(Typed):
        owner: Mapped[User] = belongs_to(on_delete="cascade")

    class Note(Owned, SoftDelete, Versioned, Timestamps, base):
        text: Mapped[str] = field(max_length=9)

    class Task(Owned, Versioned, base):
        done: Mapped[bool] = field(default=False)

    base.metadata.create_all(served.sync)
    statements: list[str] = []
    with DB(served.sync) as db:
        ann = db.save(User(name="Ann"))
        event.listen(served.sync, "before_cursor_execute", lambda *told: statements.append(told[2].split()[0]))
        note, task = db.save(Note(text="a", owner=ann)), db.save(Task(owner=ann))
        note.text = "b"
        task.done = True
        db.commit()
        assert statements.count("INSERT") == statements.count("UPDATE") == 2
        assert (note.version, task.version, note.created_at <= note.updated_at) == (2, 2, True)
        db.delete(note)
        db.commit()
        assert (db.count(Note), note.version, note.is_deleted) == (0, 3, True)
