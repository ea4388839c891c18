"""Secrets do not show themselves."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest

from demijohn.foundation.masking import MASK, Secret, looks_secret, mask


def test_a_secret_shows_stars() -> None:
    """`repr`, `str`, `format` and whatever builds on them are masked; `reveal` is not."""
    secret = Secret("tr0ub4dor")
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>30}",
        f"{secret!r}",
        "".join(["", str(secret)]),
        f"{[secret]}",
    ]
    assert not any("tr0ub4dor" in text for text in shown)
    assert all(MASK in text for text in shown)
    assert secret.reveal() == "tr0ub4dor"


def test_secrets_compare_by_text() -> None:
    """With each other and with text; the hash agrees; other types are different."""
    assert Secret("é") == Secret("é")
    assert Secret("a") == "a"
    assert Secret("a") != Secret("b")
    assert Secret("a") != "b"
    assert Secret("1") != 1
    assert Secret("\udcff") == Secret("\udcff")
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


def test_secrets_do_not_leak_through_encoders() -> None:
    """JSON refuses a secret; copies and pickles keep it."""
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": Secret("a")})
    assert copy.deepcopy(Secret("a")).reveal() == "a"
    assert pickle.loads(pickle.dumps(Secret("a"))).reveal() == "a"


def test_a_secret_is_made_of_text() -> None:
    """A number in its place is a mistake that is told at once."""
    with pytest.raises(TypeError, match="not of int"):
        Secret(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["password", "SECRET_KEY", "api_token", "AUTHORIZATION", "dsn", "credentials", "signer"]
)
def test_names_that_look_secret(name: str) -> None:
    """The words of B153."""
    assert looks_secret(name)


def test_plain_names_do_not_look_secret() -> None:
    """Ordinary settings are shown."""
    assert not any(map(looks_secret, ["currency", "lifetime", "debug", "host"]))


def test_masking_values() -> None:
    """By name, in URLs, in depth; None and booleans tell nothing and are shown."""
    assert mask("api_key", "x") == MASK
    assert mask("api_key", None) is None
    assert mask("auth_required", True) is True
    assert mask("url", "postgres://u:p@h/d") == f"postgres://u:{MASK}@h/d"
    assert mask("url", "postgres://u:p/w@x@h/d") == f"postgres://u:{MASK}@h/d"
    assert mask("url", "http://h:80/d") == "http://h:80/d"
    assert mask("options", {"password": "x", "urls": ["a://b:c@d"]}) == {
        "password": MASK,
        "urls": [f"a://b:{MASK}@d"],
    }
