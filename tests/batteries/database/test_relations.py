"""Relations: their columns, their two sides, and the mistakes that are told."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from demijohn.batteries.database.relations import check_relations
from demijohn.database import belongs_to, field, has_many, has_one, key, many_to_many
from demijohn.foundation.errors import SetupError, SetupErrors


def foreign_keys(model: Any) -> dict[str, str]:
    """The columns of a table that refer to others, and to what."""
    return {
        column.name: str(next(iter(column.foreign_keys)).column) for column in model.__table__.c if column.foreign_keys
    }


def test_belongs_to_makes_an_indexed_column(base: Any) -> None:
    """The column has the type of the other key, an index, and what the database does on delete."""

    class User(base):
        pass

    class Post(base):
        author: Mapped[User] = belongs_to(on_delete="cascade")
        editor: Mapped[User | None] = belongs_to(default=None, index=False)

    columns = Post.__table__.c
    assert foreign_keys(Post) == {"author_id": "user.id", "editor_id": "user.id"}
    assert (columns.author_id.index, columns.author_id.nullable) == (True, False)
    assert (columns.editor_id.index, columns.editor_id.nullable) == (None, True)
    assert columns.author_id.type is User.__table__.c.id.type
    assert next(iter(columns.author_id.foreign_keys)).ondelete == "CASCADE"


@pytest.mark.parametrize("order", ["forward", "backward"])
def test_both_orders_make_the_same_table(base: Any, bare: Any, order: str) -> None:
    """A class that comes later gives the same columns, types and constraints as one that is there."""

    def make_group() -> Any:
        class Group(bare):
            id: Mapped[uuid.UUID] = field(primary_key=True, default_factory=uuid.uuid4)

        return Group

    def make_member() -> Any:
        class Member(base):
            group: Mapped[Group] = belongs_to()  # noqa: F821

        return Member

    made = [make_member(), make_group()][::-1] if order == "forward" else [make_group(), make_member()]
    member = next(one for one in made if one.__name__ == "Member")
    check_relations(bare.registry)
    assert str(member.__table__.c.group_id.type) == "CHAR(32)"
    assert foreign_keys(member) == {"group_id": "group.id"}
    assert [constraint.name for constraint in member.__table__.foreign_key_constraints] == ["fk_member_group_id"]


def test_the_two_sides_know_each_other(base: Any, engine: Engine) -> None:
    """Setting one side sets the other, and `by` may be left out where it is clear."""

    class User(base):
        posts: Mapped[list[Post]] = has_many()
        profile: Mapped[Profile | None] = has_one()

    class Post(base):
        title: Mapped[str]
        author: Mapped[User] = belongs_to()

    class Profile(base):
        user: Mapped[User] = belongs_to(unique=True)

    user = User()
    post = Post(title="x", author=user)
    profile = Profile(user=user)
    assert user.posts == [post]
    assert user.profile is profile
    assert any(constraint.name == "uq_profile_user_id" for constraint in Profile.__table__.constraints)
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(posts=[Post(title="y", author_id=None)]))
        session.commit()
        assert session.scalars(select(Post).where(Post.author.has())).one().author_id == 1


def test_keys_of_several_columns(base: Any, bare: Any, engine: Engine) -> None:
    """One column for each, one foreign key over all, and joins that use both."""

    class Seat(bare):
        row: Mapped[int] = field(primary_key=True)
        number: Mapped[int] = field(primary_key=True)
        tickets: Mapped[list[Ticket]] = has_many()

    class Ticket(base):
        seat: Mapped[Seat] = belongs_to()

    assert list(Ticket.__table__.c.keys()) == ["id", "seat_row", "seat_number"]
    (constraint,) = Ticket.__table__.foreign_key_constraints
    assert constraint.name == "fk_ticket_seat_row_seat_number"
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Ticket(seat=Seat(row=1, number=2)), Seat(row=1, number=3)])
        session.commit()
        assert [len(seat.tickets) for seat in session.scalars(select(Seat).order_by(Seat.number))] == [1, 0]
        assert session.scalars(select(Ticket)).one().seat.number == 2


def test_a_forward_key_of_several_columns_is_named_by_key(base: Any, bare: Any) -> None:
    """Without the names beside it the error shows the lines to write; with them it works."""

    class Lost(base):
        seat: Mapped[Seat] = belongs_to()

    class Ticket(base):
        seat: Mapped[Seat] = belongs_to()
        seat_row: Mapped[int] = key()
        seat_number: Mapped[int] = key()

    class Seat(bare):
        row: Mapped[int] = field(primary_key=True)
        number: Mapped[int] = field(primary_key=True)

    assert foreign_keys(Ticket) == {"seat_row": "seat.row", "seat_number": "seat.number"}
    with pytest.raises(SetupError, match="DMJ0505") as caught:
        check_relations(bare.registry)
    assert "seat_row: Mapped[...] = key()" in str(caught.value)


def test_a_relation_to_itself(base: Any, engine: Engine) -> None:
    """A tree goes both ways."""

    class Folder(base):
        name: Mapped[str]
        parent: Mapped[Folder | None] = belongs_to(default=None, on_delete="set null")
        children: Mapped[list[Folder]] = has_many(by="parent")

    base.metadata.create_all(engine)
    with Session(engine) as session:
        root = Folder(name="root")
        session.add(Folder(name="leaf", parent=root))
        session.commit()
        session.expire_all()
        assert [child.name for child in root.children] == ["leaf"]
        assert root.children[0].parent is root


def test_many_to_many_links_both_ways(base: Any, engine: Engine) -> None:
    """The linking table has a key over both columns, and deletes with either side."""

    class Post(base):
        tags: Mapped[set[Tag]] = many_to_many()

    class Tag(base):
        name: Mapped[str]
        posts: Mapped[list[Post]] = many_to_many(by="tags")

    post, tag = Post(), Tag(name="x")
    post.tags.add(tag)
    assert tag.posts == [post]
    check_relations(base.registry)
    link = base.metadata.tables["post_tags"]
    assert [column.name for column in link.primary_key] == ["post_id", "tag_id"]
    assert {constraint.ondelete for constraint in link.foreign_key_constraints} == {"CASCADE"}
    base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(post)
        session.commit()
        session.expire_all()
        assert session.scalars(select(Tag)).one().posts == [post]


def test_by_on_both_sides_of_many_to_many(base: Any) -> None:
    """It is told once, with the line that makes the table."""

    class Post(base):
        tags: Mapped[set[Tag]] = many_to_many(by="posts")

    class Tag(base):
        posts: Mapped[list[Post]] = many_to_many(by="tags")

    with pytest.raises(SetupError) as caught:
        check_relations(base.registry)
    assert str(caught.value).count("DMJ0506") == 1
    assert "Did you mean" not in str(caught.value)
    assert "Take it out of Tag:" in caught.value.fix
    assert "posts: Mapped[list[Post]] = many_to_many()" in caught.value.fix


def test_many_to_many_to_itself(base: Any, engine: Engine) -> None:
    """The two ends of the link are told apart."""

    class Person(base):
        name: Mapped[str]
        follows: Mapped[set[Person]] = many_to_many()
        followers: Mapped[set[Person]] = many_to_many(by="follows")

    base.metadata.create_all(engine)
    assert base.metadata.tables["person_follows"].c.keys() == ["from_person_id", "to_person_id"]
    with Session(engine) as session:
        ann, bob = Person(name="ann"), Person(name="bob")
        ann.follows.add(bob)
        session.add(ann)
        session.commit()
        session.expire_all()
        assert (bob.followers, ann.followers, ann.follows) == ({ann}, set(), {bob})


def test_many_to_many_through_a_model(base: Any, bare: Any, engine: Engine) -> None:
    """A link with data of its own is written as a model, and read across."""

    class User(base):
        groups: Mapped[list[Group]] = many_to_many(through="Membership")

    class Group(base):
        name: Mapped[str]

    class Membership(bare):
        user: Mapped[User] = belongs_to()
        user_id: Mapped[int] = key(primary_key=True)
        group: Mapped[Group] = belongs_to(init=False)
        group_id: Mapped[int] = key(primary_key=True, init=True)
        role: Mapped[str]

    base.metadata.create_all(engine)
    with Session(engine) as session:
        user, group = User(), Group(name="g")
        session.add_all([user, group])
        session.flush()
        session.add(Membership(user=user, group_id=group.id, role="owner"))
        session.commit()
        assert user.groups == [group]
    with pytest.raises(TypeError, match=r"is missing role, user \(or user_id\), group \(or group_id\)"):
        Membership()


def test_deleting_is_the_databases_affair(base: Any, engine: Engine) -> None:
    """A cascade happens without loading rows, and a relation without one is refused."""

    class User(base):
        posts: Mapped[list[Post]] = has_many()

    class Post(base):
        author: Mapped[User] = belongs_to(on_delete="cascade")

    class Badge(base):
        user: Mapped[User] = belongs_to()

    base.metadata.create_all(engine)
    with Session(engine) as session:
        user, other = User(), User()
        session.add_all([Post(author=user), Badge(user=other)])
        session.commit()
        session.delete(user)
        session.commit()
        assert session.scalars(select(Post)).all() == []
        session.delete(other)
        with pytest.raises(Exception, match="FOREIGN KEY"):
            session.flush()


def test_columns_written_by_hand_are_used(base: Any) -> None:
    """A plain mapped_column beside a relation is its key, with its own foreign key or without."""

    class User(base):
        pass

    class Post(base):
        author_id: Mapped[int] = mapped_column(index=False)
        author: Mapped[User] = belongs_to()

    assert foreign_keys(Post) == {"author_id": "user.id"}
    assert Post.__table__.indexes == set()


def test_plain_sqlalchemy_classes_are_targets(base: Any) -> None:
    """A model may belong to a class that is no model."""

    class Plain(DeclarativeBase):
        metadata = base.metadata

    class Legacy(Plain):
        __tablename__ = "legacy"
        code: Mapped[str] = mapped_column(primary_key=True)

    namespace: dict[str, Any] = {"__annotations__": {"legacy": Mapped[Legacy]}, "legacy": belongs_to()}
    model = type("Modern", (base,), namespace)
    assert foreign_keys(model) == {"legacy_id": "legacy.code"}


def test_all_mistakes_of_a_registry_are_told_at_once(base: Any) -> None:
    """Unknown classes with a guess, and sides that do not fit, in one error."""

    class User(base):
        posts: Mapped[list[Post]] = has_many(by="autor")

    class Post(base):
        author: Mapped[User] = belongs_to()
        section: Mapped[Secton] = belongs_to()  # noqa: F821

    class Section(base):
        pages: Mapped[list[Post]] = has_many()
        tags: Mapped[list[Post]] = many_to_many(by="nothing")

    with pytest.raises(SetupErrors) as caught:
        check_relations(base.registry)
    text = str(caught.value)
    assert "there is no model called Secton. Did you mean 'Section'?" in text
    assert "Post has no belongs_to called 'autor'. Did you mean 'author'?" in text
    assert "Post has no belongs_to that leads to Section" in text
    assert "no many_to_many called 'nothing'" in text
    with pytest.raises(SetupErrors):
        User()


def test_an_ambiguous_other_side_names_the_candidates(base: Any) -> None:
    """Two relations to one class need `by`."""

    class User(base):
        posts: Mapped[list[Post]] = has_many()

    class Post(base):
        author: Mapped[User] = belongs_to()
        editor: Mapped[User] = belongs_to()

    with pytest.raises(SetupError, match="DMJ0506") as caught:
        check_relations(base.registry)
    assert "author and editor" in str(caught.value)
    assert "by='author'" in str(caught.value)


def declare(base: Any, name: str, **members: tuple[str, Any]) -> Any:
    """A class from names with annotation and value."""
    annotations = {member: annotation for member, (annotation, _) in members.items()}
    return type(name, (base,), {"__annotations__": annotations, **{m: value for m, (_, value) in members.items()}})


@pytest.mark.parametrize(
    ("code", "members"),
    [
        ("DMJ0503", {"author_id": ("Mapped[int]", key())}),
        ("DMJ0503", {"author": ("Mapped[User]", belongs_to()), "writer_id": ("Mapped[int]", key())}),
        ("DMJ0504", {"author": ("Mapped[User]", belongs_to(on_delete="set null"))}),
        ("DMJ0504", {"author": ("Mapped[User | None]", belongs_to()), "author_id": ("Mapped[int]", key())}),
        ("DMJ0504", {"author": ("Mapped[User]", belongs_to()), "author_id": ("Mapped[int | None]", key())}),
        ("DMJ0500", {"author": ("User", belongs_to())}),
        ("DMJ0500", {"author": ("Mapped[list[User]]", belongs_to())}),
        ("DMJ0500", {"posts": ("Mapped[User]", has_many())}),
        ("DMJ0500", {"posts": ("Mapped[list[User]]", has_one())}),
        ("DMJ0500", {"posts": ("Mapped[User]", many_to_many())}),
        ("DMJ0500", {"posts": ("Mapped[None]", belongs_to())}),
    ],
)
def test_declarations_that_cannot_be_meant(base: Any, code: str, members: dict[str, Any]) -> None:
    """Each has its code, and leaves no table behind."""
    with pytest.raises(SetupError, match=code):
        declare(base, "Post", **members)
    assert "post" not in base.metadata.tables
    assert "post" not in {mapper.class_.__name__ for mapper in base.registry.mappers}


def test_two_models_of_one_name_need_an_import(base: Any) -> None:
    """A name that two modules have is not guessed."""
    for module in ("one", "two"):
        type("Twin", (base,), {"__module__": module, "__tablename__": f"{module}_twin"})
    with pytest.raises(SetupError, match="DMJ0507"):
        declare(base, "Child", twin=("Mapped[Twin]", belongs_to()))


def test_a_cascade_of_sqlalchemys_own_may_be_asked_for(base: Any, engine: Engine) -> None:
    """has_many takes what relationship takes: orphans are deleted when that is said."""

    class List(base):
        items: Mapped[list[Item]] = has_many(cascade="all, delete-orphan", order_by="Item.text", info={"mine": 1})

    class Item(base):
        text: Mapped[str]
        list: Mapped[List] = belongs_to(on_delete="cascade", init=False)

    base.metadata.create_all(engine)
    with Session(engine) as session:
        todo = List(items=[Item(text="b"), Item(text="a")])
        session.add(todo)
        session.commit()
        assert [item.text for item in todo.items] == ["a", "b"]
        todo.items.pop()
        session.commit()
        assert [item.text for item in session.scalars(select(Item))] == ["a"]
    assert List.items.property.info["mine"] == 1
