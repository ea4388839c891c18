"""A store in memory, beyond what every store must do."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest

from demijohn import BadRequest, Conflict, NotFound, Schema, SetupError
from demijohn.stores import Deletion, MemoryStore, Query, Where


class Country(Schema):
    """A record with a key of its own."""

    code: str
    name: str
    motto: str | None = None


@dataclass
class Token:
    """A record whose key is a UUID, and one with a default that is made."""

    name: str
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    notes: list[str] = field(default_factory=list)


@pytest.fixture
def countries() -> MemoryStore[Country]:
    """Three countries."""
    rows = [Country(code="ch", name="Switzerland"), Country(code="pe", name="Peru", motto="Firme y feliz por la unión")]
    return MemoryStore(Country, [*rows, Country(code="ee", name="Estonia")], key="code", unique=["name"])


def test_a_natural_key(countries: MemoryStore[Country]) -> None:
    """Is given, and cannot be given twice; nor can a unique name."""
    made = countries.create({"code": "li", "name": "Liechtenstein"})
    assert countries.key(made) == ("li",)
    with pytest.raises(Conflict) as caught:
        countries.create({"code": "li", "name": "Peru"})
    assert [one["where"] for one in caught.value.errors] == ["code", "name"]


def test_a_key_may_change(countries: MemoryStore[Country]) -> None:
    """A record moves with its key."""
    [peru] = countries.many([("pe",)])
    countries.update(peru, {"code": "pu"})
    assert countries.many([("pe",)]) == []
    assert countries.many([("pu",)])[0].name == "Peru"


def test_keys_of_uuids_are_made() -> None:
    """Nobody has to give them; defaults are made anew each time."""
    tokens = MemoryStore(Token)
    one, two = tokens.create({"name": "a"}), tokens.create({"name": "b"})
    assert one.id != two.id
    one.notes.append("changed outside")
    assert tokens.many([(one.id,)])[0].notes == []


def test_a_scope_is_a_function(countries: MemoryStore[Country]) -> None:
    """It bounds pages and what is found by key."""
    only = Query(scope=lambda country: country.motto is not None)
    assert [one.code for one in countries.page(only)] == ["pe"]
    assert countries.many([("ch",), ("pe",)], only) == countries.many([("pe",)])


def test_private_fields_are_not_told() -> None:
    """Neither by searching nor by ordering nor by comparing."""
    store = MemoryStore(Country, [Country(code="ch", name="Switzerland", motto="hush")], key="code", private=["motto"])
    assert store.page(Query(search="hush")).total == 0
    for query in (Query(order=("motto",)), Query(where=(Where("motto", "starts", "h"),)), Query(search_in=("motto",))):
        with pytest.raises(BadRequest):
            store.page(query)


def test_what_is_gone_is_not_changed(countries: MemoryStore[Country]) -> None:
    """404, and deleting again deletes nothing."""
    [peru] = countries.many([("pe",)])
    assert countries.delete([peru]) == Deletion(deleted={"country": 1})
    with pytest.raises(NotFound):
        countries.update(peru, {"name": "Perú"})
    assert countries.delete([peru]).total == 0


def test_a_unit_within_a_unit(countries: MemoryStore[Country]) -> None:
    """The outer one takes back what the inner one has done."""

    def work() -> None:
        with countries.unit():
            with countries.unit():
                countries.create({"code": "li", "name": "Liechtenstein"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert countries.page().total == 3


def test_a_class_that_is_no_record() -> None:
    """It has no fields to be read."""
    with pytest.raises(SetupError, match="DMJ0538"):
        MemoryStore(int)
