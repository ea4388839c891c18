"""What other libraries call the things of a model: told with the line to write."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import JSON, Engine, text
from sqlalchemy.orm import Mapped

import demijohn.database
from demijohn.batteries.database.habits import META_WORDS, OF_BATTERIES, OF_ITEMS, OF_MODELS, OF_UNITS
from demijohn.database import DB, AsyncDB, Database, field
from demijohn.foundation.errors import SetupError


@pytest.fixture
def post(base: Any) -> Any:
    """A plain model."""

    class Post(base):
        title: Mapped[str] = field(default="")

    return Post


@pytest.mark.parametrize("name", OF_MODELS)
def test_managers(post: Any, name: str) -> None:
    """`Post.objects` and `Post.query` lead to the unit of work, and are no attributes."""
    with pytest.raises(AttributeError, match=r"Write .*Post"):
        getattr(post, name)
    assert not hasattr(post, name)


@pytest.mark.parametrize("name", OF_ITEMS)
def test_methods_of_active_records(post: Any, name: str) -> None:
    """Objects do not save themselves."""
    with pytest.raises(AttributeError, match=f"'Post' object has no attribute '{name}'. Write "):
        getattr(post(), name)


def test_values_go_by_name(post: Any) -> None:
    """What stands at a place says nothing of what it is."""
    with pytest.raises(TypeError, match=r"^Post\(\) takes values by their names: title="):
        post("x")


@pytest.mark.parametrize("name", OF_BATTERIES)
def test_the_battery_is_no_extension(name: str) -> None:
    """What Flask-SQLAlchemy's `db` has."""
    with pytest.raises(AttributeError, match="Write "):
        getattr(Database(), name)
    assert not hasattr(Database(), "nothing")


def test_other_names_are_as_always(post: Any) -> None:
    """No hint where there is none to give."""
    with pytest.raises(AttributeError, match=r"^'Post' object has no attribute 'titel'$"):
        _ = post().titel
    assert getattr(post(), "nothing", 3) == 3


@pytest.mark.parametrize("unit", [DB, AsyncDB])
@pytest.mark.parametrize("name", OF_UNITS)
def test_verbs(unit: Any, name: str) -> None:
    """Of Flask-SQLAlchemy's session, of `databases` and of Django's managers."""
    with pytest.raises(AttributeError, match="Write "):
        getattr(unit(), name)
    with pytest.raises(AttributeError, match=r"has no attribute 'nothing'$"):
        _ = unit().nothing


def test_a_model_may_use_the_names_itself(base: Any, engine: Engine) -> None:
    """A column or a method of a name is that."""

    class Search(base):
        query: Mapped[str] = field()
        objects: Mapped[int] = field(default=0)
        update: Mapped[str | None]

        def save(self) -> str:
            return "mine"

    base.metadata.create_all(engine)
    with DB(engine) as db:
        found = db.save(Search(query="x"))
        assert (found.query, found.objects, found.update, found.save()) == ("x", 0, None, "mine")


@pytest.mark.parametrize("name", ["models", "db", "Column", "CharField", "ForeignKey", "EmailField", "SQLAlchemy"])
def test_imports(name: str) -> None:
    """What is not here is told when it is imported."""
    with pytest.raises(ImportError, match=f"demijohn.database has no {name}. Instead: "):
        exec(f"from demijohn.database import {name}")


def test_unknown_imports_are_as_always() -> None:
    """Without a guess."""
    with pytest.raises(ImportError, match="cannot import name 'nonsense'"):
        exec("from demijohn.database import nonsense")
    assert not hasattr(demijohn.database, "nonsense")


def test_words_of_databases_pass() -> None:
    """And all that `mapped_column` takes."""
    column = field(JSON(), server_default=text("'{}'"), info={"x": 1}, comment="c").column
    assert (column.comment, column.info["x"]) == ("c", 1)
    assert field(sqlite_on_conflict_unique="FAIL") is not None


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"null": True}, "null: write the type"),
        ({"foreign_key": "user.id"}, "belongs_to()"),
        ({"nonsense": 1}, "It takes: auto_now, "),
        ({"default": uuid.uuid4}, "field(default_factory=uuid4)"),
        ({"default": lambda: 1}, "field(default_factory=lambda: ...)"),
        ({"default": list}, "field(default_factory=list)"),
    ],
)
def test_words_of_others(words: dict[str, Any], hint: str) -> None:
    """Each with what is written here."""
    with pytest.raises(SetupError) as caught:
        field(**words)
    assert hint in str(caught.value)


@pytest.mark.parametrize("word", META_WORDS)
def test_class_meta(base: Any, word: str) -> None:
    """Each of Django's words has its place here."""
    with pytest.raises(SetupError, match="DMJ0517") as caught:
        type("Post", (base,), {"Meta": type("Meta", (), {word: "x"})})
    assert META_WORDS[word] in str(caught.value)
    assert "post" not in base.metadata.tables


def test_an_empty_meta(base: Any) -> None:
    """It does nothing either."""
    with pytest.raises(SetupError, match=r"class Meta \(empty\)"):
        type("Post", (base,), {"Meta": type("Meta", (), {})})


@pytest.mark.parametrize(
    ("value", "hint"),
    [("x", "field(default='x')"), (None, "field(default=None)"), ([], "default_factory=list"), (0, "default=0")],
)
def test_values_in_place_of_fields(base: Any, value: Any, hint: str) -> None:
    """SQLAlchemy would drop them."""
    with pytest.raises(SetupError, match="DMJ0518") as caught:
        type("Post", (base,), {"__annotations__": {"title": Mapped[Any]}, "title": value})
    assert hint in str(caught.value)


def test_types_that_no_column_has(base: Any) -> None:
    """The error says how to name one, and where relations are."""
    with pytest.raises(SetupError, match=r"DMJ0500.*no column type is known for") as caught:
        type("Post", (base,), {"__annotations__": {"thing": Mapped[object]}})
    assert "thing: Mapped[...] = field(JSON())" in str(caught.value)
