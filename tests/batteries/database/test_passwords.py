"""Password hashes: what verifies, what is refused, and that nothing shows them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Mapped

from demijohn.batteries.database.passwords import MAX_PASSWORD
from demijohn.batteries.database.shapes import default_shape
from demijohn.database import DB, PasswordHash, ValidationError, spec_of


@pytest.fixture(scope="module")
def made() -> PasswordHash:
    """One hash, as they take their time."""
    return PasswordHash.of("correct horse ①")


def test_a_hash_verifies_its_password_only(made: PasswordHash) -> None:
    """However its letters are composed; two hashes of one password differ."""
    assert made.verify("correct horse ①")
    assert made.verify("correct horse 1"), "the same letters, by NFKC"
    assert not made.verify("correct horse 2")
    assert PasswordHash.of("x") != PasswordHash.of("x")


def test_other_hashes_fit_nothing() -> None:
    """A hash of another kind, or none, is not an error: nobody signs in with it, and it is to be made anew."""
    for text in ("", "pbkdf2_sha256$1$a$b", "$argon2id$broken"):
        assert not PasswordHash(text).verify("x")
        assert PasswordHash(text).is_outdated


def test_age(made: PasswordHash) -> None:
    """What was made with less work is told."""
    assert not made.is_outdated
    assert PasswordHash(made.reveal().replace("t=3", "t=1")).is_outdated


def test_nobody_hashes_a_book(made: PasswordHash) -> None:
    """Very long passwords are refused before any work is done."""
    with pytest.raises(ValueError, match="at most 1024"):
        PasswordHash.of("x" * (MAX_PASSWORD + 1))
    assert not made.verify("x" * (MAX_PASSWORD + 1))


@pytest.fixture
def account(base: Any, engine: Engine) -> Any:
    """A model with a password."""

    class Account(base):
        name: Mapped[str]
        password: Mapped[PasswordHash]

    base.metadata.create_all(engine)
    return Account


def test_it_is_never_shown(account: Any, made: PasswordHash) -> None:
    """Not in a repr, not in text, and not in what is sent of a model, though nobody wrote `private`."""
    item = account(name="Ann", password=made)
    assert made.reveal() not in f"{made} {made!r} {item!r} {vars(item)}"
    assert default_shape(item) == {"id": None, "name": "Ann"}
    spec = spec_of(account.__table__.c.password)
    assert (spec.private, spec.readonly) == (True, True)


def test_text_is_not_stored_as_a_hash(account: Any, engine: Engine, made: PasswordHash) -> None:
    """A password in the clear never reaches the column, neither by an object nor in bulk."""
    with DB(engine) as db:
        with pytest.raises(ValidationError, match="Expected a password's hash"):
            db.save(account(name="Ann", password="secret"))
        with pytest.raises(Exception, match=r"Write PasswordHash\.of"):
            db.bulk_insert(account, [{"name": "Ann", "password": "secret"}])
        db.rollback()
        db.save(account(name="Ann", password=made))
        db.expire_all()
        assert db.all(account)[0].password == made
        assert len({made, db.all(account)[0].password}) == 1
